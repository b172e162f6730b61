/** The SQLite file: made readable by its owner alone, before SQLite would make it readable by all; and copied. */
import { closeSync, fsyncSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import type { Timestamp } from '../../base/clock.ts'
import { StorageError } from './database-url.ts'
import { MigrationError } from './migrations.ts'

/** Leaves a file and folders that are there as they are. Throws `StorageError`. */
export function ensureSqliteFile(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    // SQLite gives the -wal and -shm files beside it the same mode.
    closeSync(openSync(path, 'a', 0o600))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new StorageError(
      `cannot create or open the database file ${path} (${code}): let the user that runs Countersign write to the folder`,
      { cause: error },
    )
  }
}

/**
 * Copies the database as it is committed now, whoever is writing to it, into a new file beside it, and gives its name:
 * `countersign.db.20261124T193000Z-before-20261201000000_name`. Throws `MigrationError`; then no copy is left.
 */
export function backUpSqliteFile(path: string, { before, now }: { before: string; now: Timestamp }): string {
  const time = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '')
  const copy = `${path}.${time}-before-${before}`
  try {
    // Never over an older copy; VACUUM INTO takes an empty file.
    closeSync(openSync(copy, 'wx', 0o600))
  } catch (error) {
    throw notCopied(copy, error)
  }
  try {
    const database = new Database(path, { fileMustExist: true })
    try {
      database.prepare('VACUUM INTO ?').run(copy)
    } finally {
      database.close()
    }
    syncToDisk(copy)
    syncToDisk(dirname(copy))
  } catch (error) {
    rmSync(copy, { force: true })
    throw notCopied(copy, error)
  }
  return copy
}

/** A file's bytes, or a folder's names. */
function syncToDisk(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function notCopied(copy: string, error: unknown): MigrationError {
  const reason = error instanceof Error ? error.message : 'unknown reason'
  return new MigrationError(
    `it is older than this version, and the copy that is made before it is migrated could not be written to ${copy} ` +
      `(${reason}); nothing was changed: make room on the disk, or let the user that runs Countersign write there`,
    { cause: error },
  )
}
