/** Codes for when an authenticator app is lost, as storage.ts asks for them. */
import type { Timestamp } from '../base/clock.ts'

export interface RecoveryCodeCount {
  readonly made: number
  readonly left: number
}

export interface RecoveryCodeStore {
  count(accountId: string): Promise<RecoveryCodeCount>
  /** In place of all that there were, in one transaction. */
  replace(accountId: string, codeHashes: readonly string[], now: Timestamp): Promise<void>
  /** Compare and set: true for exactly one caller, ever. */
  use(accountId: string, codeHash: string, now: Timestamp): Promise<boolean>
}
