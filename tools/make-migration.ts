/**
 * `node tools/make-migration.ts NAME`: writes the migration that leads to prisma/models.prisma for both databases.
 * PostgreSQL needs a server to replay the older migrations in: the test suite's private one.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgresql } from '../test/fixtures/postgresql.ts'
import { PROVIDERS, type Provider } from './prisma-schemas.ts'
import { lockText, migrationsPath, nextMigration } from './schema-engine.ts'
import { postgresqlShadowFactory, sqliteShadowFactory } from './shadow-databases.ts'

function writeMigration(provider: Provider, name: string, sql: string): void {
  if (!/^\s*[^-\s]/m.test(sql)) {
    console.log(`${provider}: the migrations already lead to the models`)
    return
  }
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
  const folder = join(migrationsPath(provider), `${stamp}_${name}`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(migrationsPath(provider), 'migration_lock.toml'), lockText(provider))
  writeFileSync(join(folder, 'migration.sql'), sql)
  console.log(`${provider}: wrote ${folder}`)
}

async function main(name: string | undefined): Promise<void> {
  if (name === undefined || !/^[a-z0-9_]+$/.test(name))
    throw new Error('usage: node tools/make-migration.ts NAME (a-z, 0-9, _)')
  const folder = mkdtempSync(join(tmpdir(), 'countersign-migration-'))
  const server = await startPostgresql()
  if (server === undefined)
    throw new Error('no PostgreSQL server is to be had: install one, or set COUNTERSIGN_TEST_POSTGRESQL')
  try {
    for (const provider of PROVIDERS) mkdirSync(migrationsPath(provider), { recursive: true })
    const pg = postgresqlShadowFactory(await server.url('make_migration'))
    const sqls = [await nextMigration('sqlite', sqliteShadowFactory(folder)), await nextMigration('postgresql', pg)]
    for (const [i, provider] of PROVIDERS.entries()) writeMigration(provider, name, sqls[i] ?? '')
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

if (import.meta.main) await main(process.argv[2])
