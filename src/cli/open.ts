/** Opens what a command works on: the configuration that `--config` names, and its database. */
import type { Config } from '../config/config.ts'
import { openStorage } from '../storage/prisma/client.ts'
import { StorageError } from '../storage/prisma/database-url.ts'
import type { Storage } from '../storage/storage.ts'
import { CommandError, type Terminal, UsageError } from './command.ts'
import { loadConfigOrFail } from './config.ts'

export interface Opened {
  readonly config: Config
  readonly storage: Storage
  close(): Promise<void>
}

/** `configPath` undefined: the file that is read without `--config`. */
export type Open = (configPath: string | undefined, terminal: Terminal) => Promise<Opened>

/** Throws CommandError when the configuration has faults or the database does not open. Whoever opens also closes. */
export const openAt: Open = async (configPath, terminal) => {
  const config = loadConfigOrFail(configPath, terminal)
  const storage = await openStorage(config.database).catch((error: unknown) => {
    throw error instanceof StorageError ? new CommandError(error.message, { cause: error }) : error
  })
  return { config, storage, close: () => storage.close() }
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
