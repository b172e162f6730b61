/** `countersign backup`: everything that the database holds, in one file, while servers go on. */
import { stat } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { ownVersion } from '../base/own-version.ts'
import type { Archive } from '../storage/archive.ts'
import { writeBackupFile, writeBackupStream } from './backup/files.ts'
import { type BackupEnd, backupText } from './backup/format.ts'
import { type Command, type Terminal, UsageError } from './command.ts'
import { CONFIG_OPTION, CONFIG_OPTION_USAGE } from './config.ts'
import { openArchiveAt } from './open.ts'

const USAGE = `countersign backup [FILE] [--config FILE]

Writes everything that the database holds, as of one moment, to a file, while Countersign may be running. Without FILE
it is countersign-TIME.backup in this directory; - is standard output. A file that is there is not overwritten. The
format is the same for SQLite and PostgreSQL: countersign restore takes it to either.

The sealing key is not in the file. Without it the signing keys in the file are of no use, and every app and person
has to sign on again: keep it as well, in another place.

${CONFIG_OPTION_USAGE}
`

export const backup: Command = {
  name: 'backup',
  summary: 'Write everything that the database holds to a file',
  usage: USAGE,
  async run(args, terminal) {
    const { config: configPath, file } = readWords(args)
    const { archive } = await openArchiveAt(configPath, terminal)
    try {
      const path = file ?? `countersign-${stamp(terminal)}.backup`
      const end = await write(archive, path, terminal)
      // Standard output may be the backup itself.
      terminal.stderr.write(await report(path, end))
      return 0
    } finally {
      await archive.close()
    }
  },
}

function readWords(args: readonly string[]): { config: string | undefined; file: string | undefined } {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: CONFIG_OPTION, allowPositionals: true })
    if (positionals.length > 1) throw new UsageError('backup writes one file.')
    return { config: values.config, file: positionals[0] }
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** 20261124T193000Z */
const stamp = ({ clock }: Terminal): string => new Date(clock.now()).toISOString().replace(/[-:]|\.\d+/g, '')

async function write(archive: Archive, path: string, { clock, stdout }: Terminal): Promise<BackupEnd> {
  const { migrations, pieces } = await archive.snapshot()
  let end: BackupEnd = { rows: {}, sha256: '' }
  const head = { countersign: ownVersion(), migrations, at: new Date(clock.now()).toISOString() }
  const text = backupText(head, pieces(), (its) => {
    end = its
  })
  await (path === '-' ? writeBackupStream(stdout, text) : writeBackupFile(path, text))
  return end
}

async function report(path: string, { rows }: BackupEnd): Promise<string> {
  const where = path === '-' ? '' : ` into ${path} (${megabytes((await stat(path)).size)})`
  return (
    `Backed up ${countsOf(rows)}${where}.\n` +
    'It holds password hashes: keep it as safe as the database. The sealing key is not in it: keep that as well, apart\n' +
    'from it; without it the signing keys in the backup are of no use.\n'
  )
}

const megabytes = (bytes: number): string =>
  bytes < 100_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`

/** `1 account, 12 sessions, …` */
export const countsOf = (rows: Readonly<Record<string, number>>): string =>
  Object.entries(rows)
    .map(([table, count]) => `${count} ${named(table, count)}`)
    .join(', ')

function named(table: string, count: number): string {
  const many = table.replaceAll('_', ' ')
  if (count !== 1) return many
  return many.replace(/ies$/, 'y').replace(/(?<=ch)es$|s$/, '')
}
