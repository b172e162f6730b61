/** Who accounts are at upstream providers, and who is at one just now, as storage.ts asks for them. */
import type { Timestamp } from '../base/clock.ts'
import type { Account } from '../protocol/records.ts'

export interface UpstreamIdentity {
  readonly id: string
  /** With `subject` unique: who somebody is there (OpenID Connect Core §5.7). */
  readonly issuer: string
  readonly subject: string
  readonly accountId: string
  /** What they are shown by on the account's page. */
  readonly label: string
  readonly linkedAt: Timestamp
  readonly lastUsedAt: Timestamp
}

export type SignedUp = 'made' | 'username_taken' | 'address_taken' | 'identity_taken'

export interface UpstreamIdentityStore {
  find(issuer: string, subject: string): Promise<UpstreamIdentity | undefined>
  /** The longest linked first. */
  ofAccount(accountId: string): Promise<readonly UpstreamIdentity[]>
  /** True for exactly one caller; false when it is linked already, to whomever. */
  link(identity: UpstreamIdentity): Promise<boolean>
  /** The account and its identity, both or none. One whose address is proven is the only one that has it. */
  signUp(account: Account, identity: UpstreamIdentity): Promise<SignedUp>
  use(id: string, use: { readonly label: string; readonly now: Timestamp }): Promise<void>
  /** True when the account had it. */
  unlink(id: string, accountId: string): Promise<boolean>
}

/** Somebody was sent to a provider; good for one answer. */
export interface UpstreamRequest {
  /** SHA-256 of the state. */
  readonly id: string
  /** Its name in the configuration. */
  readonly provider: string
  readonly issuer: string
  /** The sign-in page that it was asked for. */
  readonly interactionId: string | undefined
  /** The session that links an account; one of the two is there. */
  readonly sessionId: string | undefined
  readonly browserHash: string
  /** Since when the sign-in there must be; undefined: any will do. */
  readonly freshSince: Timestamp | undefined
  readonly createdAt: Timestamp
  readonly expiresAt: Timestamp
  readonly usedAt: Timestamp | undefined
}

export interface UpstreamRequestStore {
  insert(request: UpstreamRequest): Promise<void>
  find(id: string): Promise<UpstreamRequest | undefined>
  /** Compare and set: true for exactly one caller, ever. */
  use(id: string, now: Timestamp): Promise<boolean>
}
