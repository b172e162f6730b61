/**
 * The hot statements on SQLite: a prepared statement each, on the writing connection, whose queue makes changes of the
 * same moment share a commit. While a transaction has that one to itself, the reading connection sees what is committed.
 */
import type { SqliteConnection } from './sqlite-connection.ts'
import type { SqliteWriteQueue } from './sqlite-write-queue.ts'
import type { Lookup, Statements, Value } from './statement.ts'

export interface SqliteConnections {
  readonly reader: SqliteConnection
  readonly writer: SqliteConnection
  readonly queue: SqliteWriteQueue
}

export function sqliteStatements({ reader, writer, queue }: SqliteConnections): Statements {
  function changing(sql: string): (values: readonly Value[]) => Promise<number> {
    const statement = writer.prepared(sql)
    return (values) => queue.write(() => statement.run(values))
  }
  return {
    lookup(lookup) {
      const sql = lookupSql(lookup)
      const besideTransaction = reader.prepared(sql)
      const betweenCommits = writer.prepared(sql)
      // What another connection has written empties a connection's cache: the one that writes still knows its pages.
      return async (...asked) => (writer.inTransaction() ? besideTransaction : betweenCommits).first(asked)
    },
    update({ table, set, where }) {
      const { sql, names } = positional(`UPDATE ${table} SET ${set} WHERE ${where}`)
      const run = changing(sql)
      return async (given: Readonly<Record<string, Value>>) =>
        (await run(names.map((name) => given[name] ?? null))) === 1
    },
    insert(table, { names, placeholders, values }) {
      const run = changing(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${placeholders})`)
      return async (item) => {
        await run(values(item))
      }
    },
    execute(sql) {
      const run = changing(sql)
      return (...values) => run(values)
    },
  }
}

/**
 * The keys come as a row of a subquery. Bound right into the WHERE of a join (`g.id = ?`), SQLite looks at their values
 * while it plans, and so plans anew for every value that is bound: five times the whole cost.
 */
const lookupSql = ({ asked, select, joins }: Lookup): string =>
  `SELECT ${select} FROM (SELECT ${asked.map((name) => `? AS ${name}`).join(', ')}) AS asked ${joins}`

/** `given.name` → `?`, and the names in the order of the marks. */
function positional(sql: string): { readonly sql: string; readonly names: readonly string[] } {
  const names: string[] = []
  const marked = sql.replace(/\bgiven\.(\w+)/g, (_, name: string) => {
    names.push(name)
    return '?'
  })
  return { sql: marked, names }
}
