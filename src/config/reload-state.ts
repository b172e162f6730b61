/** What became of changes to the configuration's files while a process ran. */
import type { Timestamp } from '../base/clock.ts'
import type { Fault } from './fault.ts'

/** `refused`: the files have faults, or need a restart. `failed`: it was not their fault. */
export type ReloadOutcome = 'applied' | 'unchanged' | 'refused' | 'failed'

export interface ReloadState {
  /** Of the configuration in force. */
  readonly revision: string
  /** When it came in force. */
  readonly since: Timestamp
  /** When the process began to follow its files. */
  readonly startedAt: Timestamp
  /** The last try, if there was one. */
  readonly last:
    | {
        readonly outcome: ReloadOutcome
        readonly at: Timestamp
        readonly faults: readonly Fault[]
        /** The keys of the file for which it was refused though it has no faults. */
        readonly needsRestart: readonly string[]
      }
    | undefined
  /** Of each outcome, since the start. */
  readonly counts: Readonly<Record<ReloadOutcome, number>>
}
