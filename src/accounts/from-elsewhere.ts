/** Accounts of people who sign in at another provider: made of what it says, and kept in step with it. */
import { type Clock, toSeconds } from '../base/clock.ts'
import { newIdentifier } from '../base/identifier.ts'
import type { Random } from '../base/random.ts'
import type { StandardClaims } from '../protocol/claims.ts'
import type { Account, Storage, UpstreamIdentity } from '../storage/storage.ts'
import { parseAccountClaims } from './account-claims.ts'
import { conflictingAccount, newAccount } from './new-account.ts'
import { codePoints, emailKey, tidyUsername, usernameFault } from './username.ts'

/** What another provider says, by our names and unchecked. */
export interface Elsewhere {
  readonly claims: Readonly<Record<string, unknown>>
  /** Of those that it decides about; undefined: it decides about none. */
  readonly groups: readonly string[] | undefined
  readonly email: { readonly address: string; readonly isVerified: boolean } | undefined
}

/** Who somebody is there. */
export type Whom = Pick<UpstreamIdentity, 'issuer' | 'subject' | 'label'>

/** An address that is proven belongs to one account, and is nobody else's user name; one that is not is nobody's. */
async function isTaken({ findByEmail, findByUsername }: Accounts, key: string, by?: Account): Promise<boolean> {
  const [owner] = await findByEmail(key)
  if (owner?.claims.email_verified === true && owner.id !== by?.id) return true
  const namesake = await findByUsername(key)
  return namesake !== undefined && namesake.id !== by?.id
}

type Accounts = Pick<Storage['accounts'], 'findByEmail' | 'findByUsername'>

interface MakingDeps {
  readonly storage: Pick<Storage, 'accounts' | 'upstreamIdentities'>
  readonly clock: Clock
  readonly random: Random
}

export type SignUp =
  | { readonly kind: 'made'; readonly account: Account }
  /** In another tab, a moment ago. */
  | { readonly kind: 'already' }
  /** An account has the address, and so has who comes: which of the two is to go on is theirs to say. */
  | { readonly kind: 'email_taken' }

/** How many names are tried before one with random letters. */
const TRIES = 5

/**
 * Makes an account without a password, linked to who they are there. Nobody is found by an e-mail address: an account that has the
 * same one stays apart (docs/decisions/0034).
 */
export async function signUpFromElsewhere(
  deps: MakingDeps,
  { whom, names, from }: { whom: Whom; names: readonly string[]; from: Elsewhere },
): Promise<SignUp> {
  const { accounts } = deps.storage
  const now = deps.clock.now()
  if (from.email?.isVerified && (await isTaken(accounts, emailKey(from.email.address)))) return { kind: 'email_taken' }
  for (const username of usernames(names, deps.random)) {
    const claims = { ...usable(from.claims), ...emailOf(from), ...groupsOf(from) }
    const made = await fitting(accounts, (without) =>
      newAccount(
        {
          username,
          claims: without ? withoutEmail(claims) : claims,
          passwordHash: '',
          isDisabled: false,
          origin: 'upstream',
        },
        { now, random: deps.random },
      ),
    )
    if (made === undefined) continue
    const identity = {
      ...whom,
      id: newIdentifier(now, deps.random),
      accountId: made.id,
      linkedAt: now,
      lastUsedAt: now,
    }
    const outcome = await deps.storage.upstreamIdentities.signUp(made, identity)
    if (outcome === 'made') return { kind: 'made', account: made }
    if (outcome === 'identity_taken') return { kind: 'already' }
    if (outcome === 'address_taken') return { kind: 'email_taken' }
  }
  throw new Error('no user name is free')
}

/** An account whose user name is free; whose address is somebody's user name goes without it. */
async function fitting(
  accounts: Parameters<typeof conflictingAccount>[0],
  make: (withoutEmail: boolean) => ReturnType<typeof newAccount>,
): Promise<Account | undefined> {
  for (const withoutEmail of [false, true]) {
    const made = make(withoutEmail)
    if ('faults' in made) return undefined
    const conflict = await conflictingAccount(accounts, made.account)
    if (conflict === undefined) return made.account
    if (!conflict.reason.startsWith('email')) return undefined
  }
  return undefined
}

