/** Somebody has proven enough: their session begins, or one that is there grows stronger. The page that follows is decided by `show`. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { seenAs } from '../../authorization/seen-as.ts'
import { keepState } from '../../authorization/session-state.ts'
import type { Deps } from '../../deps.ts'
import { endSession, findSession, type SignedIn, startSession, strengthenSession } from '../../sessions/session.ts'
import type { Account, Session } from '../../storage/storage.ts'
import { guessSubject } from '../../throttling/guesses.ts'
import { type Current, pathOf } from './current.ts'
import { dropProof } from './proof.ts'

interface Beginning {
  readonly account: Account
  readonly amr: readonly string[]
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

async function start(deps: Deps, { account, amr, current, request, reply }: Beginning): Promise<boolean> {
  const previous = await findSession(deps, deps.cookies.session.read(request))
  const signedIn = await startSession(deps, { account, amr, previous, seenAs: seenAs(deps, request) })
  const { session } = signedIn
  await dropProof(deps, current.interaction, reply)
  if (previous !== undefined && previous.account.id !== account.id) {
    await tellEnd(deps, request, { signedIn: previous, because: 'another_account' })
  }
  if (await hasChangedSince(deps, account)) {
    await endSession(deps, { session, account })
    await tellEnd(deps, request, { signedIn: { session, account }, because: 'account_changed' })
    return false
  }
  deps.cookies.session.write(reply, signedIn.cookie)
  keepState(deps, { signedIn, request, reply })
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
  deps.cookies.session.write(reply, stronger.cookie)
  keepState(deps, { signedIn: { session: stronger.session }, request, reply })
  deps.audit.record({ kind: 'stepped_up', accountId: account.id, sessionId: session.id, amr }, request)
  return true
}

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
