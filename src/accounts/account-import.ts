/** One account from elsewhere: what its line of JSON says, or everything that is wrong with it. */
import type { Timestamp } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import type { ImportedAccount } from '../storage/storage.ts'
import { type ImportedHash, readImportedHash } from './authenticators/imported-hash.ts'
import { costOf } from './authenticators/password-hash.ts'
import { newAccount } from './new-account.ts'
import { passwordFault } from './password-rules.ts'

export interface ReadAccount extends ImportedAccount {
  /** Still to be hashed; undefined where the record has a hash or neither. */
  readonly password: string | undefined
  /** The record says what apps know the person by. */
  readonly hasSub: boolean
  readonly hasWeakHash: boolean
}

export interface ImportContext {
  readonly now: Timestamp
  readonly random: Random
  /** Memory of one hash as configured. */
  readonly memoryKib: number
  /** What a hash of ours costs: one of the same needs no remark. */
  readonly ownCost: string
  /** Where a hash is not let in, the account comes without a password. */
  readonly dropsUnusableHashes?: boolean
}

export type ImportRecord = Readonly<Record<string, unknown>>

export const MAX_LINE_LENGTH = 64 * 1024

/** The object that the line holds, or what is wrong with it. The parser's own message would quote the line. */
export function parseImportLine(line: string): ImportRecord | string {
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

/**
 * The account of a record (docs/moving/README.md): `{"username": …, "password" or "password_hash": …, …}`, with its claims by
 * their wire names, beside the others or as an object of their own, `claims`, as `countersign account export` writes them.
 * The faults never repeat a value of the record: it may be a password.
 */
export function readImportRecord(
  record: ImportRecord,
  context: ImportContext,
): ReadAccount | { faults: readonly string[] } {
  const { claims: nested, times, faults, ...members } = membersOf(record)
  const hash = hashOf(record, context)
  const made = newAccount(
    {
      username: members.username ?? '',
      claims: nested,
      passwordHash: hash !== undefined && 'text' in hash ? hash.text : undefined,
      isDisabled: members.isDisabled,
      sub: members.sub,
      times,
    },
    context,
  )
  const all = [
    ...faults,
    ...passwordFaults(record, members.username ?? ''),
    ...(hash !== undefined && 'fault' in hash ? [`password_hash ${hash.fault}`] : []),
    ...('faults' in made ? made.faults : []).filter(
      (fault) => members.username !== undefined || !fault.startsWith('username '),
    ),
  ]
  if (!('account' in made) || all.length > 0) return { faults: all }
  const cost = hash !== undefined && 'text' in hash ? costOf(hash.hash) : undefined
  return {
    account: made.account,
    password: textOf(record['password']),
    hasSub: members.sub !== undefined,
    importedHash: cost === context.ownCost ? undefined : cost,
    hasWeakHash: hash !== undefined && 'isWeak' in hash && hash.isWeak,
  }
}

/** Members that `countersign account export` and `account list --json` write, and that say nothing new. */
const IGNORED = ['has_password', 'kind']

function membersOf(record: ImportRecord) {
  const { username, sub, disabled, disabled_at, created_at, updated_at, claims, ...others } = record
  const { password: _, password_hash: __, ...rest } = others
  const beside = Object.fromEntries(Object.entries(rest).filter(([name]) => !IGNORED.includes(name)))
  const faults: string[] = []
  const check = (isFine: boolean, fault: string): void => {
    if (!isFine) faults.push(fault)
  }
  check(username !== undefined, 'username is missing')
  check(username === undefined || typeof username === 'string', 'username is not a string')
  check(disabled === undefined || typeof disabled === 'boolean', 'disabled is not true or false')
  const subFault = sub === undefined ? undefined : subjectFault(sub)
  if (subFault !== undefined) faults.push(`sub ${subFault}`)
  const hasNested = claims !== undefined
  check(!hasNested || isObject(claims), 'claims is not an object')
  check(!hasNested || Object.keys(beside).length === 0, 'claims are in "claims" and beside it')
  // As a claim it is a number of seconds, as the account's own a time.
  const isClaim = !hasNested && typeof updated_at === 'number'
  const time = (name: string, value: unknown): Timestamp | undefined => {
    const at = value === undefined ? undefined : timeOf(value)
    check(value === undefined || at !== undefined, `${name} is not a time (2026-11-24T19:30:00Z)`)
    return at
  }
  const times = {
    createdAt: time('created_at', created_at),
    updatedAt: time('updated_at', isClaim ? undefined : updated_at),
    disabledAt: time('disabled_at', disabled_at),
  }
  return {
    username: textOf(username),
    sub: textOf(sub),
    isDisabled: disabled === true || times.disabledAt !== undefined,
    claims: { ...(isObject(claims) ? claims : beside), ...(isClaim && { updated_at }) },
    times: Object.fromEntries(Object.entries(times).filter(([, at]) => at !== undefined)),
    faults,
  }
}

const isObject = (value: unknown): value is ImportRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** OpenID Connect Core §2: at most 255 ASCII characters. Without blanks and controls: it is in logs and on terminals, too. */
function subjectFault(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'is not a string'
  if (value === '') return 'is empty'
  if (value.length > 255) return 'is longer than 255 characters'
  return /^[\x21-\x7e]+$/.test(value) ? undefined : 'has a character in it that is not printable ASCII, or a blank'
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/

/** RFC 3339; not before 1970, where no row can be from. */
function timeOf(value: unknown): Timestamp | undefined {
  const at = typeof value === 'string' && TIME.test(value) ? Date.parse(value) : Number.NaN
  return at >= 0 ? at : undefined
}

function hashOf(record: ImportRecord, context: ImportContext): ImportedHash | { fault: string } | undefined {
  const { password, password_hash: text } = record
  if (text === undefined || text === null || password !== undefined) return undefined
  const read = typeof text === 'string' ? readImportedHash(text, context) : { fault: 'is not a string' }
  return 'fault' in read && context.dropsUnusableHashes ? undefined : read
}

function passwordFaults({ password, password_hash: hash }: ImportRecord, username: string): readonly string[] {
  if (password === undefined) return []
  if (hash !== undefined) return ['password and password_hash are both there']
  const fault = typeof password === 'string' ? passwordFault(password, username) : 'is not a string'
  return fault === undefined ? [] : [`password ${fault}`]
}
