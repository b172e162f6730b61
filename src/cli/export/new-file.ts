/** A text into a new file that its owner alone can read: whole, or not there. */

import { existsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { CommandError, type Terminal } from '../command.ts'

/** `-` is standard output. Throws CommandError when there already is such a file, or it cannot be written. */
export async function writeNewFile(path: string, text: AsyncIterable<string>, { stdout }: Terminal): Promise<void> {
  if (path === '-') return pipeline(Readable.from(text), stdout, { end: false })
  if (existsSync(path)) throw new CommandError(`${path} is there already; it is not overwritten`)
  const partial = `${path}.partial-${process.pid}`
  const file = await open(partial, 'wx', 0o600).catch((error: Error) => {
    throw new CommandError(`cannot write ${path}: ${error.message}`, { cause: error })
  })
  try {
    for await (const piece of text) await file.writeFile(piece)
    await file.sync()
    await file.close()
    await rename(partial, path)
  } catch (error) {
    await file.close().catch(() => {})
    await rm(partial, { force: true })
    if (error instanceof Error && 'syscall' in error) {
      throw new CommandError(`cannot write ${path}: ${error.message}`, { cause: error })
    }
    throw error
  }
}
