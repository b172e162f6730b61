/** What is kept, and the questions that may be asked of it. No database is named here; storage/prisma/ answers. */
import type { Timestamp } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type {
  Account,
  Consent,
  Grant,
  GrantFacts,
  Interaction,
  PushedRequest,
  RevocationReason,
  Session,
} from '../protocol/records.ts'
import type { KeyAlgorithm } from '../protocol/vocabulary.ts'
import type { AccountKeys, AccountStore, ImportedAccount, ImportedHashes } from './accounts.ts'
import type {
  Delivery,
  DeliveryKind,
  DeliveryStore,
  SessionClient,
  SessionClientStore,
  SessionState,
} from './outbox.ts'

import type { SecurityNotice, SecurityNoticeStore, Theft } from './security-notices.ts'

export { THEFTS } from './security-notices.ts'
export type {
  Account,
  AccountKeys,
  AccountStore,
  Consent,
  Delivery,
  DeliveryKind,
  DeliveryStore,
  Grant,
  GrantFacts,
  ImportedAccount,
  ImportedHashes,
  Interaction,
  PushedRequest,
  RevocationReason,
  SecurityNotice,
  SecurityNoticeStore,
  Session,
  SessionClient,
  SessionClientStore,
  SessionState,
  Theft,
}

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
  readonly leases: LeaseStore
  readonly sessionClients: SessionClientStore
  readonly deliveries: DeliveryStore
  readonly securityNotices: SecurityNoticeStore
  /** Resolves when the database answers; rejects when it does not. */
  ping(): Promise<void>
  /** Whether every migration that this version knows is applied: an older backup may have been put in place since the start. */
  isMigrated(): Promise<boolean>
  /** Deletes what is past its time, at most `limit` rows of each kind; gives how many went. */
  sweep(now: Timestamp, limit: number): Promise<number>
  close(): Promise<void>
}

// ---- sessions ------------------------------------------------------------------------------------------------------

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
    renewed: Pick<Session, 'secretHash' | 'authenticatedAt' | 'amr' | 'lastSeenAt' | 'expiresAt'>,
  ): Promise<boolean>
  touch(id: string, lastSeenAt: Timestamp): Promise<void>
  /**
   * Ends it; every grant bound to it is dead from then on, and what its clients are to be told is in the outbox, in one
   * transaction. False when it had ended before.
   */
  end(id: string, now: Timestamp): Promise<boolean>
  endByAccount(accountId: string, now: Timestamp): Promise<number>
}

// ---- interactions --------------------------------------------------------------------------------------------------

export interface InteractionStore {
  insert(interaction: Interaction): Promise<void>
  find(id: string): Promise<Interaction | undefined>
  selectAccount(id: string, accountId: string): Promise<void>
  keepUsername(id: string, username: string): Promise<void>
  complete(id: string, now: Timestamp): Promise<void>
}

/** RFC 9126 §4 */
export interface PushedRequestStore {
  insert(pushed: PushedRequest): Promise<void>
  find(id: string): Promise<PushedRequest | undefined>
  /** Compare and set: true for exactly one caller, ever. */
  use(id: string, use: { now: Timestamp; interactionId: string | undefined }): Promise<boolean>
}

// ---- consents and grants -------------------------------------------------------------------------------------------

