/** Whether the database answers, soon, with the tables of this version and settings that forget nothing. */
import type { Clock } from '../../base/clock.ts'
import type { Storage } from '../../storage/storage.ts'
import { type Finding, fine, problem, warning } from './finding.ts'

const QUESTIONS = 9
/** In milliseconds. A sign-on asks some ten questions, one after the other. */
const SLOW = 20

type Asked = Pick<Storage, 'ping' | 'describe'>

/** @param storage or why it did not open, in words */
export async function checkDatabase(storage: Asked | string, steady: Clock): Promise<readonly Finding[]> {
  if (typeof storage === 'string') return [problem(storage, AWAY)]
  try {
    const facts = await storage.describe()
    const name = facts.kind === 'sqlite' ? 'SQLite' : 'PostgreSQL'
    return [
      ...latency(`${name} ${facts.version}`, await medianOf(storage, steady)),
      ...migrations(facts),
      ...facts.unsafeSettings.map((setting) =>
        problem(
          `the server runs with ${setting}`,
          'A power failure may lose sign-ons that were answered, or the whole database: turn it on in postgresql.conf.',
        ),
      ),
    ]
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'for no known reason'
    if (/_prisma_migrations/.test(reason)) {
      return [
        warning('the database has no tables of Countersign yet', 'The first start of countersign serve makes them.'),
      ]
    }
    const why = reason.replace(/^the database cannot be asked just now: /, '')
    return [problem(`the database does not answer: ${why.slice(0, 300)}`, AWAY)]
  }
}

const AWAY =
  'Until it answers Countersign answers 503. Look at whether it runs, and at database.url: file, or host, port, user and ' +
  'password. The first start of countersign serve makes a SQLite file.'

function latency(name: string, median: number): readonly Finding[] {
  const found = `${name} answers in ${median < 10 ? median.toFixed(1) : Math.round(median)} ms (median of ${QUESTIONS})`
  return median <= SLOW
    ? [fine(found)]
    : [warning(found, 'Every sign-on waits for several such answers: put it nearer, or look at what keeps it busy.')]
}

async function medianOf({ ping }: Asked, steady: Clock): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < QUESTIONS; i++) {
    const began = steady.now()
    await ping()
    times.push(steady.now() - began)
  }
  return times.sort((a, b) => a - b)[(QUESTIONS - 1) / 2] ?? 0
}

function migrations({
  missingMigrations: missing,
  unknownMigrations: unknown,
}: Awaited<ReturnType<Asked['describe']>>): readonly Finding[] {
  if (unknown.length > 0) {
    return [
      problem(
        `a newer Countersign has changed the database: this version does not know ${unknown.join(', ')}`,
        'This version refuses to start on it: use the newer one, or restore the backup from before.',
      ),
    ]
  }
  if (missing.length === 0) return [fine('every migration is applied')]
  return [
    warning(
      `migrations of this version are missing: ${missing.join(', ')}`,
      'The next start applies them. Back the database up before; and doctor looks at what it can until then.',
    ),
  ]
}
