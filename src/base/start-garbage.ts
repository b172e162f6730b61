/** Gives back what a start leaves behind: V8 keeps it until it needs room, which an idle process never does. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Duration, SECOND } from './duration.ts'

/** By then the first answer is out, and what a start does behind it is done. */
const SETTLED: Duration = 1 * SECOND

type Collect = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void

/** Collects once, a second from now: 60 ms for 20 MiB (docs/performance.md). Where V8 has no such call, nothing happens. */
export function collectStartGarbage(): void {
  setTimeout(() => collector()?.({ type: 'major', execution: 'sync', flavor: 'last-resort' }), SETTLED).unref()
}

/** V8 gives it to contexts that are made while the flag is set; nobody else gets it. */
function collector(): Collect | undefined {
  setFlagsFromString('--expose-gc')
  const found: unknown = runInNewContext('globalThis.gc')
  setFlagsFromString('--no-expose-gc')
  return typeof found === 'function' ? (found as Collect) : undefined
}
