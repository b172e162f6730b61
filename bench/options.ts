/** What `npm run bench -- …` can be told. */
import { parseArgs } from 'node:util'
import { BenchError } from './bench-error.ts'
import { OPERATIONS } from './operations.ts'

const ROUNDS = 5
const SECONDS = 0.5
const STARTS = 5
const MOST = 10_000_000

export const USAGE = `Usage: npm run bench [-- --rounds N] [--seconds S] [--only OPERATION]
                               [--starts N] [--sign-ons N] [--stored N] [--markdown]

  --rounds N         how many times every server has its turn, 1 to 50 (${ROUNDS}); one more before them is not counted
  --seconds S        how long a turn of one operation is measured, 0.1 to 30 (${SECONDS})
  --only OPERATION   this one alone; may be given several times:
                     ${OPERATIONS.map(({ name }) => name).join(', ')}
  --starts N         how often every server is started, 1 to 50 (${STARTS})
  --sign-ons N       afterwards drives so many sign-ons at every server, and tells how its memory grew
  --stored N         compares Countersign with itself instead: with nothing stored, and with N grants, N/4 sessions and
                     N/20 accounts
  --markdown         prints the tables as Markdown

COUNTERSIGN_BENCH_POSTGRESQL=postgresql://…  the URL of an empty database on this machine: measures Countersign there too
                                             (for --stored a second one beside it, of the same name and _stored)`

export interface Options {
  readonly rounds: number
  readonly seconds: number
  readonly operations: typeof OPERATIONS
  readonly starts: number
  /** 0: none. */
  readonly signOns: number
  /** 0: the comparison with oidc-provider. */
  readonly stored: number
  readonly isMarkdown: boolean
  readonly postgresql: string | undefined
}

/** Undefined when help was asked for. Throws a BenchError for what it cannot read. */
export function readOptions(args: string[], environment: NodeJS.ProcessEnv): Options | undefined {
  const values = parse(args)
  if (values.help) return undefined
  const only = values.only ?? OPERATIONS.map(({ name }) => name)
  const unknown = only.find((name) => !OPERATIONS.some((operation) => operation.name === name))
  if (unknown !== undefined) throw new BenchError(`There is no operation ${unknown}.\n\n${USAGE}`)
  return {
    rounds: whole(values.rounds, { from: 1, to: 50, byDefault: ROUNDS }),
    seconds: within(values.seconds, { from: 0.1, to: 30, byDefault: SECONDS }),
    operations: OPERATIONS.filter(({ name }) => only.includes(name)),
    starts: whole(values.starts, { from: 1, to: 50, byDefault: STARTS }),
    signOns: whole(values['sign-ons'], { from: 0, to: MOST, byDefault: 0 }),
    stored: whole(values.stored, { from: 0, to: MOST, byDefault: 0 }),
    isMarkdown: values.markdown ?? false,
    postgresql: environment['COUNTERSIGN_BENCH_POSTGRESQL'],
  }
}

function parse(args: string[]) {
  try {
    const text = { type: 'string' } as const
    const flag = { type: 'boolean' } as const
    const options = {
      rounds: text,
      seconds: text,
      only: { ...text, multiple: true },
      starts: text,
      'sign-ons': text,
      stored: text,
      markdown: flag,
      help: flag,
    } as const
    return parseArgs({ args, options }).values
  } catch (error) {
    throw new BenchError(`${error instanceof Error ? error.message : error}\n\n${USAGE}`)
  }
}

interface Limits {
  readonly from: number
  readonly to: number
  readonly byDefault: number
}

const whole = (text: string | undefined, limits: Limits): number => Math.floor(within(text, limits))

function within(text: string | undefined, limits: Limits): number {
  const value = text === undefined ? limits.byDefault : Number(text)
  if (!(value >= limits.from && value <= limits.to)) {
    throw new BenchError(`${text} is not between ${limits.from} and ${limits.to}.\n\n${USAGE}`)
  }
  return value
}