const withoutEmail = ({ email: _, email_verified: __, ...rest }: Readonly<Record<string, unknown>>) => rest

/** The proposed names as user names, then with numbers, then with letters that nobody has. */
function* usernames(names: readonly string[], random: Random): Generator<string> {
  const proper = [...new Set(names.map(properName).filter((name) => name !== undefined))].slice(0, TRIES)
  yield* proper
  const [base = 'person'] = proper
  for (let number = 2; number <= TRIES; number++) yield `${base}${number}`
  for (let tried = 0; tried < TRIES; tried++) yield `${base}-${random.bytes(5).toString('hex')}`
}

const LONGEST_NAME = 32

/** Undefined: nothing of it can be one. */
function properName(text: string): string | undefined {
  const name = Array.from(
    tidyUsername(text)
      .replace(/[^\p{L}\p{N}._-]+/gu, '-')
      .replace(/^[-._]+|[-._]+$/g, ''),
  )
    .slice(0, LONGEST_NAME)
    .join('')
  return codePoints(name) < 2 || usernameFault(name) !== undefined ? undefined : name
}

/** Those of the claims that an account may have. */
const usable = (claims: Readonly<Record<string, unknown>>): StandardClaims =>
  Object.fromEntries(
    Object.entries(claims).filter(([name, value]) => parseAccountClaims({ [name]: value }).faults.length === 0),
  )

function emailOf({ email }: Elsewhere): Pick<StandardClaims, 'email' | 'email_verified'> {
  if (email === undefined || parseAccountClaims({ email: email.address }).faults.length > 0) return {}
  return { email: email.address, email_verified: email.isVerified }
}

const groupsOf = ({ groups }: Elsewhere): Pick<StandardClaims, 'groups'> =>
  groups === undefined || groups.length === 0 ? {} : usable({ groups })

/**
 * The account with what the provider says now, and the names of what has changed. Groups that the provider does not decide about
 * stay; an address changes only to one that is verified here, and is nobody else's.
 */
export async function refreshFromElsewhere(
  { storage, clock }: Pick<MakingDeps, 'storage' | 'clock'>,
  account: Account,
  { from, decided }: { from: Elsewhere; decided: readonly string[] },
): Promise<{ readonly account: Account; readonly changed: readonly string[] }> {
  const claims: Record<string, unknown> = { ...account.claims, ...usable(from.claims) }
  if (from.groups !== undefined) {
    const own = (account.claims.groups ?? []).filter((group) => !decided.includes(group))
    const groups = [...new Set([...own, ...from.groups])]
    if (groups.length === 0) delete claims['groups']
    else Object.assign(claims, usable({ groups }))
  }
  const email = await newEmail({ storage }, account, from)
  Object.assign(claims, email)
  const before: Readonly<Record<string, unknown>> = { ...account.claims }
  const names = [...new Set([...Object.keys(before), ...Object.keys(claims)])]
  const changed = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(claims[name]))
  if (changed.length === 0) return { account, changed }
  // A change in the same millisecond as the last one must be seen as one.
  const updatedAt = Math.max(clock.now(), account.updatedAt + 1)
  const change = {
    username: account.username,
    emailKey: email.email === undefined ? account.emailKey : emailKey(email.email),
    claims: { ...(claims as StandardClaims), updated_at: toSeconds(updatedAt) },
    updatedAt,
  }
  const isThere = await storage.accounts.setClaims(account.id, change)
  return isThere ? { account: { ...account, ...change }, changed } : { account, changed: [] }
}

async function newEmail(
  { storage }: Pick<MakingDeps, 'storage'>,
  account: Account,
  from: Elsewhere,
): Promise<Pick<StandardClaims, 'email' | 'email_verified'>> {
  const found = emailOf(from)
  if (found.email === undefined || !found.email_verified) return {}
  return (await isTaken(storage.accounts, emailKey(found.email), account)) ? {} : found
}
