/** What an operator wants to know of the database itself. Changes nothing. */
import type { DatabaseFacts } from '../storage.ts'
import type { Database } from './database.ts'

type Asked = Pick<Database, '$queryRaw'>

export async function describeDatabase(
  database: Asked,
  { kind, migrations }: { kind: DatabaseFacts['kind']; migrations: readonly string[] },
): Promise<DatabaseFacts> {
  const applied = await appliedMigrations(database)
  return {
    kind,
    missingMigrations: migrations.filter((name) => !applied.has(name)),
    unknownMigrations: [...applied].filter((name) => !migrations.includes(name)),
    ...(kind === 'postgresql' ? await ofPostgresql(database) : await ofSqlite(database)),
  }
}

/** By name, as far as they were finished. */
export async function appliedMigrations(database: Asked): Promise<ReadonlySet<string>> {
  const rows = await database.$queryRaw<{ name: string }[]>`
    SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`
  return new Set(rows.map(({ name }) => name))
}

type OfServer = Pick<DatabaseFacts, 'version' | 'time' | 'unsafeSettings'>

async function ofPostgresql(database: Asked): Promise<OfServer> {
  const [server] = await database.$queryRaw<{ version: string; time: number | bigint }[]>`
    SELECT current_setting('server_version') AS version,
      CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS time`
  const unsafe = await database.$queryRaw<{ name: string }[]>`
    SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off' ORDER BY name`
  return {
    version: server?.version ?? 'unknown',
    time: server && Number(server.time),
    unsafeSettings: unsafe.map(({ name }) => `${name}=off`),
  }
}

async function ofSqlite(database: Asked): Promise<OfServer> {
  const [row] = await database.$queryRaw<{ version: string }[]>`SELECT sqlite_version() AS version`
  return { version: row?.version ?? 'unknown', time: undefined, unsafeSettings: [] }
}
