/** Ends one session of an account: a browser that was left signed in somewhere. */
import { isIdentifier } from '../../base/identifier.ts'
import { endSession } from '../../sessions/session.ts'
import { clientsOf, deviceWords } from './account.ts'
import type { Action } from './action.ts'
import { adminPath, byAdmin } from './page.ts'
import { age } from './words.ts'

export const endOneSession: Action = async (asked, id) => {
  const { deps, now } = asked
  const found = isIdentifier(id) ? await deps.storage.sessions.find(id) : undefined
  if (found === undefined || found.session.endedAt !== undefined || found.session.expiresAt <= now) return undefined
  const { session, account } = found
  const signOns = await deps.storage.grants.signOnsOf(account.id, { now, limit: 100 })
  const isOwn = id === asked.signedIn.session.id
  const facts = [
    deviceWords(session),
    age(session.lastSeenAt, now, 'Last seen ').text,
    age(session.authenticatedAt, now, `Signed in by ${session.amr.join(' ')} `).text,
    `Signed on to ${clientsOf(signOns.filter(({ sessionId }) => sessionId === id))}`,
  ]
  return {
    title: `End this session of ${account.username}?`,
    consequences: [
      `${facts.join('. ')}.${isOwn ? ' It is the one that you are using now.' : ''}`,
      'Its apps lose their access, and those that want to be told of it are told. Other browsers stay signed in.',
      'Apps that stay connected (offline_access) keep their access: signing out everywhere ends that, too. Whoever knows the password can sign in again.',
    ],
    button: 'End this session',
    backUrl: adminPath(deps, '/account', { id: account.id }),
    async act() {
      // Apps are told by their servers (back-channel logout).
      if (await endSession(deps, found)) {
        const event = { kind: 'session_ended', sessionId: id, accountId: account.id, because: 'by_admin' } as const
        await deps.audit.recordNow(event, byAdmin(asked))
      }
      return adminPath(deps, '/account', { id: account.id, done: 'session-ended' })
    },
  }
}
