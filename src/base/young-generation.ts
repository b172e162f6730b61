/** Keeps V8's young generation small: left alone it grows to 128 MiB under load and stays there, for nothing. */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** Where it costs no more CPU than 128 MiB do; half of it costs a fifth more (docs/performance.md). */
const ENOUGH = 32 * 1024 * 1024
const PAUSE = 100

/**
 * Lets the young generation grow to 32 MiB and no further, or to where it is. V8 takes its upper limit at the start of
 * the process alone, and asks how much to grow each time it grows; so this holds however the process was started. Whoever
 * set a size for it, on Node's command line or in NODE_OPTIONS, is obeyed.
 */
export function keepYoungGenerationSmall({ execArgv, env }: Pick<NodeJS.Process, 'execArgv' | 'env'>): void {
  if (/semi[-_]space/.test([...execArgv, env['NODE_OPTIONS']].join(' '))) return
  if (youngGeneration() >= ENOUGH) setFlagsFromString('--semi-space-growth-factor=1')
  else setTimeout(keepYoungGenerationSmall, PAUSE, { execArgv, env }).unref()
}

/** Both of its halves, in bytes. */
const youngGeneration = (): number =>
  getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0
