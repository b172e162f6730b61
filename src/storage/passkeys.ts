/** Passkeys of accounts (WebAuthn level 3), as storage.ts asks for them. */
import type { Timestamp } from '../base/clock.ts'

export interface Passkey {
  /** The credential id, base64url. */
  readonly id: string
  readonly accountId: string
  /** What it knows the account by (§5.4.3): nothing that anybody else calls it. */
  readonly userHandle: string
  /** COSE, base64url. */
  readonly publicKey: string
  /** §6.1.1: 0 of those that do not count. */
  readonly signCount: number
  readonly transports: readonly string[]
  /** §6.1.3: it may be on several devices. */
  readonly isBackupEligible: boolean
  /** It is. */
  readonly isBackedUp: boolean
  /** The kind of authenticator, as far as it tells. */
  readonly aaguid: string
  /** As its owner calls it. */
  readonly name: string
  readonly createdAt: Timestamp
  readonly lastUsedAt: Timestamp | undefined
}

/** §6.1.1, and whether it is on several devices by now. */
export interface PasskeyUse extends Pick<Passkey, 'id' | 'signCount' | 'isBackedUp'> {
  readonly now: Timestamp
}

export interface PasskeyStore {
  find(id: string): Promise<Passkey | undefined>
  /** The oldest first. */
  ofAccount(accountId: string): Promise<readonly Passkey[]>
  /** False when there is one with this id, whosever. */
  add(passkey: Passkey): Promise<boolean>
  /**
   * Compare and set: its count has grown, or was and is 0 (§6.1.1). False otherwise, and when it is gone: of those who send the
   * same count one goes on.
   */
  use(use: PasskeyUse): Promise<boolean>
  rename(of: Pick<Passkey, 'id' | 'accountId' | 'name'>): Promise<boolean>
  /** Of several at once, with `keepsOne`, one always stays. False when there is none of that account, or it has to stay. */
  remove(of: Pick<Passkey, 'id' | 'accountId'>, how: { readonly keepsOne: boolean }): Promise<boolean>
}
