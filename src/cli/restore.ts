/** `countersign restore`: puts a backup in place of what the database holds, all of it or nothing. */

import { parseArgs } from 'node:util'
import { counted } from '../base/counted.ts'
import type { Config } from '../config/config.ts'
import { deriveKey } from '../keys/sealing.ts'
import { hasSealedKeys, loadSealingKey, SealingKeyError } from '../keys/sealing-key.ts'
import { SigningKeyError } from '../keys/signing-key.ts'
import { privateJwkOpener } from '../keys/unseal.ts'
import type { Restored } from '../storage/archive.ts'
import type { StoredSigningKey } from '../storage/storage.ts'
import { confirm } from './account/confirm.ts'
import { withBackupFile } from './backup/files.ts'
import type { BackupEnd, BackupHead } from './backup/format.ts'
import { countsOf } from './backup.ts'
import { type Command, CommandError, type Terminal, UsageError } from './command.ts'
import { CONFIG_OPTION, CONFIG_OPTION_USAGE } from './config.ts'
import { knownMigrations, openArchiveAt, openAt } from './open.ts'

const USAGE = `countersign restore FILE [--replace [--yes]] [--exact] [--config FILE]

Puts the backup in FILE into the database that the configuration names, SQLite or PostgreSQL, whichever it was made of.
The whole file is checked first; then all of it is restored, or nothing is changed. Running servers go on with it.

What has ended since the backup must not come alive again: everybody signs in once more, apps included. Accounts, their
consents and the signing keys are as they were.

--replace  The database may hold something, which is then gone. What it knows of withdrawn trust stays: disabled
           accounts stay disabled, accounts that were removed come back disabled, passwords stay as they are now,
           revoked keys and tokens stay revoked. Asks first; --yes does not.
--exact    Everything as it was, sessions, codes and refresh tokens, too. For moving to another database: end every
           Countersign before the backup is made, and start it on the new one.

The sealing key is not in a backup: the one that belongs to it must be where the configuration says.

${CONFIG_OPTION_USAGE}
`

const OPTIONS = {
  ...CONFIG_OPTION,
  replace: { type: 'boolean' },
  yes: { type: 'boolean' },
  exact: { type: 'boolean' },
} as const

interface Words {
  readonly config: string | undefined
  readonly file: string
  readonly replace: boolean
  readonly yes: boolean
  readonly exact: boolean
}

export const restore: Command = {
  name: 'restore',
  summary: 'Put a backup in place of what the database holds',
  usage: USAGE,
  async run(args, terminal) {
    const words = readWords(args)
    const { head, end } = await check(words.file)
    refuseNewer(words.file, head)
    // Migrates, and makes a database that is not there yet.
    const opened = await openAt(words.config, terminal)
    try {
      if (words.replace && !words.yes && !(await confirm(terminal, QUESTION))) return 1
      const restored = await putBack(words, end, terminal)
      const { replace, exact } = words
      await opened.record({ kind: 'database_restored', madeAt: head.at, replace, exact })
      terminal.stdout.write(report(head, end, { words, restored }))
      await tellOfSealingKey(opened.config, await opened.storage.signingKeys.list(), terminal)
      return 0
    } finally {
      await opened.close()
    }
  },
}

const QUESTION = 'Everything that the database holds now will be gone. Go on?'

function readWords(args: readonly string[]): Words {
  const { values, positionals } = parseWords(args)
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0) throw new UsageError('restore needs the name of one file.')
  if (file === '-') throw new UsageError('restore reads its file twice, so it takes no standard input.')
  const { config, replace = false, yes = false, exact = false } = values
  return { config, file, replace, yes, exact }
}

function parseWords(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** Reads the whole file once, before anything is opened. */
function check(path: string): Promise<{ head: BackupHead; end: BackupEnd }> {
  return withBackupFile(path, async ({ head, pieces }) => {
    const reading = pieces()
    let step = await reading.next()
    while (!step.done) step = await reading.next()
    return { head, end: step.value }
  })
}

function refuseNewer(path: string, head: BackupHead): void {
  const known = knownMigrations()
  const unknown = head.migrations.find((name) => !known.includes(name))
  if (unknown === undefined) return
  throw new CommandError(
    `${path}: a newer Countersign (${head.countersign}) wrote it, this version does not know its migration ${unknown}; restore it with that version or a later one`,
  )
}

async function putBack(words: Words, checked: BackupEnd, terminal: Terminal): Promise<Restored> {
  const { archive } = await openArchiveAt(words.config, terminal)
  try {
    const { replace, exact } = words
    const restored = await withBackupFile(words.file, ({ pieces }) =>
      archive.restore(same(pieces(), checked), { replace, exact, now: terminal.clock.now() }),
    )
    if (restored !== false) return restored
    throw new CommandError(
      'the database is not empty, and nothing was changed. --replace puts the backup in place of what is there',
    )
  } finally {
    await archive.close()
  }
}

/** Fails when the file is not the one that was checked a moment ago. */
async function* same<T>(pieces: AsyncGenerator<T, BackupEnd>, checked: BackupEnd): AsyncGenerator<T> {
  const end = yield* pieces
  if (end.sha256 !== checked.sha256) throw new CommandError('the file was changed meanwhile; nothing was restored')
}

function report(
  { at, countersign }: BackupHead,
  { rows }: BackupEnd,
  { words, restored }: { words: Words; restored: Restored },
): string {
  const { interactions: _, pushed_requests: __, ...lasting } = rows
  const lines = [
    `Restored the backup of ${at} (Countersign ${countersign}): ${countsOf(words.exact ? rows : lasting)}.`,
  ]
  if (words.exact) return `${lines[0]}\nSessions, codes and refresh tokens go on as they were then.\n`
  const { sessionsEnded, grantsRevoked, accountsDisabled, keysRevoked } = restored
  lines.push(
    `Ended ${counted(sessionsEnded, 'session')} and ${counted(grantsRevoked, 'grant')} with their codes and refresh tokens: everybody signs in again.`,
  )
  if (words.replace) {
    lines.push(
      `${counted(accountsDisabled, 'account is', 'accounts are')} disabled, because that was done since the backup, or they were removed; passwords are as`,
      `they were a moment ago; ${counted(keysRevoked, 'signing key stays', 'signing keys stay')} revoked. Look at: countersign account list`,
    )
  } else {
    lines.push(
      `Accounts, passwords and signing keys are as they were at ${at}: disable again whom you have disabled or removed`,
      'since, set passwords again that others had known, and revoke again the keys that you have revoked.',
    )
  }
  return `${lines.join('\n')}\n`
}

/** Says so when nothing could be signed with what was restored. */
async function tellOfSealingKey(
  { keys }: Pick<Config, 'keys'>,
  stored: readonly StoredSigningKey[],
  { random, stderr }: Terminal,
): Promise<void> {
  if (!hasSealedKeys(stored)) return
  try {
    const sealingKey = await loadSealingKey(keys.sealingKey, { random, hasSealedKeys: true })
    const open = privateJwkOpener({ key: deriveKey(sealingKey.bytes, 'signing-keys'), sealingKey })
    for (const key of stored) if (key.sealedPrivateJwk !== undefined) open(key)
  } catch (error) {
    if (!(error instanceof SealingKeyError || error instanceof SigningKeyError)) throw error
    stderr.write(
      'Attention: the sealing key that is here does not open the signing keys of this backup, so Countersign cannot sign.\n' +
        'Put the sealing key that belongs to the backup in its place. If it is lost for good: countersign keys revoke --all\n',
    )
  }
}
