/** The migrations that ship with this version. */
import { resolve } from 'node:path'
import type { DatabaseUrl } from './database-url.ts'
import { type Migration, readMigrations } from './migrations.ts'

/** The same depth below the package's root as src/ and as dist/. */
const MIGRATIONS = resolve(import.meta.dirname, '../../../prisma')

/** Oldest first. */
export const migrationsOf = (kind: DatabaseUrl['kind']): readonly Migration[] =>
  readMigrations(resolve(MIGRATIONS, kind, 'migrations'))
