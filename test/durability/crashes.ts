/** The proof with crashes: servers under load, kill -9 at random moments, and a look at everything after each. */
import { setTimeout as delay } from 'node:timers/promises'
import { startLoad } from './load.ts'
import { sawEnough } from './proof.ts'
import { addAccount, atSite, check, disableOne, type Report, type Site, type SiteOptions, start } from './site.ts'

export interface CrashOptions extends SiteOptions {
  /** Ends after so many, or as it takes for enough to be seen … */
  readonly kills: number
  /** … or when this time is over, in milliseconds; ten times that where a slow machine has shown too little. */
  readonly longest?: number
  /** Otherwise processes, too. */
  readonly victims?: 'database'
  readonly progress?: (line: string) => void
}

/** Between two crashes, in milliseconds. */
const CALM = { from: 30, to: 500 }

/** Undefined when there is no PostgreSQL here. */
export const proveCrashes = (options: CrashOptions): Promise<Report | undefined> =>
  atSite(options, async (site) => {
    await crashAgainAndAgain(site, options)
    return { rotations: 0 }
  })

async function crashAgainAndAgain(site: Site, options: CrashOptions): Promise<void> {
  const { proof, kills, moments } = site
  const load = startLoad(proof, { actors: 6, families: 40, togetherness: 0.2 })
  const begun = performance.now()
  const longest = options.longest ?? Number.POSITIVE_INFINITY
  const isOver = (): boolean => {
    const passed = performance.now() - begun
    if (!sawEnough(proof.counts)) return passed >= 10 * longest
    return kills.processes + kills.database >= options.kills || passed >= longest
  }
  while (!isOver()) {
    await delay(moments.whole(CALM.from, CALM.to))
    const isAdding = moments.chance(0.2)
    const adding = isAdding ? addAccount(site) : undefined
    await delay(isAdding ? moments.whole(0, 400) : 0)
    await crash(site, options.victims)
    await load.pause()
    const added = await adding
    const somebody = moments.pick(proof.history.accounts)
    await check(
      site,
      [added, somebody].filter((account) => account !== undefined),
    )
    if (moments.chance(0.05)) await disableOne(site)
    load.resume()
    options.progress?.(progressOf(site, options))
  }
  await load.stop()
}

const progressOf = ({ kills, proof }: Site, { database, kills: all }: CrashOptions): string =>
  `${database}: ${kills.processes + kills.database} of ${all} kills, ` +
  `${proof.counts.codes} codes, ${proof.counts.refreshes} refreshes, ${proof.violations.size} violations`

/** One process, all of them, or the database server: and everything up again afterwards. */
async function crash(site: Site, only: CrashOptions['victims']): Promise<void> {
  const { proof, database, kills, running, moments: random } = site
  const hitsDatabase = database !== undefined && (only === 'database' || random.chance(0.3))
  const victims = random.chance(0.2) ? running.map((_, at) => at) : [random.whole(0, running.length - 1)]
  const isAlone = hitsDatabase && (only === 'database' || random.chance(0.7))
  const crashing = hitsDatabase ? database.crash(random.chance(0.5) ? 'SIGKILL' : 'SIGQUIT') : undefined
  if (hitsDatabase) kills.database++
  if (!isAlone) await Promise.all(victims.map((at) => kill(site, at)))
  await crashing
  for (const at of isAlone ? [] : victims) {
    // Being killed while it starts is a moment like any other.
    if (random.chance(0.1)) await killWhileStarting(site, at)
    await start(site, at)
  }
  if (hitsDatabase) await Promise.all(proof.servers.map(({ origin }) => isReadyAgain(origin ?? '')))
}

async function kill(site: Site, at: number): Promise<void> {
  site.kills.processes++
  site.proof.servers[at]!.origin = undefined
  await site.running[at]?.kill()
}

async function killWhileStarting(site: Site, at: number): Promise<void> {
  const killed = new AbortController()
  const starting = start(site, at, killed.signal).catch(() => {})
  await delay(site.moments.whole(50, 600))
  killed.abort()
  await starting
  site.kills.whileStarting++
  // It may have been ready already.
  site.proof.servers[at]!.origin = undefined
}

async function isReadyAgain(origin: string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    const response = await fetch(`${origin}/readyz`).catch(() => undefined)
    await response?.text()
    if (response?.status === 200) return
    await delay(50)
  }
  throw new Error(`${origin} did not come back within 30 seconds`)
}
