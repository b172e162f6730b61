/** The tables: medians over the rounds, with the least and the most. */
import type { Turn } from './measure.ts'

export interface Measured {
  readonly server: string
  readonly operation: string
  readonly turns: readonly Turn[]
}

export interface Footprint {
  readonly server: string
  /** Of each start, in milliseconds and bytes. */
  readonly starts: readonly { readonly firstAnswer: number; readonly idle: number }[]
  /** Bytes, when everything was measured. */
  readonly after: number
  /** Bytes, after each tenth of the sign-ons; empty when none were asked for. */
  readonly growth: readonly number[]
}

type Row = readonly string[]

/** The first server is the one that the others are compared with. */
export function operationsTable(
  measured: readonly Measured[],
  { first, isMarkdown }: { first: string; isMarkdown: boolean },
): string {
  const head = ['operation', 'server', 'CPU µs', 'spread', 'per second', 'spread', 'p50 ms', 'p99 ms', `${first} is`]
  const compared = measured[0]?.server
  const rows = measured.map(({ server, operation, turns }) => {
    const ours = measured.find((other) => other.operation === operation && other.server === compared)
    const cpu = turns.map((turn) => turn.cpu)
    const throughput = turns.map((turn) => turn.throughput)
    // Round by round, since what disturbed one turn disturbed the next one too.
    const ratios = turns.map((turn, round) => (ours?.turns[round]?.cpu ?? 0) / turn.cpu)
    return [
      server === compared ? operation : '',
      server,
      whole(median(cpu)),
      spread(cpu),
      whole(median(throughput)),
      spread(throughput),
      median(turns.map((turn) => turn.p50)).toFixed(1),
      median(turns.map((turn) => turn.p99)).toFixed(1),
      server === compared ? '' : `${median(ratios).toFixed(2)} of it`,
    ]
  })
  return table([head, ...rows], isMarkdown)
}

export function footprintTable(footprints: readonly Footprint[], isMarkdown: boolean): string {
  const hasGrowth = footprints.some(({ growth }) => growth.length > 0)
  const head = ['server', 'first answer ms', 'spread', 'idle MiB', 'spread', 'afterwards MiB']
  const rows = footprints.map(({ server, starts, after, growth }) => {
    const answers = starts.map(({ firstAnswer }) => firstAnswer)
    const idle = starts.map((start) => mebibytes(start.idle))
    const row = [
      server,
      whole(median(answers)),
      spread(answers),
      whole(median(idle)),
      spread(idle),
      whole(mebibytes(after)),
    ]
    return hasGrowth ? [...row, growth.map((bytes) => whole(mebibytes(bytes))).join(' ')] : row
  })
  return table([hasGrowth ? [...head, 'after each tenth of the sign-ons MiB'] : head, ...rows], isMarkdown)
}

const mebibytes = (bytes: number): number => bytes / 1024 / 1024

function table(rows: readonly Row[], isMarkdown: boolean): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const isNumeric = (column: number): boolean =>
    rows.slice(1).every((row) => /^[\d.,–]*( of it)?$/.test(row[column] ?? ''))
  const lines = rows.map((row) =>
    row.map((cell, column) =>
      isNumeric(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
    ),
  )
  if (!isMarkdown) return lines.map((cells) => cells.join('  ').trimEnd()).join('\n')
  const rule = widths.map((width, column) => (isNumeric(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)))
  return [...lines.slice(0, 1), rule, ...lines.slice(1)].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

const whole = (value: number): string => Math.round(value).toLocaleString('en-US')
const spread = (values: readonly number[]): string => `${whole(Math.min(...values))}–${whole(Math.max(...values))}`

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low = 0, high = 0] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]]
  return (low + high) / 2
}
