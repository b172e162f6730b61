/** An account as a record of JSON that `countersign account import` reads. */
import { hasPassword } from '../../accounts/has-password.ts'
import type { Timestamp } from '../../base/clock.ts'
import type { Account } from '../../storage/storage.ts'

export const accountRecord = (account: Account, withHashes: boolean) => ({
  sub: account.id,
  username: account.username,
  ...(account.disabledAt !== undefined && { disabled: true, disabled_at: isoTime(account.disabledAt) }),
  created_at: isoTime(account.createdAt),
  updated_at: isoTime(account.updatedAt),
  ...(withHashes && hasPassword(account) && { password_hash: account.passwordHash }),
  claims: account.claims,
})

/** RFC 3339, to the millisecond: nothing is lost on the way. */
export const isoTime = (at: Timestamp): string => new Date(at).toISOString()
