/** `countersign export`: everything that the database holds, as lines of JSON that people and other programs can read. */
import { parseArgs } from 'node:util'
import { type Command, UsageError } from './command.ts'
import { CONFIG_OPTION, CONFIG_OPTION_USAGE } from './config.ts'
import { writeNewFile } from './export/new-file.ts'
import { recordsOf } from './export/records.ts'
import { openArchiveAt } from './open.ts'

const USAGE = `countersign export FILE [--with-secrets] [--config FILE]

Writes everything that the database holds as of one moment to a new file, readable by its owner alone, one JSON object
in each line, while Countersign may be running; - is standard output. "kind" says what a line is: account, consent,
registered_client, session, grant, signing_key, … (docs/moving/README.md), "type" what kind of it. Clients of the configuration file are in that
file. The last line has the counts: without it the file is not whole.

--with-secrets  also password hashes, hashes of client secrets, and the signing keys as they are sealed

countersign account import reads the lines of accounts. For coming back to Countersign itself: countersign backup.

${CONFIG_OPTION_USAGE}
`

const OPTIONS = { ...CONFIG_OPTION, 'with-secrets': { type: 'boolean' } } as const

export const exportAll: Command = {
  name: 'export',
  summary: 'Write everything that the database holds as readable JSON',
  usage: USAGE,
  async run(args, terminal) {
    const { config, path, withSecrets } = readWords(args)
    const { archive } = await openArchiveAt(config, terminal)
    try {
      const counts: Record<string, number> = {}
      const { migrations, pieces } = await archive.snapshot()
      const head: Head = { kind: 'export', at: new Date(terminal.clock.now()).toISOString(), migrations, withSecrets }
      await writeNewFile(path, linesOf(head, recordsOf(pieces(), withSecrets), counts), terminal)
      terminal.stderr.write(`${report(path, counts, withSecrets)}\n`)
      return 0
    } finally {
      await archive.close()
    }
  },
}

function readWords(args: readonly string[]): { config: string | undefined; path: string; withSecrets: boolean } {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
    const [path, ...more] = positionals
    if (path === undefined || more.length > 0) throw new UsageError('export writes one file (- for standard output).')
    return { config: values.config, path, withSecrets: values['with-secrets'] === true }
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(error instanceof Error ? error.message : String(error))
  }
}

interface Head {
  readonly kind: 'export'
  readonly at: string
  readonly migrations: readonly string[]
  readonly withSecrets: boolean
}

async function* linesOf(
  { withSecrets, ...head }: Head,
  records: ReturnType<typeof recordsOf>,
  counts: Record<string, number>,
): AsyncGenerator<string> {
  yield line({ ...head, with_secrets: withSecrets })
  for await (const portion of records) {
    for (const { kind } of portion) counts[String(kind)] = (counts[String(kind)] ?? 0) + 1
    yield portion.map(line).join('')
  }
  yield line({ kind: 'end', counts })
}

const line = (value: unknown): string => `${JSON.stringify(value)}\n`

function report(path: string, counts: Readonly<Record<string, number>>, withSecrets: boolean): string {
  const all = Object.entries(counts).map(([kind, count]) => `${kind} ${count}`)
  const where = path === '-' ? '' : ` into ${path}`
  const secret = withSecrets ? ' It holds secrets: keep it as safe as the database.' : ''
  return `Exported${where}: ${all.join(', ') || 'nothing, the database is empty'}.${secret}`
}
