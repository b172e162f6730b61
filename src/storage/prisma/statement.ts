/**
 * The hot statements' way to the database, past Prisma's client, which takes longer to word a statement than the
 * database to answer it (docs/decisions/0008). Each is written once, prepared once per connection, and its rows are read
 * by position. SQLite and PostgreSQL each answer in their own way: `sqlite-statements.ts`, `postgresql-statements.ts`.
 */

/** What a column holds, and what is bound; whole numbers are below 2^53. */
export type Value = string | number | null

export type Row = readonly Value[]

export interface Lookup {
  /** The names of what is looked up, all of them texts: columns of the row `asked`. */
  readonly asked: readonly string[]
  readonly select: string
  /** `JOIN grants AS g ON g.id = asked.id …`; for each row of `asked` at most one row. */
  readonly joins: string
}

export interface Statements {
  /** Looks up by key, and gives the row. Questions that come at the same time may share one statement. */
  lookup(lookup: Lookup): (...asked: readonly (string | null)[]) => Promise<Row | undefined>
  /** One statement that changes rows, an argument for each `?`; gives how many it changed. */
  change(sql: string): (...values: readonly Value[]) => Promise<number>
}
