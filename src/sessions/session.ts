/** Being signed in: whom a browser's cookie stands for, and how a session begins, is renewed and ends. */
import type { Clock, Timestamp } from '../base/clock.ts'
import { MINUTE } from '../base/duration.ts'
import { constantTimeEqual, sha256 } from '../base/hash.ts'
import { newIdentifier } from '../base/identifier.ts'
import { type Random, randomSecret } from '../base/random.ts'
import type { Lifetimes } from '../config/config.ts'
import type { Account, Consent, Session, Storage } from '../storage/storage.ts'
import { type Handle, handlesIn } from './handles.ts'

export interface SessionDeps {
  readonly storage: Pick<Storage, 'sessions'>
  readonly lifetimes: Pick<Lifetimes, 'sessionIdle' | 'sessionAbsolute'>
  /** Told when a session has ended: its clients are to hear of it. */
  readonly deliveries: { kick(): void }
  readonly clock: Clock
  readonly random: Random
}

/** Whose browser it is, for its owner to know it by. */
export type SeenAs = Pick<Session, 'userAgent' | 'address'>

export interface SignedIn {
  readonly session: Session
  readonly account: Account
}

/** And what that account has allowed the client that asks. */
export interface SignedInForClient extends SignedIn {
  readonly consent: Consent | undefined
}

/** A session's idle time is written back at most this often, so that single sign-on costs no write each time. */
const TOUCH_AFTER = MINUTE

/**
 * Whose browser this is: the active account of those that are signed in there.
 * @param cookie handles, as `handles.ts` has them
 * Undefined for whatever is malformed, unknown, over its idle or absolute time, ended, or of a disabled account.
 */
export async function findSignedIn(deps: UseDeps, cookie: string | undefined): Promise<SignedIn | undefined> {
  for (const handle of handlesIn(cookie)) {
    const found = await inUse(deps, await openSession(deps, handle, deps.storage.sessions.find))
    if (found !== undefined) return found
  }
  return undefined
}

/** The same, for a client that asks for an authorization, in as many reads. */
export async function findSignedInForClient(
  deps: UseDeps,
  cookie: string | undefined,
  clientId: string,
): Promise<SignedInForClient | undefined> {
  const find = (id: string) => deps.storage.sessions.findForClient(id, clientId)
  for (const handle of handlesIn(cookie)) {
    const found = await inUse(deps, await openSession(deps, handle, find))
    if (found !== undefined) return found
  }
  return undefined
}

/** Somebody of this browser, or whoever was. */
export interface Remembered extends SignedInForClient {
  /** Idle for too long, ended, expired, or of an account that is disabled: they answer nothing. */
  readonly isOver: boolean
}

/** All of them, the active one first. None is noted as used: that is for the one who answers. */
export async function findAllForClient(
  deps: UseDeps,
  cookie: string | undefined,
  clientId: string,
): Promise<readonly Remembered[]> {
  const find = (id: string) => deps.storage.sessions.findForClient(id, clientId)
  const found = await Promise.all(handlesIn(cookie).map((handle) => provenSession(handle, find)))
  const now = deps.clock.now()
  return found.flatMap((one) =>
    one === undefined ? [] : [{ ...one, isOver: !isOpen(one, now) || isIdle(deps, one.session) }],
  )
}

/** Somebody of this browser. */
export interface Present extends SignedIn {
  /** Nobody was here for too long: they must sign in again, and need not type their name. */
  readonly isIdle: boolean
}

/** Everybody whose session here is still there, the active one first; also where it was idle for too long. */
export async function findEverybody(deps: UseDeps, cookie: string | undefined): Promise<readonly Present[]> {
  const { find } = deps.storage.sessions
  const found = await Promise.all(handlesIn(cookie).map((handle) => openSession(deps, handle, find)))
  return found.flatMap((one) => (one === undefined ? [] : [{ ...one, isIdle: isIdle(deps, one.session) }]))
}

const isIdle = ({ clock, lifetimes }: UseDeps, { lastSeenAt }: Session): boolean =>
  clock.now() - lastSeenAt >= lifetimes.sessionIdle

/** Undefined when it was idle for too long; what was not is noted as used now. */
export async function inUse<Found extends SignedIn>(
  deps: UseDeps,
  found: Found | undefined,
): Promise<Found | undefined> {
  const idle = deps.clock.now() - (found?.session.lastSeenAt ?? 0)
  if (found === undefined || idle >= deps.lifetimes.sessionIdle) return undefined
  if (idle > Math.min(TOUCH_AFTER, deps.lifetimes.sessionIdle / 2)) {
    await deps.storage.sessions.touch(found.session.id, deps.clock.now())
  }
  return found
}

