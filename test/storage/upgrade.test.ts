/** An older database is copied, then migrated; a newer one is refused; and what a migration may do to the version before. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import Database from 'better-sqlite3'
import pg from 'pg'
import { openStorage } from '../../src/storage/prisma/client.ts'
import { sqliteDialect } from '../../src/storage/prisma/migration-dialects.ts'
import { migrate, readMigrations } from '../../src/storage/prisma/migrations.ts'
import { sqliteAdapterFactory } from '../../src/storage/prisma/sqlite-adapter.ts'
import { ensureSqliteFile } from '../../src/storage/prisma/sqlite-file.ts'
import { PROVIDERS } from '../../tools/prisma-schemas.ts'
import { migrationsPath } from '../../tools/schema-engine.ts'
import { countersignInstallation } from '../fixtures/countersign.ts'
import { NO_POSTGRESQL, startPostgresql } from '../fixtures/postgresql.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-upgrade-'))
const server = await startPostgresql()
after(async () => {
  rmSync(folder, { recursive: true, force: true })
  await server?.stop()
})

/** A database as the version before the last migration left it, with one row in it. */
async function olderDatabase(name: string): Promise<{ path: string; last: string; beside(): readonly string[] }> {
  const directory = join(folder, name)
  mkdirSync(directory)
  const path = join(directory, 'countersign.db')
  ensureSqliteFile(path)
  const migrations = readMigrations(migrationsPath('sqlite'))
  const adapter = await sqliteAdapterFactory(path).connect()
  let rows = 0
  const run = { dialect: sqliteDialect, migrations: migrations.slice(0, -1), newId: () => `row ${rows++}` }
  await migrate(await adapter.startTransaction(), run)
  await adapter.dispose()
  const database = new Database(path)
  database.exec(`INSERT INTO revoked_tokens (jti, expires_at) VALUES ('kept', 1)`)
  database.close()
  return {
    path,
    last: migrations.at(-1)?.name ?? '',
    beside: () => readdirSync(directory).filter((file) => !/\.db(-wal|-shm)?$/.test(file)),
  }
}

const listening = () => {
  const told: { fields: object; message: string }[] = []
  const tell = (fields: object, message: string) => void told.push({ fields, message })
  return { told, log: { debug: tell, info: tell, warn: tell, error: tell } }
}

describe('an older SQLite database', () => {
  test('is copied beside itself, readable by its owner alone, then migrated', async () => {
    const { path, last, beside } = await olderDatabase('older')
    const { told, log } = listening()
    const storage = await openStorage({ url: `file:${path}` }, log)
    assert.ok(await storage.revokedTokens.has('kept'))
    await storage.close()

    const [copy = '', ...others] = beside()
    assert.deepEqual(others, [])
    assert.match(copy, new RegExp(`^countersign\\.db\\.\\d{8}T\\d{6}Z-before-${last}$`))
    const copyPath = join(folder, 'older', copy)
    assert.equal(statSync(copyPath).mode & 0o777, 0o600)
    assert.deepEqual(told[0]?.fields, { copy: copyPath })
    assert.deepEqual(told[1]?.fields, { migrations: [last] })

    const database = new Database(copyPath, { readonly: true })
    const count = (sql: string) => database.prepare(sql).pluck().get()
    assert.equal(count('PRAGMA integrity_check'), 'ok')
    assert.equal(count('SELECT count(*) FROM revoked_tokens'), 1)
    assert.equal(count(`SELECT count(*) FROM _prisma_migrations WHERE migration_name = '${last}'`), 0)
    database.close()

    // Up to date: no second copy. And the copy is a whole database, which can be gone back to.
    await (await openStorage({ url: `file:${path}` })).close()
    assert.equal(beside().length, 1)
    const old = await openStorage({ url: `file:${copyPath}` })
    assert.ok(await old.revokedTokens.has('kept'))
    await old.close()
  })

  test('a new one makes no copy', async () => {
    mkdirSync(join(folder, 'new'))
    await (await openStorage({ url: `file:${join(folder, 'new', 'countersign.db')}` })).close()
    assert.deepEqual(
      readdirSync(join(folder, 'new')).filter((file) => file.includes('before')),
      [],
    )
  })

  test('is not migrated when there is no room for the copy', async () => {
    const { path, last, beside } = await olderDatabase('full')
    const database = new Database(path)
    database.exec(`CREATE TABLE filler (x); INSERT INTO filler VALUES (zeroblob(4000000))`)
    database.close()
    const client = join(import.meta.dirname, '../../src/storage/prisma/client.ts')
    const script = `import { openStorage } from ${JSON.stringify(client)}
      await openStorage({ url: 'file:' + process.argv[1] }).then(
        () => console.log('opened'), (error) => console.log(error.constructor.name, error.message))`
    // No file of this process may grow beyond 2 MiB: for SQLite the same as a full disk.
    const node = [process.execPath, '--input-type=module', '-e', script, path]
    const said = execFileSync('sh', ['-c', 'ulimit -f 4096; exec "$@"', 'sh', ...node], { encoding: 'utf8' })
    assert.match(said, /^StorageError cannot use the database .*countersign\.db: it is older.*nothing was changed/s)
    assert.deepEqual(beside(), [], 'half a copy was left')
    const unchanged = new Database(path, { readonly: true })
    const applied = unchanged.prepare('SELECT count(*) FROM _prisma_migrations WHERE migration_name = ?').pluck()
    assert.equal(applied.get(last), 0)
    unchanged.close()
  })

  test('several processes that start at once make one copy', async () => {
    const { path, beside } = await olderDatabase('several')
    const opened = await Promise.all([1, 2, 3].map(() => openStorage({ url: `file:${path}` })))
    await Promise.all(opened.map((storage) => storage.close()))
    assert.equal(beside().length, 1)
  })
})

