/** Request objects at the addresses that clients registered: OpenID Connect Core §6.2, RFC 9101 §5.2.3. */
import type { Clock, Timestamp } from '../base/clock.ts'
import { type Duration, SECOND } from '../base/duration.ts'
import { makeRoom } from '../base/make-room.ts'
import { type Egress, EgressError } from '../egress/egress.ts'
import { OAuthError } from '../protocol/oauth-error.ts'

/** The text at an address. Rejects with `invalid_request_uri`. */
export type ReferencedRequests = (address: string) => Promise<string>

const MAX_BYTES = 32_768
/** RFC 9101 §5.2.3 and §10.2, and what files of that name are served as. */
const MEDIA_TYPES = ['application/oauth-authz-req+jwt', 'application/jwt', 'application/jose', 'text/plain']
/** Everybody can send anybody's request_uri: one that gives nothing is not asked for again before. */
const ASKED_AGAIN_AFTER: Duration = 5 * SECOND
/** So many failures are remembered; beyond that the oldest is forgotten. */
const MOST_REMEMBERED = 1000

/** Asks each time, for what was parked is what it said; but once at a time for each address: who comes meanwhile gets the same. */
export function referencedRequests({
  egress,
  clock,
}: {
  egress: Pick<Egress, 'get'>
  clock: Clock
}): ReferencedRequests {
  const underWay = new Map<string, Promise<string>>()
  const failedAt = new Map<string, Timestamp>()

  async function fetchText(address: string): Promise<string> {
    try {
      const { body } = await egress.get(address, { accept: MEDIA_TYPES, maxBytes: MAX_BYTES })
      failedAt.delete(address)
      return body.trim()
    } catch (error) {
      if (!(error instanceof EgressError)) throw error
      failedAt.delete(address)
      makeRoom(failedAt, MOST_REMEMBERED)
      failedAt.set(address, clock.now())
      throw gaveNothing(error.message)
    }
  }

  return async (address) => {
    const failed = failedAt.get(address)
    // A clock that was set back makes everything old.
    if (failed !== undefined && Math.abs(clock.now() - failed) < ASKED_AGAIN_AFTER) {
      throw gaveNothing('it gave nothing a moment ago')
    }
    const other = underWay.get(address)
    if (other !== undefined) return other
    const mine = fetchText(address).finally(() => underWay.delete(address))
    underWay.set(address, mine)
    return mine
  }
}

const gaveNothing = (detail: string): OAuthError =>
  new OAuthError('invalid_request_uri', 'request_uri gave no request object', { check: 'request_uri', came: detail })
