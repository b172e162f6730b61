/** The first half of an import: every account is read and compared with those that are there; nothing is written. */
import { type ImportContext, type ReadAccount, readImportRecord } from '../../accounts/account-import.ts'
import type { PasswordHasher } from '../../accounts/authenticators/password.ts'
import type { Account, AccountStore } from '../../storage/storage.ts'
import { CommandError } from '../command.ts'
import type { Source, Sourced } from '../import/sources.ts'
import type { AccountStorage } from './subcommand.ts'

/** What becomes of an account that is there already. */
export const POLICIES = ['fail', 'skip', 'update'] as const
export type Policy = (typeof POLICIES)[number]

export interface SourceFile {
  /** Undefined: it is the only one. */
  readonly name: string | undefined
  readonly source: Source
}

export interface ImportDeps {
  readonly storage: AccountStorage
  readonly hasher: PasswordHasher
  readonly concurrency: number
  readonly policy: Policy
  /** No person may be called what a client is: RFC 9068 §5. */
  readonly clientIds: ReadonlySet<string>
  readonly reading: ImportContext
  tell(text: string): void
}

export interface Checked {
  readonly read: number
  /** Places that have a fault. */
  readonly faulty: ReadonlySet<number>
  readonly existing: number
  /** What is in the file and is no person. */
  readonly skipped: number
  /** By what they cost: how many hashes, and whether they are weak. */
  readonly hashes: ReadonlyMap<string, { count: number; isWeak: boolean }>
  /** By their kind: what is not taken over. */
  readonly remarks: ReadonlyMap<string, number>
}

/** One account of the files, and its place: the number of the file and its number in it, in one. */
export interface Placed extends Sourced {
  readonly place: number
}

const FILE = 2 ** 32
/** Accounts that are looked up, and written, at once. */
const BATCH = 500

export async function* batchesOf(files: readonly SourceFile[]): AsyncGenerator<readonly Placed[]> {
  let batch: Placed[] = []
  for (const [index, { source }] of files.entries()) {
    for await (const sourced of source.read()) {
      batch.push({ ...sourced, place: index * FILE + sourced.number })
      if (batch.length < BATCH) continue
      yield batch
      batch = []
    }
  }
  if (batch.length > 0) yield batch
}

/** `line 3`, or `b.jsonl, line 3` of several files. */
export function placeText(files: readonly SourceFile[], place: number): string {
  const file = files[Math.floor(place / FILE)]
  const text = `${file?.source.counts} ${place % FILE}`
  return file?.name === undefined ? text : `${file.name}, ${text}`
}

export async function checkAll(files: readonly SourceFile[], deps: ImportDeps): Promise<Checked> {
  const seen: Seen = { usernames: new Map(), emails: new Map(), subs: new Map() }
  const faulty = new Set<number>()
  const hashes = new Map<string, { count: number; isWeak: boolean }>()
  const remarks = new Map<string, number>()
  const counts = { read: 0, existing: 0, skipped: 0 }
  for await (const batch of batchesOf(files)) {
    const read = batch.map((placed) => ({ placed, result: readPlaced(placed, deps) }))
    const there = await lookUp(deps.storage.accounts, accountsOf(read.map(({ result }) => result)))
    for (const { placed, result } of read) {
      counts.read++
      for (const remark of placed.remarks) remarks.set(remark, (remarks.get(remark) ?? 0) + 1)
      if (result === undefined) counts.skipped++
      else {
        const faults =
          'faults' in result
            ? result.faults
            : checkOne(result, { there, seen, deps, files, place: placed.place, counts })
        if (faults.length > 0) faulty.add(placed.place)
        else if ('account' in result) countHash(hashes, result)
        for (const fault of faults) deps.tell(`${placeText(files, placed.place)}: ${fault}`)
      }
    }
  }
  if (counts.read === 0) deps.tell('There is no account in it.')
  return { ...counts, faulty, hashes, remarks }
}

export type ReadResult = ReadAccount | { faults: readonly string[] } | undefined

/** Undefined: it is none of a person. */
export function readPlaced({ record, fault }: Placed, { reading }: ImportDeps): ReadResult {
  if (fault !== undefined) return { faults: [fault] }
  return record && readImportRecord(record, reading)
}

export const accountsOf = (results: readonly ReadResult[]): readonly Account[] =>
  results.flatMap((result) => (result !== undefined && 'account' in result ? [result.account] : []))

/** What is in the database that could be the same as, or in the way of, one of these. */
export interface There {
  readonly byId: ReadonlyMap<string, Account>
  readonly byUsername: ReadonlyMap<string, Account>
  readonly byEmail: ReadonlyMap<string, readonly Account[]>
}

