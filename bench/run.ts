/** `npm run bench`: Countersign and oidc-provider side by side, each operation in turns, every answer checked. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { BenchError } from './bench-error.ts'
import { type Browser, openBrowser } from './browser.ts'
import { makeClients } from './clients.ts'
import { allStarts, type Named, ownStarts } from './contestants.ts'
import type { StartedServer } from './countersign.ts'
import { measure, type Turn } from './measure.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import { type Footprint, footprintTable, type Measured, operationsTable } from './report.ts'
import { pinLoad } from './server-process.ts'
import { driveSignOns } from './sign-ons.ts'
import { findTarget, type Target } from './target.ts'

/** Beside the project and not in the system's temporary folder: that may be in memory, where a commit costs nothing. */
const DATA = fileURLToPath(new URL('./data', import.meta.url))

/** As many as keep oidc-provider's memory, which forgets all but the last thousand things or so, from losing one. */
const PEOPLE = 48

/** Milliseconds until a started server counts as idle. */
const SETTLING = 1500

interface Contestant extends StartedServer {
  readonly name: string
  readonly target: Target
  readonly starts: readonly { readonly firstAnswer: number; readonly idle: number }[]
  readonly browsers: readonly Browser[]
}

const clients = makeClients()
const people = Array.from({ length: PEOPLE }, (_, at) => ({
  username: `person-${at}`,
  password: `correct horse battery staple ${at}`,
}))

async function run(options: Options, folder: string): Promise<void> {
  const isPinned = pinLoad()
  console.log(machine(isPinned))
  const setup = (name: string) => ({ folder: join(folder, name), clients, people })
  const { groups, first } = options.stored > 0 ? await ownStarts(options, setup) : await allStarts(options, setup)
  const running = new Map<string, StartedServer>()
  try {
    const contestants = await startInTurns(groups.flat(), options, running)
    const measured = await measureInTurns(contestants, options)
    for (const group of groups) {
      const ofGroup = measured.filter(({ server }) => group.some(({ name }) => name === server))
      console.log(`\n${operationsTable(ofGroup, { first, isMarkdown: options.isMarkdown })}\n`)
    }
    const footprints: Footprint[] = []
    for (const contestant of contestants) footprints.push(await footprintOf(contestant, options))
    console.log(footprintTable(footprints, options.isMarkdown))
  } finally {
    await Promise.all([...running.values()].map((server) => server.stop()))
  }
}

const machine = (isPinned: boolean): string =>
  `${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node.js ${process.version}; ` +
  (isPinned ? 'the servers on one core, the load on another' : 'the servers and the load on any core')

/** Every server is started a few times, in turns; the last start of each is the one that is measured. */
async function startInTurns(
  servers: readonly Named[],
  { starts }: Options,
  running: Map<string, StartedServer>,
): Promise<readonly Contestant[]> {
  const seen = new Map(servers.map(({ name }) => [name, [] as { firstAnswer: number; idle: number }[]]))
  const contestants: Contestant[] = []
  for (let turn = 1; turn <= starts; turn++) {
    for (const { name, start } of servers) {
      const server = await start()
      running.set(name, server)
      await wait(SETTLING)
      const { firstAnswer } = server
      seen.get(name)?.push({ firstAnswer, idle: (await server.usage()).rss })
      if (turn < starts) await server.stop()
      else {
        const target = await findTarget(server.issuer)
        contestants.push({ ...server, name, target, starts: seen.get(name) ?? [], browsers: people.map(openBrowser) })
      }
    }
  }
  return contestants
}

/** A, B, C, A, B, C, …: what else the machine does meets all of them. The first round is for warming up. */
async function measureInTurns(
  contestants: readonly Contestant[],
  { rounds, seconds, operations }: Options,
): Promise<readonly Measured[]> {
  const results = operations.flatMap((operation) =>
    contestants.map((server) => ({ server, operation, turns: [] as Turn[] })),
  )
  for (let round = 0; round <= rounds; round++) {
    process.stderr.write(round === 0 ? 'warming up' : `, round ${round} of ${rounds}`)
    for (const { server, operation, turns } of results) {
      const turn = await measure(server, operation, { ...server, clients, seconds })
      if (round > 0) turns.push(turn)
    }
  }
  process.stderr.write('\n')
  return results.map(({ server, operation, turns }) => ({ server: server.name, operation: operation.title, turns }))
}

async function footprintOf(contestant: Contestant, { signOns }: Options): Promise<Footprint> {
  const { name, starts, usage } = contestant
  const after = (await usage()).rss
  const growth = signOns > 0 ? await driveSignOns(contestant, { ...contestant, clients }, signOns) : []
  return { server: name, starts, after, growth }
}

// A signal ends this process, and with it every server: each goes when its channel to this process closes.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130))

let folder: string | undefined
process.on('exit', () => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
})
try {
  const options = readOptions(process.argv.slice(2), process.env)
  if (options === undefined) console.log(USAGE)
  else {
    mkdirSync(DATA, { recursive: true })
    folder = mkdtempSync(join(DATA, 'run-'))
    await run(options, folder)
  }
} catch (error) {
  console.error(`\n${error instanceof BenchError ? error.message : error instanceof Error ? error.stack : error}`)
  console.error('The run is void.')
  process.exitCode = 1
}
