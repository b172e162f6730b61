/** Opens the database that the configuration names: creates it where it can, migrates it, and hands out the stores. */
import { existsSync } from 'node:fs'
import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils'
import { systemClock } from '../../base/clock.ts'
import { newIdentifier } from '../../base/identifier.ts'
import type { Log } from '../../base/log.ts'
import { systemRandom } from '../../base/random.ts'
import type { DatabaseConfig, DatabaseLimits } from '../../config/config.ts'
import type { Storage } from '../storage.ts'
import { accountStore } from './accounts.ts'
import { auditEventStore } from './audit-events.ts'
import { clientUseStore } from './client-uses.ts'
import { migrationsOf } from './committed-migrations.ts'
import { configEntryStore } from './config-entries.ts'
import { consentStore } from './consents.ts'
import type { Database } from './database.ts'
import { type DatabaseUrl, parseDatabaseUrl, StorageError } from './database-url.ts'
import { deliveryStore } from './deliveries.ts'
import { appliedMigrations, describeDatabase } from './describe.ts'
import { grantStore } from './grants.ts'
import { instanceStore } from './instances.ts'
import { interactionStore } from './interactions.ts'
import { jwksFetchStore } from './jwks-fetches.ts'
import { leaseStore } from './leases.ts'
import { limitsOf } from './limits.ts'
import { postgresqlDialect, sqliteDialect } from './migration-dialects.ts'
import { MigrationError, migrate } from './migrations.ts'
import { oneTimeCodeStore } from './one-time-codes.ts'
import { passkeyStore } from './passkeys.ts'
import { pushedRequestStore } from './pushed-requests.ts'
import { recoveryCodeStore } from './recovery-codes.ts'
import { refusalStore } from './refusals.ts'
import { registeredClientStore } from './registered-clients.ts'
import { rememberedDeviceStore } from './remembered-devices.ts'
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
import { throttleStore } from './throttles.ts'
import { totpStore } from './totps.ts'
import { upstreamIdentityStore, upstreamRequestStore } from './upstream.ts'
import { usedTokenStore } from './used-tokens.ts'
import { watched } from './watched.ts'

type Closable = Database & { $disconnect(): Promise<void> }

const newId = (): string => newIdentifier(systemClock.now(), systemRandom)

/**
 * Opens the database and applies the migrations that it lacks; several processes may do so at once. `log` hears what
 * was done, what is unsafe, and when the database goes away and comes back; `onOutage` that it goes away.
 * Throws `StorageError` with a message for the person who starts Countersign.
 */
export async function openStorage(config: DatabaseConfig, log: Log = SILENT, onOutage?: () => void): Promise<Storage> {
  const url = parseDatabaseUrl(config.url)
  const limits = limitsOf(config)
  if (url.kind === 'sqlite') await prepareSqlite(url, limits, log)
  else await preparePostgresql(url, limits, log)
  return connected(url, { limits, log, onOutage })
}

/** The same as it is: nothing is made or migrated, so questions may fail that an older database has no table for. */
export async function openStorageAsIs(config: DatabaseConfig): Promise<Storage> {
  const url = parseDatabaseUrl(config.url)
  if (url.kind === 'sqlite' && !existsSync(url.path)) throw new StorageError(`there is no database at ${url.path}`)
  return connected(url, { limits: limitsOf(config), log: SILENT }).catch((error: unknown) => {
    throw unusable(url, error, error instanceof Error ? error.message : undefined)
  })
}

async function connected(
  url: DatabaseUrl,
  { limits, log, onOutage }: { limits: DatabaseLimits; log: Log; onOutage?: (() => void) | undefined },
): Promise<Storage> {
  const storage = await (url.kind === 'sqlite' ? openSqlite(url, limits) : openPostgresql(url, limits))
  return watched(storage, { log, clock: systemClock, onOutage })
}

const ignore = () => {}
const SILENT: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore }

type SqliteUrl = Extract<DatabaseUrl, { kind: 'sqlite' }>
type PostgresqlUrl = Extract<DatabaseUrl, { kind: 'postgresql' }>

async function prepareSqlite(url: SqliteUrl, limits: DatabaseLimits, log: Log): Promise<void> {
  ensureSqliteFile(url.path)
  // Loaded here, so that only the database in use is.
  const { sqliteAdapterFactory } = await import('./sqlite-adapter.ts')
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
}

async function openSqlite(url: SqliteUrl, limits: DatabaseLimits): Promise<Storage> {
  const { sqliteAdapterFactory } = await import('./sqlite-adapter.ts')
  const { PrismaClient } = await import('./generated/sqlite/client.ts')
  const adapter = await sqliteAdapterFactory(url.path, limits).connect()
  const database = new PrismaClient({ adapter: sharedAdapter(adapter), errorFormat: 'minimal' })
  return storageOver({ database, adapter, statements: adapter.statements, kind: 'sqlite' })
}

async function preparePostgresql(url: PostgresqlUrl, limits: DatabaseLimits, log: Log): Promise<void> {
  const { explainPostgresqlError, postgresqlMigrationFactory, unsafeSettings } = await import('./postgresql-adapter.ts')
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
}

async function openPostgresql(url: PostgresqlUrl, limits: DatabaseLimits): Promise<Storage> {
  const { postgresqlAdapterFactory } = await import('./postgresql-adapter.ts')
  const { postgresqlStatements } = await import('./postgresql-statements.ts')
  const { PrismaClient } = await import('./generated/postgresql/client.ts')
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
    sessions: sessionStore(statements, ends, database),
    interactions: interactionStore(statements),
    pushedRequests: pushedRequestStore(statements),
    consents: consentStore(statements, database),
    grants: grantStore(statements, database),
    revokedTokens: revokedTokenStore(statements),
    registeredClients: registeredClientStore(database, statements),
    usedTokens: usedTokenStore(statements),
    signingKeys: signingKeyStore(database),
    jwksFetches: jwksFetchStore(database),
    leases: leaseStore(database),
    instances: instanceStore(database),
    sessionClients: sessionClientStore(database, statements, ends),
    deliveries: deliveryStore(database),
    securityNotices: securityNoticeStore(database),
    refusals: refusalStore(database),
    throttles: throttleStore(statements),
    oneTimeCodes: oneTimeCodeStore(database),
    configEntries: configEntryStore(database),
    clientUses: clientUseStore(database),
    totps: totpStore(database, statements),
    recoveryCodes: recoveryCodeStore(database, statements),
    passkeys: passkeyStore(database, statements),
    rememberedDevices: rememberedDeviceStore(database, statements),
    upstreamIdentities: upstreamIdentityStore(database, statements),
    upstreamRequests: upstreamRequestStore(database, statements),
    auditEvents: auditEventStore(database, statements, kind),
    async ping() {
      // A table of ours, so that SQLite reads its file.
      await database.$queryRaw`SELECT kid FROM signing_keys LIMIT 1`
    },
    async isMigrated() {
      const applied = await appliedMigrations(database)
      return migrations.every((name) => applied.has(name))
    },
    describe: () => describeDatabase(database, { kind, migrations }),
    sweep: (now, limit) => sweep({ database, skipsLocked }, now, limit),
    async close() {
      await database.$disconnect()
      await adapter.dispose()
    },
  }
}
