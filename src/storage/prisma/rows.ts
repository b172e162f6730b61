/** From rows to records and back: columns that a statement selects, and the shapes that both databases keep as text. */
import { raw, type Sql } from '@prisma/client/runtime/client'
import type { Timestamp } from '../../base/clock.ts'

/** A row of `$queryRaw`, by the names that its statement gave. */
export type RawRow = Readonly<Record<string, unknown>>

/** A table's columns as part of a statement: the field of the model → the column. */
export interface Selection<Row> {
  /** `g.client_id AS "g_clientId", …` */
  readonly sql: Sql
  /** This table's part of a row; undefined when an outer join found none. */
  read(row: RawRow): Row | undefined
}

/**
 * What to select of the table called `alias`.
 * @param columns every field of the model with its column, the primary key first
 */
export function selection<Row>(alias: string, columns: Readonly<Record<keyof Row & string, string>>): Selection<Row> {
  const fields = Object.entries<string>(columns).map(([field, column]) => ({
    field,
    column,
    name: `${alias}_${field}`,
  }))
  const [key] = fields
  return {
    sql: raw(fields.map(({ column, name }) => `${alias}.${column} AS "${name}"`).join(', ')),
    read(row) {
      if (key === undefined || row[key.name] === null) return undefined
      // The parse border: the statement above names every field, and the model's types are the columns' types.
      return Object.fromEntries(fields.map(({ field, name }) => [field, row[name]])) as Row
    },
  }
}

export const timestamp = (column: bigint): Timestamp => Number(column)

/** NULL → undefined. */
export const optional = <T>(column: T | null): T | undefined => column ?? undefined

export const optionalTimestamp = (column: bigint | null): Timestamp | undefined =>
  column === null ? undefined : Number(column)

/** Names without spaces (scopes, amr) as one column. */
export const joinNames = (names: readonly string[]): string => names.join(' ')

export const splitNames = (column: string): readonly string[] => (column === '' ? [] : column.split(' '))
