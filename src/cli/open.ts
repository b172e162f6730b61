/** Opens what a command works on: the configuration that `--config` names, and its database. */
import type { Log } from '../base/log.ts'
import type { Config } from '../config/config.ts'
import type { Archive } from '../storage/archive.ts'
import type { InForceReader } from '../storage/in-force.ts'
import { openArchive } from '../storage/prisma/archive.ts'
import { openStorage, openStorageAsIs } from '../storage/prisma/client.ts'
import { migrationsOf } from '../storage/prisma/committed-migrations.ts'
import { parseDatabaseUrl, StorageError } from '../storage/prisma/database-url.ts'
import { openInForce } from '../storage/prisma/in-force.ts'
import type { Storage } from '../storage/storage.ts'
import { CommandError, type Terminal, UsageError } from './command.ts'
import { loadConfigOrFail } from './config.ts'
import { type RecordChange, recorder } from './record.ts'

export interface Opened {
  readonly config: Config
  readonly storage: Storage
  /** Of what the command changes. */
  readonly record: RecordChange
  close(): Promise<void>
}

/** That an older database was copied before it was migrated is told in a line; the rest is for servers. */
function toldOn({ stderr }: Terminal): Log {
  const ignore = (): void => {}
  const info = (fields: object, message: string): void => {
    if ('copy' in fields) stderr.write(`${message}: ${fields.copy}\n`)
  }
  return { debug: ignore, info, warn: ignore, error: ignore }
}

/** The migrations of this version, which are the same for both databases. */
export const knownMigrations = (): readonly string[] => migrationsOf('sqlite').map(({ name }) => name)

/** `configPath` undefined: the file that is read without `--config`. */
export type Open = (configPath: string | undefined, terminal: Terminal) => Promise<Opened>

/** Throws CommandError when the configuration has faults or the database does not open. Whoever opens also closes. */
export const openAt: Open = async (configPath, terminal) => {
  const config = loadConfigOrFail(configPath, terminal)
  const storage = await openStorage(config.database, toldOn(terminal)).catch(asCommandError)
  return { config, storage, record: recorder({ config, storage }, terminal), close: () => storage.close() }
}

/** The database as it is: nothing is made or migrated. Throws CommandError. Whoever opens also closes. */
export const openAsIs = (config: Pick<Config, 'database'>): Promise<Storage> =>
  openStorageAsIs(config.database).catch(asCommandError)

/** The file that a SQLite database is in. */
export function sqlitePathOf({ database }: Pick<Config, 'database'>): string | undefined {
  const url = parseDatabaseUrl(database.url)
  return url.kind === 'sqlite' ? url.path : undefined
}

/** For people, without its password. */
export const databaseNameOf = ({ database }: Pick<Config, 'database'>): string => parseDatabaseUrl(database.url).shown

/** The same database, unchanged, for backups. Throws CommandError. Whoever opens also closes. */
export async function openArchiveAt(configPath: string | undefined, terminal: Terminal): Promise<{ archive: Archive }> {
  const config = loadConfigOrFail(configPath, terminal)
  const archive = await openArchive(config.database).catch(asCommandError)
  return { archive: explaining(archive) }
}

/** What runs, to be read alone: nothing is made or migrated. Undefined: there is no database yet. Whoever opens also closes. */
export async function openInForceOf(database: Config['database']): Promise<InForceReader | undefined> {
  const reader = await openInForce(database).catch(asCommandError)
  return reader && { read: (asked) => reader.read(asked).catch(asCommandError), close: () => reader.close() }
}

/** The same archive, whose failures are told in words. */
const explaining = (archive: Archive): Archive => ({
  snapshot: () => archive.snapshot().catch(asCommandError),
  restore: (pieces, how) => archive.restore(pieces, how).catch(asCommandError),
  close: () => archive.close(),
})

function asCommandError(error: unknown): never {
  throw error instanceof StorageError ? new CommandError(error.message, { cause: error }) : error
}

/** Takes `--config FILE` or `--config=FILE` out of the words, wherever it stands; throws UsageError without FILE. */
export function splitConfigOption(args: readonly string[]): { path: string | undefined; rest: readonly string[] } {
  const end = args.indexOf('--')
  const at = args.findIndex((word, index) => (end < 0 || index < end) && /^--config(=|$)/.test(word))
  const word = args[at]
  if (word === undefined) return { path: undefined, rest: args }
  const inSameWord = word.startsWith('--config=')
  const path = inSameWord ? word.slice('--config='.length) : args[at + 1]
  if (path === undefined || path === '' || (!inSameWord && path.startsWith('--'))) {
    throw new UsageError('--config needs the name of a file.')
  }
  return { path, rest: args.toSpliced(at, inSameWord ? 1 : 2) }
}
