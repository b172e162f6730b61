/** Reads `database.url`: which database, where; and how to name it to a person without its password. */
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export type DatabaseUrl =
  | { readonly kind: 'sqlite'; readonly path: string; readonly shown: string }
  | {
      readonly kind: 'postgresql'
      readonly connectionString: string
      /** Where the tables are; `?schema=` of the URL, as Prisma's own tools read it. */
      readonly schema: string
      /** Command-line options for the server's session, `?options=` of the URL. */
      readonly options: string | undefined
      /** `?pgbouncer=true`, as Prisma's own tools read it: a pooler gives each transaction another connection. */
      readonly isPooled: boolean
      readonly shown: string
    }

/** The database cannot be used; the message says why and what to do, and never holds a password. */
export class StorageError extends Error {}

/** Throws `StorageError`. A relative file is relative to the working directory. */
export function parseDatabaseUrl(text: string): DatabaseUrl {
  if (text.startsWith('file:')) return parseFile(text)
  if (/^postgres(ql)?:\/\//.test(text)) return parsePostgresql(text)
  throw new StorageError('database.url must begin with "file:" (SQLite) or "postgresql://"')
}

function parseFile(text: string): DatabaseUrl {
  const rest = text.slice('file:'.length)
  if (rest === '' || rest.startsWith(':memory:') || /[?#\0]/.test(rest)) {
    throw new StorageError('database.url must name a file, such as "file:./data/countersign.db"')
  }
  const path = rest.startsWith('///') ? fileURLToPath(text) : resolve(rest)
  return { kind: 'sqlite', path, shown: path }
}

function parsePostgresql(text: string): DatabaseUrl {
  // A URL that names its socket's folder as ?host= may leave the host out, which URL itself does not take.
  const url = URL.parse(text.replace(/^([a-z]+:\/\/(?:[^/]*@)?)\//, '$1localhost/'))
  // Not with the parser's own error: that quotes the text, and with it the password.
  if (url === null) {
    throw new StorageError(
      'database.url is not a valid URL; percent-encode special characters in its user name and password',
    )
  }
  const schema = url.searchParams.get('schema') ?? 'public'
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(schema)) {
    throw new StorageError('the schema in database.url may have only letters, digits and underscores')
  }
  const host = url.searchParams.get('host') ?? url.host
  return {
    kind: 'postgresql',
    connectionString: text,
    schema,
    options: url.searchParams.get('options') ?? undefined,
    isPooled: url.searchParams.get('pgbouncer') === 'true',
    shown: `postgresql://${host}${url.pathname}`,
  }
}
