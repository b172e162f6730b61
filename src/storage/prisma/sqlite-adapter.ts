/**
 * Prisma's driver adapter for SQLite: one writing connection, which a transaction has to itself, and one reading
 * connection beside it, which sees only what is committed (docs/decisions/0002).
 */
import type {
  SqlDriverAdapter,
  SqlDriverAdapterFactory,
  SqlQuery,
  SqlQueryable,
  Transaction,
} from '@prisma/driver-adapter-utils'
import { limitsOf } from './limits.ts'
import { openSqliteConnection, type SqliteConnection } from './sqlite-connection.ts'
import { sqliteStatements } from './sqlite-statements.ts'
import { type SqliteWriteQueue, sqliteWriteQueue } from './sqlite-write-queue.ts'
import type { Statements } from './statement.ts'

const ADAPTER = { provider: 'sqlite', adapterName: 'countersign-sqlite' } as const

/** The adapter, and the way past Prisma over the same connections: one queue of writes for both. */
export interface SqliteAdapter extends SqlDriverAdapter {
  readonly statements: Statements
}

export interface SqliteAdapterFactory extends SqlDriverAdapterFactory {
  connect(): Promise<SqliteAdapter>
}

/** An adapter for the file at `path`, which must exist. */
export function sqliteAdapterFactory(path: string, { busyTimeout } = limitsOf({})): SqliteAdapterFactory {
  return {
    ...ADAPTER,
    async connect() {
      const writer = await openSqliteConnection(path, true, busyTimeout)
      try {
        return adapterOver(writer, await openSqliteConnection(path, false, busyTimeout))
      } catch (error) {
        writer.close()
        throw error
      }
    },
  }
}

function adapterOver(writer: SqliteConnection, reader: SqliteConnection): SqliteAdapter {
  const queue = sqliteWriteQueue(writer)
  return {
    ...ADAPTER,
    statements: sqliteStatements({ reader, writer, queue }),
    async queryRaw(query) {
      return reader.isRead(query.sql) ? reader.query(query) : queue.write(() => writer.query(query))
    },
    executeRaw: (query) => queue.write(() => writer.execute(query)),
    async executeScript(script) {
      const release = await queue.hold()
      try {
        writer.script(script)
      } finally {
        release()
      }
    },
    startTransaction: () => startTransaction(writer, queue),
    getConnectionInfo: () => ({ supportsRelationJoins: false }),
    async dispose() {
      const release = await queue.hold()
      reader.close()
      writer.close()
      release()
    },
  }
}

async function startTransaction(writer: SqliteConnection, queue: SqliteWriteQueue): Promise<Transaction> {
  const release = await queue.hold()
  try {
    // IMMEDIATE: a transaction that reads first could no longer wait for another process's write.
    writer.script('BEGIN IMMEDIATE')
  } catch (error) {
    release()
    throw error
  }
  return {
    ...queryableOver(writer),
    // Prisma is not to send COMMIT and ROLLBACK as statements: commit() and rollback() do it.
    options: { usePhantomQuery: true },
    async commit() {
      try {
        writer.script('COMMIT')
      } finally {
        writer.rollBack()
        release()
      }
    },
    async rollback() {
      writer.rollBack()
      release()
    },
    createSavepoint: async (name) => writer.script(`SAVEPOINT ${name}`),
    rollbackToSavepoint: async (name) => writer.script(`ROLLBACK TO ${name}`),
    releaseSavepoint: async (name) => writer.script(`RELEASE SAVEPOINT ${name}`),
  }
}

function queryableOver(connection: SqliteConnection): SqlQueryable {
  return {
    ...ADAPTER,
    queryRaw: async (query: SqlQuery) => connection.query(query),
    executeRaw: async (query: SqlQuery) => connection.execute(query),
  }
}
