/**
 * The hot statements on PostgreSQL. They are named, so that the server parses and plans them once per connection, and
 * take arrays: what many requests ask or change at the same moment is one round trip and one commit.
 */
import pg from 'pg'
import { sharedQuestions } from './shared-questions.ts'
import type { Lookup, Row, Statements, Update, Value, ValueType } from './statement.ts'

/** Statements of one kind that are under way at the same time; while they are, the next one gathers more. */
const AT_ONCE = 4

/** Both as numbers: what we keep in them is below 2^53. */
const NUMERIC_TYPES: ReadonlySet<number> = new Set([pg.types.builtins.INT8, pg.types.builtins.INT4])
const asText = (text: string | Buffer): string => String(text)
const types: pg.CustomTypesConfig = { getTypeParser: (oid) => (NUMERIC_TYPES.has(oid) ? Number : asText) }

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

  /** Gives for each question its row of the answer, whose last column is the place of the question, from 1. */
  function shared(sql: string): (question: readonly Value[]) => Promise<Row | undefined> {
    const run = prepared(sql)
    return sharedQuestions<readonly Value[], Row | undefined>({
      async ask(questions) {
        const { rows } = await run(transposed(questions))
        const answers = new Array<Row | undefined>(questions.length)
        for (const row of rows) answers[Number(row.at(-1)) - 1] = row
        return answers
      },
      isOneToBlame,
      atOnce: AT_ONCE,
    })
  }

  return {
    lookup(lookup) {
      const ask = shared(lookupSql(lookup))
      return (...asked) => ask(asked)
    },
    update(update) {
      const names = Object.keys(update.given)
      const ask = shared(updateSql(update))
      return async (given: Readonly<Record<string, Value>>) =>
        (await ask(names.map((name) => given[name] ?? null))) !== undefined
    },
    insert(table, { names, types: columnTypes, values }) {
      const ask = shared(`INSERT INTO ${table} (${names.join(', ')}) SELECT * FROM unnest(${arrays(columnTypes)})`)
      return async (item) => {
        await ask(values(item))
      }
    },
    execute(sql) {
      const run = prepared(numbered(sql))
      return async (...values) => (await run([...values])).rowCount ?? 0
    },
  }
}

/** `$1::text[], $2::bigint[], …`: one array for each argument, whose n-th elements belong together. */
const arrays = (valueTypes: readonly ValueType[]): string =>
  valueTypes.map((type, i) => `$${i + 1}::${type}[]`).join(', ')

const transposed = (rows: readonly (readonly Value[])[]): Value[][] =>
  (rows[0] ?? []).map((_, i) => rows.map((row) => row[i] ?? null))

function lookupSql({ asked, select, joins }: Lookup): string {
  const keys = `unnest(${arrays(asked.map(() => 'text'))}) WITH ORDINALITY AS asked (${asked.join(', ')}, place)`
  return `SELECT ${select}, asked.place FROM ${keys} ${joins}`
}

/** Of several that name the same row, PostgreSQL takes one. */
function updateSql({ table, given, set, where }: Update<string>): string {
  const names = Object.keys(given).join(', ')
  const values = `unnest(${arrays(Object.values(given))}) WITH ORDINALITY AS given (${names}, place)`
  return `UPDATE ${table} SET ${set} FROM ${values} WHERE ${where} RETURNING given.place`
}

/** `?` → `$1`, `$2`, … */
function numbered(sql: string): string {
  let count = 0
  return sql.replaceAll('?', () => `$${++count}`)
}

/**
 * The server says that nothing was done, and because of a value (class 22: a text with a NUL), of a row that is there
 * (class 23), or of another transaction (class 40: two that change the same rows in another order).
 */
const isOneToBlame = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && /^(22|23|40)/.test(error.code ?? '')
