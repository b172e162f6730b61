/** `countersign plan`: what a changed configuration will do, before it is in force. */
import { parseArgs } from 'node:util'
import type { Duration } from '../base/duration.ts'
import type { Config } from '../config/config.ts'
import { entriesOf, type NamedEntry } from '../config/entry.ts'
import { loadConfig } from '../config/load.ts'
import { rotationPolicy } from '../keys/rotation-policy.ts'
import { factsOf, NOTHING_STORED, usesSince } from '../plan/facts.ts'
import { planChanges } from '../plan/plan-changes.ts'
import { durationOf } from '../plan/rule.ts'
import type { InForce, InForceReader } from '../storage/in-force.ts'
import { type Command, CommandError, type Terminal } from './command.ts'
import { CONFIG_OPTION_USAGE, configPath, describeFaults, loadConfigOrFail } from './config.ts'
import { databaseNameOf, openInForceOf } from './open.ts'
import { planJson } from './plan/json.ts'
import { type Compared, isKnown, planText } from './plan/text.ts'

const USAGE = `countersign plan [--config FILE] [--running FILE] [--json]

Says what will happen when the configuration comes into force: which clients, APIs and settings come, go or
change; how many grants and refresh tokens end with it; how often a redirect URI that goes was used in the
last 30 days; whether there is a key for what will be signed in another way. It compares with what is in force, which the
database remembers; no server need run, and nothing is changed.

The exit status is 0 when nothing changes or all of it is harmless, 2 when something ends or breaks, and 1
when the file is faulty or it can't be told, as before the first start, when nothing was ever in force.

${CONFIG_OPTION_USAGE}
  --running FILE compare with this file, and ask its database: for a change of the database itself
  --json         for machines (docs/plan.md)
`

/** `open` is given by tests. */
export function planCommand(open: (database: Config['database']) => Promise<InForceReader | undefined>): Command {
  return {
    name: 'plan',
    summary: 'Say what a changed configuration will end, break or add',
    usage: USAGE,
    async run(args, terminal) {
      const words = readWords(args)
      const path = configPath(words.config, terminal)
      const loaded = loadConfig(path, { env: terminal.env })
      if ('faults' in loaded) {
        terminal.stderr.write(`${describeFaults(path, loaded)}\n`)
        return 1
      }
      const running = words.running === undefined ? undefined : loadConfigOrFail(words.running, terminal)
      const reader = await open((running ?? loaded.config).database)
      try {
        return await show({ path, config: loaded.config, running, reader, isJson: words.json ?? false }, terminal)
      } finally {
        await reader?.close()
      }
    },
  }
}

export const plan: Command = planCommand(openInForceOf)

/** Not as wrong usage: that has the exit status of a plan that ends something. */
function readWords(args: readonly string[]) {
  try {
    const options = {
      config: { type: 'string' },
      running: { type: 'string' },
      json: { type: 'boolean' },
    } as const
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('. ')[0] ?? '') : 'wrong options'
    throw new CommandError(`${reason} (countersign help plan)`)
  }
}

interface Asked {
  readonly path: string
  readonly config: Config
  readonly running: Config | undefined
  /** Undefined: there is no database. */
  readonly reader: InForceReader | undefined
  readonly isJson: boolean
}

/** Prints the plan; gives the exit status. */
async function show({ path, config, running, reader, isJson }: Asked, { stdout, clock }: Terminal): Promise<number> {
  const now = clock.now()
  const inForce = reader === undefined ? NOTHING_STORED : await reader.read({ now, usesSince: usesSince(now) })
  const compared = comparedWith(inForce, { config, running, hasDatabase: reader !== undefined })
  const before =
    running === undefined ? inForce.entries.filter(({ removedAt }) => removedAt === undefined) : entriesOf(running)
  const facts = factsOf(inForce, { now, publishedFor: publishedFor(config, before) })
  const planned = planChanges(before, entriesOf(config), facts)
  stdout.write(isJson ? planJson(planned, compared, facts) : planText(planned, { path, compared, facts }))
  if (planned.weight === 'ends' || planned.weight === 'breaks') return 2
  return isKnown(compared) ? 0 : 1
}

/** Who fetched the key set before the change holds it for as long as it said then. */
function publishedFor(config: Config, before: readonly NamedEntry[]): Duration {
  const { entry = {} } = before.find(({ kind }) => kind === 'installation') ?? {}
  const jwksMaxAge = Math.max(config.keys.jwksMaxAge, durationOf(entry['keys.jwks_max_age']))
  return rotationPolicy({ ...config, keys: { ...config.keys, jwksMaxAge } }).publishBeforeEarlyUse
}

function comparedWith(
  { entries }: InForce,
  { config, running, hasDatabase }: Pick<Asked, 'config' | 'running'> & { hasDatabase: boolean },
): Compared {
  const database = databaseNameOf(running ?? config)
  if (running !== undefined) return { with: 'file', since: undefined, database, hasDatabase }
  if (entries.length === 0) return { with: 'nothing', since: undefined, database, hasDatabase }
  return { with: 'database', since: Math.max(...entries.map(({ since }) => since)), database, hasDatabase }
}
