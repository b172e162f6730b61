/** Rows of text as lines of equal columns, for people at a terminal. */
import type { Timestamp } from '../base/clock.ts'
import { isoSeconds } from '../protocol/shown-time.ts'

/** Each row is one line; the cells of a column are as wide as the widest of them. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(printable))
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')
  return cells.map((row) => `${line(row).trimEnd()}\n`).join('')
}

/** ISO 8601 in whole seconds, UTC; `-` for undefined. */
export const toIso = (at: Timestamp | undefined): string => (at === undefined ? '-' : isoSeconds(at))

/** What is stored must not steer the terminal, whoever wrote it into the database. */
export const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD')
