/** What crosses the border between Prisma and SQLite: arguments, column types, values and errors. */
import { type ColumnType, ColumnTypeEnum, DriverAdapterError, type SqlQuery } from '@prisma/driver-adapter-utils'

type ArgumentType = SqlQuery['argTypes'][number]

const DECLARED_TYPES: Readonly<Record<string, ColumnType>> = {
  INT: ColumnTypeEnum.Int32,
  INTEGER: ColumnTypeEnum.Int32,
  BIGINT: ColumnTypeEnum.Int64,
  REAL: ColumnTypeEnum.Double,
  DOUBLE: ColumnTypeEnum.Double,
  FLOAT: ColumnTypeEnum.Float,
  DECIMAL: ColumnTypeEnum.Numeric,
  NUMERIC: ColumnTypeEnum.Numeric,
  BOOLEAN: ColumnTypeEnum.Boolean,
  TEXT: ColumnTypeEnum.Text,
  DATETIME: ColumnTypeEnum.DateTime,
  JSONB: ColumnTypeEnum.Json,
  BLOB: ColumnTypeEnum.Bytes,
}

/** SQLite's way of writing a moment, as Prisma's engine writes it. */
const formatDateTime = (at: Date): string => at.toISOString().replace('Z', '+00:00')

function textToSqlite(text: string, type: ArgumentType | undefined): unknown {
  switch (type?.scalarType) {
    case 'bigint':
    case 'int':
      return BigInt(text)
    case 'float':
    case 'decimal':
      return Number.parseFloat(text)
    case 'datetime':
      return formatDateTime(new Date(text))
    case 'bytes':
      return Buffer.from(text, 'base64')
    default:
      return text
  }
}

/** One argument of a statement as better-sqlite3 binds it. */
export function toSqlite(argument: unknown, type: ArgumentType | undefined): unknown {
  if (argument === null || argument === undefined) return null
  if (typeof argument === 'string') return textToSqlite(argument, type)
  if (typeof argument === 'boolean') return argument ? 1n : 0n
  if (argument instanceof Date) return formatDateTime(argument)
  // better-sqlite3 binds every number as REAL; whole ones are meant as INTEGER.
  if (Number.isSafeInteger(argument)) return BigInt(Number(argument))
  return argument
}

function inferType(value: unknown): ColumnType {
  if (value === undefined || typeof value === 'bigint') return ColumnTypeEnum.Int64
  if (typeof value === 'number') return ColumnTypeEnum.Double
  return value instanceof Uint8Array ? ColumnTypeEnum.Bytes : ColumnTypeEnum.Text
}

/** The type of a column: the declared one; for an expression, what its first value looks like. */
export function columnType(declared: string | null, values: () => Iterable<unknown>): ColumnType {
  const name = declared?.toUpperCase().match(/^[A-Z]+/)?.[0]
  const known = name === undefined ? undefined : DECLARED_TYPES[name]
  if (known !== undefined) return known
  for (const value of values()) if (value !== null) return inferType(value)
  return inferType(undefined)
}

/** One value of a row as Prisma expects it of a driver. Integers arrive as bigint so that none loses digits. */
export function fromSqlite(value: unknown, type: ColumnType): unknown {
  if (typeof value !== 'bigint') return value
  if (type === ColumnTypeEnum.DateTime) return new Date(Number(value)).toISOString()
  return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()
}

/** `accounts.username_key, …` of a constraint's message → the column names. */
function constraintOf(message: string): { fields: string[] } | undefined {
  const list = /constraint failed: (.+)$/.exec(message)?.[1]
  return list === undefined ? undefined : { fields: list.split(', ').map((name) => name.split('.').at(-1) ?? name) }
}

type DriverError = DriverAdapterError['cause']

function describe(code: string, message: string): DriverError {
  const constraint = constraintOf(message)
  if (code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY') {
    return { kind: 'UniqueConstraintViolation', ...(constraint && { constraint }) }
  }
  if (code === 'SQLITE_CONSTRAINT_NOTNULL')
    return { kind: 'NullConstraintViolation', ...(constraint && { constraint }) }
  if (code === 'SQLITE_CONSTRAINT_FOREIGNKEY') return { kind: 'ForeignKeyConstraintViolation' }
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return { kind: 'SocketTimeout' }
  const table = /^no such table: (.+)$/.exec(message)?.[1]
  if (table !== undefined) return { kind: 'TableDoesNotExist', table }
  return { kind: 'sqlite', extendedCode: 1, message }
}

/** A driver's error as the error that Prisma knows; anything else as it is. */
export function adapterError(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'SqliteError' || !('code' in error)) return error
  const code = String(error.code)
  return new DriverAdapterError({
    originalCode: code,
    originalMessage: error.message,
    ...describe(code, error.message),
  })
}
