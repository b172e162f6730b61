/**
 * Ends a test run that stands still. node:test has a limit for each test, and none for itself: now and then it goes on
 * waiting when every test has ended.
 */
import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { LINES } from './record-reporter.ts'

export interface StandStill {
  /** Grows with every event of the run: what record-reporter.ts writes. */
  readonly recordFile: string
  /** Where the runner writes its diagnostic report when it gets SIGUSR2. */
  readonly reportFile: string
  /** ms without an event; more than one test may take */
  readonly limit: number
  /** The same, once every test that was to run has ended. */
  readonly limitAtTheEnd: number
}

/** `ended`: the run ended by itself. `all_ended`: every test did, and the runner had to be. `stuck`: a test did not end. */
export type Ending = 'ended' | 'all_ended' | 'stuck'

/** Resolves once it had to end the run, or when `signal` says that it ended by itself. */
export async function endsStandStill(runner: ChildProcess, watch: StandStill, signal: AbortSignal): Promise<Ending> {
  const beginning = Date.now()
  for (;;) {
    if (await aborted(5000, signal)) return 'ended'
    const quiet = Date.now() - Math.max(beginning, lastEvent(watch.recordFile))
    if (quiet > watch.limitAtTheEnd && haveAllEnded(watch.recordFile)) {
      runner.kill('SIGKILL')
      return 'all_ended'
    }
    if (quiet > watch.limit) break
  }
  runner.kill('SIGUSR2')
  if (await aborted(5000, signal)) return 'ended'
  console.error(`\nThe run stands still: no test began or ended for ${watch.limit / 1000} s. The last ones:`)
  console.error(linesOf(watch.recordFile).slice(-8).join('\n'))
  console.error('What its process waits for:')
  for (const handle of openHandles(watch.reportFile)) console.error(`  ${handle}`)
  runner.kill('SIGKILL')
  return 'stuck'
}

const aborted = (time: number, signal: AbortSignal): Promise<boolean> =>
  delay(time, false, { signal }).catch(() => true)

const lastEvent = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0

const linesOf = (path: string): readonly string[] =>
  existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : []

function haveAllEnded(path: string): boolean {
  const lines = linesOf(path)
  const count = (beginning: string): number => lines.filter((line) => line.startsWith(beginning)).length
  return count(LINES.waits) > 0 && count(LINES.waits) === count(LINES.ends)
}

interface Handle {
  readonly type: string
  readonly is_active: boolean
  readonly is_referenced?: boolean
  readonly [more: string]: unknown
}

function openHandles(path: string): readonly string[] {
  try {
    const { libuv } = JSON.parse(readFileSync(path, 'utf8')) as { libuv: readonly Handle[] }
    return libuv.filter(({ is_active, is_referenced }) => is_active && is_referenced).map((one) => JSON.stringify(one))
  } catch {
    return ['unknown: it did not answer SIGUSR2, so it never comes to rest']
  }
}
