/** The second half of an import: what was checked is read again and written, a portion at a time. */
import { disableAccount } from '../../accounts/account-changes.ts'
import type { ReadAccount } from '../../accounts/account-import.ts'
import type { Account, ImportedAccount } from '../../storage/storage.ts'
import {
  accountsOf,
  batchesOf,
  type Checked,
  changedError,
  type ImportDeps,
  lookUp,
  placeText,
  readPlaced,
  type SourceFile,
  sameAs,
} from './import-check.ts'

export interface Written {
  readonly imported: number
  readonly updated: number
  readonly unchanged: number
  readonly disabled: number
  /** Whose name someone else took meanwhile. */
  readonly taken: number
}

interface Pending {
  readonly place: number
  readonly read: ReadAccount
}

export async function writeAll(files: readonly SourceFile[], { faulty }: Checked, deps: ImportDeps): Promise<Written> {
  const counts = { imported: 0, updated: 0, unchanged: 0, disabled: 0, taken: 0 }
  for await (const batch of batchesOf(files)) {
    const good = batch.filter(({ place }) => !faulty.has(place))
    const results = good.map((placed) => ({ place: placed.place, read: readPlaced(placed, deps) }))
    const there = await lookUp(deps.storage.accounts, accountsOf(results.map(({ read }) => read)))
    const fresh: Pending[] = []
    for (const { place, read } of results) {
      if (read === undefined) continue
      if (!('account' in read)) throw changedError()
      const same = sameAs(read, there)
      if (same === undefined) fresh.push({ place, read })
      else if ('fault' in same || deps.policy === 'fail') tellTaken(place)
      else await keepOrUpdate(same, read)
    }
    await insert(fresh)
  }
  return counts

  function tellTaken(place: number): void {
    counts.taken++
    deps.tell(`${placeText(files, place)}: username is taken`)
  }

  async function insert(fresh: readonly Pending[]): Promise<void> {
    const accounts = await withPasswords(fresh, deps)
    const inserted = await deps.storage.accounts.insertAll(accounts)
    counts.imported += inserted.size
    for (const { place, read } of fresh) if (!inserted.has(read.account.id)) tellTaken(place)
  }

  async function keepOrUpdate(there: Account, { account }: ReadAccount): Promise<void> {
    const isDisabled = deps.policy === 'update' && account.disabledAt !== undefined && there.disabledAt === undefined
    const claims = deps.policy === 'update' ? changedClaims(there, account) : undefined
    if (claims !== undefined) {
      const { username, emailKey } = account
      await deps.storage.accounts.setClaims(there.id, { username, emailKey, claims, updatedAt: deps.reading.now })
    }
    // Whom the other side has let go is cut off here, too; who is disabled here stays so.
    if (isDisabled) await disableAccount(deps.storage, there.id, deps.reading.now)
    if (isDisabled) counts.disabled++
    if (isDisabled || claims !== undefined) counts.updated++
    else counts.unchanged++
  }
}

/** Undefined: they say the same. When they last changed is no change by itself. */
function changedClaims(there: Account, { username, claims }: Account): Account['claims'] | undefined {
  const plain = ({ updated_at: _, ...others }: Account['claims']): string =>
    JSON.stringify(Object.entries(others).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  return plain(there.claims) === plain(claims) && there.username === username ? undefined : claims
}

/** Passwords that came as such are hashed, as many at once as the configuration allows. */
async function withPasswords(
  fresh: readonly Pending[],
  { hasher, concurrency }: ImportDeps,
): Promise<readonly ImportedAccount[]> {
  const made: ImportedAccount[] = []
  for (let from = 0; from < fresh.length; from += concurrency) {
    const portion = fresh.slice(from, from + concurrency).map(async ({ read }) => {
      const { account, importedHash, password } = read
      if (password === undefined) return { account, importedHash }
      return { account: { ...account, passwordHash: await hasher.hash(password) }, importedHash: undefined }
    })
    made.push(...(await Promise.all(portion)))
  }
  return made
}
