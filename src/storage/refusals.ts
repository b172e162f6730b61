/** Refusals with their story, kept for some days: what `countersign explain` reads. */
import type { Timestamp } from '../base/clock.ts'
import type { Check } from '../protocol/checks.ts'

/** One request that was refused. No field ever holds a secret. */
export interface Refusal {
  readonly id: string
  /** What the person or the app was told, `abcd-efgh`; short, so that several may share one. */
  readonly errorId: string
  /** Of the interaction and of the grant that came of it; undefined: the request ended at once. */
  readonly flowId: string | undefined
  readonly at: Timestamp
  /** The route, `/token`. */
  readonly endpoint: string
  /** Of the answer. */
  readonly status: number
  /** One that is known; what an unknown one called itself is `came`. */
  readonly clientId: string | undefined
  readonly accountId: string | undefined
  /** The standard's word; undefined: a page that only a person sees. */
  readonly code: string | undefined
  /** What the client or the person was told. */
  readonly description: string
  readonly check: Check
  readonly expected: string | undefined
  readonly came: string | undefined
  readonly facts: RefusalFacts
  /** How many alike came soon after and were only counted. */
  readonly more: number
  readonly expiresAt: Timestamp
}

/** What was asked, and how it came. */
export interface RefusalFacts {
  /** Parameters that are no secret, by name. */
  readonly asked?: Readonly<Record<string, string>>
  /** The names of the others. */
  readonly also?: readonly string[]
  readonly ip?: string
  readonly userAgent?: string
  /** Fetch Metadata: what made the browser send it (`iframe`, `document`), and from where. */
  readonly fetchDest?: string
  readonly fetchSite?: string
  /** Whether the browser sent our cookies. */
  readonly cookies?: { readonly session: boolean; readonly browser: boolean }
  /** The session that the cookie names, proven or not. */
  readonly sessionId?: string
}

/** Where a page of a list that is told newest first goes on: after the row of this time and id. */
export interface Before {
  readonly at: Timestamp
  readonly id: string
}

/** How many of one check. */
export interface RefusalCount {
  readonly check: Check
  /** Kept, and only counted beside those. */
  readonly count: number
}

export interface RefusalStore {
  /** What is there already stays as it is. */
  insert(refusals: readonly Refusal[]): Promise<void>
  /** So many more like this one came. */
  addMore(id: string, count: number): Promise<void>
  /** Newest first. */
  findByErrorId(errorId: string): Promise<readonly Refusal[]>
  /** Oldest first. */
  ofFlow(flowId: string): Promise<readonly Refusal[]>
  find(id: string): Promise<Refusal | undefined>
  /** Newest first; `clientId` undefined: of whichever client, and so on. */
  list(page: {
    clientId: string | undefined
    check?: Check | undefined
    before?: Before | undefined
    limit: number
  }): Promise<readonly Refusal[]>
  /** Most first; of those since then only the `newest` are looked at. */
  countByCheck(since: Timestamp, newest: number): Promise<readonly RefusalCount[]>
}
