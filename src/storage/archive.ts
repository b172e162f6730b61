/** Everything that is kept, as rows of any database: what `countersign backup` writes and `countersign restore` reads. */
import type { Timestamp } from '../base/clock.ts'

export type Value = string | number | null
export type Row = readonly Value[]

/** Where the rows that follow belong; or some of them, in the order of the columns. */
export type Piece =
  | { readonly table: string; readonly columns: readonly string[] }
  | { readonly table?: undefined; readonly rows: readonly Row[] }

export interface Archive {
  /** Everything as of one moment, while others go on reading and writing. */
  snapshot(): Promise<Snapshot>
  /**
   * Puts the rows of a backup in place of what is there, in one transaction: when it rejects, or `pieces` does, nothing
   * was changed. False, and nothing changed, when there already is something and `replace` is not set.
   */
  restore(pieces: AsyncIterable<Piece>, how: RestoreOptions): Promise<Restored | false>
  close(): Promise<void>
}

export interface Snapshot {
  /** The names of the migrations that shaped the database. */
  readonly migrations: readonly string[]
  /** Every table of ours, each followed by its rows; to be read to its end, once. */
  pieces(): AsyncIterable<Piece>
}

export interface RestoreOptions {
  readonly replace: boolean
  /** Also sessions, codes and refresh tokens, and as they were (docs/decisions/0010). */
  readonly exact: boolean
  readonly now: Timestamp
}

/** How many of each were kept from coming alive again. */
export interface Restored {
  readonly sessionsEnded: number
  readonly grantsRevoked: number
  /** User names of accounts that are disabled because they were, or were not there any more, before the restore. */
  readonly accountsDisabled: number
  readonly keysRevoked: number
}
