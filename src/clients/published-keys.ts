/** What clients publish at their `jwks_uri`, fetched when it is needed and kept in memory. */
import type { Clock, Timestamp } from '../base/clock.ts'
import { DAY, type Duration, MINUTE, SECOND } from '../base/duration.ts'
import type { Log } from '../base/log.ts'
import { makeRoom } from '../base/make-room.ts'
import { type Egress, EgressError } from '../egress/egress.ts'
import { type ClientKey, readClientJwks } from '../protocol/client-jwks.ts'

export interface PublishedKeysNeeds {
  readonly egress: Egress
  readonly clock: Clock
  readonly log: Log
}

export interface Published {
  readonly keys: readonly ClientKey[]
}

export interface PublishedKeys {
  /** Those at `uri`: kept ones while they are fresh, else new ones; the last good ones when it does not answer. */
  get(uri: string): Promise<Published>
  /** The same, after another look, unless there was one a moment ago or there are other ones than `than` by now. */
  refresh(uri: string, than: Published): Promise<Published>
}

/** RFC 9111 §5.2.2.1: what `max-age` may say, so that a removed key is soon gone and nobody is asked all the time. */
const SHORTEST_KEPT: Duration = MINUTE
const LONGEST_KEPT: Duration = DAY
const USUALLY_KEPT: Duration = 10 * MINUTE
/** Everybody can send an unknown `kid`, or a token of a client whose keys can't be had: at most so often someone is asked for that. */
const ASKED_AGAIN_AFTER: Duration = 10 * SECOND
/** So many URIs are remembered; beyond that the one that was fetched first is forgotten. */
const MOST_KEPT = 1000
/** RFC 7517 §8.5; many serve it as plain JSON. */
const MEDIA_TYPES = ['application/jwk-set+json', 'application/json']

interface Kept extends Published {
  /** When they were fetched, or that was last tried in vain. */
  readonly askedAt: Timestamp
  readonly freshFor: Duration
}

export function publishedKeys({ egress, clock, log }: PublishedKeysNeeds): PublishedKeys {
  const kept = new Map<string, Kept>()
  const underWay = new Map<string, Promise<Kept>>()

  /** One at a time for each URI: who comes meanwhile gets the same. */
  function fetchOnce(uri: string): Promise<Kept> {
    const other = underWay.get(uri)
    if (other !== undefined) return other
    const mine = fetchKeys(uri).finally(() => underWay.delete(uri))
    underWay.set(uri, mine)
    return mine
  }

  async function fetchKeys(uri: string): Promise<Kept> {
    const found = await attempt(uri)
    const now = { ...found, askedAt: clock.now() }
    kept.delete(uri)
    makeRoom(kept, MOST_KEPT)
    kept.set(uri, now)
    return now
  }

  /** The last good ones stay when there are no new ones: an outage over there need not be one here. */
  async function attempt(uri: string): Promise<Omit<Kept, 'askedAt'>> {
    try {
      const { body, headers } = await egress.get(uri, { accept: MEDIA_TYPES })
      const reading = readClientJwks(parse(body))
      if ('keys' in reading) return { keys: reading.keys, freshFor: freshness(headers.get('cache-control')) }
      log.warn({ host: hostOf(uri), detail: `what it answers ${reading.fault}` }, 'a jwks_uri gives no usable keys')
    } catch (error) {
      if (!(error instanceof EgressError)) throw error
      log.warn({ host: hostOf(uri), reason: error.reason, detail: error.message }, 'a jwks_uri gives no usable keys')
    }
    return { keys: kept.get(uri)?.keys ?? [], freshFor: ASKED_AGAIN_AFTER }
  }

  /** A clock that was set back makes everything old. */
  const isWithin = ({ askedAt }: Kept, duration: Duration): boolean => Math.abs(clock.now() - askedAt) < duration

  return {
    async get(uri) {
      const held = kept.get(uri)
      return held && isWithin(held, held.freshFor) ? held : fetchOnce(uri)
    },
    async refresh(uri, than) {
      const held = kept.get(uri)
      return held && (held !== than || isWithin(held, ASKED_AGAIN_AFTER)) ? held : fetchOnce(uri)
    },
  }
}

function freshness(cacheControl: string | null): Duration {
  const directives = (cacheControl ?? '').toLowerCase().split(',')
  // RFC 9111 §5.2.2.4, §5.2.2.5
  if (directives.some((one) => /^\s*no-(store|cache)\b/.test(one))) return SHORTEST_KEPT
  const seconds = directives.map((one) => /^\s*max-age\s*=\s*"?(\d{1,10})"?\s*$/.exec(one)?.[1]).find((one) => one)
  if (seconds === undefined) return USUALLY_KEPT
  return Math.min(Math.max(Number(seconds) * SECOND, SHORTEST_KEPT), LONGEST_KEPT)
}

/** What is no JSON is no JWK set either. */
function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** A URI in full may hold a secret. */
const hostOf = (uri: string): string => (URL.canParse(uri) ? new URL(uri).host : '')
