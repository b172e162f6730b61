/** Who fetches the published keys, and from where clients come: what rotation tells its operator by (docs/decisions/0024). */
import type { Timestamp } from '../base/clock.ts'

/** What the fetches of one server, or of the pages of one origin, have shown. */
export interface JwksFetch {
  /** A digest of who it is. */
  readonly id: string
  /** Empty for pages. */
  readonly address: string
  readonly userAgent: string
  /** Of the page whose script fetched them; empty for servers. */
  readonly origin: string
  readonly firstSeenAt: Timestamp
  readonly lastSeenAt: Timestamp
  /** Of the set that it got last. */
  readonly kids: readonly string[]
}

/** A client of the configuration file has authenticated from there. */
export interface ClientAddress {
  readonly clientId: string
  readonly address: string
  readonly firstSeenAt: Timestamp
  readonly lastSeenAt: Timestamp
}

export interface JwksFetchStore {
  /** Adds to what is known: the first time stays, the last one and what came with it replace what is older. */
  note(fetch: JwksFetch): Promise<void>
  noteAddress(address: ClientAddress): Promise<void>
  /**
   * Leaves `most` of each: those that came once go before those that came back, and of these the ones that were not seen
   * for longest, so that a stranger with many addresses pushes out nobody who fetches regularly.
   */
  trim(most: number): Promise<void>
  /** Those that were seen since. */
  list(since: Timestamp): Promise<readonly JwksFetch[]>
  addresses(): Promise<readonly ClientAddress[]>
}
