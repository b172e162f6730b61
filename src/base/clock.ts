/** The only place that reads the time; everything else is handed a `Clock` or a `now`. */

/** Milliseconds since the Unix epoch. */
export type Timestamp = number

export interface Clock {
  now(): Timestamp
}

export const systemClock: Clock = { now: () => Date.now() }

/** How far apart the clocks of our own processes may be before one of them is taken to have been set. */
export const CLOCK_SKEW = 60_000

/** NumericDate of RFC 7519 §2: whole seconds since the epoch. */
export const toSeconds = (at: Timestamp): number => Math.floor(at / 1000)
