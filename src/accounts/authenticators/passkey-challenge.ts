/**
 * Challenges of WebAuthn §13.4.3: 128 random bits, and a seal over them, their end and the place that they were made for. So
 * nothing is stored for a page that is only looked at; what is stored is that one was used. Pure.
 */
import { CLOCK_SKEW, type Timestamp } from '../../base/clock.ts'
import { type Duration, MINUTE } from '../../base/duration.ts'
import { constantTimeEqual } from '../../base/hash.ts'
import type { Random } from '../../base/random.ts'

/** How long the device has for its answer. */
export const CHALLENGE_LIFETIME: Duration = 5 * MINUTE

/** Over the place and the rest: base64url of 32 bytes. */
export type SealChallenge = (place: string, rest: string) => string

/** Six bytes of time and sixteen random ones with two of padding, then the seal: no character holds bits of both. */
const REST_LENGTH = 32
const SHAPE = /^[A-Za-z0-9_-]{75}$/

/** Of base64url as it comes back: 56 bytes. */
export function newChallenge(
  seal: SealChallenge,
  place: string,
  { now, random }: { now: Timestamp; random: Random },
): string {
  const bytes = Buffer.alloc(24)
  bytes.writeUIntBE(now + CHALLENGE_LIFETIME, 0, 6)
  random.bytes(18).copy(bytes, 6)
  const rest = bytes.toString('base64url')
  return rest + seal(place, rest)
}

/** When it ends, of one that was made for this place and has not ended yet; undefined: of any other. */
export function challengeEnd(
  seal: SealChallenge,
  { challenge, place, now }: { challenge: string; place: string; now: Timestamp },
): Timestamp | undefined {
  if (!SHAPE.test(challenge)) return undefined
  const rest = challenge.slice(0, REST_LENGTH)
  if (!constantTimeEqual(seal(place, rest), challenge.slice(REST_LENGTH))) return undefined
  const end = Buffer.from(rest, 'base64url').readUIntBE(0, 6)
  // What lies further ahead was made by a clock that was wrong.
  return now < end && end <= now + CHALLENGE_LIFETIME + CLOCK_SKEW ? end : undefined
}
