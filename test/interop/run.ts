/** `npm run interop`: independent clients in several languages against the built product, and a table of what they saw. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { InteropClient } from './client.ts'
import { CLIENTS } from './clients/index.ts'
import { exitStatus, type Outcome, table } from './table.ts'
import { interopWorld, type World } from './world.ts'

const ROOT = join(import.meta.dirname, '../..')

const USAGE = `Usage: npm run interop [-- --strict] [-- CLIENT…]

  CLIENT    these alone: ${CLIENTS.map(({ name }) => name).join(', ')}
  --strict  a client that cannot run on this machine is a failure, as it is when CI is set

Exit status 1 when a client failed. What the clients need is kept in .interop/.`

const isTrue = (value: string | undefined): boolean => value !== undefined && !['', '0', 'false'].includes(value)

interface Options {
  readonly clients: readonly InteropClient[]
  readonly isStrict: boolean
}

/** Undefined when help was asked for. */
function readOptions(args: string[]): Options | undefined {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { strict: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  })
  if (values.help) return undefined
  const unknown = positionals.filter((name) => CLIENTS.every((client) => client.name !== name))
  if (unknown.length > 0) throw new Error(`There is no client ${unknown.join(', ')}.\n\n${USAGE}`)
  return {
    clients: CLIENTS.filter(({ name }) => positionals.length === 0 || positionals.includes(name)),
    isStrict: values.strict === true || isTrue(process.env['CI']),
  }
}

function build(): string {
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: 'inherit' })
  if (status !== 0) throw new Error('Countersign could not be built.')
  return join(ROOT, 'dist/cli.js')
}

async function outcomeOf(client: InteropClient, world: World): Promise<Outcome> {
  try {
    return { sights: await client.visit(world) }
  } catch (error) {
    return { sights: { version: '?', seen: new Map(), failure: { step: 'start', error } } }
  }
}

/** Gives the exit status. */
async function main({ clients, isStrict }: Options): Promise<number> {
  const outcomes = new Map<string, Outcome>()
  // Before Countersign is started: what is to be installed may take minutes.
  for (const client of clients) {
    const notRun = client.unavailable?.()
    if (notRun !== undefined) outcomes.set(client.name, { notRun })
  }
  const world = await interopWorld(clients, build())
  try {
    for (const client of clients) {
      if (!outcomes.has(client.name)) outcomes.set(client.name, await outcomeOf(client, world))
    }
  } finally {
    await world.close()
  }
  return report(
    new Map(clients.map(({ name }) => [name, outcomes.get(name) ?? { notRun: 'it was forgotten' }])),
    isStrict,
  )
}

function report(outcomes: ReadonlyMap<string, Outcome>, isStrict: boolean): number {
  console.log(`\n${table(outcomes)}`)
  for (const [name, outcome] of outcomes) {
    if ('sights' in outcome && outcome.sights.failure) {
      const { step, error, log = '' } = outcome.sights.failure
      console.error(`\n${name}, ${step}:\n${error instanceof Error ? error.stack : error}`)
      if (log !== '') console.error(`What it wrote:\n${log.slice(-4000)}`)
    }
  }
  const status = exitStatus([...outcomes.values()], isStrict)
  if (status !== 0 && [...outcomes.values()].some((outcome) => 'notRun' in outcome) && isStrict) {
    console.error('\nEvery client must run here (CI is set, or --strict was given).')
  }
  return status
}

// Then everything that was started ends, too.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))

try {
  const options = readOptions(process.argv.slice(2))
  if (options === undefined) console.log(USAGE)
  else process.exitCode = await main(options)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
