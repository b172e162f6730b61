/** Accounts, as storage.ts asks for them. */
import type { Timestamp } from '../base/clock.ts'
import type { Account } from '../protocol/records.ts'

export interface AccountStore {
  find(id: string): Promise<Account | undefined>
  findByUsername(usernameKey: string): Promise<Account | undefined>
  /** At most two, those with a verified address first: two of these are ambiguous. */
  findByEmail(emailKey: string): Promise<readonly Account[]>
  /** Every account that has one of these. */
  findAny(of: AccountKeys): Promise<readonly Account[]>
  /** By `usernameKey`, after the given one. */
  list(page: { after: string | undefined; limit: number }): Promise<readonly Account[]>
  /** False when the username is taken. */
  insert(account: Account): Promise<boolean>
  /**
   * An account whose address is proven: not when it is another's, verified, or another's user name; of several at once for one
   * address exactly one is in.
   */
  insertProven(account: Account): Promise<ProvenInsertion>
  /**
   * An address that was proven for an account that is there, on the same conditions, and only while the account is still that of
   * `version`; of several accounts at once for one address exactly one has it.
   */
  setProvenEmail(id: string, change: ProvenEmail): Promise<ProvenChange>
  /** Many at once, in one transaction; gives the ids of those that are in, and leaves out whose id or username is taken. */
  insertAll(accounts: readonly ImportedAccount[]): Promise<ReadonlySet<string>>
  /** Its claims, and with them its e-mail address and how its user name is spelled; false when it is gone. */
  setClaims(id: string, change: Pick<Account, 'username' | 'emailKey' | 'claims' | 'updatedAt'>): Promise<boolean>
  /** Claims that its owner changed: false when it is gone, or anything of it has changed since `from`, its `updatedAt`. */
  changeClaims(id: string, change: Pick<Account, 'claims' | 'updatedAt'> & { from: Timestamp }): Promise<boolean>
  /** How many accounts came with a hash of each cost, and how many accounts there are then. */
  importedHashes(): Promise<{ readonly accounts: number; readonly costs: readonly ImportedHashes[] }>
  /** @param from only while this is its hash; an empty one: while it has none */
  setPasswordHash(id: string, passwordHash: string, now: Timestamp, from?: string): Promise<boolean>
  /** The same, but only while `from` is still the hash: a rehash never undoes a change of password. */
  replacePasswordHash(id: string, from: string, to: string): Promise<boolean>
  setDisabled(id: string, disabledAt: Timestamp | undefined, now: Timestamp): Promise<boolean>
  /** Takes its sessions, consents and grants with it. */
  remove(id: string): Promise<boolean>
}

export interface AccountKeys {
  readonly ids: readonly string[]
  readonly usernameKeys: readonly string[]
  readonly emailKeys: readonly string[]
}

/** An account from elsewhere; `importedHash`: what its hash costs to verify, where that came with it. */
export interface ImportedAccount {
  readonly account: Account
  readonly importedHash: string | undefined
}

export interface ImportedHashes {
  readonly cost: string
  readonly accounts: number
  /** Of these, how many still have the hash that they came with. */
  readonly left: number
}

export interface ProvenEmail extends Pick<Account, 'claims' | 'updatedAt'> {
  readonly emailKey: string
  /** `updatedAt`, as it was read. */
  readonly version: Timestamp
}

export type ProvenChange = 'changed' | 'set' | 'address_taken'

export type ProvenInsertion = 'inserted' | 'username_taken' | 'address_taken'
