/** How many events of each kind were left out of the chain, until the chain has been told. */
import type { Clock } from '../base/clock.ts'
import { type Duration, MINUTE } from '../base/duration.ts'

/** How often it is told. */
export const TELLS_EVERY: Duration = MINUTE

export type Counts = ReadonlyMap<string, number>

export function droppedEvents(clock: Clock) {
  const counts = new Map<string, number>()
  let toldAt = clock.now()
  return {
    count: (kind: string): void => void counts.set(kind, (counts.get(kind) ?? 0) + 1),
    isEmpty: (): boolean => counts.size === 0,
    isDue: (): boolean => counts.size > 0 && clock.now() - toldAt >= TELLS_EVERY,
    take(): Counts {
      toldAt = clock.now()
      return new Map(counts)
    },
    /** The chain knows of these. */
    settle(told: Counts): void {
      for (const [kind, count] of told) {
        const left = (counts.get(kind) ?? 0) - count
        if (left > 0) counts.set(kind, left)
        else counts.delete(kind)
      }
    },
  }
}
