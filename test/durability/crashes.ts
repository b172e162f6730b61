/** The proof with crashes: servers under load, kill -9 at random moments, and a look at everything after each. */
import { setTimeout as delay } from 'node:timers/promises'
import {
  type CountersignProcess,
  countersignInstallation,
  freePort,
  type Installation,
} from '../fixtures/countersign.ts'
import { type Checked, checkTouched } from './aftermath.ts'
import { type CrashingPostgresql, crashingPostgresql } from './crashing-postgresql.ts'
import { CALLBACK, INTROSPECTOR } from './deeds.ts'
import { type Account, newHistory, type Operation } from './history.ts'
import { judgeFamily, judgeSession } from './judge.ts'
import { type Load, startLoad } from './load.ts'
import { type Counts, newCounts, type Proof, type Server } from './proof.ts'
import { seeded } from './seeded.ts'

export interface CrashOptions {
  readonly database: 'sqlite' | 'postgresql'
  /** Countersign processes on the one database. */
  readonly processes: number
  /** `serve --workers N` for each, where it is given. */
  readonly workers?: number
  /** Ends after so many … */
  readonly kills: number
  /** … or when this time is over, in milliseconds. */
  readonly longest?: number
  readonly seed: number
  /** Settings of PostgreSQL: a weaker one must fail. */
  readonly settings?: Readonly<Record<string, string>>
  readonly progress?: (line: string) => void
}

export interface CrashReport {
  readonly kills: { processes: number; database: number; whileStarting: number }
  readonly counts: Counts
  readonly checked: Checked
  readonly judged: number
  readonly violations: readonly string[]
}

const ACTORS = 6
const PEOPLE = 8
/** Between two crashes, in milliseconds. */
const CALM = { from: 30, to: 500 }

const CLIENTS = [
  {
    client_id: 'spa',
    token_endpoint_auth_method: 'none',
    redirect_uris: [CALLBACK],
    grant_types: ['authorization_code', 'refresh_token'],
    scope: 'openid offline_access',
  },
  {
    client_id: INTROSPECTOR.id,
    client_secret: INTROSPECTOR.secret,
    grant_types: ['client_credentials'],
    scope: 'api',
    introspection: 'any',
  },
]

/** Long enough that nothing ends by itself, and that a retry after a restart still counts as one. */
const CONFIG = {
  lifetimes: { authorization_code: '10m', access_token: '12h', refresh_retry_window: '5m' },
  log: { level: 'error' },
}

/** Undefined when there is no PostgreSQL here. */
export async function proveCrashes(options: CrashOptions): Promise<CrashReport | undefined> {
  const database = options.database === 'postgresql' ? await crashingPostgresql(options.settings) : undefined
  if (options.database === 'postgresql' && database === undefined) return undefined
  const installation = await countersignInstallation({
    ...{ clients: CLIENTS, config: CONFIG },
    ...(database && { databaseUrl: database.url }),
  })
  try {
    return await crashAgainAndAgain(options, { installation, database })
  } finally {
    await installation.remove()
    await database?.stop()
  }
}

interface Machines {
  readonly installation: Installation
  readonly database: CrashingPostgresql | undefined
}

interface Site extends Machines {
  readonly proof: Proof
  readonly ports: readonly number[]
  readonly args: readonly string[]
  readonly running: (CountersignProcess | undefined)[]
  readonly kills: CrashReport['kills']
}

async function openSite(options: CrashOptions, machines: Machines): Promise<Site> {
  const { installation } = machines
  const ports = [installation.port]
  while (ports.length < options.processes) ports.push(await freePort())
  const proof: Proof = {
    ...{ history: newHistory(), random: seeded(options.seed), violations: new Set<string>(), counts: newCounts() },
    servers: ports.map((_, at): Server => ({ at, origin: undefined })),
    ...{ visits: [], holdings: [], touched: new Set<never>(), touchedVisits: new Set<never>() },
  }
  const args = options.workers === undefined ? [] : ['--workers', String(options.workers)]
  const kills = { processes: 0, database: 0, whileStarting: 0 }
  const site: Site = { ...machines, proof, ports, args, kills, running: ports.map(() => undefined) }
  await Promise.all(ports.map((_, at) => start(site, at)))
  return site
}

async function start(site: Site, at: number, killed?: AbortSignal): Promise<void> {
  const { installation, ports, args } = site
  const port = ports[at] ?? 0
  const started = await installation.start({ port, args, ...(killed && { killed }) })
  site.running[at] = started
  site.proof.servers[at]!.origin = started.origin
}

