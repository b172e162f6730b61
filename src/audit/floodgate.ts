/** How many events strangers can make us keep: what they do without having proven anything costs a row each. */
import type { Clock } from '../base/clock.ts'
import { MINUTE } from '../base/duration.ts'

/** In each process, of each kind, so that one does not push out the other. A slow attack is there in full; a fast one is counted. */
const BURST = 300
const PER_MINUTE = 60

export function floodgate(clock: Clock): { lets(kind: string): boolean } {
  const buckets = new Map<string, { left: number; at: number }>()
  return {
    lets(kind) {
      const now = clock.now()
      const bucket = buckets.get(kind) ?? { left: BURST, at: now }
      buckets.set(kind, bucket)
      // A clock that was set back gives nothing.
      bucket.left = Math.min(BURST, bucket.left + (Math.max(0, now - bucket.at) / MINUTE) * PER_MINUTE)
      bucket.at = now
      if (bucket.left < 1) return false
      bucket.left--
      return true
    },
  }
}