type UseDeps = Omit<SessionDeps, 'deliveries' | 'random'>
type FindDeps = Pick<SessionDeps, 'storage' | 'clock'>

async function openSession<Found extends SignedIn>(
  { clock }: FindDeps,
  handle: Handle,
  find: (id: string) => Promise<Found | undefined>,
): Promise<Found | undefined> {
  const found = await provenSession(handle, find)
  return found !== undefined && isOpen(found, clock.now()) ? found : undefined
}

/** Also one that is over: whose it was, the browser has proven. */
async function provenSession<Found extends SignedIn>(
  { id, secret }: Handle,
  find: (id: string) => Promise<Found | undefined>,
): Promise<Found | undefined> {
  const found = await find(id)
  return found !== undefined && constantTimeEqual(found.session.secretHash, sha256(secret)) ? found : undefined
}

const isOpen = ({ session, account }: SignedIn, now: Timestamp): boolean =>
  session.endedAt === undefined && account.disabledAt === undefined && now < session.expiresAt

/** Whether a session that was there a moment ago has not ended since. */
export async function isStillOpen({ storage, clock }: FindDeps, sessionId: string): Promise<boolean> {
  const found = await storage.sessions.find(sessionId)
  return found !== undefined && isOpen(found, clock.now())
}

interface Starting {
  readonly account: Account
  readonly amr: readonly string[]
  /** Undefined: now. */
  readonly authenticatedAt?: Timestamp | undefined
  readonly previous: Session | undefined
  readonly seenAs: SeenAs
}

/**
 * Someone has just proved who they are. The secret is new each time (OWASP ASVS 7.2.4: no session fixation); the session itself
 * goes on when the same account signs in again in the same browser, so that its apps stay together.
 * @param previous of this account, in this browser
 */
export async function startSession(
  deps: SessionDeps,
  { account, amr, authenticatedAt, previous, seenAs }: Starting,
): Promise<{ session: Session; handle: Handle }> {
  const now = deps.clock.now()
  const secret = randomSecret(deps.random)
  const begun = {
    secretHash: sha256(secret),
    authenticatedAt: authenticatedAt ?? now,
    amr,
    lastSeenAt: now,
    expiresAt: now + deps.lifetimes.sessionAbsolute,
    ...seenAs,
  }
  if (previous?.accountId === account.id && (await deps.storage.sessions.renew(previous.id, begun))) {
    return { session: { ...previous, ...begun }, handle: { id: previous.id, secret } }
  }
  const id = newIdentifier(now, deps.random)
  const session = { id, accountId: account.id, createdAt: now, endedAt: undefined, ...begun }
  await deps.storage.sessions.insert(session)
  return { session, handle: { id, secret } }
}

/**
 * More was proven in a session that is there: it is stronger from now on, under a new secret (OWASP ASVS 7.2.4), and neither
 * younger nor longer alive, for the rest was not proven again. Undefined: it has ended meanwhile.
 */
export async function strengthenSession(
  deps: Pick<SessionDeps, 'storage' | 'clock' | 'random'>,
  session: Session,
  { amr, seenAs }: { amr: readonly string[]; seenAs: SeenAs },
): Promise<{ session: Session; handle: Handle } | undefined> {
  const secret = randomSecret(deps.random)
  const { authenticatedAt, expiresAt } = session
  const renewed = {
    secretHash: sha256(secret),
    authenticatedAt,
    amr,
    lastSeenAt: deps.clock.now(),
    expiresAt,
    ...seenAs,
  }
  const isThere = await deps.storage.sessions.renew(session.id, renewed)
  return isThere ? { session: { ...session, ...renewed }, handle: { id: session.id, secret } } : undefined
}

/**
 * Ends the session, and with it every token that depends on it; its clients are told, and nobody waits for that. False
 * when another request was first.
 */
export async function endSession(
  deps: Pick<SessionDeps, 'storage' | 'deliveries' | 'clock'>,
  { session }: SignedIn,
): Promise<boolean> {
  const isFirst = await deps.storage.sessions.end(session.id, deps.clock.now())
  deps.deliveries.kick()
  return isFirst
}