async function crashAgainAndAgain(options: CrashOptions, machines: Machines): Promise<CrashReport> {
  const site = await openSite(options, machines)
  const { proof, kills } = site
  const checked: Checked = { families: 0, sessions: 0, accounts: 0, replays: 0 }
  await addPeople(site)
  const load = startLoad(proof, ACTORS)
  const begun = performance.now()
  const isOver = (): boolean =>
    kills.processes + kills.database >= options.kills ||
    performance.now() - begun >= (options.longest ?? Number.POSITIVE_INFINITY)
  while (!isOver()) {
    await delay(proof.random.whole(CALM.from, CALM.to))
    const adding = proof.random.chance(0.3) ? addAccount(site) : undefined
    if (adding) await delay(proof.random.whole(0, 400))
    await crash(site)
    await check(site, load, { adding, checked })
    options.progress?.(progressOf(site, options))
  }
  await load.stop()
  await checkEnd(site, checked)
  return {
    ...{ kills, checked, counts: proof.counts, violations: [...proof.violations] },
    judged: proof.history.families.length,
  }
}

const progressOf = ({ kills, proof }: Site, options: CrashOptions): string =>
  `${options.database}: ${kills.processes + kills.database} of ${options.kills} kills, ` +
  `${proof.counts.codes} codes, ${proof.counts.refreshes} refreshes, ${proof.violations.size} violations`

/** One process, all of them, or the database server: and everything up again afterwards. */
async function crash(site: Site): Promise<void> {
  const { proof, database, kills, running } = site
  const { random } = proof
  const hitsDatabase = database !== undefined && random.chance(0.3)
  const victims = random.chance(0.2) ? running.map((_, at) => at) : [random.whole(0, running.length - 1)]
  const isAlone = hitsDatabase && random.chance(0.7)
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
  await delay(site.proof.random.whole(50, 600))
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

async function check(
  site: Site,
  load: Load,
  { adding, checked }: { adding: Promise<Account> | undefined; checked: Checked },
): Promise<void> {
  const { proof } = site
  await load.pause()
  const added = await adding
  proof.history.settle()
  const accounts = [added, proof.random.pick(proof.history.accounts)].filter((account) => account !== undefined)
  const now = await checkTouched(proof, accounts)
  for (const what of ['families', 'sessions', 'accounts', 'replays'] as const) checked[what] += now[what]
  if (proof.random.chance(0.1)) await disableOne(site)
  load.resume()
}

/** Everything once more: also what has rested for many crashes. */
async function checkEnd({ proof }: Site, checked: Checked): Promise<void> {
  proof.history.settle()
  for (const holding of proof.holdings) proof.touched.add(holding)
  for (const visit of proof.visits) proof.touchedVisits.add(visit)
  const now = await checkTouched(proof, proof.history.accounts)
  for (const what of ['families', 'sessions', 'accounts', 'replays'] as const) checked[what] += now[what]
  for (const family of proof.history.families) for (const fault of judgeFamily(family)) proof.violations.add(fault)
  for (const session of proof.history.sessions) for (const fault of judgeSession(session)) proof.violations.add(fault)
}

let names = 0

const newAccount = (username: string, added: Operation): Account => ({
  ...{ username, password: `the password of ${username} 4711`, added },
  ...{ disabled: [], signIns: [], consents: [], asked: [] },
})

async function addPeople({ proof, installation }: Site): Promise<void> {
  const people = Array.from({ length: PEOPLE }, () => newAccount(`person-${names++}`, proof.history.begin(0)))
  await installation.addAccounts(...people.map(({ username, password }) => ({ username, password })))
  for (const { added } of people) Object.assign(added, { outcome: 'done', answered: proof.history.now() })
  proof.history.accounts.push(...people)
  proof.counts.accounts += people.length
}

/** `countersign account add`: a process of its own, which may meet a crash of the database as well. */
async function addAccount({ proof, installation }: Site): Promise<Account> {
  const username = `person-${names++}`
  const added = proof.history.begin(0)
  const account = newAccount(username, added)
  const { status } = await installation.run(['account', 'add', username], { input: `${account.password}\n` })
  if (status === 0) {
    Object.assign(added, { outcome: 'done', answered: proof.history.now() })
    proof.counts.accounts++
  }
  proof.history.accounts.push(account)
  return account
}

async function disableOne({ proof, installation }: Site): Promise<void> {
  const account = proof.random.pick(proof.history.accounts.slice(PEOPLE))
  if (account === undefined) return
  const disabled = proof.history.begin(0)
  account.disabled.push(disabled)
  const { status } = await installation.run(['account', 'disable', account.username])
  if (status === 0) Object.assign(disabled, { outcome: 'done', answered: proof.history.now() })
}
