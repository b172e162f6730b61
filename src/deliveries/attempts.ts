/** When an attempt that came to nothing is repeated, and when no more. */
import type { Timestamp } from '../base/clock.ts'
import { DAY, type Duration, HOUR, MINUTE, SECOND } from '../base/duration.ts'
import type { Random } from '../base/random.ts'
import type { Delivery } from '../storage/storage.ts'

/** After the first attempt, the second, …; the last one again and again. */
const PAUSES: readonly [Duration, ...Duration[]] = [SECOND, 5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR]

/** From when it was made: what did not arrive within a day is given up. */
export const GIVE_UP_AFTER: Duration = DAY

/**
 * No attempt takes as long, the egress client sees to that. When the process that began one is gone, another one begins
 * the next attempt after this time.
 */
export const ATTEMPT_TAKES: Duration = MINUTE

/** Undefined: it was the last one. */
export function nextAttempt(
  delivery: Pick<Delivery, 'createdAt'>,
  attempt: number,
  { now, random }: { now: Timestamp; random: Random },
): Timestamp | undefined {
  const pause = PAUSES[Math.min(attempt, PAUSES.length) - 1] ?? PAUSES[0]
  const at = now + Math.round(pause * (1 + jitter(random)))
  return at < delivery.createdAt + GIVE_UP_AFTER ? at : undefined
}

/** Up to a fifth more, so that what failed together does not come again together. */
const jitter = (random: Random): number => random.bytes(2).readUInt16BE() / 0xffff / 5
