/** Where a proof takes place: the database, the processes on it, the people, and what came out so far. */
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
import { type Counts, newCounts, type Proof, type Server } from './proof.ts'
import { type Seeded, seeded } from './seeded.ts'

export interface SiteOptions {
  readonly database: 'sqlite' | 'postgresql'
  /** Countersign processes on the one database. */
  readonly processes: number
  /** `serve --workers N` for each, where it is given. */
  readonly workers?: number
  readonly seed: number
  /** Settings of PostgreSQL. */
  readonly settings?: Readonly<Record<string, string>>
  /** More of the environment of each process: what weakens them must fail. */
  readonly environment?: Readonly<Record<string, string>>
}

export interface Report {
  readonly kills: Kills
  readonly rotations: number
  readonly counts: Counts
  readonly checked: Checked
  /** Families whose whole history was judged. */
  readonly judged: number
  readonly violations: readonly string[]
}

export interface Kills {
  processes: number
  database: number
  whileStarting: number
}

const PEOPLE = 8

export const CLIENTS = [
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
  // Many sign in at once, all of them from here.
  throttling: { exempt_networks: ['127.0.0.0/8'] },
}

export interface Site {
  /** Chooses the crashes; the load has its own, so that what it does moves none of them. */
  readonly moments: Seeded
  readonly installation: Installation
  readonly database: CrashingPostgresql | undefined
  readonly proof: Proof
  readonly ports: readonly number[]
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly running: (CountersignProcess | undefined)[]
  readonly kills: Kills
  readonly checked: Checked
}

/** Starts everything, runs the body, takes everything away. Undefined when there is no PostgreSQL here. */
export async function atSite(
  options: SiteOptions,
  body: (site: Site) => Promise<{ rotations: number }>,
): Promise<Report | undefined> {
  const database = options.database === 'postgresql' ? await crashingPostgresql(options.settings) : undefined
  if (options.database === 'postgresql' && database === undefined) return undefined
  const installation = await countersignInstallation({
    ...{ clients: CLIENTS, config: CONFIG },
    ...(database && { databaseUrl: database.url }),
  })
  try {
    const site = await openSite(options, { installation, database })
    const { rotations } = await body(site)
    await checkEverything(site)
    const { proof, kills, checked } = site
    return {
      ...{ kills, checked, rotations, counts: proof.counts, violations: [...proof.violations] },
      judged: proof.history.families.length,
    }
  } finally {
    await installation.remove()
    await database?.stop()
  }
}

async function openSite(options: SiteOptions, machines: Pick<Site, 'installation' | 'database'>): Promise<Site> {
  const ports = [machines.installation.port]
  while (ports.length < options.processes) ports.push(await freePort())
  const proof: Proof = {
    ...{ history: newHistory(), random: seeded(options.seed), violations: new Set<string>(), counts: newCounts() },
    servers: ports.map((_, at): Server => ({ at, origin: undefined })),
    ...{ visits: [], holdings: [], touched: new Set<never>(), touchedVisits: new Set<never>() },
  }
  const site: Site = {
    ...{ ...machines, proof, ports, running: ports.map(() => undefined) },
    args: options.workers === undefined ? [] : ['--workers', String(options.workers)],
    environment: options.environment ?? {},
    moments: seeded(options.seed + 1),
    kills: { processes: 0, database: 0, whileStarting: 0 },
    checked: { families: 0, sessions: 0, accounts: 0, replays: 0 },
  }
  await Promise.all(ports.map((_, at) => start(site, at)))
  await addPeople(site)
  return site
}

export async function start(site: Site, at: number, killed?: AbortSignal): Promise<void> {
  const { installation, ports, args, environment } = site
  const port = ports[at] ?? 0
  const started = await installation.start({ port, args, environment, ...(killed && { killed }) })
  site.running[at] = started
  site.proof.servers[at]!.origin = started.origin
}

/** While nothing else happens: asks about all that was touched, and judges it. */
export async function check({ proof, checked }: Site, accounts: readonly Account[]): Promise<void> {
  proof.history.settle()
  const now = await checkTouched(proof, accounts)
  for (const what of ['families', 'sessions', 'accounts', 'replays'] as const) checked[what] += now[what]
}

/** Everything once more: also what has rested for many crashes. */
async function checkEverything(site: Site): Promise<void> {
  const { proof } = site
  for (const holding of proof.holdings) proof.touched.add(holding)
  for (const visit of proof.visits) proof.touchedVisits.add(visit)
  await check(site, proof.history.accounts)
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
export async function addAccount({ proof, installation }: Site): Promise<Account> {
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

export async function disableOne({ proof, installation }: Site): Promise<void> {
  const account = proof.random.pick(proof.history.accounts.slice(PEOPLE))
  if (account === undefined) return
  const disabled = proof.history.begin(0)
  account.disabled.push(disabled)
  const { status } = await installation.run(['account', 'disable', account.username])
  if (status === 0) Object.assign(disabled, { outcome: 'done', answered: proof.history.now() })
}
