/** Opens the database that the configuration names: creates it where it can, migrates it, and hands out the stores. */
import { resolve } from 'node:path'
import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils'
import { systemClock } from '../../base/clock.ts'
import { newIdentifier } from '../../base/identifier.ts'
import { systemRandom } from '../../base/random.ts'
import type { DatabaseConfig } from '../../config/config.ts'
import type { Storage } from '../storage.ts'
import { accountStore } from './accounts.ts'
import { consentStore } from './consents.ts'
import type { Database } from './database.ts'
import { type DatabaseUrl, parseDatabaseUrl, StorageError } from './database-url.ts'
import { grantStore } from './grants.ts'
import { interactionStore } from './interactions.ts'
import { postgresqlDialect, sqliteDialect } from './migration-dialects.ts'
import { type Migration, MigrationError, migrate, readMigrations } from './migrations.ts'
import { revokedTokenStore } from './revoked-tokens.ts'
import { sessionStore } from './sessions.ts'
import { sharedAdapter } from './shared-adapter.ts'
import { signingKeyStore } from './signing-keys.ts'
import { ensureSqliteFile } from './sqlite-file.ts'
import type { Statements } from './statement.ts'
import { sweep } from './sweep.ts'

type Closable = Database & { $disconnect(): Promise<void> }

/** The same depth below the package's root as src/ and as dist/. */
const MIGRATIONS = resolve(import.meta.dirname, '../../../prisma')

const newId = (): string => newIdentifier(systemClock.now(), systemRandom)

/**
 * Opens the database and applies the migrations that it lacks; several processes may do so at once.
 * Throws `StorageError` with a message for the person who starts Countersign.
 */
export async function openStorage(config: DatabaseConfig): Promise<Storage> {
  const url = parseDatabaseUrl(config.url)
  return url.kind === 'sqlite' ? openSqlite(url) : openPostgresql(url)
}

async function openSqlite(url: Extract<DatabaseUrl, { kind: 'sqlite' }>): Promise<Storage> {
  ensureSqliteFile(url.path)
  // Loaded here, so that only the database in use is.
  const { sqliteAdapterFactory } = await import('./sqlite-adapter.ts')
  const { PrismaClient } = await import('./generated/sqlite/client.ts')
  const factory = sqliteAdapterFactory(url.path)
  try {
    const adapter = await factory.connect()
    try {
      const run = { dialect: sqliteDialect, migrations: migrationsOf('sqlite'), newId }
      await migrate(await adapter.startTransaction(), run)
    } finally {
      await adapter.dispose()
    }
  } catch (error) {
    throw unusable(url, error, error instanceof Error ? error.message : undefined)
  }
  const adapter = await factory.connect()
  const database = new PrismaClient({ adapter: sharedAdapter(adapter), errorFormat: 'minimal' })
  return storageOver({ database, adapter, statements: adapter.statements, skipsLocked: false })
}

async function openPostgresql(url: Extract<DatabaseUrl, { kind: 'postgresql' }>): Promise<Storage> {
  const { explainPostgresqlError, postgresqlAdapterFactory, postgresqlMigrationFactory } = await import(
    './postgresql-adapter.ts'
  )
  const { postgresqlStatements } = await import('./postgresql-statements.ts')
  const { PrismaClient } = await import('./generated/postgresql/client.ts')
  try {
    const adapter = await postgresqlMigrationFactory(url).connect()
    try {
      const run = { dialect: postgresqlDialect, migrations: migrationsOf('postgresql'), newId }
      await migrate(await adapter.startTransaction(), run)
    } finally {
      await adapter.dispose()
    }
  } catch (error) {
    throw unusable(url, error, explainPostgresqlError(error))
  }
  const adapter = await postgresqlAdapterFactory(url).connect()
  const statements = postgresqlStatements(adapter.underlyingDriver(), { isNamed: !url.isPooled })
  const client = new PrismaClient({ adapter: sharedAdapter(adapter), errorFormat: 'minimal' })
  return storageOver({ database: client as unknown as Closable, adapter, statements, skipsLocked: true })
}

const migrationsOf = (kind: DatabaseUrl['kind']): readonly Migration[] =>
  readMigrations(resolve(MIGRATIONS, kind, 'migrations'))

function unusable(url: DatabaseUrl, error: unknown, explanation: string | undefined): StorageError {
  if (error instanceof MigrationError) {
    return new StorageError(`cannot use the database ${url.shown}: ${error.message}`, { cause: error.cause })
  }
  const reason = explanation ?? (error instanceof Error ? error.message : 'unknown reason')
  return new StorageError(`cannot open the database ${url.shown}: ${reason}`, { cause: error })
}

interface Opened {
  readonly database: Closable
  /** What both the client and the statements go through. */
  readonly adapter: SqlDriverAdapter
  readonly statements: Statements
  readonly skipsLocked: boolean
}

function storageOver({ database, adapter, statements, skipsLocked }: Opened): Storage {
  return {
    accounts: accountStore(database),
    sessions: sessionStore(statements),
    interactions: interactionStore(statements),
    consents: consentStore(statements),
    grants: grantStore(statements),
    revokedTokens: revokedTokenStore(statements),
    signingKeys: signingKeyStore(database),
    async ping() {
      // A table of ours, so that SQLite reads its file.
      await database.$queryRaw`SELECT kid FROM signing_keys LIMIT 1`
    },
    sweep: (now, limit) => sweep({ database, skipsLocked }, now, limit),
    async close() {
      await database.$disconnect()
      await adapter.dispose()
    },
  }
}
