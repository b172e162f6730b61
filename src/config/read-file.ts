/** Reads small files whole, and says in plain words why one could not be read. */
import { closeSync, openSync, readSync } from 'node:fs'
import { imageData } from '../look/image.ts'

/** Gives at most `limit` + 1 bytes of the file at `path`; throws as node:fs does. */
export type ReadFile = (path: string, limit: number) => Uint8Array

/** A pipe or a device has no length to ask for, so the limit is kept while reading. */
export const readFileUpTo: ReadFile = (path, limit) => {
  const descriptor = openSync(path, 'r')
  try {
    const parts: Buffer[] = []
    for (let length = 0; length <= limit; ) {
      const part = Buffer.alloc(65_536)
      const count = readSync(descriptor, part)
      if (count === 0) break
      parts.push(part.subarray(0, count))
      length += count
    }
    return Buffer.concat(parts)
  } finally {
    closeSync(descriptor)
  }
}

export type FileText = { readonly text: string } | { readonly reason: string }

/** The text of the file at `path`, or why there is none, as words that complete "it …". */
export function readTextFile(path: string, readFile: ReadFile, limit: number): FileText {
  try {
    const bytes = readFile(path, limit)
    if (bytes.length > limit) return { reason: `is larger than ${limit / 1024} KiB` }
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch (error) {
    return { reason: reasonOf(error) }
  }
}

/** The image in the file at `path` as a `data:` URL, or why there is none. */
export function readImageFile(path: string, readFile: ReadFile, limit: number): FileText {
  try {
    const bytes = readFile(path, limit)
    if (bytes.length > limit) return { reason: `is larger than ${limit / 1024} KiB` }
    const text = imageData(bytes)
    return text === undefined ? { reason: 'is neither SVG nor PNG' } : { text }
  } catch (error) {
    return { reason: reasonOf(error) }
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist: a part of its path is no directory',
  EACCES: 'cannot be read: permission denied',
  EPERM: 'cannot be read: permission denied',
  EISDIR: 'is a directory, not a file',
  ELOOP: 'cannot be read: symbolic links go round in circles',
  ENAMETOOLONG: 'cannot be read: the name is too long',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'is not UTF-8 text',
  ERR_INVALID_ARG_VALUE: 'cannot be read: its name contains a zero byte',
}

/** As words that complete "it …". */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return REASONS[code] ?? `cannot be read${code === '' ? '' : ` (${code})`}`
}
