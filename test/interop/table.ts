/** A line for each client: its name, its version, and what was seen at each step. */
import { type Sights, STEPS } from './visit.ts'

export type Outcome = { readonly sights: Sights } | { readonly notRun: string }

/** Of `npm run interop`; `isStrict`: that one could not run here is a failure. */
export function exitStatus(outcomes: readonly Outcome[], isStrict: boolean): number {
  const isGood = (outcome: Outcome): boolean => ('notRun' in outcome ? !isStrict : outcome.sights.failure === undefined)
  return outcomes.every(isGood) ? 0 : 1
}

const HEADER = ['client', 'version', ...STEPS]

/** Every column as wide as its widest cell; what is said instead of the steps may be of any width. */
export function table(outcomes: ReadonlyMap<string, Outcome>): string {
  const rows = [HEADER, ...[...outcomes].map(([name, outcome]) => cellsOf(name, outcome))]
  const widths = HEADER.map((_, column) =>
    Math.max(...rows.filter((row) => row.length > column + 1).map((row) => row[column]?.length ?? 0), 0),
  )
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function cellsOf(name: string, outcome: Outcome): readonly string[] {
  if ('notRun' in outcome) return [name, '-', `not run: ${outcome.notRun}`]
  const { version, seen, failure } = outcome.sights
  const done = STEPS.filter((step) => seen.has(step)).map((step) => seen.get(step) ?? '')
  return [name, version, ...done, ...(failure ? [`FAILED at ${failure.step}: ${firstLine(failure.error)}`] : [])]
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).trim().split('\n')[0] ?? ''
