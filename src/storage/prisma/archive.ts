/** Opens the database for `countersign backup` and `countersign restore`: the steps, the same for both databases. */
import { existsSync } from 'node:fs'
import type { DatabaseConfig } from '../../config/config.ts'
import type { Archive, Piece, Restored, RestoreOptions, Row, Snapshot } from '../archive.ts'
import { carryOver, rememberPresent } from './archive-carry-over.ts'
import { ADDED_TO, type ArchiveConnection } from './archive-connection.ts'
import { type Change, type Head, rewind } from './archive-rewind.ts'
import { migrationsOf } from './committed-migrations.ts'
import { type DatabaseUrl, parseDatabaseUrl, StorageError } from './database-url.ts'
import { limitsOf } from './limits.ts'
import { translated } from './unavailable.ts'

/** What says nothing about another place or time, and comes back by itself where it matters. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  // Who is doing what just now.
  ...['leases', 'instances'],
  // Who tried too often, and what went wrong lately.
  ...['throttles', 'refusals'],
  // Good for minutes: what was used since the backup must not be good once more.
  ...['one_time_codes', 'upstream_requests'],
  // Who fetches the keys, and from where.
  ...['jwks_fetches', 'client_addresses'],
])

/** Changes nothing and makes no database. Throws `StorageError` with a message for the person at the terminal. */
export async function openArchive(config: DatabaseConfig): Promise<Archive> {
  const url = parseDatabaseUrl(config.url)
  const connection = await connect(url, config)
  const tables = tablesOf(url.kind)
  return {
    snapshot: () => takeSnapshot(connection, tables, url).catch(refuse),
    restore: (pieces, how) => restore(connection, { tables, pieces, how }).catch(refuse),
    close: () => connection.close(),
  }
}

function refuse(error: unknown): never {
  throw translated(error)
}

/** `readOnly`: nothing is written, not even what a SQLite file says of itself. Throws `StorageError`. */
export async function connect(
  url: DatabaseUrl,
  config: DatabaseConfig,
  { readOnly = false } = {},
): Promise<ArchiveConnection> {
  try {
    if (url.kind === 'postgresql') {
      const { postgresqlArchive } = await import('./archive-postgresql.ts')
      return await postgresqlArchive(url, limitsOf(config))
    }
    if (!existsSync(url.path)) throw new StorageError(`there is no database at ${url.path}`)
    const { sqliteArchive } = await import('./archive-sqlite.ts')
    return sqliteArchive(url.path, { readOnly })
  } catch (error) {
    if (error instanceof StorageError) throw error
    const reason = error instanceof Error ? error.message : 'unknown reason'
    throw new StorageError(`cannot open the database ${url.shown}: ${reason}`, { cause: error })
  }
}

/** Every table that our migrations make. */
export function tablesOf(kind: DatabaseUrl['kind']): readonly string[] {
  const made = migrationsOf(kind).flatMap(({ sql }) => [...sql.matchAll(/^CREATE TABLE "(\w+)"/gm)])
  return made.map(([, name = '']) => name).filter((name) => !LEFT_OUT.has(name))
}

async function takeSnapshot(
  connection: ArchiveConnection,
  tables: readonly string[],
  url: DatabaseUrl,
): Promise<Snapshot> {
  await connection.beginReading()
  const migrations = await appliedMigrations(connection)
  const known = new Set(migrationsOf(url.kind).map(({ name }) => name))
  const unknown = migrations.find((name) => !known.has(name))
  if (unknown !== undefined) {
    throw new StorageError(
      `the database ${url.shown} has the migration ${unknown}, which this version does not know: back it up with the version that uses it`,
    )
  }
  return { migrations, pieces: () => piecesOf(connection, tables) }
}

async function appliedMigrations(connection: ArchiveConnection): Promise<readonly string[]> {
  if ((await connection.columnsOf('_prisma_migrations')).length === 0) return []
  const rows = await connection.all(
    'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name',
  )
  return rows.map(([name]) => String(name))
}

