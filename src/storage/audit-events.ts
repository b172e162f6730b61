/** What happened, kept as a chain: each event names the hash of the one before (docs/decisions/0020). */
import type { Timestamp } from '../base/clock.ts'

/** An event in its place. What its hash and its seal are made of is the business of audit/. */
export interface ChainedEvent {
  /** From 1 on, without gaps. */
  readonly number: number
  readonly at: Timestamp
  readonly kind: string
  /** For looking it up; the three are in `fields` again. */
  readonly accountId: string | undefined
  readonly clientId: string | undefined
  readonly flowId: string | undefined
  /** Canonical JSON: what the event says, who did it and from where. */
  readonly fields: string
  readonly previousHash: string
  readonly hash: string
  /** On the last event of each batch. */
  readonly seal: string | undefined
}

/** A place in the chain; number 0 is before its first event. */
export interface ChainPlace {
  readonly number: number
  readonly hash: string
  readonly seal: string
}

export interface AuditChain {
  /** The last event. */
  readonly head: ChainPlace
  /** The last event that was swept away. */
  readonly anchor: ChainPlace
}

export interface AuditFilter {
  /** From here on. */
  readonly since?: Timestamp | undefined
  /** Before this. */
  readonly until?: Timestamp | undefined
  readonly accountId?: string | undefined
  readonly clientId?: string | undefined
  readonly flowId?: string | undefined
  readonly kinds?: readonly string[] | undefined
}

export interface AuditPage extends Pick<AuditFilter, 'until' | 'kinds'> {
  readonly skip?: number
  readonly limit: number
}

export interface AuditEventStore {
  /** Undefined: nothing was ever written. */
  chain(): Promise<AuditChain | undefined>
  /**
   * Adds them after `from`, all of them or none. The last one has a seal. False when `from` is not the head any more:
   * another process was first. To what an empty chain begins with, `from` is number 0 without a hash.
   */
  append(events: readonly ChainedEvent[], from: Pick<ChainPlace, 'number' | 'hash'>): Promise<boolean>
  find(number: number): Promise<ChainedEvent | undefined>
  /** Oldest first, after the given number. */
  page(page: AuditFilter & { after: number; limit: number }): Promise<readonly ChainedEvent[]>
  /** Newest first. */
  newest(filter: AuditFilter, limit: number): Promise<readonly ChainedEvent[]>
  /** One account’s, the last ones first, by when they happened; `skip`: so many of the first are left out. */
  ofAccount(accountId: string, page: AuditPage): Promise<readonly ChainedEvent[]>
  /**
   * Lets go of everything up to `anchor`, and of nothing else. False when the chain no longer begins after `from`: another
   * process was first.
   */
  letGo(anchor: ChainPlace, from: Pick<ChainPlace, 'number'>): Promise<boolean>
}
