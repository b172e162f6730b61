/** Authenticator apps of accounts (RFC 6238), as storage.ts asks for them. */
import type { Timestamp } from '../base/clock.ts'

export interface Totp {
  readonly accountId: string
  readonly sealedSecret: string
  /** Of the last code that was taken. */
  readonly lastStep: number
  readonly createdAt: Timestamp
  readonly lastUsedAt: Timestamp
}

/** One that is being set up, in one session or interaction. */
export interface TotpSetup {
  /** Of that session or interaction. */
  readonly id: string
  readonly accountId: string
  readonly sealedSecret: string
  readonly expiresAt: Timestamp
}

export interface TotpStore {
  find(accountId: string): Promise<Totp | undefined>
  /** True for exactly one caller; false as long as the account has one. */
  add(totp: Totp): Promise<boolean>
  /**
   * RFC 6238 §5.2: each code counts once. Compare and set: true for exactly one caller for each step, and never for a step
   * before the last one. A last one beyond `possible` is from a clock that was wrong, and shuts nobody out.
   */
  useStep(use: {
    readonly accountId: string
    readonly sealedSecret: string
    readonly step: number
    readonly possible: number
    readonly now: Timestamp
  }): Promise<boolean>
  /** With what is being set up. True when there was one. */
  remove(accountId: string): Promise<boolean>
  findSetup(id: string): Promise<TotpSetup | undefined>
  /** In place of the one before it. */
  putSetup(setup: TotpSetup): Promise<void>
}
