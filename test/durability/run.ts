/** `npm run proof`: the proofs of docs/durability.md in their long form, with a table at the end. */
import { parseArgs } from 'node:util'
import { proveCrashes } from './crashes.ts'
import { proveParallel } from './parallel.ts'
import { reportTable } from './report.ts'
import type { Report } from './site.ts'

const USAGE = `Usage: npm run proof [-- --kills N] [--minutes M] [--database sqlite|postgresql] [--processes N] [--workers N] [--seed S]

  --kills N         how many times something is killed, on each database (150)
  --minutes M       each database has two parts, one with crashes and one of two minutes without, in which the
                    processes meet each other; each part ends after this time, if that is sooner
  --database NAME   this one alone; otherwise SQLite, then PostgreSQL
  --processes N     Countersign processes on the one database (2)
  --workers N       starts each of them with \`serve --workers N\`
  --seed S          chooses the deeds and the moments; a new one each time, which is printed

Exit status 1 when anything that was acknowledged is gone, or anything single-use was used twice.`

type Database = 'sqlite' | 'postgresql'

interface Options {
  readonly kills: number
  readonly minutes: number | undefined
  readonly databases: readonly Database[]
  readonly processes: number
  readonly workers: number | undefined
  readonly seed: number
}

/** Undefined when help was asked for. */
function readOptions(args: string[]): Options | undefined {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args,
    options: {
      ...{ kills: text, minutes: text, database: text, processes: text, workers: text, seed: text },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return undefined
  return {
    kills: whole(values.kills, 150),
    minutes: values.minutes === undefined ? undefined : minutesOf(values.minutes),
    databases: readDatabases(values.database),
    processes: whole(values.processes, 2),
    workers: values.workers === undefined ? undefined : whole(values.workers, 1),
    seed: whole(values.seed, Date.now() % 1_000_000),
  }
}

function readDatabases(name: string | undefined): readonly Database[] {
  if (name === undefined) return ['sqlite', 'postgresql']
  if (name === 'sqlite' || name === 'postgresql') return [name]
  throw new Error(`There is no database ${name}.`)
}

function whole(text: string | undefined, byDefault: number): number {
  const value = text === undefined ? byDefault : Number(text)
  if (!Number.isInteger(value) || value < 0) throw new Error(`${text} is no whole number.`)
  return value
}

function minutesOf(text: string): number {
  if (!(Number(text) > 0)) throw new Error(`${text} is no number of minutes.`)
  return Number(text)
}

const MINUTE = 60_000
const PARALLEL_MINUTES = 2

/** Gives the exit status. */
async function main(options: Options): Promise<number> {
  const { kills, minutes, databases, processes, seed } = options
  console.log(`seed ${seed}`)
  const columns: [string, Report][] = []
  const progress = (line: string): void => void process.stderr.write(`\r\x1b[K${line}`)
  for (const database of databases) {
    const shared = { database, processes, seed, progress, ...(options.workers && { workers: options.workers }) }
    const crashes =
      kills > 0 && (await proveCrashes({ ...shared, kills, ...(minutes && { longest: minutes * MINUTE }) }))
    const parallel = await proveParallel({
      ...shared,
      longest: Math.min(minutes ?? PARALLEL_MINUTES, PARALLEL_MINUTES) * MINUTE,
    })
    if (crashes) columns.push([`${database}, crashes`, crashes])
    if (parallel) columns.push([`${database}, in parallel`, parallel])
    else console.log(`\nThere is no PostgreSQL server here, so nothing was shown of it.`)
  }
  process.stderr.write('\n')
  console.log(reportTable(columns))
  const violations = columns.flatMap(([name, report]) => report.violations.map((each) => `${name}: ${each}`))
  for (const violation of violations) console.error(violation)
  return violations.length > 0 || columns.length === 0 ? 1 : 0
}

// A signal ends this process, and with it every server, in its exit handlers.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130))

let options: Options | undefined
try {
  options = readOptions(process.argv.slice(2))
  if (options === undefined) console.log(USAGE)
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`)
  process.exitCode = 1
}
if (options !== undefined) process.exitCode = await main(options)
