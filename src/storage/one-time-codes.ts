/** What was sent by mail to be typed, or opened as a link, once (docs/decisions/0028). */
import type { Timestamp } from '../base/clock.ts'

/** `nobody`: it was withdrawn. */
export type UsedBy = 'code' | 'link' | 'nobody'

export interface OneTimeCode {
  readonly id: string
  /** accounts/one-time-code.ts knows which there are. */
  readonly purpose: string
  /** Undefined: for an address that no account has, or not yet. */
  readonly accountId: string | undefined
  /** Where the mail went; empty where there was none. */
  readonly address: string
  readonly codeHash: string
  readonly linkHash: string
  /** Where it was asked for. */
  readonly interactionId: string | undefined
  readonly browserHash: string | undefined
  /** What its purpose needs to know; no secrets. */
  readonly details: Readonly<Record<string, unknown>>
  readonly createdAt: Timestamp
  /** Until when the code may be typed. */
  readonly codeExpiresAt: Timestamp
  /** Until when the link is good. */
  readonly expiresAt: Timestamp
  readonly attemptsLeft: number
  readonly usedAt: Timestamp | undefined
  readonly usedBy: UsedBy | undefined
  /** When what it was for was done: the page that asked for it went on, or the new password was chosen. */
  readonly takenUpAt: Timestamp | undefined
}

export interface OneTimeCodeStore {
  insert(code: OneTimeCode): Promise<void>
  find(id: string): Promise<OneTimeCode | undefined>
  /** Those that are still good, the oldest first. */
  ofPurpose(purpose: string, page: { now: Timestamp; limit: number }): Promise<readonly OneTimeCode[]>
  /** Counts a code that was typed, before it is looked at; false when none may be typed any more. Of many at once never one too many. */
  takeAttempt(id: string, now: Timestamp): Promise<boolean>
  /** Compare and set: true for exactly one caller, ever, and not after its end. */
  use(id: string, use: { by: UsedBy; now: Timestamp }): Promise<boolean>
  /** It was used, by code or link: true for exactly one that goes on with it. */
  takeUp(id: string, now: Timestamp): Promise<boolean>
  /** All of an account, of these purposes, that have not been used; gives how many. */
  withdraw(accountId: string, purposes: readonly string[], now: Timestamp): Promise<number>
}
