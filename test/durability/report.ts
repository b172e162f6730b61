/** What came out of a proof, as a table. */
import type { Report } from './site.ts'

type Row = readonly [string, (report: Report) => number]

const ROWS: readonly Row[] = [
  ['kill -9 of a Countersign process', ({ kills }) => kills.processes],
  ['of these, again while it started', ({ kills }) => kills.whileStarting],
  ['crash of the database server', ({ kills }) => kills.database],
  ['rotation of the keys', ({ rotations }) => rotations],
  ['acknowledged accounts', ({ counts }) => counts.accounts],
  ['acknowledged sign-ins', ({ counts }) => counts.signIns],
  ['acknowledged consents', ({ counts }) => counts.consents],
  ['acknowledged codes', ({ counts }) => counts.codes],
  ['acknowledged redemptions', ({ counts }) => counts.redemptions],
  ['acknowledged refreshes', ({ counts }) => counts.refreshes],
  ['acknowledged revocations', ({ counts }) => counts.revocations],
  ['acknowledged sign-outs', ({ counts }) => counts.signOuts],
  ['userinfo and introspection: good', ({ counts }) => counts.uses],
  ['tokens verified with a key set', ({ counts }) => counts.keyChecks],
  ['not answered', ({ counts }) => counts.unanswered],
  ['looked at after a crash: families', ({ checked }) => checked.families],
  ['  sessions', ({ checked }) => checked.sessions],
  ['  accounts', ({ checked }) => checked.accounts],
  ['  replays of what was used', ({ checked }) => checked.replays],
  ['families judged at the end', ({ judged }) => judged],
  ['violations', ({ violations }) => violations.length],
]

/** Markdown. */
export function reportTable(columns: readonly (readonly [string, Report])[]): string {
  const header = ['', ...columns.map(([name]) => name)]
  const rows = ROWS.map(([title, value]) => [
    title,
    ...columns.map(([, report]) => value(report).toLocaleString('en-US')),
  ])
  const widths = header.map((_, at) => Math.max(...[header, ...rows].map((row) => row[at]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join(' | ')} |`
  const rule = `| ${widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  return [line(header), rule, ...rows.map(line)].join('\n')
}
