/** The sealing key's file: for its owner's eyes alone, and there either whole or not at all. */
import { link, mkdir, open, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Random } from '../base/random.ts'

/** The sealing key is missing, malformed, readable by others or another one; the message says what to do. */
export class SealingKeyError extends Error {}

/** The file's text; undefined when there is none. Throws SealingKeyError when it cannot be read or others can read it. */
export async function readSealingKeyFile(path: string): Promise<string | undefined> {
  const file = await orUndefined('ENOENT', open(path, 'r')).catch((error) => fail(`cannot be opened`, path, error))
  if (file === undefined) return undefined
  try {
    const status = await file.stat()
    if (!status.isFile()) throw new SealingKeyError(`The sealing key ${path} is not a file.`)
    // Windows has no such mode bits; there the folder's access list is what protects it.
    if (process.platform !== 'win32' && (status.mode & 0o077) !== 0) {
      const mode = (status.mode & 0o777).toString(8).padStart(4, '0')
      throw new SealingKeyError(
        `The sealing key file ${path} can be read by other users (mode ${mode}). Run: chmod 600 '${path}'`,
      )
    }
    return (await file.readFile('utf8')).slice(0, 4096)
  } finally {
    await file.close()
  }
}

/**
 * Makes the file (0600, in a folder of 0700) with a new key and gives its text. When another process makes it at the
 * same time, one of them wins, and both go on with the winner's. Throws SealingKeyError.
 */
export async function createSealingKeyFile(path: string, random: Random): Promise<string> {
  const folder = dirname(path)
  const temporary = join(folder, `.${basename(path)}.${random.bytes(8).toString('hex')}.tmp`)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await writeDurably(temporary, `${random.bytes(32).toString('base64url')}\n`)
    try {
      // link, unlike rename, never replaces a file that is already there.
      await orUndefined('EEXIST', link(temporary, path))
    } finally {
      await unlink(temporary)
    }
    await syncFolder(folder)
  } catch (error) {
    fail('is missing and cannot be made', path, error)
  }
  const text = await readSealingKeyFile(path)
  if (text === undefined) throw new SealingKeyError(`The sealing key file ${path} went away while it was being made.`)
  return text
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** The name of a new file is on the disk only once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function orUndefined<T>(code: string, promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise
  } catch (error) {
    if (codeOf(error) === code) return undefined
    throw error
  }
}

function fail(what: string, path: string, error: unknown): never {
  throw new SealingKeyError(
    `The sealing key file ${path} ${what} (${codeOf(error) ?? 'unknown error'}). ` +
      'Give the user that Countersign runs as access to it, or name another place in keys.sealing_key_file.',
    { cause: error },
  )
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
