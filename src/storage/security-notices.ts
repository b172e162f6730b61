/** What accounts are told about their own safety: written when it happens, kept until it is old. */
import type { Timestamp } from '../base/clock.ts'
import type { RevocationReason } from '../protocol/records.ts'

/** The reasons that mean theft: two parties held a code or a refresh token. */
export const THEFTS = ['code_reused', 'refresh_token_reused'] as const satisfies readonly RevocationReason[]
export type Theft = (typeof THEFTS)[number]

export interface SecurityNotice {
  /** That of the grant which was revoked: there is one notice for each, however many notice the theft. */
  readonly id: string
  readonly accountId: string
  readonly clientId: string
  readonly kind: Theft
  readonly createdAt: Timestamp
  readonly dismissedAt: Timestamp | undefined
}

export interface SecurityNoticeStore {
  /**
   * Revokes the grant and writes its notice, in one transaction: no theft is answered without a word,
   * but of those of one account and client within an hour the first alone is told. `isSent`: others are
   * to be told, too, so a delivery goes into the outbox with it. True for exactly one caller.
   */
  revokeStolen(grantId: string, theft: { because: Theft; now: Timestamp; isSent: boolean }): Promise<boolean>
  find(id: string): Promise<SecurityNotice | undefined>
  /** Those that nobody has dismissed, newest first. */
  ofAccount(accountId: string, limit: number): Promise<readonly SecurityNotice[]>
  /** False when it is not this account's, or was dismissed before. */
  dismiss(id: string, accountId: string, now: Timestamp): Promise<boolean>
}
