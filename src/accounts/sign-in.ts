/** Signing in with a password: who it is, or a refusal that tells nothing about whether the account exists. */
import type { Log } from '../base/log.ts'
import type { Account, AccountStore } from '../storage/storage.ts'
import type { Admission, Guess } from '../throttling/guesses.ts'
import { PASSWORD_AMR, type PasswordHasher } from './authenticators/password.ts'
import { hasPassword } from './has-password.ts'
import type { HashDecoys } from './hash-decoys.ts'
import { emailKey, isPossibleKey, usernameKey } from './username.ts'

export interface SignInDeps {
  readonly accounts: Pick<AccountStore, 'findByUsername' | 'findByEmail' | 'replacePasswordHash'>
  readonly hasher: PasswordHasher
  /** Left out where no account came with a hash from elsewhere. */
  readonly decoys?: Pick<HashDecoys, 'decoyFor'>
  /** Whether this password may be tried just now. */
  readonly admit: (subject: Pick<Guess, 'accountId' | 'name'>) => Promise<Admission>
  readonly log?: Pick<Log, 'warn'>
}

export type SignInOutcome =
  | { readonly kind: 'authenticated'; readonly account: Account; readonly amr: readonly string[] }
  /** No such account, no password, or a wrong one: nobody outside may learn which. `accountId` is for the audit log alone. */
  | { readonly kind: 'refused'; readonly accountId?: string }
  /** The password was right, but the account is disabled. */
  | { readonly kind: 'disabled'; readonly account: Account }
  /** Too many wrong ones; this one was not looked at. */
  | ({ readonly kind: 'throttled'; readonly accountId?: string } & Pick<Refusal, 'by' | 'retryAt'>)

type Refusal = Exclude<Admission, { readonly isAdmitted: true }>

/**
 * Takes what was typed: a user name, or a verified e-mail address that only one account has. The same reads and one
 * hash are done whether or not there is such an account (OWASP ASVS 5.0 6.3.8), the hash of a cost that an account may
 * have; and no hash where too many passwords were wrong before (6.3.1), which is counted for the account, whichever of
 * its names was typed.
 * Rejects with HashingQueueFull when there are too many sign-ins at once.
 */
export async function authenticateByPassword(
  deps: SignInDeps,
  { login, password }: { login: string; password: string },
): Promise<SignInOutcome> {
  const account = await findByLogin(deps.accounts, login)
  const admission = await deps.admit({ accountId: account?.id, name: usernameKey(login) })
  const whose = account && { accountId: account.id }
  if (!admission.isAdmitted) return { kind: 'throttled', by: admission.by, retryAt: admission.retryAt, ...whose }
  // Asked for in any case: the same work.
  const decoy = deps.decoys?.decoyFor(login)
  const hash = account && hasPassword(account) ? account.passwordHash : undefined
  const fits = await deps.hasher.verify(hash ?? decoy, password).catch(async (error: unknown) => {
    await admission.untried()
    throw error
  })
  const isRight = fits && hash !== undefined
  // In both cases before the answer goes out: who is told already asks again.
  await (isRight ? admission.right() : admission.wrong())
  if (!account || !isRight) return { kind: 'refused', ...whose }
  if (account.disabledAt !== undefined) return { kind: 'disabled', account }
  await rehash(deps, account, password)
  return { kind: 'authenticated', account, amr: PASSWORD_AMR }
}

/** A user name wins over an e-mail address; both are always asked for, so that the work is the same. */
export async function findByLogin(
  accounts: Pick<AccountStore, 'findByUsername' | 'findByEmail'>,
  login: string,
): Promise<Account | undefined> {
  const [byUsername, byEmail] = await Promise.all([
    isPossibleKey(usernameKey(login)) ? accounts.findByUsername(usernameKey(login)) : undefined,
    isPossibleKey(emailKey(login)) ? accounts.findByEmail(emailKey(login)) : [],
  ])
  if (byUsername) return byUsername
  // An address that nobody has proven to own, or that several have, names no one. Whoever only says that it is theirs is not asked.
  const [account, another] = byEmail.filter(({ claims }) => claims.email_verified === true)
  return another === undefined ? account : undefined
}

/** The password is at hand only now. Whatever goes wrong here, the person is signed in; the next sign-in tries again. */
async function rehash({ accounts, hasher, log }: SignInDeps, account: Account, password: string): Promise<void> {
  const { id, passwordHash } = account
  if (passwordHash === undefined || !hasher.needsRehash(passwordHash, password)) return
  try {
    await accounts.replacePasswordHash(id, passwordHash, await hasher.hash(password))
  } catch (error) {
    log?.warn({ accountId: id, reason: error instanceof Error ? error.name : typeof error }, 'password not rehashed')
  }
}
