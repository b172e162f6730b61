/** The only place that reads the time; everything else is handed a `Clock` or a `now`. */

/** Milliseconds since the Unix epoch. */
export type Timestamp = number

export interface Clock {
  now(): Timestamp
}

export const systemClock: Clock = { now: () => Date.now() }

/** Never set, never back; but it may stand still while the machine sleeps, and only differences mean anything. */
export const steadyClock: Clock = { now: () => performance.now() }

export interface Clocks {
  readonly clock: Clock
  readonly steady: Clock
}

/**
 * Gives how long ago this call was, as far as any clock can tell: the longer of two answers, since one clock may have
 * been set meanwhile and the other may have slept. For what must not be trusted for longer than so much.
 */
export function stopwatch({ clock, steady }: Clocks): () => number {
  const [at, steadyAt] = [clock.now(), steady.now()]
  return () => Math.max(Math.abs(clock.now() - at), steady.now() - steadyAt)
}

/** How far apart the clocks of our own processes may be before one of them is taken to have been set. */
export const CLOCK_SKEW = 60_000

/** NumericDate of RFC 7519 §2: whole seconds since the epoch. */
export const toSeconds = (at: Timestamp): number => Math.floor(at / 1000)
