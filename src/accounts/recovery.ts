/** Who may choose a new password by mail (docs/decisions/0032). */
import type { Account, AccountStore, OneTimeCode } from '../storage/storage.ts'
import { hasPassword } from './has-password.ts'
import { findByLogin } from './sign-in.ts'
import { emailKey } from './username.ts'

/**
 * The account that is known by what was typed, as at the sign-in, when a mail can prove whose it is: its address is verified, it is
 * not disabled, and it has a password. Undefined for all others: nobody may learn which.
 */
export async function recoverable(
  accounts: Pick<AccountStore, 'findByUsername' | 'findByEmail'>,
  login: string,
): Promise<Recoverable | undefined> {
  return ifRecoverable(await findByLogin(accounts, login))
}

export type Recoverable = Account & { readonly claims: { readonly email: string } }

/** The same, of an account. */
export const ifRecoverable = (account: Account | undefined): Recoverable | undefined =>
  account !== undefined && isRecoverable(account) ? account : undefined

const isRecoverable = (account: Account): account is Recoverable =>
  account.disabledAt === undefined &&
  hasPassword(account) &&
  account.claims.email_verified === true &&
  account.claims.email !== undefined

/** Kept with the code: how the account was then. */
export const asItWas = (account: Account | undefined): { readonly version: number } => ({
  version: account?.updatedAt ?? 0,
})

/** Whether it still is the account that the mail went to: nothing of it has changed since. */
export const isAsItWas = (
  { address, details }: Pick<OneTimeCode, 'address' | 'details'>,
  account: Recoverable,
): boolean => emailKey(account.claims.email) === emailKey(address) && account.updatedAt === details['version']
