/** An account that its owner makes, after the address was proven: nothing of it is kept before. */
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import type { Account, AccountStore } from '../storage/storage.ts'
import { PASSWORD_AMR, type PasswordHasher } from './authenticators/password.ts'
import { newAccount } from './new-account.ts'

export interface ProvenAccountDeps {
  readonly storage: { readonly accounts: Pick<AccountStore, 'insertProven'> }
  readonly passwords: Pick<PasswordHasher, 'hash'>
  readonly clock: Clock
  readonly random: Random
}

/** What was proven, and what was chosen; all of it judged before. */
export interface ProvenAccountInput {
  readonly address: string
  readonly username: string
  readonly name: string | undefined
  /** Undefined: they sign in by something else. */
  readonly password: string | undefined
  readonly groups: readonly string[]
  /** BCP 47: which mails they get. */
  readonly locale: string
  readonly origin: NonNullable<Account['origin']>
}

export type ProvenAccountMade =
  | { readonly kind: 'made'; readonly account: Account; readonly amr: readonly string[] }
  /** In the words of claims; a name that is too long, say. */
  | { readonly kind: 'faulty'; readonly faults: readonly string[] }
  | { readonly kind: 'username_taken' | 'address_taken' }

/** Rejects with HashingQueueFull when there are too many passwords to be hashed. */
export async function makeProvenAccount(
  { storage, passwords, clock, random }: ProvenAccountDeps,
  { address, username, name, password, groups, locale, origin }: ProvenAccountInput,
): Promise<ProvenAccountMade> {
  const claims = {
    email: address,
    email_verified: true,
    locale,
    ...(name !== undefined && name !== '' && { name }),
    ...(groups.length > 0 && { groups }),
  }
  const input = { username, claims, passwordHash: undefined, isDisabled: false, origin }
  const made = newAccount(input, { now: clock.now(), random })
  if ('faults' in made) return { kind: 'faulty', faults: made.faults }
  const passwordHash = password === undefined ? undefined : await passwords.hash(password)
  const account = { ...made.account, passwordHash }
  const outcome = await storage.accounts.insertProven(account)
  if (outcome !== 'inserted') return { kind: outcome }
  return { kind: 'made', account, amr: password === undefined ? [] : PASSWORD_AMR }
}
