/** People who make accounts for themselves: who may, whose address it is already, and what they could be called. */
import { domainToUnicode } from 'node:url'
import { type MailAddress, mailAddress } from '../base/mail-address.ts'
import type { Random } from '../base/random.ts'
import type { SignUpConfig } from '../config/config.ts'
import type { Account, AccountStore } from '../storage/storage.ts'
import { codePoints, emailKey, isPossibleKey, MAX_USERNAME_LENGTH, usernameFault, usernameKey } from './username.ts'

/** Without an invitation. */
export const isOpenTo = ({ mode, allowedDomains }: SignUpConfig, { domain }: Pick<MailAddress, 'domain'>): boolean =>
  mode === 'open' || (mode === 'domains' && allowedDomains.some((allowed) => isWithin(domain, allowed)))

const isWithin = (domain: string, allowed: string): boolean =>
  allowed.startsWith('*.') ? domain.endsWith(allowed.slice(1)) : domain === allowed

/**
 * The one form of an address that accounts get, whichever was typed: with its domain as people write it, for that is how they
 * sign in with it.
 */
export function writtenAddress({ address, domain }: Pick<MailAddress, 'address' | 'domain'>): string {
  const written = `${address.slice(0, -domain.length)}${domainToUnicode(domain)}`
  return mailAddress(written)?.address === address ? written : address
}

/**
 * The account that has this address: it is verified there, or its user name. One that only says that the address is its own is none:
 * whoever made that one must get nothing of it. The same questions are asked whether there is one or not.
 */
export async function ownerOf(
  accounts: Pick<AccountStore, 'findAny'>,
  address: MailAddress,
): Promise<Account | undefined> {
  // Accounts from elsewhere have either form.
  const forms = [address.address, address.shown, writtenAddress(address)]
  const keys = [...new Set(forms.map(emailKey))].filter(isPossibleKey)
  const found = await accounts.findAny({ ids: [], usernameKeys: keys, emailKeys: keys })
  return (
    found.find(({ emailKey: key, claims }) => key && keys.includes(key) && claims.email_verified === true) ??
    found.find(({ usernameKey: key }) => keys.includes(key))
  )
}

/** What is wrong with a user name that somebody chose for themselves; addresses are no names: they could be another's. */
export function chosenUsernameFault(username: string): 'empty' | 'unusable' | undefined {
  if (username.trim() === '') return 'empty'
  return usernameFault(username) === undefined && !username.normalize('NFKC').includes('@') ? undefined : 'unusable'
}

/** Whether an address can be a user name as well. */
export const isShortEnough = (address: string): boolean => codePoints(usernameKey(address)) <= MAX_USERNAME_LENGTH

const PROPOSALS = 9
const DIGITS = 10_000

/** One that is free just now, made of the address: `ada`, `ada2`, … Asked only for whoever has proven the address. */
export async function proposedUsername(
  { accounts, random }: { accounts: Pick<AccountStore, 'findAny'>; random: Random },
  like: string,
): Promise<string> {
  const [local = ''] = like.normalize('NFKC').toLowerCase().split('@')
  const [beforePlus = ''] = local.split('+')
  const base = beforePlus.replace(/[^\p{L}\p{M}\p{Nd}._-]/gu, '').slice(0, MAX_USERNAME_LENGTH - 8) || 'user'
  const chance = String(random.bytes(4).readUInt32BE() % DIGITS).padStart(4, '0')
  const numbered = Array.from({ length: PROPOSALS - 1 }, (_, i) => `${base}${i + 2}`)
  const candidates = [base, ...numbered, `${base}-${chance}`].filter((one) => chosenUsernameFault(one) === undefined)
  const taken = await accounts.findAny({ ids: [], usernameKeys: candidates.map(usernameKey), emailKeys: [] })
  const keys = new Set(taken.map(({ usernameKey: key }) => key))
  return candidates.find((one) => !keys.has(usernameKey(one))) ?? ''
}
