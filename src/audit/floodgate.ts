/** How many events strangers can make us keep: what they do without having proven anything costs a row each. */
import type { Clock } from '../base/clock.ts'
import { MINUTE } from '../base/duration.ts'

/** In each process. A slow attack is there in full; of a fast one it is told how often. */
const BURST = 300
const PER_MINUTE = 60

export function floodgate(clock: Clock): { lets(): boolean } {
  let [left, at] = [BURST, clock.now()]
  return {
    lets() {
      const now = clock.now()
      // A clock that was set back gives nothing.
      left = Math.min(BURST, left + (Math.max(0, now - at) / MINUTE) * PER_MINUTE)
      at = now
      if (left < 1) return false
      left--
      return true
    },
  }
}