export interface ConsentStore {
  find(accountId: string, clientId: string): Promise<Consent | undefined>
  /** Adds what it allows to what was allowed before to a client that showed itself alike; of several at once none is lost. */
  add(consent: Consent): Promise<void>
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
  revokeByAccount(accountId: string, now: Timestamp, because: RevocationReason): Promise<number>
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

// ---- registered clients --------------------------------------------------------------------------------------------

/** A client that registered itself (docs/decisions/0014). */
export interface RegisteredClient {
  readonly id: string
  /** Wire names (RFC 7591 §2); read again each time it is loaded. */
  readonly metadata: Readonly<Record<string, unknown>>
  /** SHA-256; undefined for a client without a secret. */
  readonly secretHash: string | undefined
  /** The secret itself, where it is the key of what is signed with it; sealed by keys/. */
  readonly sealedSecret: string | undefined
  readonly registrationTokenHash: string
  readonly createdAt: Timestamp
  readonly updatedAt: Timestamp
  /** To within a day. */
  readonly lastUsedAt: Timestamp | undefined
  /** Moves with each use. */
  readonly expiresAt: Timestamp
}

export interface RegisteredClientStore {
  find(id: string): Promise<RegisteredClient | undefined>
  /** By id, after the given one. */
  list(page: { after: string | undefined; limit: number }): Promise<readonly RegisteredClient[]>
  /** False when there are `most` already, by however many processes at once; those past their time make room. */
  insert(client: RegisteredClient, most: number): Promise<boolean>
  /** Whether `insert` would find room just now, as far as it can be told before. */
  hasRoom(most: number, now: Timestamp): Promise<boolean>
  /** False when it was removed meanwhile. `consentsEnd`: it is not what people have allowed any more. */
  update(
    id: string,
    change: Pick<RegisteredClient, 'metadata' | 'secretHash' | 'sealedSecret' | 'updatedAt' | 'expiresAt'>,
    how: { consentsEnd: boolean },
  ): Promise<boolean>
  /** It is used: its end moves. Only while nobody has said so since `before`. */
  touch(id: string, use: { now: Timestamp; before: Timestamp; expiresAt: Timestamp }): Promise<void>
  /** Takes the consents to it with it; its grants are dead without it, and are swept when they expire. */
  remove(id: string): Promise<boolean>
}

// ---- signing keys --------------------------------------------------------------------------------------------------

/** `withdrawn`: no longer published; the public half stays, so that an old id_token_hint can still be recognised. */
export type SigningKeyState = 'next' | 'current' | 'retired' | 'withdrawn'

/** Or one that others encrypt to us with; its algorithm says which. */
export interface StoredSigningKey {
  readonly kid: string
  readonly algorithm: KeyAlgorithm
  readonly state: SigningKeyState
  /** JSON of the public JWK. */
  readonly publicJwk: string
  /** The private JWK, sealed by keys/sealing.ts. Undefined once withdrawn. */
  readonly sealedPrivateJwk: string | undefined
  /** When it was first in the JWKS. */
  readonly publishedAt: Timestamp
  /** When it first signed. */
  readonly activatedAt: Timestamp | undefined
  /** When it last may have signed. */
  readonly retiredAt: Timestamp | undefined
  /** Retired keys: when the last token that it signed has expired. Withdrawn keys: when that happened. */
  readonly withdrawAt: Timestamp | undefined
  /** Taken out by the operator: nothing that it signed is believed any more. */
  readonly revokedAt: Timestamp | undefined
}

export interface SigningKeyStore {
  list(): Promise<readonly StoredSigningKey[]>
  /** A text that is another one after every change of a key; asked each second, so without what is long. */
  version(): Promise<string>
  /** False when there already is a key in that state (`next`, `current`) for that algorithm: another process was first. */
  insert(key: StoredSigningKey): Promise<boolean>
  /** In one transaction: current → retired until `withdrawAt`, next → current. False when either has moved on. */
  promote(step: { next: string; current: string | undefined; now: Timestamp; withdrawAt: Timestamp }): Promise<boolean>
  /** current → retired until `withdrawAt`, and nothing takes its place; false when it was not current any more. */
  retire(kid: string, step: { now: Timestamp; withdrawAt: Timestamp }): Promise<boolean>
  /** Unpublishes a key and forgets its private half; false when it was not in the state `from` (retired) any more. */
  withdraw(kid: string, now: Timestamp, from?: 'retired' | 'next'): Promise<boolean>
  /** Withdraws in any state and marks it as not to be believed. */
  revoke(kid: string, now: Timestamp): Promise<boolean>
  /** The clock went back: a time of publication or activation that lies ahead is set to now. */
  clampTimes(kid: string, now: Timestamp): Promise<void>
}

// ---- leases --------------------------------------------------------------------------------------------------------

/** Who does a piece of background work (jobs/lease.ts). */
export interface Lease {
  /** A process; undefined when it was given back. */
  readonly holder: string | undefined
  /** Grows with every renewal. No time is kept: the clocks of several machines prove nothing. */
  readonly turn: number
}

export interface LeaseStore {
  find(name: string): Promise<Lease | undefined>
  /** Compare and set: turn `from` → `from + 1`, with this holder; true for exactly one caller. 0: there is none yet. */
  take(name: string, step: { holder: string; from: number }): Promise<boolean>
  /** Only while it is still this holder's. */
  giveBack(name: string, holder: string): Promise<void>
}
