/** One account: where it is signed in, and to which apps. */
import { hasPassword } from '../../accounts/has-password.ts'
import type { AdminSection } from '../../http/admin-view-models.ts'
import { deviceMessage } from '../../http/device.ts'
import type { Account, Session, SignOn } from '../../storage/storage.ts'
import { inEnglish } from '../../words/words.ts'
import { type AdminRequest, adminPath, type ShowPage } from './page.ts'
import { age, clip, counted, fact, firstOf, moment, PER_PAGE } from './words.ts'

const MOST_SIGN_ONS = 100
const MOST_CLIENTS = 5

export const account: ShowPage = async (asked) => {
  const { deps, admin, query, now } = asked
  const id = query.find('id') ?? ''
  const found = await findAccount(asked, id)
  if (found === undefined) return undefined
  const [sessions, signOns, totp, passkeys] = await Promise.all([
    deps.storage.sessions.ofAccount(id, { now, limit: PER_PAGE + 1 }),
    deps.storage.grants.signOnsOf(id, { now, limit: MOST_SIGN_ONS }),
    deps.storage.totps.find(id),
    deps.storage.passkeys.ofAccount(id),
  ])
  const ways = [
    ...(hasPassword(found) ? ['password'] : []),
    ...(totp === undefined ? [] : ['authenticator app']),
    ...(passkeys.length === 0 ? [] : [counted(passkeys.length, 'passkey')]),
  ]
  return {
    title: found.username,
    lead: found.claims.name,
    about: id,
    done: DONE.get(query.find('done') ?? ''),
    sections: [
      about(found, ways, admin.hasActions ? adminPath(deps, '/account/sign-out', { id }) : undefined),
      sessionsSection(asked, sessions, signOns),
      ...withoutSession(asked, sessions, signOns),
    ],
  }
}

const DONE: ReadonlyMap<string, string> = new Map([
  ['signed-out', 'Signed out everywhere: every session and every sign-on has ended.'],
  ['session-ended', 'That session has ended.'],
])

/** OpenID Connect Core §2: a `sub` has 255 characters at most. */
export const findAccount = async ({ deps }: Pick<AdminRequest, 'deps'>, id: string): Promise<Account | undefined> =>
  id !== '' && id.length <= 255 ? deps.storage.accounts.find(id) : undefined

function about(found: Account, ways: readonly string[], signOut: string | undefined): AdminSection {
  const { claims, disabledAt } = found
  return {
    heading: 'Account',
    facts: [
      ...fact('Subject', { text: found.id, isCode: true }),
      ...fact('E-mail', claims.email),
      ...fact(
        'Groups',
        ...firstOf(
          (claims.groups ?? []).map((group) => clip(group, 60)),
          10,
        ),
      ),
      ...fact('Signs in by', ways.join(', ') || undefined),
      ...fact('Made', moment(found.createdAt)),
      ...fact('Changed', moment(found.updatedAt)),
      ...fact('Disabled', disabledAt === undefined ? undefined : { ...moment(disabledAt), isBad: true }),
    ],
    links: signOut === undefined ? [] : [{ label: 'Sign out everywhere', href: signOut }],
  }
}

function sessionsSection(
  { deps, admin, now }: AdminRequest,
  sessions: readonly Session[],
  signOns: readonly SignOn[],
): AdminSection {
  return {
    heading: 'Sessions',
    rows: sessions.slice(0, PER_PAGE).map((session) => {
      const idle = now - session.lastSeenAt >= deps.lifetimes.sessionIdle
      return [
        { text: deviceWords(session) },
        age(session.lastSeenAt, now, idle ? 'idle, last seen ' : 'last seen '),
        age(session.authenticatedAt, now, `signed in by ${session.amr.join(' ')} `),
        age(session.createdAt, now, 'begun '),
        { text: clientsOf(signOns.filter(({ sessionId }) => sessionId === session.id)) },
        ...(admin.hasActions
          ? [{ text: 'End', href: adminPath(deps, '/account/end-session', { id: session.id }) }]
          : []),
      ]
    }),
    notes: [
      ...(sessions.length === 0 ? ['Nowhere signed in.'] : []),
      ...(sessions.length > PER_PAGE ? [`Only the ${PER_PAGE} that were seen last are shown.`] : []),
    ],
  }
}

/** "Firefox on Windows, from 203.0.113.7", as far as it is known. */
export function deviceWords({ userAgent, address }: Session): string {
  const device = inEnglish(deviceMessage(userAgent))
  return address === undefined ? device : `${device}, from ${address}`
}

/** The apps of one session, in a few words. */
export const clientsOf = (signOns: readonly SignOn[]): string =>
  signOns.length === 0
    ? 'no app'
    : firstOf(
        signOns.map(({ clientId }) => clip(clientId, 60)),
        MOST_CLIENTS,
      ).join(', ')

/** Apps that may act while the person is away (offline_access). */
function withoutSession(
  { deps, now }: AdminRequest,
  sessions: readonly Session[],
  signOns: readonly SignOn[],
): readonly AdminSection[] {
  const here = new Set(sessions.map(({ id }) => id))
  const left = signOns.filter(({ sessionId }) => !here.has(sessionId))
  if (left.length === 0) return []
  return [
    {
      heading: 'Apps that stay connected',
      rows: left
        .slice(0, PER_PAGE)
        .map(({ clientId, count, lastAt }) => [
          { text: clip(clientId, 60), href: adminPath(deps, '/client', { id: clientId }) },
          { text: counted(count, 'sign-on') },
          age(lastAt, now, 'last '),
        ]),
      notes: [
        `They may act while the person is away (offline_access): these sign-ons outlived their session${sessions.length > PER_PAGE ? ', or are of one that is not shown' : ''}.`,
      ],
    },
  ]
}
