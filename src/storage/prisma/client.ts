/** Opens the database that the configuration names: creates it where it can, migrates it, and hands out the stores. */
import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils'
import { systemClock } from '../../base/clock.ts'
import { newIdentifier } from '../../base/identifier.ts'
import type { Log } from '../../base/log.ts'
import { systemRandom } from '../../base/random.ts'
import type { DatabaseConfig, DatabaseLimits } from '../../config/config.ts'
import type { Storage } from '../storage.ts'
import { accountStore } from './accounts.ts'
import { clientUseStore } from './client-uses.ts'
import { migrationsOf } from './committed-migrations.ts'
import { configEntryStore } from './config-entries.ts'
import { consentStore } from './consents.ts'
import type { Database } from './database.ts'
import { type DatabaseUrl, parseDatabaseUrl, StorageError } from './database-url.ts'
import { deliveryStore } from './deliveries.ts'
import { grantStore } from './grants.ts'
import { interactionStore } from './interactions.ts'
import { leaseStore } from './leases.ts'
import { limitsOf } from './limits.ts'
import { postgresqlDialect, sqliteDialect } from './migration-dialects.ts'
import { MigrationError, migrate } from './migrations.ts'
import { pushedRequestStore } from './pushed-requests.ts'
import { registeredClientStore } from './registered-clients.ts'
import { revokedTokenStore } from './revoked-tokens.ts'
import { securityNoticeStore } from './security-notices.ts'
import { sessionClientStore } from './session-clients.ts'
import { sessionEnds } from './session-ends.ts'
import { sessionStore } from './sessions.ts'
import { sharedAdapter } from './shared-adapter.ts'
import { signingKeyStore } from './signing-keys.ts'
import { backUpSqliteFile, ensureSqliteFile } from './sqlite-file.ts'
import type { Statements } from './statement.ts'
import { sweep } from './sweep.ts'
import { usedTokenStore } from './used-tokens.ts'
import { watched } from './watched.ts'

type Closable = Database & { $disconnect(): Promise<void> }

const newId = (): string => newIdentifier(systemClock.now(), systemRandom)

/**
 * Opens the database and applies the migrations that it lacks; several processes may do so at once. `log` hears what
 * was done, what is unsafe, and when the database goes away and comes back.
 * Throws `StorageError` with a message for the person who starts Countersign.
 */
export async function openStorage(config: DatabaseConfig, log: Log = SILENT): Promise<Storage> {
  const url = parseDatabaseUrl(config.url)
  const limits = limitsOf(config)
  const storage = await (url.kind === 'sqlite' ? openSqlite(url, limits, log) : openPostgresql(url, limits, log))
  return watched(storage, { log, clock: systemClock })
}

const ignore = () => {}
const SILENT: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore }

async function openSqlite(
  url: Extract<DatabaseUrl, { kind: 'sqlite' }>,
  limits: DatabaseLimits,
  log: Log,
): Promise<Storage> {
  ensureSqliteFile(url.path)
  // Loaded here, so that only the database in use is.
  const { sqliteAdapterFactory } = await import('./sqlite-adapter.ts')
  const { PrismaClient } = await import('./generated/sqlite/client.ts')
  const factory = sqliteAdapterFactory(url.path, limits)
  try {
    const adapter = await factory.connect()
    try {
      const beforeMigrating = (before: string): void => {
        const copy = backUpSqliteFile(url.path, { before, now: systemClock.now() })
        log.info({ copy }, 'the database is older than this version: a copy was made before it is migrated')
      }
      const run = { dialect: sqliteDialect, migrations: migrationsOf('sqlite'), newId, beforeMigrating }
      sayApplied(await migrate(await adapter.startTransaction(), run), log)
    } finally {
      await adapter.dispose()
    }
  } catch (error) {
    throw unusable(url, error, error instanceof Error ? error.message : undefined)
  }
  const adapter = await factory.connect()
  const database = new PrismaClient({ adapter: sharedAdapter(adapter), errorFormat: 'minimal' })
  return storageOver({ database, adapter, statements: adapter.statements, kind: 'sqlite' })
}

async function openPostgresql(
  url: Extract<DatabaseUrl, { kind: 'postgresql' }>,
  limits: DatabaseLimits,
  log: Log,
): Promise<Storage> {
  const { explainPostgresqlError, postgresqlAdapterFactory, postgresqlMigrationFactory, unsafeSettings } = await import(
    './postgresql-adapter.ts'
  )
  const { postgresqlStatements } = await import('./postgresql-statements.ts')
  const { PrismaClient } = await import('./generated/postgresql/client.ts')
  try {
    const adapter = await postgresqlMigrationFactory(url, limits).connect()
    try {
      const run = { dialect: postgresqlDialect, migrations: migrationsOf('postgresql'), newId }
      sayApplied(await migrate(await adapter.startTransaction(), run), log)
      const unsafe = await unsafeSettings(adapter)
      if (unsafe.length > 0) log.warn({ settings: unsafe.join(' ') }, UNSAFE)
    } finally {
      await adapter.dispose()
    }
  } catch (error) {
    throw unusable(url, error, explainPostgresqlError(error))
  }
  const adapter = await postgresqlAdapterFactory(url, limits).connect()
  const statements = postgresqlStatements(adapter.underlyingDriver(), { isNamed: !url.isPooled })
  const client = new PrismaClient({ adapter: sharedAdapter(adapter), errorFormat: 'minimal' })
  return storageOver({ database: client as unknown as Closable, adapter, statements, kind: 'postgresql' })
}

const UNSAFE =
  'PostgreSQL runs with settings that lose answered sign-ons, or the whole database, when the power fails: turn them on'

function sayApplied(migrations: readonly string[], log: Log): void {
  if (migrations.length > 0) log.info({ migrations }, 'the database was brought up to this version')
}

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
  readonly kind: DatabaseUrl['kind']
}

function storageOver({ database, adapter, statements, kind }: Opened): Storage {
  const skipsLocked = kind === 'postgresql'
  const migrations = migrationsOf(kind).map(({ name }) => name)
  const jsonObject = kind === 'postgresql' ? 'json_build_object' : 'json_object'
  const ends = sessionEnds({ database, jsonObject })
  return {
    accounts: accountStore(database),
    sessions: sessionStore(statements, ends),
    interactions: interactionStore(statements),
    pushedRequests: pushedRequestStore(statements),
    consents: consentStore(statements),
    grants: grantStore(statements),
    revokedTokens: revokedTokenStore(statements),
    registeredClients: registeredClientStore(database, statements),
    usedTokens: usedTokenStore(statements),
    signingKeys: signingKeyStore(database),
    leases: leaseStore(database),
    sessionClients: sessionClientStore(database, statements, ends),
    deliveries: deliveryStore(database),
    securityNotices: securityNoticeStore(database),
    configEntries: configEntryStore(database),
    clientUses: clientUseStore(database),
    async ping() {
      // A table of ours, so that SQLite reads its file.
      await database.$queryRaw`SELECT kid FROM signing_keys LIMIT 1`
    },
    async isMigrated() {
      const rows = await database.$queryRaw<{ name: string }[]>`
        SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`
      const applied = new Set(rows.map(({ name }) => name))
      return migrations.every((name) => applied.has(name))
    },
    sweep: (now, limit) => sweep({ database, skipsLocked }, now, limit),
    async close() {
      await database.$disconnect()
      await adapter.dispose()
    },
  }
}
