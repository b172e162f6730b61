/** How we connect to PostgreSQL: limits, time-outs, and what a failed connection is called. */
import { PrismaPg } from '@prisma/adapter-pg'
import { isDriverAdapterError, type SqlDriverAdapterFactory, type SqlQueryable } from '@prisma/driver-adapter-utils'
import type { Pool } from 'pg'
import { SECOND } from '../../base/duration.ts'
import type { DatabaseUrl } from './database-url.ts'
import { limitsOf } from './limits.ts'

type PostgresqlUrl = Extract<DatabaseUrl, { kind: 'postgresql' }>

/** The server gives up first, and says so; after this much longer a server counts as one that no longer answers at all. */
const ANSWER_GRACE = SECOND

/**
 * What every session of ours is opened with, whatever the server's own defaults are: `search_path`, so that raw
 * statements and Prisma's own mean the same tables; READ COMMITTED, which every conditional UPDATE of ours is written
 * for; and a commit that is on the disk before it is answered.
 */
function sessionOptions(url: PostgresqlUrl): string {
  const settings = [
    `search_path=${url.schema}`,
    String.raw`default_transaction_isolation=read\ committed`,
    // Whoever asks for even more in the URL gets it.
    ...(/\bsynchronous_commit=remote_apply\b/.test(url.options ?? '') ? [] : ['synchronous_commit=on']),
  ]
  return [url.options, ...settings.map((setting) => `-c ${setting}`)].filter((part) => part !== undefined).join(' ')
}

/**
 * Planned once, whatever is asked: planning anew for the values of each statement takes longer than answering it. And by
 * index, as every statement that serves requests finds its rows: a plan that was made while a table was small outlives
 * that, and reading all of a table that has grown since would stop everybody.
 */
const PLANNING = '-c plan_cache_mode=force_generic_plan -c enable_seqscan=off'

/** The part of the connection string that the adapter may not read twice. */
function connectionString(url: PostgresqlUrl): string {
  return url.connectionString.replace(/([?&])options=[^&]*&?/, '$1').replace(/[?&]$/, '')
}

/** The adapter, and with it the pool that others may share. */
interface PostgresqlAdapterFactory extends SqlDriverAdapterFactory {
  connect(): ReturnType<PrismaPg['connect']>
}

/** The pool that serves requests. A lost idle connection is replaced, and never ends the process. */
export function postgresqlAdapterFactory(url: PostgresqlUrl, limits = limitsOf({})): PostgresqlAdapterFactory {
  const factory = new PrismaPg(
    {
      application_name: 'countersign',
      max: limits.maxConnections,
      connectionTimeoutMillis: limits.connectTimeout,
      statement_timeout: limits.statementTimeout,
      idle_in_transaction_session_timeout: limits.statementTimeout,
      query_timeout: limits.statementTimeout + ANSWER_GRACE,
      keepAlive: true,
      connectionString: connectionString(url),
      options: `${sessionOptions(url)} ${PLANNING}`,
    },
    { schema: url.schema },
  )
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    async connect() {
      const adapter = await factory.connect()
      refuseOpenTransactions(adapter.underlyingDriver())
      return adapter
    },
  }
}

/**
 * A connection that comes back in the middle of a transaction, or of a statement (after a time-out, say), is closed. The
 * next request would otherwise get it, and its writes would be answered without ever being committed.
 */
function refuseOpenTransactions(pool: Pool): void {
  pool.on('release', (_error, client) => {
    const isIdle =
      client.getTransactionStatus() === 'I' && (client as { readyForQuery?: boolean }).readyForQuery === true
    if (!isIdle) client.end().catch(() => {})
  })
}

/** One connection for what may take as long as it needs: migrations, backups. */
export function postgresqlMigrationFactory(url: PostgresqlUrl, limits = limitsOf({})): PrismaPg {
  return new PrismaPg({
    application_name: 'countersign migrations',
    max: 1,
    connectionTimeoutMillis: limits.connectTimeout,
    connectionString: connectionString(url),
    options: sessionOptions(url),
  })
}

/** The settings without which PostgreSQL forgets commits that it has answered when the power fails; empty: all is well. */
export async function unsafeSettings(connection: SqlQueryable): Promise<readonly string[]> {
  const sql = `SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off' ORDER BY name`
  const { rows } = await connection.queryRaw({ sql, args: [], argTypes: [] })
  return rows.map(([name]) => `${name}=off`)
}

const UNREACHABLE = 'the server cannot be reached: is it running, and are host and port right?'

/** What to tell a person about a failed connection or statement; undefined: nothing better than the error itself. */
export function explainPostgresqlError(error: unknown): string | undefined {
  if (!isDriverAdapterError(error)) return explainOtherError(error)
  const cause = error.cause
  switch (cause.kind) {
    case 'DatabaseNotReachable':
    case 'SocketTimeout':
    case 'ConnectionClosed':
      return UNREACHABLE
    case 'AuthenticationFailed':
    case 'DatabaseAccessDenied':
      return 'the server refused the user name or password'
    case 'DatabaseDoesNotExist':
      return 'there is no database of that name: create it with "createdb"'
    case 'TooManyConnections':
      return 'the server has no connection left: raise its max_connections'
    case 'TlsConnectionError':
      return `the TLS connection failed (${cause.reason})`
    case 'postgres':
      return explainServerError(cause.code, cause.message)
    default:
      return cause.originalMessage
  }
}

function explainOtherError(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  // A system error such as ENOENT (no such socket) or EHOSTUNREACH.
  if ('syscall' in error) return UNREACHABLE
  return /timeout/i.test(error.message) ? 'it did not answer within database.connect_timeout' : undefined
}

function explainServerError(code: string, message: string): string {
  if (code === '42501') return `its user lacks a right: ${message}`
  if (code === '55P03') return 'another process has been migrating it for a minute: wait for it, then start again'
  if (code === '57P03') return 'the server is just starting or stopping: start again in a moment'
  return `${message} (${code})`
}
