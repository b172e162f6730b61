/** Which errors of Prisma, of the drivers and of the databases mean "not now", and nothing worse: said once, for both. */
import { DatabaseUnavailable } from '../storage.ts'

/** Long enough for a restart to get on, short enough for a person who waits. */
const RETRY_AFTER_SECONDS = 5

/** An error that means that the database cannot be asked just now as `DatabaseUnavailable`; any other as it is. */
export function translated(error: unknown): unknown {
  if (error instanceof DatabaseUnavailable) return error
  const reason = reasonOf(error)
  if (reason === undefined) return error
  return new DatabaseUnavailable(`the database cannot be asked just now: ${inWords(reason)}`, {
    cause: error,
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  })
}

/** For a person, who may look up the code of the database or of the system; Prisma’s own names say nothing more. */
function inWords(reason: string): string {
  const words = WORDS.find(([pattern]) => pattern.test(reason))?.[1]
  if (words === undefined) return `it failed (${reason})`
  return IS_CODE.test(reason) ? `${words} (${reason})` : words
}

const IS_CODE = /^(E[A-Z]+|SQLITE_[A-Z_]+|[0-9A-Z]{5})$/

/** The first that fits. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/^ECONNREFUSED$/, 'nothing listens at its host and port'],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'the name of its host is not known here'],
  [/^(EHOSTUNREACH|ENETUNREACH|ENETDOWN|EHOSTDOWN)$/, 'there is no way to its host'],
  [/^(EMFILE|ENFILE)$/, 'this process may open no more files'],
  [/^ENOENT$/, 'its file or socket is not there'],
  [/^(DatabaseNotReachable|P1001)$/, 'the server cannot be reached'],
  [/^(ETIMEDOUT|SocketTimeout|P1002|P1008|P2024|timeout e|Query read timeout)/, 'it did not answer in time'],
  [/^(57014)$/, 'a statement took too long'],
  [/^(ECONN|EPIPE|ConnectionClosed|P1017|Connection terminated|Client )/, 'the connection was lost'],
  [
    /^(TooManyConnections|53300|P2037)$/,
    'it has no connection left: raise its max_connections, or lower database.max_connections',
  ],
  [/^(53100|SQLITE_FULL)$/, 'its disk is full'],
  [/^53/, 'the server has too little of something: memory, disk or connections'],
  [/^(57P0[123])$/, 'the server is starting or stopping'],
  [/^57P04$/, 'the database was dropped'],
  [/^(57P05|25P0[34])$/, 'the server ended what was idle for too long'],
  [/^08/, 'the connection was lost'],
  [/^(TransactionWriteConflict|40001|40P01|55P03|P2034|P2028|SQLite gave up)/, 'another transaction was in the way'],
  [/^(SQLITE_BUSY|SQLITE_LOCKED)/, 'another process keeps it busy'],
  [/^(SQLITE_READONLY|25006)/, 'it cannot be written to'],
  [/^(SQLITE_CANTOPEN)/, 'its file cannot be opened'],
  [/^(SQLITE_|58)/, 'its files failed'],
  [/^(TlsConnectionError|P1011)$/, 'the TLS connection failed'],
  [/^(AuthenticationFailed|DatabaseAccessDenied|28000|28P01|P1000|P1010)$/, 'it does not take user name and password'],
  [/^(DatabaseDoesNotExist|3D000|P1003)$/, 'there is no database of that name'],
]

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
