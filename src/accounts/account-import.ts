/** One line of an import, JSON: what it says about an account, or everything that is wrong with it. */
import type { Timestamp } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import type { Account } from '../storage/storage.ts'
import { parsePasswordHash } from './authenticators/password-hash.ts'
import { type NewAccount, newAccount } from './new-account.ts'
import { passwordFault } from './password-rules.ts'

/** The commonest parameters elsewhere use 64 MiB; more must be configured here, too, to be let in (hashing-queue.ts). */
const MAX_FOREIGN_MEMORY_KIB = 64 * 1024
const MAX_LINE_LENGTH = 64 * 1024

export interface ImportedAccount {
  readonly account: Account
  /** Still to be hashed; undefined where the line has a hash or neither. */
  readonly password: string | undefined
}

export interface ImportContext {
  readonly now: Timestamp
  readonly random: Random
  /** Memory of one hash as configured. */
  readonly memoryKib: number
}

/**
 * `{"username": …, "password" or "password_hash": …, "disabled": true, …}`, every other member being a claim by its wire
 * name. The faults never repeat a value of the line: it may hold a password.
 */
export function parseImportLine(line: string, context: ImportContext): ImportedAccount | { faults: readonly string[] } {
  const record = parseRecord(line)
  if (typeof record === 'string') return { faults: [record] }
  const { username, password, password_hash: passwordHash, disabled, ...claims } = record
  const name = typeof username === 'string' ? username : ''
  const made = newAccount(
    { username: name, claims, passwordHash: text(passwordHash), isDisabled: disabled === true },
    context,
  )
  const faults = [
    ...memberFaults(record),
    ...credentialFaults(record, name, context),
    ...faultsOf(made).filter((fault) => typeof username === 'string' || !fault.startsWith('username ')),
  ]
  return 'account' in made && faults.length === 0 ? { account: made.account, password: text(password) } : { faults }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

const faultsOf = (made: NewAccount): readonly string[] => ('faults' in made ? made.faults : [])

/** The object, or what is wrong. The parser's own message would quote the line. */
function parseRecord(line: string): Record<string, unknown> | string {
  if (line.length > MAX_LINE_LENGTH) return `is longer than ${MAX_LINE_LENGTH} characters`
  if (line.includes('\uFFFD')) return 'is not UTF-8'
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return 'is not JSON'
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : 'is not a JSON object'
}

function memberFaults({ username, disabled }: Record<string, unknown>): readonly string[] {
  const faults: string[] = []
  if (username === undefined) faults.push('username is missing')
  else if (typeof username !== 'string') faults.push('username is not a string')
  if (disabled !== undefined && typeof disabled !== 'boolean') faults.push('disabled is not true or false')
  return faults
}

function credentialFaults(
  record: Record<string, unknown>,
  username: string,
  context: ImportContext,
): readonly string[] {
  const { password, password_hash: passwordHash } = record
  if (password !== undefined && passwordHash !== undefined) return ['password and password_hash are both there']
  if (password !== undefined) {
    const fault = typeof password === 'string' ? passwordFault(password, username) : 'is not a string'
    return fault === undefined ? [] : [`password ${fault}`]
  }
  if (passwordHash === undefined) return []
  const fault = passwordHashFault(passwordHash, context.memoryKib)
  return fault === undefined ? [] : [`password_hash ${fault}`]
}

function passwordHashFault(value: unknown, memoryKib: number): string | undefined {
  const hash = typeof value === 'string' ? parsePasswordHash(value) : undefined
  if (!hash) return 'is not an argon2id hash in PHC form ($argon2id$v=19$m=…,t=…,p=…$…$…) within its limits'
  const limit = Math.max(memoryKib, MAX_FOREIGN_MEMORY_KIB)
  return hash.memoryKib > limit ? `needs more memory (m) than ${limit} KiB` : undefined
}
