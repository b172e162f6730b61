/** Ends a test run that stands still, and says what it was waiting for: node:test has a limit for each test, none for what is left after the last one. */
import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

export interface StandStill {
  /** Grows with every event of the run. */
  readonly recordFile: string
  /** Where the runner writes its diagnostic report when it gets SIGUSR2. */
  readonly reportFile: string
  /** ms without an event; more than one test may take */
  readonly limit: number
}

/** Resolves with true once it had to end the run, and with false when `signal` says that it ended by itself. */
export async function endsStandStill(runner: ChildProcess, watch: StandStill, signal: AbortSignal): Promise<boolean> {
  const beginning = Date.now()
  while (Date.now() - lastEvent(watch.recordFile, beginning) < watch.limit) {
    if (await aborted(5000, signal)) return false
  }
  runner.kill('SIGUSR2')
  if (await aborted(5000, signal)) return false
  console.error(`\nThe run stands still: no test began or ended for ${watch.limit / 1000} s. The last ones:`)
  console.error(tail(watch.recordFile))
  console.error('What its process waits for:')
  for (const handle of openHandles(watch.reportFile)) console.error(`  ${handle}`)
  runner.kill('SIGKILL')
  return true
}

const aborted = (time: number, signal: AbortSignal): Promise<boolean> =>
  delay(time, false, { signal }).catch(() => true)

function lastEvent(path: string, beginning: number): number {
  return Math.max(beginning, statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0)
}

function tail(path: string): string {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : ['none']
  return lines.slice(-8).join('\n')
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
