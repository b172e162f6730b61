/** Where somebody is signed in: looking at it, ending one of them, and all of them but this one. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { signOutElsewhere } from '../../accounts/own-password.ts'
import { type Duration, MINUTE } from '../../base/duration.ts'
import { isIdentifier } from '../../base/identifier.ts'
import type { Deps } from '../../deps.ts'
import { readQuery } from '../../http/form.ts'
import { readGuardedForm, tellNotOurs } from '../../http/form-guard.ts'
import { PAGES, pathBelow } from '../../http/paths.ts'
import { HEAD_TOO } from '../../http/prebuilt.ts'
import type { Parameters } from '../../protocol/parameters.ts'
import { endSession, type SignedIn } from '../../sessions/session.ts'
import { type Message, message } from '../../words/message.ts'
import { ANY_AGE, requireFresh } from '../interaction/own-page.ts'
import { endOthersPurpose, endPurpose, showSessions } from './sessions-view.ts'

/** OWASP ASVS 7.5.2: a stolen session must not be able to throw its owner out. Looking is free. */
const FRESH: Duration = 15 * MINUTE

interface Post {
  readonly signedIn: SignedIn
  readonly form: Parameters
  readonly request: FastifyRequest
}

export function sessions(app: FastifyInstance, deps: Deps): void {
  const back = (reply: FastifyReply, done?: string) =>
    reply.redirect(pathBelow(deps.issuer, `${PAGES.sessions}${done === undefined ? '' : `?done=${done}`}`), 303)

  app.get(PAGES.sessions, HEAD_TOO, async (request, reply) => {
    const signedIn = await requireFresh(deps, { request, reply }, { to: PAGES.sessions, maxAge: ANY_AGE })
    if ('answered' in signedIn) return signedIn.answered
    return showSessions(deps, { signedIn, reply, done: doneMessage(readQuery(request).find('done') ?? '') })
  })
  // The address of a form, opened again.
  app.get(`${PAGES.sessions}/:form`, (_request, reply) => back(reply))

  /** @param act gives what is said of it */
  const post = (name: string, purpose: (signedIn: SignedIn) => string, act: (post: Post) => Promise<string>): void => {
    app.post(`${PAGES.sessions}/${name}`, async (request, reply) => {
      const again = `${PAGES.sessions}?done=confirmed`
      const signedIn = await requireFresh(deps, { request, reply }, { to: again, maxAge: FRESH })
      if ('answered' in signedIn) return signedIn.answered
      const { form, failed } = readGuardedForm(deps, request, purpose(signedIn))
      if (failed) {
        tellNotOurs(deps, request, failed)
        return back(reply)
      }
      return back(reply, await act({ signedIn, form, request }))
    })
  }

  post('end', endPurpose, async ({ signedIn, form, request }) => {
    const id = form.find('session') ?? ''
    const found = isIdentifier(id) ? await deps.storage.sessions.find(id) : undefined
    // Another's is as good as none.
    if (found === undefined || found.account.id !== signedIn.account.id) return 'gone'
    // This one is signed out of by the page for that.
    if (found.session.id === signedIn.session.id || found.session.endedAt !== undefined) return 'gone'
    if (!(await endSession(deps, found))) return 'gone'
    const event = { kind: 'session_ended', sessionId: id, accountId: found.account.id, because: 'by_owner' } as const
    await deps.audit.recordNow(event, { ...contextOf(request), actor: `account:${found.account.id}` })
    return 'ended'
  })

  post('end-others', endOthersPurpose, async ({ signedIn: { account, session }, request }) => {
    const whose = { accountId: account.id, sessionId: session.id }
    const ended = await signOutElsewhere(deps.storage, whose, deps.clock.now())
    // Apps are told by their servers (back-channel logout).
    deps.deliveries.kick()
    await deps.audit.recordNow({ kind: 'signed_out_elsewhere', accountId: account.id, ...ended }, request)
    return `others-${ended.sessions}`
  })
}

const contextOf = ({ log, id, ip, flowId, headers }: FastifyRequest) => ({ log, id, ip, flowId, headers })

function doneMessage(done: string): Message | undefined {
  const others = /^others-(\d{1,6})$/.exec(done)?.[1]
  if (others !== undefined) return message('sessions.others_ended', { count: Number(others) })
  return DONE.get(done)
}

const DONE: ReadonlyMap<string, Message> = new Map([
  ['ended', message('sessions.ended')],
  ['gone', message('sessions.gone')],
  ['confirmed', message('sessions.confirmed')],
])
