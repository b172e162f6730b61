/** An address that somebody has proven to read becomes that of an account; of several accounts one has it, whoever comes first. */
import { type Timestamp, toSeconds } from '../base/clock.ts'
import type { Account, AccountStore, ProvenChange } from '../storage/storage.ts'
import { emailKey } from './username.ts'

type Accounts = Pick<AccountStore, 'setProvenEmail' | 'setClaims'>

/** `changed`: the account is another by now, or gone. `account`: as it was read. */
export const proveAddress = (
  accounts: Accounts,
  { account, address }: { account: Account; address: string },
  now: Timestamp,
): Promise<ProvenChange> =>
  accounts.setProvenEmail(account.id, {
    emailKey: emailKey(address),
    claims: { ...account.claims, email: address, email_verified: true, updated_at: toSeconds(now) },
    updatedAt: now,
    version: account.updatedAt,
  })

/** Nobody signs in by it any more, or gets a new password or a notice; apps are told so. False: the account is gone. */
export const doubtAddress = (accounts: Accounts, account: Account, now: Timestamp): Promise<boolean> =>
  accounts.setClaims(account.id, {
    ...{ username: account.username, emailKey: account.emailKey },
    claims: { ...account.claims, email_verified: false, updated_at: toSeconds(now) },
    updatedAt: now,
  })
