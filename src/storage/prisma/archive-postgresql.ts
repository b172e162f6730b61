/** A PostgreSQL database for backups and restores: one connection of its own, without the time-outs of requests. */
import { type ColumnType, ColumnTypeEnum, type Transaction } from '@prisma/driver-adapter-utils'
import type { DatabaseLimits } from '../../config/config.ts'
import type { Row, Value } from '../archive.ts'
import { type ArchiveConnection, BATCH, listed, onConflict } from './archive-connection.ts'
import type { DatabaseUrl } from './database-url.ts'
import { StorageError } from './database-url.ts'
import { statement } from './migration-dialects.ts'
import { explainPostgresqlError, postgresqlMigrationFactory } from './postgresql-adapter.ts'

/** Prisma keeps its last hundred statements with their arguments in memory, for its own debugging: they had better be small. */
const ROWS_AT_ONCE = 100

export async function postgresqlArchive(
  url: Extract<DatabaseUrl, { kind: 'postgresql' }>,
  limits: DatabaseLimits,
): Promise<ArchiveConnection> {
  const adapter = await postgresqlMigrationFactory(url, limits).connect()
  let transaction: Transaction | undefined

  async function begin(isolation?: 'REPEATABLE READ'): Promise<void> {
    try {
      transaction = await adapter.startTransaction(isolation)
    } catch (error) {
      const reason = explainPostgresqlError(error) ?? 'unknown reason'
      throw new StorageError(`cannot open the database ${url.shown}: ${reason}`, { cause: error })
    }
    // Whatever the server's defaults are: this may take an hour.
    await run('SET LOCAL statement_timeout = 0')
    await run('SET LOCAL idle_in_transaction_session_timeout = 0')
  }

  const query = async (sql: string, args: readonly string[] = []) => open().queryRaw(statement(sql, args))
  const run = async (sql: string): Promise<number> => open().executeRaw(statement(sql))
  function open(): Transaction {
    if (transaction === undefined) throw new Error('a backup or a restore begins with a transaction')
    return transaction
  }

  async function end(how: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    const ended = transaction
    transaction = undefined
    await ended?.executeRaw(statement(how))
    await ended?.commit()
  }

  async function* rowsOf(table: string, columns: readonly string[]): AsyncGenerator<readonly Row[]> {
    await run(`DECLARE backup NO SCROLL CURSOR FOR SELECT ${listed(columns)} FROM "${table}"`)
    for (;;) {
      const { rows, columnTypes } = await query(`FETCH ${BATCH} FROM backup`)
      if (rows.length === 0) break
      yield rows.map((row) => row.map((value, i) => plainValue(value, columnTypes[i])))
    }
    await run('CLOSE backup')
  }

  return {
    async beginReading() {
      await begin('REPEATABLE READ')
      await run('SET TRANSACTION READ ONLY')
    },
    async beginWriting(tables) {
      await begin()
      await run(`SET LOCAL lock_timeout = '30s'`)
      await run(`LOCK TABLE ${listed(tables)} IN SHARE ROW EXCLUSIVE MODE`)
    },
    async columnsOf(table) {
      const sql = `SELECT attname::text FROM pg_attribute
        WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum`
      return (await query(sql, [`"${table}"`])).rows.map(([name]) => String(name))
    },
    rowsOf,
    async all(sql) {
      const { rows, columnTypes } = await query(sql)
      return rows.map((row) => row.map((value, i) => plainValue(value, columnTypes[i])))
    },
    run,
    async insert(table, columns, rows) {
      // One argument for many rows; the table itself says of what type each column is.
      const sql = `INSERT INTO "${table}" (${listed(columns)})
        SELECT ${listed(columns)} FROM json_populate_recordset(NULL::"${table}", $1::json) ${onConflict(table)}`
      for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
        const some = rows.slice(from, from + ROWS_AT_ONCE)
        const objects = some.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]])))
        await open().executeRaw(statement(sql, [JSON.stringify(objects)]))
      }
    },
    commit: () => end('COMMIT'),
    rollBack: () => end('ROLLBACK').catch(() => {}),
    async close() {
      await end('ROLLBACK').catch(() => {})
      await adapter.dispose()
    },
  }
}

/** Times are 64 bits and come as texts; all of them are far below 2^53. */
function plainValue(value: unknown, type: ColumnType | undefined): Value {
  if (value === null || value === undefined) return null
  if (type === ColumnTypeEnum.Int64 || type === ColumnTypeEnum.Int32) return Number(value)
  if (typeof value === 'string') return value
  throw new Error('a column has a type that backups do not know')
}
