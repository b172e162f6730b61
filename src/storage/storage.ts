/** What is kept, and the questions that may be asked of it. No database is named here; storage/prisma/ answers. */
import type { Timestamp } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type {
  Account,
  Consent,
  Grant,
  GrantFacts,
  Interaction,
  Proven,
  PushedRequest,
  RevocationReason,
  Session,
} from '../protocol/records.ts'
import type { AccountStore } from './accounts.ts'
import type { AuditEventStore } from './audit-events.ts'
import type { ClientUseStore } from './client-uses.ts'
import type { ConfigEntryStore } from './config-entries.ts'
import type { DatabaseFacts } from './database-facts.ts'
import type { InstanceStore } from './instances.ts'
import type { JwksFetchStore } from './jwks-fetches.ts'
import type { LeaseStore } from './leases.ts'
import type { OneTimeCodeStore } from './one-time-codes.ts'
import type { DeliveryStore, SessionClientStore } from './outbox.ts'
import type { PasskeyStore } from './passkeys.ts'
import type { RecoveryCodeStore } from './recovery-codes.ts'
import type { RefusalStore } from './refusals.ts'
import type { RegisteredClientStore } from './registered-clients.ts'
import type { RememberedDeviceStore } from './remembered-devices.ts'
import type { SecurityNoticeStore } from './security-notices.ts'
import type { SigningKeyStore } from './signing-keys.ts'
import type { ThrottleStore } from './throttles.ts'
import type { TotpStore } from './totps.ts'
import type { UpstreamIdentityStore, UpstreamRequestStore } from './upstream.ts'

export type * from './accounts.ts'
export type * from './audit-events.ts'
export * from './client-uses.ts'
export * from './config-entries.ts'
export type * from './database-facts.ts'
export type * from './instances.ts'
export type * from './jwks-fetches.ts'
export type * from './leases.ts'
export type * from './one-time-codes.ts'
export type * from './outbox.ts'
export type * from './passkeys.ts'
export type * from './recovery-codes.ts'
export type * from './refusals.ts'
export type * from './registered-clients.ts'
export type * from './remembered-devices.ts'
export * from './security-notices.ts'
export type * from './signing-keys.ts'
export type * from './throttles.ts'
export type * from './totps.ts'
export type * from './upstream.ts'
export type { Account, Consent, Grant, GrantFacts, Interaction, Proven, PushedRequest, RevocationReason, Session }

/**
 * The database cannot be asked just now: gone, starting, overloaded, full. What was asked may have been done or not, so
 * the asker is told to ask again, and nothing else. Every question may reject with it.
 */
export class DatabaseUnavailable extends Error {
  /** After how many seconds it is worth asking again. */
  readonly retryAfterSeconds: number

