/** Backups as files: written under another name until they are whole and on the disk; read through gzip. */
import { constants, createReadStream } from 'node:fs'
import { access, open, rename, rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { CommandError } from '../command.ts'
import { BackupError, type BackupText, readBackup } from './format.ts'

/**
 * Writes `text` through gzip to a new file at `path`, readable by its owner alone. When anything fails, or the process
 * is killed, there is no file of that name. Throws CommandError when there already is one.
 */
export async function writeBackupFile(path: string, text: AsyncIterable<string>): Promise<void> {
  if (await exists(path)) throw new CommandError(`${path} is there already; backups are not overwritten`)
  const partial = `${path}.partial-${process.pid}`
  const file = await open(partial, 'wx', 0o600).catch((error: Error) => {
    throw new CommandError(`cannot write ${path}: ${error.message}`, { cause: error })
  })
  try {
    await pipeline(Readable.from(text), createGzip(), async (bytes: AsyncIterable<Buffer>) => {
      // Where the last one ended, and all of it.
      for await (const chunk of bytes) await file.writeFile(chunk)
    })
    await file.sync()
    await file.close()
    await rename(partial, path)
    await syncFolder(dirname(resolve(path)))
  } catch (error) {
    await file.close().catch(() => {})
    await rm(partial, { force: true })
    if (error instanceof Error && 'syscall' in error) {
      throw new CommandError(`cannot write ${path}: ${error.message}`, { cause: error })
    }
    throw error
  }
}

/** To a pipe; whoever reads it sees by the last line whether it is whole. */
export async function writeBackupStream(output: NodeJS.WritableStream, text: AsyncIterable<string>): Promise<void> {
  await pipeline(Readable.from(text), createGzip(), output, { end: false })
}

const exists = (path: string): Promise<boolean> =>
  access(path, constants.F_OK).then(
    () => true,
    () => false,
  )

/** So that the new name is on the disk, too. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Hands the backup in the file to `use`. Throws CommandError for what is no backup, or not a whole one. */
export async function withBackupFile<T>(path: string, use: (backup: BackupText) => Promise<T>): Promise<T> {
  const gunzip = createGunzip()
  const reading = pipeline(createReadStream(path), gunzip).catch((error: unknown) => gunzip.destroy(toError(error)))
  try {
    return await use(await readBackup(gunzip))
  } catch (error) {
    throw explained(path, error)
  } finally {
    gunzip.destroy()
    await reading
  }
}

const toError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))

const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EPERM: 'this user may not read it',
  EISDIR: 'it is a folder',
}

function explained(path: string, error: unknown): unknown {
  if (error instanceof BackupError) return new CommandError(`${path}: ${error.message}`, { cause: error })
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (UNREADABLE[code] !== undefined)
    return new CommandError(`cannot read ${path}: ${UNREADABLE[code]}`, { cause: error })
  if (code === 'Z_BUF_ERROR') return new CommandError(`${path}: it is cut short; nothing was changed`, { cause: error })
  if (/^Z_/.test(code))
    return new CommandError(`${path}: it is damaged, or no backup of Countersign; nothing was changed`, {
      cause: error,
    })
  return error
}
