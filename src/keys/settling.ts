/**
 * When this process may sign with a key: once every process is sure to show it in its JWKS. All of them publish only what
 * they read from the database within `reloadWithin`; so one that has itself known a key for that long knows that the
 * others do, whatever their clocks say.
 */
import { CLOCK_SKEW, type Clock, type Clocks, type Timestamp } from '../base/clock.ts'
import type { Duration } from '../base/duration.ts'
import { MANDATORY_SIGNING_ALGORITHM } from '../protocol/vocabulary.ts'
import type { StoredSigningKey } from '../storage/storage.ts'
import type { RotationPolicy } from './rotation-policy.ts'

/** Longer than `reloadWithin`, not just as long: there may be a process that read a moment before the key was stored. */
const BEYOND: Duration = 1

export interface Settling {
  /** The keys as they have just been read. */
  saw(rows: readonly StoredSigningKey[]): void
  /** From now on a key that was not there before is new, whatever its times say: a clock may have jumped. */
  started(): void
  /** How long until this process may sign with it: 0 or less when it may. */
  settlesIn(kid: string): Duration
}

export function settling({ clock, steady, policy }: Clocks & { policy: RotationPolicy }): Settling {
  /** By kid, on the steady clock. */
  const settledAt = new Map<string, Timestamp>()
  let isStart = true
  return {
    saw(rows) {
      for (const row of rows) {
        if (settledAt.has(row.kid)) continue
        const isKnown = isStart && (isFirst(row, rows) || wasPublishedBefore(row, { clock, policy }))
        settledAt.set(row.kid, isKnown ? Number.NEGATIVE_INFINITY : steady.now() + policy.reloadWithin + BEYOND)
      }
    },
    started() {
      isStart = false
    },
    settlesIn: (kid) => (settledAt.get(kid) ?? Number.POSITIVE_INFINITY) - steady.now(),
  }
}

/**
 * A key of the very first start. No process serves without a current key of the mandatory algorithm, so all that ever served
 * show the first one of it, and those that were made before it, as rotation.ts sees to. The first key of an algorithm that
 * was added later is made while others may serve who do not show it yet.
 */
const isFirst = (key: StoredSigningKey, rows: readonly StoredSigningKey[]): boolean =>
  isOnlyOneYet(key, rows) &&
  rows.some(
    (row) =>
      row.algorithm === MANDATORY_SIGNING_ALGORITHM && isOnlyOneYet(row, rows) && key.publishedAt <= row.publishedAt,
  )

const isOnlyOneYet = (key: StoredSigningKey, rows: readonly StoredSigningKey[]): boolean =>
  key.state === 'current' &&
  rows.every((row) => row.kid === key.kid || row.algorithm !== key.algorithm || row.state === 'next')

const wasPublishedBefore = (key: StoredSigningKey, { clock, policy }: { clock: Clock; policy: RotationPolicy }) =>
  clock.now() - key.publishedAt >= policy.reloadWithin + CLOCK_SKEW
