/** What a running process cannot change: it is bound to a place or to what is stored. */
import { isDeepStrictEqual } from 'node:util'
import type { Config } from './config.ts'
import type { EntryValue } from './entry-value.ts'

/** By the names of the file. */
const FIXED: Readonly<Record<string, (config: Config) => unknown>> = {
  issuer: ({ issuer }) => issuer,
  'listen.host': ({ listen }) => listen.host,
  'listen.port': ({ listen }) => listen.port,
  'listen.shutdown_delay': ({ listen }) => listen.shutdownDelay,
  // Its contents may change; whether there is TLS may not.
  'listen.tls': ({ listen }) => listen.tls !== undefined,
  'database.url': ({ database }) => database.url,
  'database.max_connections': ({ database }) => database.limits?.maxConnections,
  'database.connect_timeout': ({ database }) => database.limits?.connectTimeout,
  'database.statement_timeout': ({ database }) => database.limits?.statementTimeout,
  'database.busy_timeout': ({ database }) => database.limits?.busyTimeout,
  metrics: ({ metrics }) => metrics !== undefined,
  'metrics.listen': ({ metrics }) => metrics && { host: metrics.host, port: metrics.port },
  'metrics.token': ({ metrics }) => metrics?.token,
  tracing: ({ tracing }) => tracing !== undefined,
  'tracing.otlp_endpoint': ({ tracing }) => tracing?.endpoint,
  'tracing.sample_one_in': ({ tracing }) => tracing?.sampleOneIn,
  'tracing.headers': ({ tracing }) => tracing?.headers,
  'keys.sealing_key': ({ keys }) => keys.sealingKey,
}

/** The keys of the file that differ and that only a start reads; empty when a running process can go over to `next`. */
export const keysThatNeedRestart = (running: Config, next: Config): readonly string[] =>
  Object.keys(FIXED)
    .filter((key) => !isDeepStrictEqual(FIXED[key]?.(running), FIXED[key]?.(next)))
    // Of a section that is switched on or off no more is to be said.
    .filter((key, _, all) => !all.some((section) => key.startsWith(`${section}.`)))

/** The same of one key of an entry that differs; `null` is not set. */
export function keyNeedsRestart(key: string, { from, to }: { from: EntryValue; to: EntryValue }): boolean {
  const name = Object.keys(FIXED).find((one) => key === one || key.startsWith(`${one}.`))
  return name !== undefined && (name !== 'listen.tls' || from === null || to === null)
}
