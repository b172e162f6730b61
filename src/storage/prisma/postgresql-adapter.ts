/** How we connect to PostgreSQL: limits, time-outs, and what a failed connection is called. */
import { PrismaPg } from '@prisma/adapter-pg'
import { isDriverAdapterError } from '@prisma/driver-adapter-utils'
import { SECOND } from '../../base/duration.ts'
import type { DatabaseUrl } from './database-url.ts'

type PostgresqlUrl = Extract<DatabaseUrl, { kind: 'postgresql' }>

const CONNECT_TIMEOUT = 5 * SECOND
const STATEMENT_TIMEOUT = 10 * SECOND
/** The server gives up first, and says so; this one is for a server that no longer answers at all. */
const ANSWER_TIMEOUT = STATEMENT_TIMEOUT + 2 * SECOND
const MAX_CONNECTIONS = 10

/** `search_path`, so that raw statements and Prisma's own mean the same tables. */
const sessionOptions = (url: PostgresqlUrl): string =>
  [url.options, `-c search_path=${url.schema}`].filter((part) => part !== undefined).join(' ')

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

/** The pool that serves requests. A lost idle connection is replaced, and never ends the process. */
export function postgresqlAdapterFactory(url: PostgresqlUrl): PrismaPg {
  return new PrismaPg(
    {
      application_name: 'countersign',
      max: MAX_CONNECTIONS,
      connectionTimeoutMillis: CONNECT_TIMEOUT,
      statement_timeout: STATEMENT_TIMEOUT,
      idle_in_transaction_session_timeout: STATEMENT_TIMEOUT,
      query_timeout: ANSWER_TIMEOUT,
      keepAlive: true,
      connectionString: connectionString(url),
      options: `${sessionOptions(url)} ${PLANNING}`,
    },
    { schema: url.schema },
  )
}

/** One connection for migrations, which may take as long as they need. */
export function postgresqlMigrationFactory(url: PostgresqlUrl): PrismaPg {
  return new PrismaPg({
    application_name: 'countersign migrations',
    max: 1,
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    connectionString: connectionString(url),
    options: sessionOptions(url),
  })
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
  return /timeout/i.test(error.message) ? `it did not answer within ${CONNECT_TIMEOUT / SECOND} seconds` : undefined
}

function explainServerError(code: string, message: string): string {
  if (code === '42501') return `its user lacks a right: ${message}`
  if (code === '55P03') return 'another process has been migrating it for a minute: wait for it, then start again'
  if (code === '57P03') return 'the server is just starting or stopping: start again in a moment'
  return `${message} (${code})`
}
