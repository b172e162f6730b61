/** Room for the SQLite file to grow: SQLite on a full disk answers nothing that writes. */
import { type Finding, fine, problem, warning } from './finding.ts'

export interface DiskFacts {
  /** In bytes, for who is no administrator. */
  readonly free: number
  readonly total: number
  /** Of the database and what is beside it. */
  readonly used: number
}

const MIB = 1024 ** 2
const LITTLE = 1024 * MIB
const TOO_LITTLE = 100 * MIB

export function checkDisk({ free, used }: DiskFacts): readonly Finding[] {
  const found = `${shown(free)} are free where the database is, which takes ${shown(used)}`
  if (free < TOO_LITTLE) return [problem(found, 'Make room now: when the disk is full nobody can sign in.')]
  // A migration copies it first, and a backup may be written beside it.
  return free < Math.max(LITTLE, 2 * used)
    ? [warning(found, 'Make room: an update copies the database before it changes it.')]
    : [fine(found)]
}

const shown = (bytes: number): string =>
  bytes < 1024 * MIB ? `${Math.ceil(bytes / MIB)} MiB` : `${(bytes / MIB / 1024).toFixed(1)} GiB`
