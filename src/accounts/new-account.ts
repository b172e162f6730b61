/** Making an account out of what someone entered: every fault of it at once, or the record to store. */
import { type Timestamp, toSeconds } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import type { StandardClaims } from '../protocol/claims.ts'
import type { Account, AccountStore } from '../storage/storage.ts'
import { parseAccountClaims } from './account-claims.ts'
import { emailKey, tidyUsername, usernameFault, usernameKey } from './username.ts'

export interface AccountInput {
  readonly username: string
  /** By their wire names, unchecked. */
  readonly claims: Readonly<Record<string, unknown>>
  /** PHC string. Undefined: nobody can sign in with a password. */
  readonly passwordHash: string | undefined
  readonly isDisabled: boolean
  readonly origin?: Account['origin']
  /** What apps knew the person by elsewhere; otherwise a new one. */
  readonly sub?: string | undefined
  /** Where it is known from elsewhere; otherwise now. */
  readonly times?: Partial<Pick<Account, 'createdAt' | 'updatedAt' | 'disabledAt'>>
}

/** The sentences of `faults` start with what they are about (`username …`, `email …`) and repeat no value. */
export type NewAccount = { readonly account: Account } | { readonly faults: readonly string[] }

/** The account that `input` asks for, or everything that is wrong with it. Whether its names are free is asked elsewhere. */
export function newAccount(input: AccountInput, { now, random }: { now: Timestamp; random: Random }): NewAccount {
  const { claims, faults } = parseAccountClaims(input.claims)
  const fault = usernameFault(input.username)
  const allFaults = [...(fault === undefined ? [] : [`username ${fault}`]), ...faults]
  if (allFaults.length > 0) return { faults: allFaults }
  const { createdAt = now, updatedAt = now, disabledAt = now } = input.times ?? {}
  const account: Account = {
    id: input.sub ?? newSubject(random),
    username: tidyUsername(input.username),
    usernameKey: usernameKey(input.username),
    emailKey: claims.email === undefined ? undefined : emailKey(claims.email),
    passwordHash: input.passwordHash,
    claims: { ...defaultClaims(input.username, claims, updatedAt), ...claims },
    disabledAt: input.isDisabled ? disabledAt : undefined,
    origin: input.origin,
    createdAt,
    updatedAt,
  }
  return { account }
}

/**
 * The `sub` of every token (OpenID Connect Core §8: never reassigned): 128 random bits, 22 characters. Not a record
 * identifier like the others: those begin with the time, and every app would read from it when someone joined.
 */
const newSubject = (random: Random): string => random.bytes(16).toString('base64url')

/** An address or a number that nobody has checked says so, instead of leaving it open. */
const defaultClaims = (username: string, claims: StandardClaims, now: Timestamp): StandardClaims => ({
  preferred_username: tidyUsername(username),
  updated_at: toSeconds(now),
  ...(claims.email === undefined ? {} : { email_verified: false }),
  ...(claims.phone_number === undefined ? {} : { phone_number_verified: false }),
})

/**
 * The account that stands in the way of a new one, and why: its user name is taken, or one's user name is the other's
 * e-mail address, so that it would be open whom that address signs in. Undefined: none.
 */
export async function conflictingAccount(
  accounts: Pick<AccountStore, 'findByUsername' | 'findByEmail'>,
  account: Pick<Account, 'usernameKey' | 'emailKey'>,
): Promise<{ account: Account; reason: string } | undefined> {
  const taken = await accounts.findByUsername(account.usernameKey)
  if (taken) return { account: taken, reason: 'username is taken' }
  const [addressee] = account.usernameKey.includes('@') ? await accounts.findByEmail(account.usernameKey) : []
  if (addressee) return { account: addressee, reason: 'username is the e-mail address of another account' }
  const namesake = account.emailKey === undefined ? undefined : await accounts.findByUsername(account.emailKey)
  return namesake && { account: namesake, reason: 'email is the user name of another account' }
}