describe('a database that a newer version has used is refused: exit status 1, one line', () => {
  const INSERT = `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('x', 'y', '29990101000000_newer', `
  const refusal =
    /^countersign serve: cannot use the database [^\n]*29990101000000_newer[^\n]*a newer version has used it[^\n]*\n$/

  test('sqlite', async () => {
    const installation = await countersignInstallation({ clients: [] })
    const path = join(installation.folder, 'countersign.db')
    try {
      await (await openStorage({ url: `file:${path}` })).close()
      const database = new Database(path)
      database.exec(`${INSERT} 0)`)
      database.close()
      const { status, stderr } = await installation.run(['serve'])
      assert.equal(status, 1)
      assert.match(stderr, refusal)
    } finally {
      await installation.remove()
    }
  })

  test('postgresql', { skip: server ? false : NO_POSTGRESQL }, async () => {
    const databaseUrl = (await server?.url('newer')) ?? ''
    const installation = await countersignInstallation({ clients: [], databaseUrl })
    try {
      await (await openStorage({ url: databaseUrl })).close()
      const client = new pg.Client({ connectionString: databaseUrl })
      await client.connect()
      await client.query(`${INSERT} now())`)
      await client.end()
      const { status, stderr } = await installation.run(['serve'])
      assert.equal(status, 1)
      assert.match(stderr, refusal)
    } finally {
      await installation.remove()
    }
  })
})

// ---- what a migration may do ---------------------------------------------------------------------------------------

/** Takes back a rule below, once no version that is still in use needs it: `-- contract: nothing uses it since 1.4.0`. */
const CONTRACT = /^-- contract: nothing uses \S.* since \d+\.\d+\.\d+$/m

const CONTRACTS: Readonly<Record<string, RegExp>> = {
  'takes a table away': /\bDROP\s+TABLE\b/i,
  'takes a column away': /\bDROP\s+COLUMN\b/i,
  'renames something': /\bRENAME\b/i,
  'changes a type': /\bALTER\s+COLUMN\b[^,;]*\bTYPE\b|\bSET\s+DATA\s+TYPE\b/i,
  'makes a column mandatory': /\bSET\s+NOT\s+NULL\b/i,
  'adds a mandatory column without a default': /\bADD\s+COLUMN\b(?=[^,;]*\bNOT\s+NULL\b)(?![^,;]*\bDEFAULT\b)/i,
  'makes existing values unique or refuses some': /\bADD\s+CONSTRAINT\b/i,
  'deletes rows': /\bDELETE\s+FROM\b|(?<!\bBEFORE\s+)\bTRUNCATE\b/i,
}

const withoutComments = (sql: string): string => sql.replace(/--.*$/gm, '')

/** What the version before this migration would stumble over; empty when it is a contract step that says so. */
function contractsOf(sql: string): readonly string[] {
  if (CONTRACT.test(sql)) return []
  const statements = withoutComments(sql)
  return Object.keys(CONTRACTS).filter((what) => CONTRACTS[what]?.test(statements))
}

describe('migrations only ever expand: the version before must still run on the new schema', () => {
  for (const provider of PROVIDERS) {
    for (const { name, sql } of readMigrations(migrationsPath(provider)).slice(1)) {
      test(`${provider}: ${name}`, () =>
        assert.deepEqual(
          contractsOf(sql),
          [],
          'see "Changing the database" in CONTRIBUTING.md: first a release that no longer uses it',
        ))
    }
  }

  const REFUSED = [
    'DROP TABLE "grants";',
    'ALTER TABLE "grants" DROP COLUMN "nonce";',
    'ALTER TABLE "grants" RENAME COLUMN "nonce" TO "n";',
    'ALTER TABLE "grants" ALTER COLUMN "nonce" SET DATA TYPE BIGINT;',
    'ALTER TABLE "grants" ALTER COLUMN "nonce" SET NOT NULL;',
    'ALTER TABLE "grants" ADD COLUMN "x" TEXT NOT NULL;',
    // How Prisma changes a table of SQLite.
    'CREATE TABLE "new_grants" ("id" TEXT);\nDROP TABLE "grants";\nALTER TABLE "new_grants" RENAME TO "grants";',
    'DELETE FROM "sessions";',
    '-- contract: some time\nDROP TABLE "grants";',
  ]
  for (const sql of REFUSED) test(`refused: ${sql}`, () => assert.notDeepEqual(contractsOf(sql), []))

  const ACCEPTED = [
    'ALTER TABLE "grants" ADD COLUMN "x" TEXT;',
    `ALTER TABLE "grants" ADD COLUMN "x" TEXT NOT NULL DEFAULT '';`,
    'CREATE TABLE "leases" ("name" TEXT NOT NULL PRIMARY KEY);',
    'CREATE INDEX "grants_x_idx" ON "grants"("x");',
    '-- DROP TABLE in a comment\nCREATE INDEX "y" ON "grants"("y");',
    '-- contract: nothing uses grants.nonce since 1.4.0\nALTER TABLE "grants" DROP COLUMN "nonce";',
  ]
  for (const sql of ACCEPTED) test(`fine: ${sql}`, () => assert.deepEqual(contractsOf(sql), []))

  test('both databases have the same migrations', () => {
    const [sqlite, postgresql] = PROVIDERS.map((provider) => readdirSync(migrationsPath(provider)).sort())
    assert.deepEqual(sqlite, postgresql)
  })

  test('the rule is in CONTRIBUTING.md', () => {
    const text = readFileSync(join(import.meta.dirname, '../../CONTRIBUTING.md'), 'utf8')
    assert.match(text, /-- contract: nothing uses/)
  })
})
