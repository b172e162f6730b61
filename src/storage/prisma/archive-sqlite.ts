/** A SQLite file for backups and restores: a connection of its own, beside those of running servers. */
import { accessSync, constants } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import type { Row, Value } from '../archive.ts'
import { type ArchiveConnection, BATCH, listed, onConflict } from './archive-connection.ts'

/** In milliseconds: longer than any write of a server, or any other restore that is worth waiting for. */
const BUSY_TIMEOUT = 30_000

/** Opens the file at `path`, which must exist. */
export function sqliteArchive(path: string, { readOnly = false } = {}): ArchiveConnection {
  const readonly = readOnly && !(isWritable(path) && isWritable(dirname(path)))
  const database = new Database(path, { fileMustExist: true, readonly, timeout: BUSY_TIMEOUT })
  if (readOnly) database.pragma('query_only = ON')
  else {
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
  }
  return {
    async beginReading() {
      database.pragma('query_only = ON')
      database.exec('BEGIN')
      // SQLite takes its snapshot with the first read.
      database.prepare('SELECT count(*) FROM sqlite_master').get()
    },
    async beginWriting() {
      database.exec('BEGIN IMMEDIATE')
    },
    async columnsOf(table) {
      return database.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck().all(table)
    },
    rowsOf: (table, columns) => rowsOf(database, table, columns),
    all: async (sql) => database.prepare<[], Value[]>(sql).raw().all(),
    run: async (sql) => database.prepare(sql).run().changes,
    async insert(table, columns, rows) {
      const values = columns.map(() => '?').join(', ')
      const sql = `INSERT INTO "${table}" (${listed(columns)}) VALUES (${values}) ${onConflict(table)}`
      const statement = database.prepare(sql)
      for (const row of rows) statement.run(row.map(bound))
    },
    async commit() {
      database.exec('COMMIT')
    },
    async rollBack() {
      if (database.inTransaction) database.exec('ROLLBACK')
    },
    async close() {
      database.close()
    },
  }
}

/** SQLite leaves its files beside the database behind when the last one to close it may not write: so it may, where it can. */
function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** better-sqlite3 binds every number as REAL. */
const bound = (value: Value): unknown => (typeof value === 'number' ? BigInt(value) : value)

async function* rowsOf(
  database: Database.Database,
  table: string,
  columns: readonly string[],
): AsyncGenerator<readonly Row[]> {
  let batch: Row[] = []
  for (const row of database
    .prepare<[], Value[]>(`SELECT ${listed(columns)} FROM "${table}"`)
    .raw()
    .iterate()) {
    batch.push(row)
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
