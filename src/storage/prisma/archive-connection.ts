/** What a backup and a restore need of a database; archive-sqlite.ts and archive-postgresql.ts answer. */
import type { Row } from '../archive.ts'

/** Rows that are in memory at once. */
export const BATCH = 500

/** One connection and one transaction, for one snapshot or one restore. */
export interface ArchiveConnection {
  /** From here on everything is seen as of one moment, and nothing can be written. */
  beginReading(): Promise<void>
  /** From here on nobody else writes to these tables; reading goes on. */
  beginWriting(tables: readonly string[]): Promise<void>
  /** Empty when there is no such table. */
  columnsOf(table: string): Promise<readonly string[]>
  rowsOf(table: string, columns: readonly string[]): AsyncIterable<readonly Row[]>
  /** The rows of a question with few of them. */
  all(sql: string): Promise<readonly Row[]>
  /** Gives the number of rows that were changed. */
  run(sql: string): Promise<number>
  /** Into a table of `ADDED_TO`, rows that are there already are skipped. */
  insert(table: string, columns: readonly string[], rows: readonly Row[]): Promise<void>
  commit(): Promise<void>
  /** Never throws. */
  rollBack(): Promise<void>
  close(): Promise<void>
}

export const listed = (columns: readonly string[]): string => columns.map((name) => `"${name}"`).join(', ')

/** Those that a restore does not empty before: what was revoked, used or told here stays so, whatever the backup knows. */
export const ADDED_TO: readonly string[] = ['revoked_tokens', 'used_tokens', 'security_notices']
export const onConflict = (table: string): string => (ADDED_TO.includes(table) ? 'ON CONFLICT DO NOTHING' : '')
