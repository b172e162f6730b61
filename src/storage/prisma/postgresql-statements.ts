/** The hot statements on PostgreSQL: named, so that the server parses and plans them once per connection. */
import pg from 'pg'
import { sharedQuestions } from './shared-questions.ts'
import type { Lookup, Row, Statements, Value } from './statement.ts'

/** Lookups of one kind that are under way at the same time; while they are, the next one gathers questions. */
const LOOKUPS_AT_ONCE = 4

/** Both as numbers: what we keep in them is below 2^53. */
const NUMERIC_TYPES: ReadonlySet<number> = new Set([pg.types.builtins.INT8, pg.types.builtins.INT4])

const types: pg.CustomTypesConfig = {
  getTypeParser: (oid) => (NUMERIC_TYPES.has(oid) ? Number : asText),
}

function asText(text: string | Buffer): string {
  return String(text)
}

export interface PostgresqlStatementOptions {
  /** False behind a pooler that hands each transaction to another connection, where a name means nothing. */
  readonly isNamed: boolean
}

export function postgresqlStatements(pool: pg.Pool, { isNamed }: PostgresqlStatementOptions): Statements {
  let count = 0
  function prepared(sql: string): (values: unknown[]) => Promise<pg.QueryArrayResult<Value[]>> {
    const config = { text: sql, rowMode: 'array' as const, types, ...(isNamed && { name: `hot_${++count}` }) }
    return (values) => pool.query<Value[]>({ ...config, values })
  }
  return {
    lookup(lookup) {
      const run = prepared(lookupSql(lookup))
      const ask = sharedQuestions<readonly (string | null)[], Row | undefined>({
        ask: async (questions) => {
          const { rows } = await run(lookup.asked.map((_, i) => questions.map((question) => question[i])))
          const answers = new Array<Row | undefined>(questions.length)
          // The last column is the place of the question, from 1.
          for (const row of rows) answers[Number(row.at(-1)) - 1] = row
          return answers
        },
        isOneToBlame: isDataError,
        atOnce: LOOKUPS_AT_ONCE,
      })
      return (...asked) => ask(asked)
    },
    change(sql) {
      const run = prepared(numbered(sql))
      return async (...values) => (await run([...values])).rowCount ?? 0
    },
  }
}

/** One array for each name, and one row of `asked` for each place in them. */
function lookupSql({ asked, select, joins }: Lookup): string {
  const arrays = asked.map((_, i) => `$${i + 1}::text[]`).join(', ')
  return `SELECT ${select}, asked.place FROM unnest(${arrays}) WITH ORDINALITY AS asked (${asked.join(', ')}, place) ${joins}`
}

/** `?` → `$1`, `$2`, … */
function numbered(sql: string): string {
  let count = 0
  return sql.replaceAll('?', () => `$${++count}`)
}

/** Class 22: a value that the server refuses, such as a text with a NUL; the statement did nothing. */
const isDataError = (error: unknown): boolean => error instanceof pg.DatabaseError && /^22/.test(error.code ?? '')
