/** Makes the SQLite file, readable by its owner alone, before SQLite would make it readable by all. */
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { StorageError } from './database-url.ts'

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
