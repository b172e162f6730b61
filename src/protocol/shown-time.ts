/** Moments as operators read them: of tokens, how far they are from now, which a person who compares clocks wants to know. */
import type { Timestamp } from '../base/clock.ts'
import { SECOND } from '../base/duration.ts'

/** `42 s ago`, `in 3 min`; of a NumericDate (RFC 7519 §2) that somebody claims, whatever it is. */
export const shownOffset = (seconds: unknown, now: Timestamp): string =>
  typeof seconds === 'number' && Number.isFinite(seconds) ? fromNow(seconds * SECOND - now) : 'that is no number'

/** @param ms negative: it is past */
export function fromNow(ms: number): string {
  if (Math.abs(ms) < SECOND / 2) return 'just now'
  const amount = shownSpan(Math.abs(ms))
  return ms < 0 ? `${amount} ago` : `in ${amount}`
}

/** A span of time in the largest unit that still tells the seconds of a clock that is wrong. */
export function shownSpan(ms: number): string {
  const seconds = Math.round(ms / SECOND)
  if (seconds < 180) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 180) return `${minutes} min`
  const hours = Math.round(minutes / 60)
  return hours < 72 ? `${hours} h` : `${Math.round(hours / 24)} days`
}

/** ISO 8601 in whole seconds: `2026-03-03T10:15:00Z` */
export const isoSeconds = (at: Timestamp): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')

/** `2026-03-03 10:15:00 UTC` */
export const inUtc = (at: Timestamp): string => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`
