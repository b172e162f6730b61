/** Somebody has proven enough: their session begins, or one that is there grows stronger. The page that follows is decided by `show`. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { dropSessions, everybodyHere, keepActive, keepRenewed } from '../../authorization/browser-sessions.ts'
import { seenAs } from '../../authorization/seen-as.ts'
import type { Timestamp } from '../../base/clock.ts'
import type { Deps } from '../../deps.ts'
import { MOST_ACCOUNTS } from '../../sessions/handles.ts'
import { endSession, type SignedIn, startSession, strengthenSession } from '../../sessions/session.ts'
import type { Account, Session } from '../../storage/storage.ts'
import { guessSubject } from '../../throttling/guesses.ts'
import { type Current, pathOf } from './current.ts'
import { dropProof } from './proof.ts'

interface Beginning {
  readonly account: Account
  readonly amr: readonly string[]
  /** When they signed in elsewhere; undefined: now. */
  readonly authenticatedAt?: Timestamp | undefined
  /** The session that grows stronger; undefined: everything was proven at this page. */
  readonly session?: Session | undefined
  readonly current: Current
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** True when somebody is signed in now; else the account, or the session, has changed meanwhile. */
export function begin(deps: Deps, beginning: Beginning): Promise<boolean> {
  const { session } = beginning
  return session === undefined ? start(deps, beginning) : strengthen(deps, { ...beginning, session })
}

async function start(
  deps: Deps,
  { account, amr, authenticatedAt, current, request, reply }: Beginning,
): Promise<boolean> {
  const here = await everybodyHere(deps, request)
  const [previous, ...doubles] = here.filter((one) => one.account.id === account.id)
  const others = here.filter((one) => one.account.id !== account.id)
  const begun = { account, amr, authenticatedAt, previous: previous?.session, seenAs: seenAs(deps, request) }
  const signedIn = await startSession(deps, begun)
  const { session } = signedIn
  await dropProof(deps, current.interaction, reply)
  const staying = others.slice(0, MOST_ACCOUNTS - 1)
  // Two tabs that signed in at the same moment began two; and there is an end to how many accounts a browser has.
  for (const gone of [...doubles, ...others.slice(staying.length)]) {
    await endSession(deps, gone)
    await tellEnd(deps, request, { signedIn: gone, because: 'another_account' })
  }
  if (await hasChangedSince(deps, account)) {
    await endSession(deps, { session, account })
    await tellEnd(deps, request, { signedIn: { session, account }, because: 'account_changed' })
    await dropSessions(deps, [session.id], { request, reply })
    return false
  }
  const otherIds = staying.map((one) => one.session.id)
  await keepActive(deps, signedIn.handle, otherIds, { request, reply })
  await choose(deps, { account, session, current })
  const isNewDevice = !knowDevice(deps, account, request, reply)
  deps.audit.record(
    { kind: 'signed_in', accountId: account.id, sessionId: session.id, amr, ...(isNewDevice && { isNewDevice }) },
    request,
  )
  return true
}

async function strengthen(
  deps: Deps,
  { account, amr, session, current, request, reply }: Beginning & { readonly session: Session },
): Promise<boolean> {
  const stronger = await strengthenSession(deps, session, { amr, seenAs: seenAs(deps, request) })
  await dropProof(deps, current.interaction, reply)
  if (stronger === undefined) return false
  await keepRenewed(deps, stronger.handle, { request, reply })
  deps.audit.record({ kind: 'stepped_up', accountId: account.id, sessionId: session.id, amr }, request)
  return true
}

/** Who signs in at a request answers it, whatever other tabs do; who signs in to no app means this browser. */
const choose = (
  { storage, clock }: Pick<Deps, 'storage' | 'clock'>,
  {
    account,
    session,
    current: { interaction },
  }: Pick<Beginning, 'account' | 'current'> & { readonly session: Session },
): Promise<void> =>
  interaction.clientId === undefined
    ? storage.sessions.choose(session.id, clock.now())
    : storage.interactions.selectAccount(interaction.id, account.id)

/** On to the page that is due now. */
export const goOn = (deps: Pick<Deps, 'issuer'>, { interaction }: Current, reply: FastifyReply): FastifyReply =>
  reply.redirect(pathOf(deps, interaction), 303)

const tellEnd = (
  { audit }: Pick<Deps, 'audit'>,
  request: FastifyRequest,
  { signedIn, because }: { signedIn: SignedIn; because: 'another_account' | 'account_changed' },
): Promise<void> => {
  const [sessionId, accountId] = [signedIn.session.id, signedIn.account.id]
  return audit.recordNow({ kind: 'session_ended', sessionId, accountId, because }, request)
}

/** A password that was replaced while this one was being verified ends every session: the one that is just beginning, too. */
async function hasChangedSince(deps: Pick<Deps, 'storage'>, account: Account): Promise<boolean> {
  const now = await deps.storage.accounts.find(account.id)
  return now === undefined || now.updatedAt !== account.updatedAt
}

/** From here on the account knows this browser, and strangers cannot be in its way; gives whether it knew it before. */
function knowDevice(deps: Deps, { id: accountId }: Account, request: FastifyRequest, reply: FastifyReply): boolean {
  const { device } = deps.cookies
  const subject = guessSubject({ accountId, name: '' })
  const [cookie, now] = [device.read(request), deps.clock.now()]
  device.write(reply, deps.devices.remember(cookie, subject, now))
  return deps.devices.find(cookie, subject, now) !== undefined
}
