/** Prisma's schema engine as WebAssembly: the SQL of the next migration, and what it thinks of a migrated database. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils'
import { type DiagnoseMigrationHistoryOutput, type MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm'
import { type Provider, schemaText } from './prisma-schemas.ts'

const NO_FILTERS = { externalTables: [], externalEnums: [] }
const PRISMA = join(import.meta.dirname, '../prisma')

/** An engine over `provider`'s schema; `factory` also makes the empty database in which it replays migrations. */
export async function schemaEngine(
  provider: Provider,
  factory: SqlMigrationAwareDriverAdapterFactory,
): Promise<SchemaEngine> {
  const datamodels: [string, string][] = [['schema.prisma', schemaText(provider)]]
  return SchemaEngine.new({ datamodels }, () => {}, bindMigrationAwareSqlAdapterFactory(factory))
}

export const migrationsPath = (provider: Provider): string => join(PRISMA, provider, 'migrations')

export const lockText = (provider: Provider): string => `# Keep this file: it ties the migrations to their database.
provider = "${provider}"
`

/** The committed migrations in the engine's own shape. */
function migrationList(provider: Provider): MigrationList {
  const baseDir = migrationsPath(provider)
  const names = readdirSync(baseDir, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return {
    baseDir,
    lockfile: { path: 'migration_lock.toml', content: lockText(provider) },
    shadowDbInitScript: '',
    migrationDirectories: names
      .map(({ name }) => ({
        path: name,
        migrationFile: {
          path: 'migration.sql',
          content: { tag: 'ok' as const, value: readFileSync(join(baseDir, name, 'migration.sql'), 'utf8') },
        },
      }))
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
  }
}

/** The SQL that leads from the committed migrations to the models; no statement in it when there is nothing to do. */
export async function nextMigration(
  provider: Provider,
  factory: SqlMigrationAwareDriverAdapterFactory,
): Promise<string> {
  const engine = await schemaEngine(provider, factory)
  const list = migrationList(provider)
  const { stdout } = await engine.diff({
    from: list.migrationDirectories.length === 0 ? { tag: 'empty' } : { tag: 'migrations', ...list },
    to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: schemaText(provider) }] },
    script: true,
    exitCode: null,
    filters: NO_FILTERS,
  })
  return stdout ?? ''
}

/** What `prisma migrate status` asks of the database that `factory` connects to. */
export async function diagnoseMigrations(
  provider: Provider,
  factory: SqlMigrationAwareDriverAdapterFactory,
): Promise<DiagnoseMigrationHistoryOutput> {
  const engine = await schemaEngine(provider, factory)
  return engine.diagnoseMigrationHistory({
    migrationsList: migrationList(provider),
    optInToShadowDatabase: false,
    filters: NO_FILTERS,
  })
}