export async function lookUp(accounts: Pick<AccountStore, 'findAny'>, wanted: readonly Account[]): Promise<There> {
  const emails = wanted.flatMap(({ emailKey }) => (emailKey === undefined ? [] : [emailKey]))
  const usernames = wanted.map(({ usernameKey }) => usernameKey)
  const found = await accounts.findAny({
    ids: wanted.map(({ id }) => id),
    // A user name may be another's address, and the other way round.
    usernameKeys: [...usernames, ...emails],
    emailKeys: usernames.filter((key) => key.includes('@')),
  })
  return {
    byId: new Map(found.map((account) => [account.id, account])),
    byUsername: new Map(found.map((account) => [account.usernameKey, account])),
    byEmail: Map.groupBy(
      found.filter(({ emailKey }) => emailKey !== undefined),
      ({ emailKey }) => emailKey ?? '',
    ),
  }
}

/**
 * The account that is there for one of the import: with its `sub`, or where it says none, with its user name. A fault
 * when two different accounts claim one name.
 */
export function sameAs({ account, hasSub }: ReadAccount, there: There): Account | undefined | { fault: string } {
  const named = there.byUsername.get(account.usernameKey)
  const known = hasSub ? there.byId.get(account.id) : named
  if (known !== undefined && known.usernameKey !== account.usernameKey) {
    return { fault: 'sub is that of an account with another user name' }
  }
  if (hasSub && named !== undefined && named.id !== account.id) {
    return { fault: 'username is taken by an account with another sub' }
  }
  return known
}

/** By their keys, the places of what came before in the files. */
interface Seen {
  readonly usernames: Map<string, number>
  readonly emails: Map<string, number>
  readonly subs: Map<string, number>
}

interface Checking {
  readonly there: There
  readonly seen: Seen
  readonly deps: ImportDeps
  readonly files: readonly SourceFile[]
  readonly place: number
  readonly counts: { existing: number }
}

function checkOne(read: ReadAccount, checking: Checking): readonly string[] {
  const { there, seen, deps, files, place, counts } = checking
  const { account, hasSub } = read
  const same = sameAs(read, there)
  const fault =
    (hasSub && deps.clientIds.has(account.id) ? 'sub is the client_id of a client' : undefined) ??
    (same !== undefined && 'fault' in same ? same.fault : undefined) ??
    (same !== undefined && deps.policy === 'fail' ? 'username is taken' : undefined) ??
    nameConflict(account, there, same !== undefined && 'id' in same ? same.id : undefined) ??
    conflictInFile(read, seen, (at) => placeText(files, at))
  if (fault !== undefined) return [fault]
  if (same !== undefined) counts.existing++
  seen.usernames.set(account.usernameKey, place)
  if (account.emailKey !== undefined) seen.emails.set(account.emailKey, place)
  if (hasSub) seen.subs.set(account.id, place)
  return []
}

/** As conflictingAccount in new-account.ts: it must be clear whom an address signs in. */
function nameConflict(account: Account, there: There, ownId: string | undefined): string | undefined {
  const addressees = there.byEmail.get(account.usernameKey) ?? []
  if (addressees.some(({ id }) => id !== ownId && id !== account.id)) {
    return 'username is the e-mail address of another account'
  }
  const namesake = account.emailKey === undefined ? undefined : there.byUsername.get(account.emailKey)
  return namesake === undefined || namesake.id === ownId || namesake.id === account.id
    ? undefined
    : 'email is the user name of another account'
}

function conflictInFile(
  { account: { id, usernameKey, emailKey }, hasSub }: ReadAccount,
  { usernames, emails, subs }: Seen,
  at: (place: number) => string,
): string | undefined {
  const same = usernames.get(usernameKey)
  if (same !== undefined) return `username is the same as in ${at(same)}`
  const addressee = emails.get(usernameKey)
  if (addressee !== undefined) return `username is the e-mail address in ${at(addressee)}`
  const namesake = emailKey === undefined ? undefined : usernames.get(emailKey)
  if (namesake !== undefined) return `email is the user name in ${at(namesake)}`
  const sub = hasSub ? subs.get(id) : undefined
  return sub === undefined ? undefined : `sub is the same as in ${at(sub)}`
}

function countHash(hashes: Map<string, { count: number; isWeak: boolean }>, read: ReadAccount): void {
  if (read.importedHash === undefined) return
  const { count = 0 } = hashes.get(read.importedHash) ?? {}
  hashes.set(read.importedHash, { count: count + 1, isWeak: read.hasWeakHash })
}

/** The file is not what was checked a moment ago. */
export const changedError = (): CommandError =>
  new CommandError(
    'the file was changed while it was imported; what had been written until then is there. Run it again with --existing skip',
  )
