/**
 * The hot statements' way to the database, past Prisma's client, which takes longer to word a statement than the
 * database to answer it (docs/decisions/0008). Each is written once, prepared once per connection, and its rows are read
 * by position. SQLite and PostgreSQL each answer in their own way: `sqlite-statements.ts`, `postgresql-statements.ts`.
 *
 * Questions and changes of many requests at the same moment may reach the database together, but each is answered by
 * itself, and each change is atomic by itself.
 */
import type { Columns } from './columns.ts'

/** What a column holds, and what is bound; whole numbers are below 2^53. */
export type Value = string | number | null

/** As PostgreSQL calls it; `bigint` stands for every whole number. */
export type ValueType = 'text' | 'bigint'

export type Row = readonly Value[]

export interface Lookup {
  /** The names of what is looked up, all of them texts: columns of the row `asked`. */
  readonly asked: readonly string[]
  readonly select: string
  /** `JOIN grants AS g ON g.id = asked.id …`; for each row of `asked` at most one row. */
  readonly joins: string
}

/** A conditional change of one row, which it names by its key. */
export interface Update<Name extends string> {
  readonly table: string
  /** The arguments, which `set` and `where` call `given.name`. */
  readonly given: Readonly<Record<Name, ValueType>>
  readonly set: string
  readonly where: string
}

export interface Statements {
  /** Looks up by key, and gives the row. */
  lookup(lookup: Lookup): (...asked: readonly (string | null)[]) => Promise<Row | undefined>
  /** Compare and set: of several at once that exclude each other, exactly one gives true. */
  update<Name extends string>(update: Update<Name>): (given: Readonly<Record<Name, Value>>) => Promise<boolean>
  insert<Item>(table: string, columns: Columns<Item>): (item: Item) => Promise<void>
  /** Any one statement, with an argument for each `?`; gives how many rows it changed. */
  execute(sql: string): (...values: readonly Value[]) => Promise<number>
}
