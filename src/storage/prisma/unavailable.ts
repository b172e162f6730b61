/** Which errors of Prisma, of the drivers and of the databases mean "not now", and nothing worse: said once, for both. */
import { DatabaseUnavailable } from '../storage.ts'

/** Long enough for a restart to get on, short enough for a person who waits. */
const RETRY_AFTER_SECONDS = 5

/** An error that means that the database cannot be asked just now as `DatabaseUnavailable`; any other as it is. */
export function translated(error: unknown): unknown {
  if (error instanceof DatabaseUnavailable) return error
  const reason = reasonOf(error)
  if (reason === undefined) return error
  return new DatabaseUnavailable(`the database cannot be asked just now (${reason})`, {
    cause: error,
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  })
}

/** The code or kind that gives it away, for the log; undefined when it means something else. */
function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  return (
    reasonOfDriver(driverErrorOf(error)) ??
    [code, 'errorCode' in error ? error.errorCode : undefined].find((one) => isOutage(one)) ??
    MESSAGES.find((message) => error.message.startsWith(message))
  )
}

interface DriverError {
  readonly kind?: unknown
  readonly code?: unknown
  readonly originalCode?: unknown
}

/** What the adapter found: the cause of its own error, which Prisma puts into the `meta` of the error that it makes of it. */
function driverErrorOf(error: Error): DriverError | undefined {
  const meta = 'meta' in error ? (error.meta as { driverAdapterError?: Error } | undefined) : undefined
  const adapterError = meta?.driverAdapterError ?? (error.name === 'DriverAdapterError' ? error : undefined)
  return adapterError?.cause as DriverError | undefined
}

function reasonOfDriver(error: DriverError | undefined): string | undefined {
  if (error === undefined) return undefined
  const code = [error.originalCode, error.code].find((one) => typeof one === 'string')
  if (isOutage(code)) return code
  return typeof error.kind === 'string' && KINDS.has(error.kind) ? error.kind : undefined
}

const isOutage = (code: unknown): code is string => typeof code === 'string' && CODES.some((one) => one.test(code))

const CODES: readonly RegExp[] = [
  // PostgreSQL, appendix A. The classes: connection exceptions, and insufficient resources (a full disk, too many connections).
  /^(08|53)[0-9A-Z]{3}$/,
  // Starting, stopping, dropped; a statement that took too long; a transaction that was left open.
  /^(57P0[1-5]|57014|25P0[34])$/,
  // Another transaction was in the way: deadlock, serialization, a lock that was not had in time.
  /^(40001|40P01|55P03)$/,
  // A standby took the connection (a failover is under way); the server's own files failed.
  /^(25006|58000|58030)$/,
  // It no longer takes our password, or no longer has our database: while we run, both are somebody's work in progress.
  /^(28000|28P01|3D000)$/,
  // SQLite, https://www.sqlite.org/rescode.html, extended codes included.
  /^SQLITE_(BUSY|LOCKED|FULL|IOERR|CANTOPEN|READONLY|NOMEM|PROTOCOL)(_|$)/,
  // The operating system's, about the connection.
  /^E(CONNREFUSED|CONNRESET|CONNABORTED|PIPE|TIMEDOUT|NOTFOUND|AI_AGAIN|HOSTUNREACH|NETUNREACH|NETDOWN|HOSTDOWN|NOENT|MFILE|NFILE)$/,
  // Prisma's: https://www.prisma.io/docs/orm/reference/error-reference
  /^(P100[0-38]|P101[017]|P2024|P2028|P2034|P2037)$/,
]

const KINDS: ReadonlySet<string> = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
  'TransactionWriteConflict',
  'TlsConnectionError',
  'AuthenticationFailed',
  'DatabaseAccessDenied',
  'DatabaseDoesNotExist',
])

/** Errors without a code: of pg, of its pool, and of our own queue of writes. */
const MESSAGES: readonly string[] = [
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Query read timeout',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
  'SQLite gave up the transaction',
]
