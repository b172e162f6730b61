/** The proof without crashes: several processes on one database, many requests for the same things at the same time. */
import { setTimeout as delay } from 'node:timers/promises'
import { startLoad } from './load.ts'
import { sawEnough } from './proof.ts'
import { atSite, check, disableOne, type Report, type Site, type SiteOptions } from './site.ts'

export interface ParallelOptions extends SiteOptions {
  /** In milliseconds; ten times that where a slow machine has shown too little. */
  readonly longest: number
  /** Whether the keys are rotated meanwhile. */
  readonly rotates?: boolean
  readonly progress?: (line: string) => void
}

/** Twice the time within which a process learns of a key that another one made. */
const BETWEEN_ROTATIONS = 150_000
/** Between two looks at everything. */
const ROUND = 5000

/** Undefined when there is no PostgreSQL here. */
export const proveParallel = (options: ParallelOptions): Promise<Report | undefined> =>
  atSite(options, async (site) => ({ rotations: await meetEachOther(site, options) }))

async function meetEachOther(site: Site, options: ParallelOptions): Promise<number> {
  const { proof } = site
  const load = startLoad(proof, { actors: 10, families: 6, togetherness: 0.6 })
  const begun = performance.now()
  const passed = (): number => performance.now() - begun
  let rotations = 0
  let nextRotation = (options.rotates ?? true) ? 0 : Number.POSITIVE_INFINITY
  while (passed() < options.longest || (!sawEnough(proof.counts) && passed() < 10 * options.longest)) {
    const round = delay(Math.min(ROUND, options.longest / 3))
    if (passed() >= nextRotation) {
      await rotateKeys(site)
      rotations++
      nextRotation = passed() + BETWEEN_ROTATIONS
    }
    await round
    await load.pause()
    await check(site, [])
    if (proof.random.chance(0.2)) await disableOne(site)
    load.resume()
    const { codes, refreshes } = proof.counts
    options.progress?.(
      `${options.database}: ${Math.round(passed() / 1000)} s, ${codes} codes, ${refreshes} refreshes, ` +
        `${proof.violations.size} violations`,
    )
  }
  await load.stop()
  return rotations
}

/** Under way: every token must verify with every process’s keys all the same. */
async function rotateKeys({ installation, proof }: Site): Promise<void> {
  const { status, stderr } = await installation.run(['keys', 'rotate', '--now'])
  if (status !== 0) proof.violations.add(`the keys were not rotated: ${stderr}`)
}
