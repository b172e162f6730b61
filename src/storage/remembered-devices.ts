/** Browsers that are not asked for a second factor, as storage.ts asks for them. */
import type { Timestamp } from '../base/clock.ts'

export interface RememberedDevice {
  /** SHA-256 of what the browser keeps. */
  readonly id: string
  readonly accountId: string
  readonly createdAt: Timestamp
  readonly expiresAt: Timestamp
}

export interface RememberedDeviceStore {
  insert(device: RememberedDevice): Promise<void>
  /** Those of the account among these. */
  find(accountId: string, ids: readonly string[]): Promise<readonly RememberedDevice[]>
  ofAccount(accountId: string, now: Timestamp): Promise<readonly RememberedDevice[]>
  /** Gives how many there were. */
  forgetAll(accountId: string): Promise<number>
}
