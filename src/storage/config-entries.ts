/** What of the configuration file is in force, remembered, and what goes with a client that is taken out of it. */
import type { Timestamp } from '../base/clock.ts'
import type { EntryKind, NamedEntry } from '../config/entry.ts'

/** Which entry it is, and where it stands; without what it says. */
export interface EntryState {
  readonly kind: EntryKind
  readonly id: string
  readonly digest: string
  /** Undefined: it is in the file. */
  readonly removedAt: Timestamp | undefined
  /** What it was granted before is still to be ended; undefined: nothing is. */
  readonly endsBefore: Timestamp | undefined
}

export interface ConfigEntry extends NamedEntry, EntryState {
  /** When it came into force as it is. */
  readonly since: Timestamp
}

/** A client whose grants end. */
export interface Ending {
  readonly clientId: string
  /** Those made earlier; undefined: all, for it is not in the file. */
  readonly before: Timestamp | undefined
}

/** `grants`: revoked. `consents`, `session_clients`: deleted. `deliveries`: those that wait are given up. */
export const ENDING_KINDS = ['grants', 'consents', 'session_clients', 'deliveries'] as const
export type EndingKind = (typeof ENDING_KINDS)[number]

export interface EndingStep {
  readonly kind: EndingKind
  readonly endings: readonly Ending[]
  /** Where the step before has stopped; the empty text at first. */
  readonly after: string
  /** Rows that are looked at. */
  readonly limit: number
  readonly now: Timestamp
}

export interface ConfigEntryStore {
  states(): Promise<readonly EntryState[]>
  find(kind: EntryKind, id: string): Promise<ConfigEntry | undefined>
  /**
   * It is in force from `since` on. Compare and set: true for exactly one caller. `from`: the digest that it had, undefined
   * when there was none. What is still to be ended of an earlier one stays so.
   */
  put(entry: NamedEntry & { digest: string; since: Timestamp }, from: string | undefined): Promise<boolean>
  /** It is not in the file any more, and what it was granted is to be ended. Compare and set. */
  remove(of: Pick<EntryState, 'kind' | 'id' | 'digest'>, now: Timestamp): Promise<boolean>
  /** Ends a part of what these clients had; safe to repeat. Undefined in place of `after`: that was the last part. */
  end(step: EndingStep): Promise<{ readonly ended: number; readonly after: string | undefined }>
  /** All of it is ended. What is not in the file is forgotten; false when it has been put, removed or forgotten since. */
  ended(of: Pick<EntryState, 'kind' | 'id' | 'endsBefore'>): Promise<boolean>
}