  constructor(reason: string, options: ErrorOptions & { retryAfterSeconds: number }) {
    super(reason, options)
    this.name = 'DatabaseUnavailable'
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}

/**
 * Logs that something could not be done. An outage is told when it begins, with its cause, and when it ends; what else
 * fails of it meanwhile, once a second perhaps, is for who debugs.
 */
export function logFailure(
  log: Log,
  error: unknown,
  { message, ...fields }: { message: string; [field: string]: unknown },
): void {
  if (error instanceof DatabaseUnavailable) log.debug({ ...fields, detail: error.message }, message)
  else log.error({ ...fields, err: error }, message)
}

export interface Storage {
  readonly accounts: AccountStore
  readonly sessions: SessionStore
  readonly interactions: InteractionStore
  readonly pushedRequests: PushedRequestStore
  readonly consents: ConsentStore
  readonly grants: GrantStore
  readonly revokedTokens: RevokedTokenStore
  readonly registeredClients: RegisteredClientStore
  readonly usedTokens: UsedTokenStore
  readonly signingKeys: SigningKeyStore
  readonly jwksFetches: JwksFetchStore
  readonly leases: LeaseStore
  readonly instances: InstanceStore
  readonly sessionClients: SessionClientStore
  readonly deliveries: DeliveryStore
  readonly securityNotices: SecurityNoticeStore
  readonly refusals: RefusalStore
  readonly throttles: ThrottleStore
  readonly oneTimeCodes: OneTimeCodeStore
  readonly configEntries: ConfigEntryStore
  readonly clientUses: ClientUseStore
  readonly auditEvents: AuditEventStore
  readonly totps: TotpStore
  readonly recoveryCodes: RecoveryCodeStore
  readonly passkeys: PasskeyStore
  readonly rememberedDevices: RememberedDeviceStore
  readonly upstreamIdentities: UpstreamIdentityStore
  readonly upstreamRequests: UpstreamRequestStore
  /** Resolves when the database answers; rejects when it does not. */
  ping(): Promise<void>
  /** Whether every migration that this version knows is applied: an older backup may have been put in place since the start. */
  isMigrated(): Promise<boolean>
  /** What whoever looks after it wants to know (countersign doctor). */
  describe(): Promise<DatabaseFacts>
  /** Deletes what is past its time, at most `limit` rows of each kind; gives how many went. */
  sweep(now: Timestamp, limit: number): Promise<number>
  close(): Promise<void>
}

// ---- sessions --------------------------------------------------------------------------------------------------------

export interface SessionStore {
  insert(session: Session): Promise<void>
  /** The session and its account in one read. */
  find(id: string): Promise<{ session: Session; account: Account } | undefined>
  /** And what that account has allowed the client. */
  findForClient(
    id: string,
    clientId: string,
  ): Promise<{ session: Session; account: Account; consent: Consent | undefined } | undefined>
  /** A fresh authentication in the same browser: new secret, new time; false when it has ended meanwhile. */
  renew(
    id: string,
    renewed: Pick<
      Session,
      'secretHash' | 'authenticatedAt' | 'amr' | 'lastSeenAt' | 'expiresAt' | 'userAgent' | 'address'
    >,
  ): Promise<boolean>
  touch(id: string, lastSeenAt: Timestamp): Promise<void>
  /** Its owner prefers it to the other accounts of the same browser. */
  choose(id: string, now: Timestamp): Promise<void>
  /** Of these sessions, in any order: when a client last got something by it, and when it was chosen. */
  uses(ids: readonly string[], clientId: string): Promise<readonly SessionUse[]>
  /** Those that have neither ended nor expired, the last seen first. */
  ofAccount(accountId: string, page: { now: Timestamp; limit: number }): Promise<readonly Session[]>
  /**
   * Ends it; every grant bound to it is dead from then on, and what its clients are to be told is in the outbox, in one
   * transaction. False when it had ended before.
   */
  end(id: string, now: Timestamp): Promise<boolean>
  /** @param except one that goes on */
  endByAccount(accountId: string, now: Timestamp, except?: string): Promise<number>
}

export interface SessionUse {
  readonly sessionId: string
  /** By the client that was asked about, as far back as grants are kept. */
  readonly usedAt: Timestamp | undefined
  readonly chosenAt: Timestamp | undefined
}

// ---- interactions ----------------------------------------------------------------------------------------------------

export interface InteractionStore {
  insert(interaction: Interaction): Promise<void>
  find(id: string): Promise<Interaction | undefined>
  selectAccount(id: string, accountId: string): Promise<void>
  keepUsername(id: string, username: string): Promise<void>
  /** In place of what was proven before; undefined: nothing is any more. */
  keepProven(id: string, proven: Proven | undefined): Promise<void>
  /** True for exactly one caller. */
  complete(id: string, now: Timestamp): Promise<boolean>
}

/** RFC 9126 §4 */
export interface PushedRequestStore {
  insert(pushed: PushedRequest): Promise<void>
  find(id: string): Promise<PushedRequest | undefined>
  /** Compare and set: true for exactly one caller, ever. */
  use(id: string, use: { now: Timestamp; interactionId: string | undefined }): Promise<boolean>
}

// ---- consents and grants ---------------------------------------------------------------------------------------------

export interface ConsentStore {
  find(accountId: string, clientId: string): Promise<Consent | undefined>
  /** Adds what it allows to what was allowed before to a client that showed itself alike; of several at once none is lost. */
  add(consent: Consent): Promise<void>
  /** By client, after the given one. */
  ofAccount(accountId: string, page: { after?: string | undefined; limit: number }): Promise<readonly Consent[]>
  /** False when there was none. */
  remove(accountId: string, clientId: string): Promise<boolean>
}

export interface GrantStore {
  insert(grant: Grant): Promise<void>
  find(id: string): Promise<GrantFacts | undefined>
  /** The same for one of its access tokens, in one read: it may have been revoked alone. */
  findForAccessToken(id: string, jti: string): Promise<(GrantFacts & { isTokenRevoked: boolean }) | undefined>
  /** Compare and set (RFC 6749 §4.1.2): true for exactly one caller, ever. `refresh` also issues refresh token number 1. */
  consumeCode(id: string, now: Timestamp, refresh: { expiresAt: Timestamp } | undefined): Promise<boolean>
  /** Compare and set: generation `from` → `from + 1`; true for exactly one caller. */
  rotateRefreshToken(id: string, rotation: { from: number; now: Timestamp; expiresAt: Timestamp }): Promise<boolean>
  /** A refresh token that does not rotate was used: its idle end moves. False when the grant was revoked meanwhile. */
  extendRefreshToken(id: string, expiresAt: Timestamp): Promise<boolean>
  revoke(id: string, now: Timestamp, because: RevocationReason): Promise<boolean>
  /** @param exceptSession those of one session stay */
  revokeByAccount(accountId: string, now: Timestamp, because: RevocationReason, exceptSession?: string): Promise<number>
  /** All that one client has of the account; gives how many. */
  revokeByClient(
    of: { accountId: string; clientId: string },
    now: Timestamp,
    because: RevocationReason,
  ): Promise<number>
  /** How many may have live tokens: got one since, or can get one by a refresh token. Reads every grant: not for requests. */
  countLive(times: { since: Timestamp; now: Timestamp }): Promise<readonly { clientId: string; count: number }[]>
  /** How the `newest` grants are spread over the clients; by client. */
  countNewest(look: { now: Timestamp; newest: number }): Promise<readonly GrantCount[]>
  /** Where an account has been signed on to, and is still, of its newest few thousand sign-ons; the last first. */
  signOnsOf(accountId: string, page: { now: Timestamp; limit: number }): Promise<readonly SignOn[]>
  /** The same by client, whichever the session: what each has; the last used first. */
  appsOf(accountId: string, page: { now: Timestamp; limit: number }): Promise<readonly AppGrants[]>
}

/** The live grants of one client, in all sessions. */
export interface AppGrants {
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly firstAt: Timestamp
  /** As far as it is known: sign-ons, and refresh tokens that rotate. */
  readonly lastAt: Timestamp
}

export interface GrantCount {
  readonly clientId: string
  readonly count: number
  /** Neither revoked nor past their end. */
  readonly live: number
  readonly lastAt: Timestamp
}

/** The live grants of one client in one session. */
export interface SignOn {
  readonly sessionId: string
  readonly clientId: string
  readonly count: number
  readonly lastAt: Timestamp
}

/** Access tokens revoked one by one (RFC 7009), by `jti`, until they would have expired. */
export interface RevokedTokenStore {
  insert(jti: string, expiresAt: Timestamp): Promise<void>
  has(jti: string): Promise<boolean>
}

/** Tokens of others that count once (RFC 7523 §3, item 7), by a digest of whose they are and their `jti`, until they expire. */
export interface UsedTokenStore {
  /** True for exactly one caller. */
  use(id: string, expiresAt: Timestamp): Promise<boolean>
}
