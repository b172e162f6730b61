/** Who does a piece of background work. */

/** Who does a piece of background work (jobs/lease.ts). */
export interface Lease {
  /** A process; undefined when it was given back. */
  readonly holder: string | undefined
  /** Grows with every renewal. No time is kept: the clocks of several machines prove nothing. */
  readonly turn: number
}

export interface LeaseStore {
  find(name: string): Promise<Lease | undefined>
  /** Compare and set: turn `from` → `from + 1`, with this holder; true for exactly one caller. 0: there is none yet. */
  take(name: string, step: { holder: string; from: number }): Promise<boolean>
  /** Only while it is still this holder's. */
  giveBack(name: string, holder: string): Promise<void>
}
