/** Records as rows: the fields of a record with their columns, said once, for what is selected, read and inserted. */
import type { Row, Value, ValueType } from './statement.ts'

/** How one field is kept. `Kept` values arrive from Prisma's models as bigint. */
export interface Column<Field> {
  readonly name: string
  readonly type: ValueType
  read(value: Kept): Field
  write(field: Field): Value
}

type Kept = Value | bigint

type ColumnOf<Item> = { readonly [Field in keyof Item]-?: Column<Item[Field]> }

export interface Columns<Item> {
  /** `g.id, g.client_id, …` */
  select(alias: string): string
  readonly names: readonly string[]
  readonly types: readonly ValueType[]
  /** `?, ?, …` */
  readonly placeholders: string
  readonly count: number
  /** The record whose columns begin at `from`; undefined when an outer join found none. */
  read(row: Row, from: number): Item | undefined
  /** The same of a row that Prisma's model found: its fields have the names of the record's. */
  ofModel(model: { readonly [Field in keyof Item]: Kept }): Item
  values(item: Item): Value[]
}

/** @param fields every field of the record, one that is never null first */
export function columns<Item extends object>(fields: ColumnOf<Item>): Columns<Item> {
  const entries = Object.entries(fields) as [keyof Item & string, Column<unknown>][]
  const columnNames = entries.map(([, { name }]) => name)
  function item(kept: (at: number, field: keyof Item & string) => Kept): Item {
    const made: { [field: string]: unknown } = {}
    for (const [at, [field, column]] of entries.entries()) made[field] = column.read(kept(at, field))
    // `fields` has every field of the record, with a column of its type.
    return made as Item
  }
  return {
    select: (alias) => columnNames.map((name) => `${alias}.${name}`).join(', '),
    names: columnNames,
    types: entries.map(([, { type }]) => type),
    placeholders: columnNames.map(() => '?').join(', '),
    count: columnNames.length,
    read: (row, from) => (row[from] === null ? undefined : item((at) => row[from + at] ?? null)),
    ofModel: (model) => item((_, field) => model[field]),
    values: (of) => entries.map(([field, column]) => column.write(of[field])),
  }
}

export const text = (name: string): Column<string> => ({
  name,
  type: 'text',
  read: String,
  write: (field) => field,
})

/** A whole number, such as a moment in milliseconds. */
export const whole = (name: string): Column<number> => ({
  name,
  type: 'bigint',
  read: Number,
  write: (field) => field,
})

/** 1 for true. */
export const flag = (name: string): Column<boolean> => ({
  name,
  type: 'bigint',
  read: (value) => Number(value) === 1,
  write: (field) => (field ? 1 : 0),
})

/** Names without spaces (scopes, amr) as one text. */
export const names = (name: string): Column<readonly string[]> => ({
  name,
  type: 'text',
  read: (value) => (value === '' ? [] : String(value).split(' ')),
  write: (field) => field.join(' '),
})

/** NULL for undefined. */
export const optional = <Field>({ name, type, read, write }: Column<Field>): Column<Field | undefined> => ({
  name,
  type,
  read: (value) => (value === null ? undefined : read(value)),
  write: (field) => (field === undefined ? null : write(field)),
})

/** The parse border: only what has the type is ever written to the column. */
export const json = <Field>(name: string): Column<Field> => ({
  name,
  type: 'text',
  read: (value) => JSON.parse(String(value)) as Field,
  write: (field) => JSON.stringify(field),
})

/** The same, for a text of which only certain ones are ever written. */
export const oneOf = <Field extends string>(name: string): Column<Field> => ({
  name,
  type: 'text',
  read: (value) => value as Field,
  write: (field) => field,
})