async function* piecesOf(connection: ArchiveConnection, tables: readonly string[]): AsyncGenerator<Piece> {
  for (const table of tables) {
    const columns = await connection.columnsOf(table)
    // An older database lacks what a later migration makes.
    if (columns.length === 0) continue
    yield { table, columns }
    yield* rowsOf(connection, table, columns)
  }
}

async function* rowsOf(connection: ArchiveConnection, table: string, columns: readonly string[]) {
  try {
    for await (const rows of connection.rowsOf(table, columns)) yield { rows }
  } catch (error) {
    throw translated(error)
  }
}

interface Restoring {
  readonly tables: readonly string[]
  readonly pieces: AsyncIterable<Piece>
  readonly how: RestoreOptions
}

async function restore(connection: ArchiveConnection, restoring: Restoring): Promise<Restored | false> {
  await connection.beginWriting(restoring.tables)
  try {
    const restored = await restoreInside(connection, restoring)
    await (restored === false ? connection.rollBack() : connection.commit())
    return restored
  } catch (error) {
    await connection.rollBack()
    throw error
  }
}

async function restoreInside(
  connection: ArchiveConnection,
  { tables, pieces, how }: Restoring,
): Promise<Restored | false> {
  if (!how.replace && !(await isEmpty(connection, tables))) return false
  const carries = how.replace && !how.exact
  if (carries) await rememberPresent(connection)
  const stays = (await hasAuditLog(connection)) ? AUDIT_LOG : []
  const replaced = tables.filter((table) => !stays.includes(table))
  for (const table of replaced)
    if (!carries || !ADDED_TO.includes(table)) await connection.run(`DELETE FROM "${table}"`)

  const counts = { sessionsEnded: 0, grantsRevoked: 0 }
  await insertPieces(connection, {
    tables: replaced,
    pieces,
    changer: (into) => (how.exact ? keep : rewind(into, how.now, counts)),
  })
  const carried = carries ? await carryOver(connection, how.now) : { accountsDisabled: 0, keysRevoked: 0 }
  return { ...counts, ...carried }
}

/** What happened here is never taken away, whatever the backup knows; a new database goes on with the log of the backup. */
const AUDIT_LOG: readonly string[] = ['audit_chains', 'audit_events']

const hasAuditLog = async (connection: ArchiveConnection): Promise<boolean> =>
  (await connection.all('SELECT 1 FROM audit_chains LIMIT 1')).length > 0

const keep: Change = (row) => row

async function isEmpty(connection: ArchiveConnection, tables: readonly string[]): Promise<boolean> {
  for (const table of tables) {
    if ((await connection.all(`SELECT 1 FROM "${table}" LIMIT 1`)).length > 0) return false
  }
  return true
}

interface Inserting {
  readonly tables: readonly string[]
  readonly pieces: AsyncIterable<Piece>
  changer(into: Head): Change
}

/** What an older version wrote lacks columns, which get their defaults; what a contract step took away is left out. */
async function insertPieces(connection: ArchiveConnection, { tables, pieces, changer }: Inserting): Promise<void> {
  let insert: (rows: readonly Row[]) => Promise<void> = async () => {}
  for await (const piece of pieces) {
    if (piece.table === undefined) await insert(piece.rows)
    else
      insert = await inserterFor(connection, tables.includes(piece.table) ? piece : { ...piece, columns: [] }, changer)
  }
}

async function inserterFor(connection: ArchiveConnection, { table, columns }: Head, changer: Inserting['changer']) {
  const there = new Set(await connection.columnsOf(table))
  const kept = columns.flatMap((name, index) => (there.has(name) ? [{ name, index }] : []))
  const names = kept.map(({ name }) => name)
  const change = changer({ table, columns })
  return async (rows: readonly Row[]): Promise<void> => {
    const changed = rows.flatMap((row) => {
      const wanted = change(row)
      return wanted === undefined ? [] : [kept.map(({ index }) => wanted[index] ?? null)]
    })
    if (names.length > 0 && changed.length > 0) await connection.insert(table, names, changed)
  }
}
