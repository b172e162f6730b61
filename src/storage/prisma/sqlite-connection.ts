/** One connection to a SQLite file: its settings, its prepared statements, and running them. */
import { setTimeout as delay } from 'node:timers/promises'
import type { ColumnType, SqlQuery, SqlResultSet } from '@prisma/driver-adapter-utils'
import Database from 'better-sqlite3'
import type { Duration } from '../../base/duration.ts'
import { adapterError, columnType, fromSqlite, toSqlite } from './sqlite-values.ts'
import type { Row, Value } from './statement.ts'

/** Two processes that make the same new file: SQLite does not wait by itself while the journal mode changes. */
const WAL_ATTEMPTS = 100
const WAL_PAUSE = 50
/** Ours are a few dozen; the limit is for statements that Prisma words anew each time. */
const MAX_STATEMENTS = 500

export interface SqliteConnection {
  /** Whether running `sql` can change nothing. */
  isRead(sql: string): boolean
  query(query: SqlQuery): SqlResultSet
  /** Gives the number of rows that were changed; 0 for a script of several statements, which takes no arguments. */
  execute(query: SqlQuery): number
  /** A statement whose whole numbers fit into a JavaScript number. Throws when it is no statement. */
  prepared(sql: string): PreparedStatement
  /** Any number of statements, without arguments. */
  script(sql: string): void
  inTransaction(): boolean
  /** Undoes the open transaction, if there is one; never throws. */
  rollBack(): void
  close(): void
}

export interface PreparedStatement {
  /** Of a statement that reads. */
  first(values: readonly Value[]): Row | undefined
  /** Of one that changes rows: how many it changed. */
  run(values: readonly Value[]): number
}

type Statement = Database.Statement<unknown[], unknown[]>

interface Prepared {
  readonly statement: Statement
  /** Asked once: SQLite takes longer to name the columns of a row than to find it. Empty for what reads nothing. */
  readonly columns: readonly { readonly name: string; readonly type: string | null }[]
}

/**
 * Opens `path`, which must exist. A connection that is not `writable` refuses to write.
 * @param busyTimeout how long a statement waits for another process's write
 */
export async function openSqliteConnection(
  path: string,
  writable: boolean,
  busyTimeout: Duration,
): Promise<SqliteConnection> {
  const database = new Database(path, { fileMustExist: true, timeout: busyTimeout })
  try {
    await switchToWal(database)
    // FULL: a commit that was answered survives a power cut, for one fsync per commit.
    database.pragma('synchronous = FULL')
    database.pragma('foreign_keys = ON')
    if (!writable) database.pragma('query_only = ON')
  } catch (error) {
    database.close()
    throw error
  }
  return connectionOver(database)
}

async function switchToWal(database: Database.Database): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      database.pragma('journal_mode = WAL')
      return
    } catch (error) {
      const isBusy = error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')
      if (!isBusy || attempt === WAL_ATTEMPTS) throw error
    }
    await delay(WAL_PAUSE)
  }
}

function connectionOver(database: Database.Database): SqliteConnection {
  const statements = statementCache(database)
  return {
    isRead(sql) {
      const { statement } = translated(() => statements(sql))
      return statement.reader && statement.readonly
    },
    query: (query) => translated(() => queryStatement(statements(query.sql), bound(query))),
    execute: (query) =>
      translated(() => {
        if (query.args.length === 0 && isScript(database, query.sql)) return runScript(database, query.sql)
        return executeStatement(statements(query.sql), bound(query))
      }),
    prepared: (sql) => preparedStatement(translated(() => database.prepare<unknown[], Row>(sql))),
    script(sql) {
      translated(() => database.exec(sql))
    },
    inTransaction: () => database.inTransaction,
    rollBack() {
      try {
        if (database.inTransaction) database.exec('ROLLBACK')
      } catch {
        // The error that led here is the one to report; a connection past saving shows in the next BEGIN.
      }
    },
    close() {
      database.close()
    },
  }
}

/** A number is bound as REAL; a column that is declared INTEGER or BIGINT keeps and compares it as INTEGER. */
function preparedStatement(statement: Database.Statement<unknown[], Row>): PreparedStatement {
  if (statement.reader) statement.raw(true)
  return {
    first: (values) => translated(() => statement.get(...values)),
    run: (values) => translated(() => statement.run(...values).changes),
  }
}

/** Prisma's migration engine, and our own, hand over whole files; better-sqlite3 prepares one statement alone. */
function isScript(database: Database.Database, sql: string): boolean {
  try {
    database.prepare(sql)
    return false
  } catch (error) {
    if (error instanceof RangeError) return true
    throw error
  }
}

function runScript(database: Database.Database, sql: string): number {
  database.exec(sql)
  return 0
}

function translated<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw adapterError(error)
  }
}

function statementCache(database: Database.Database): (sql: string) => Prepared {
  const cache = new Map<string, Prepared>()
  return (sql) => {
    const cached = cache.get(sql)
    if (cached) return cached
    if (cache.size >= MAX_STATEMENTS) cache.clear()
    const statement = database.prepare<unknown[], unknown[]>(sql).safeIntegers(true)
    if (statement.reader) statement.raw(true)
    const prepared = { statement, columns: statement.reader ? statement.columns() : [] }
    cache.set(sql, prepared)
    return prepared
  }
}

const bound = (query: SqlQuery): unknown[] => query.args.map((argument, i) => toSqlite(argument, query.argTypes[i]))

function queryStatement({ statement, columns }: Prepared, values: unknown[]): SqlResultSet {
  if (!statement.reader) {
    statement.run(...values)
    return { columnNames: [], columnTypes: [], rows: [] }
  }
  const rows = statement.all(...values)
  const columnTypes: ColumnType[] = columns.map((column, i) => columnType(column.type, () => rows.map((row) => row[i])))
  return {
    columnNames: columns.map((column) => column.name),
    columnTypes,
    rows: rows.map((row) => row.map((value, i) => fromSqlite(value, columnTypes[i] ?? 0))),
  }
}

function executeStatement({ statement }: Prepared, values: unknown[]): number {
  // A RETURNING clause makes it a reader, and better-sqlite3 only lets readers be read.
  return statement.reader ? statement.all(...values).length : statement.run(...values).changes
}
