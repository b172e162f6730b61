/** How long to wait, for machines and in words. */
import type { Timestamp } from '../base/clock.ts'
import { SECOND } from '../base/duration.ts'

/** RFC 9110 §10.2.3: whole seconds, and never a try too early. */
export const secondsUntil = (at: Timestamp, now: Timestamp): number => Math.max(1, Math.ceil((at - now) / SECOND))

/** `40 seconds`, `3 minutes`: as a person counts, and again never too early. */
export function waitInWords(seconds: number): string {
  if (seconds === 1) return '1 second'
  return seconds <= 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`
}
