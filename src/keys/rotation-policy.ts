/** What rotation follows: which keys there are, and the lengths of time, worked out from the configuration. */
import { DAY, type Duration, MINUTE, SECOND } from '../base/duration.ts'
import type { Config } from '../config/config.ts'
import type { KeyAlgorithm } from '../protocol/vocabulary.ts'

export interface RotationPolicy {
  /** What there are keys for. Those of any other algorithm are on their way out. */
  readonly algorithms: readonly KeyAlgorithm[]
  /** How long a key signs. */
  readonly rotateEvery: Duration
  /** How long a key is published before it first signs. */
  readonly publishBeforeUse: Duration
  /** The least of that when a person asks for a rotation: nobody holds an older JWKS any more. */
  readonly publishBeforeEarlyUse: Duration
  /** How long a key stays published after it last may have signed. */
  readonly keepRetired: Duration
  /** A process signs with, believes and publishes what it read from the database at most this long ago. */
  readonly reloadWithin: Duration
}

/** Ten times the interval of the job that reads them (jobs/watch-keys.ts): some late runs are nothing. */
const RELOAD_WITHIN = 5 * SECOND
/** Until every process follows, one of an older version among them, and for clocks that disagree. */
const MARGIN = 3 * MINUTE
/** Even where tokens live for minutes: a token lifetime that was shortened yesterday had longer tokens before. */
const KEEP_RETIRED_AT_LEAST = DAY

/** What rotation needs to know of the configuration; the longest lifetime of a signed token over all clients and APIs counts. */
export function rotationPolicy({
  keys,
  lifetimes,
  clients,
  apis,
}: Pick<Config, 'keys' | 'lifetimes' | 'clients' | 'apis'>) {
  const longestToken = Math.max(
    ...[lifetimes, ...clients.map((client) => client.lifetimes)].flatMap((each) => [each.accessToken, each.idToken]),
    ...apis.map((api) => api.accessTokenLifetime ?? 0),
  )
  const publishBeforeEarlyUse = keys.jwksMaxAge + MARGIN
  return {
    algorithms: [...keys.signingAlgorithms, ...keys.encryptionAlgorithms],
    rotateEvery: keys.rotateEvery,
    publishBeforeUse: Math.max(keys.publishBeforeUse, publishBeforeEarlyUse),
    publishBeforeEarlyUse,
    // Until then others may also encrypt to a key that they keep.
    keepRetired: Math.max(longestToken, keys.jwksMaxAge, KEEP_RETIRED_AT_LEAST) + MARGIN,
    reloadWithin: RELOAD_WITHIN,
  } satisfies RotationPolicy
}
