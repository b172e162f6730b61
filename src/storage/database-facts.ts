/** What an operator wants to know of the database itself. */
import type { Timestamp } from '../base/clock.ts'

export interface DatabaseFacts {
  readonly kind: 'sqlite' | 'postgresql'
  /** Of the database. */
  readonly version: string
  /** By the server's clock; undefined where it runs in this process. */
  readonly time: Timestamp | undefined
  /** What this version knows and the database has not, and the other way round. */
  readonly missingMigrations: readonly string[]
  readonly unknownMigrations: readonly string[]
  /** Settings with which it forgets what it has answered when the power fails. */
  readonly unsafeSettings: readonly string[]
}
