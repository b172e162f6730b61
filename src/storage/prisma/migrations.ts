/**
 * Brings a database up to date at start-up: applies the committed migrations, kept in Prisma's own layout, and records
 * them in `_prisma_migrations` as `prisma migrate deploy` does, without its engine (docs/decisions/0004).
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Transaction } from '@prisma/driver-adapter-utils'
import { type MigrationDialect, statement } from './migration-dialects.ts'

/** The database cannot be brought to this version's schema; the message says why and what to do. */
export class MigrationError extends Error {}

export interface Migration {
  readonly name: string
  readonly sql: string
  /** SHA-256 of the file, hexadecimal: how Prisma, too, notices an edit. */
  readonly checksum: string
}

/** A migration as the database remembers it. */
interface AppliedMigration {
  readonly name: string
  readonly checksum: string
  readonly isFinished: boolean
}

/** The migrations under `directory`, oldest first. */
export function readMigrations(directory: string): readonly Migration[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const sql = readFileSync(join(directory, name, 'migration.sql'), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    })
}

export interface MigrationRun {
  readonly dialect: MigrationDialect
  readonly migrations: readonly Migration[]
  /** Identifies the row of an applied migration. */
  newId(): string
  /** Called before the first one is applied to a database that is in use already; when it throws, nothing is changed. */
  beforeMigrating?(first: string): void
}

/**
 * Applies what is missing inside `transaction`, which is over afterwards: all of it is there, or nothing was changed.
 * Gives the names of what was applied; throws `MigrationError`.
 */
export async function migrate(transaction: Transaction, run: MigrationRun): Promise<readonly string[]> {
  try {
    const applied = await applyMissing(transaction, run)
    // Some adapters end a transaction themselves, some leave the statement to their caller.
    if (!transaction.options.usePhantomQuery) await transaction.executeRaw(statement('COMMIT'))
    await transaction.commit()
    return applied
  } catch (error) {
    await rollBack(transaction)
    throw error
  }
}

async function rollBack(transaction: Transaction): Promise<void> {
  try {
    if (!transaction.options.usePhantomQuery) await transaction.executeRaw(statement('ROLLBACK'))
    await transaction.rollback()
  } catch {
    // A connection that cannot roll back is gone, and its transaction with it; the first error is the one to report.
  }
}

async function applyMissing(transaction: Transaction, run: MigrationRun): Promise<readonly string[]> {
  const { dialect, migrations } = run
  if (dialect.lock !== undefined) await transaction.executeRaw(statement(dialect.lock))
  const { rows } = await transaction.queryRaw(statement(dialect.countTable))
  if (Number(rows[0]?.[0]) === 0) await transaction.executeRaw(statement(dialect.createTable))

  const applied = await listApplied(transaction)
  refuseForeign(applied, migrations)
  const missing = migrations.filter((migration) => !applied.some(({ name }) => name === migration.name))
  if (applied.length > 0 && missing[0] !== undefined) run.beforeMigrating?.(missing[0].name)
  for (const migration of missing) {
    await apply(transaction, run, migration)
  }
  return missing.map(({ name }) => name)
}

async function listApplied(transaction: Transaction): Promise<readonly AppliedMigration[]> {
  const { rows } = await transaction.queryRaw(
    statement(
      `SELECT migration_name, checksum, CASE WHEN finished_at IS NULL THEN 0 ELSE 1 END
       FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at, migration_name`,
    ),
  )
  return rows.map(([name, checksum, finished]) => ({
    name: String(name),
    checksum: String(checksum),
    isFinished: Number(finished) === 1,
  }))
}

/** A database that another version shaped is left alone: guessing would cost data. */
function refuseForeign(applied: readonly AppliedMigration[], migrations: readonly Migration[]): void {
  for (const { name, checksum, isFinished } of applied) {
    if (!isFinished) {
      throw new MigrationError(
        `the migration ${name} was begun by another tool and did not finish; restore a backup, or mend it with "prisma migrate resolve"`,
      )
    }
    const known = migrations.find((migration) => migration.name === name)
    if (known === undefined) {
      throw new MigrationError(
        `it has the migration ${name}, which this version does not know: a newer version has used it; run that version, or restore the backup made before the upgrade`,
      )
    }
    if (known.checksum !== checksum) {
      throw new MigrationError(
        `the file of the migration ${name} is not the one that was applied: it was edited; put the original file back`,
      )
    }
  }
}

async function apply(transaction: Transaction, run: MigrationRun, migration: Migration): Promise<void> {
  try {
    await transaction.executeRaw(statement(migration.sql))
  } catch (error) {
    throw new MigrationError(`the migration ${migration.name} failed; nothing was changed`, { cause: error })
  }
  await transaction.executeRaw(statement(run.dialect.insert, [run.newId(), migration.checksum, migration.name]))
}
