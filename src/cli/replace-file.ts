/** Puts another text into a file so that whoever reads it gets the whole of the old one or the whole of the new one. */
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Random } from '../base/random.ts'
import { CommandError } from './command.ts'

interface Owned {
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

/**
 * Writes `text` in place of `was` into the file that `path` leads to, over whatever links, with its mode and its owner.
 * After a crash at any moment one of the two is there. Throws CommandError, and has changed nothing then.
 */
export function replaceFile(path: string, { was, text, random }: { was: string; text: string; random: Random }): void {
  explained(path, () => {
    const target = realpathSync(path)
    const like = statSync(target)
    withNewFile(target, { text, like, random }, (made) => {
      // Somebody may have saved it in their editor meanwhile.
      if (readFileSync(target, 'utf8') !== was)
        throw new CommandError(`${path} was changed meanwhile: nothing was written`)
      renameSync(made, target)
    })
  })
}

/** Makes a file that is not there yet, with the mode and the owner of `like`. Throws CommandError when it is there, too. */
export function createFile(path: string, { text, like, random }: { text: string; like: string; random: Random }): void {
  explained(path, () => {
    const owned = statSync(like)
    makeFolder(dirname(path), owned)
    // A rename would take the place of a file that was made meanwhile.
    withNewFile(path, { text, like: owned, random }, (made) => linkSync(made, path))
  })
}

/** Whoever may read the file that it is made like may look into it. */
function makeFolder(path: string, { mode, uid, gid }: Stats): void {
  if (mkdirSync(path, { recursive: true, mode: 0o700 }) === undefined) return
  // Not by its name: whoever may write in the folder above it could have put a link to somewhere else in its place.
  const folder = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  try {
    fchownSync(folder, uid, gid)
    fchmodSync(folder, 0o700 | ((mode & 0o044) >> 2) | (mode & 0o044))
  } finally {
    closeSync(folder)
  }
}

/** Under a name that nobody takes for a configuration file. `place` puts it where it belongs. */
function withNewFile(
  target: string,
  { text, like, random }: { text: string; like: Stats; random: Random },
  place: (made: string) => void,
): void {
  const folder = dirname(target)
  const made = join(folder, `.${basename(target)}.${random.bytes(6).toString('hex')}.tmp`)
  try {
    writeSynced(made, text, like)
    place(made)
  } finally {
    rmSync(made, { force: true })
  }
  const opened = openSync(folder, 'r')
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}

function writeSynced(path: string, text: string, { mode, uid, gid }: Owned): void {
  const file = openSync(path, 'wx', 0o600)
  try {
    const made = fstatSync(file)
    if (made.uid !== uid || made.gid !== gid) fchownSync(file, uid, gid)
    fchmodSync(file, mode & 0o777)
    writeFileSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EROFS: 'it is on a read-only file system, as a mounted ConfigMap is',
  EACCES: 'this user may not write in its folder',
  EPERM: 'this user may not write it with the owner that it has',
  EBUSY: 'it is mounted by itself, so nothing can take its place',
  EXDEV: 'it is mounted by itself, so nothing can take its place',
  ENOSPC: 'there is no space left',
  EDQUOT: 'there is no space left',
  EEXIST: 'there is such a file',
  ENOENT: 'it is not there',
}

function explained(path: string, work: () => void): void {
  try {
    work()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === '') throw error
    throw new CommandError(`${path} cannot be written: ${REASONS[code] ?? code}`, { cause: error })
  }
}
