/** The hot statements on SQLite: a prepared statement each, on the reading connection or by turns on the writing one. */
import type { SqliteConnection } from './sqlite-connection.ts'
import type { SqliteWriteQueue } from './sqlite-write-queue.ts'
import type { Lookup, Statements } from './statement.ts'

export interface SqliteConnections {
  readonly reader: SqliteConnection
  readonly writer: SqliteConnection
  readonly queue: SqliteWriteQueue
}

export function sqliteStatements({ reader, writer, queue }: SqliteConnections): Statements {
  return {
    lookup(lookup) {
      const statement = reader.prepared(lookupSql(lookup))
      return async (...asked) => statement.first(asked)
    },
    change(sql) {
      const statement = writer.prepared(sql)
      return (...values) => queue.write(() => statement.run(values))
    },
  }
}

/**
 * The keys come as a row of a subquery. Bound right into the WHERE of a join (`g.id = ?`), SQLite looks at their values
 * while it plans, and so plans anew for every value that is bound: five times the whole cost.
 */
const lookupSql = ({ asked, select, joins }: Lookup): string =>
  `SELECT ${select} FROM (SELECT ${asked.map((name) => `? AS ${name}`).join(', ')}) AS asked ${joins}`
