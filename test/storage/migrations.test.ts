/** Migrations: they lead to the models, Prisma agrees with what our runner records, and a foreign database is refused. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import Database from 'better-sqlite3'
import pg from 'pg'
import { openStorage } from '../../src/storage/prisma/client.ts'
import { StorageError } from '../../src/storage/prisma/database-url.ts'
import { PROVIDERS, schemaPath, schemaText } from '../../tools/prisma-schemas.ts'
import { diagnoseMigrations, lockText, migrationsPath, nextMigration } from '../../tools/schema-engine.ts'
import { postgresqlShadowFactory, sqliteShadowFactory } from '../../tools/shadow-databases.ts'
import { NO_POSTGRESQL, startPostgresql } from '../fixtures/postgresql.ts'

const server = await startPostgresql()
const skip = server ? false : NO_POSTGRESQL
const folder = mkdtempSync(join(tmpdir(), 'countersign-migrations-'))
after(async () => {
  rmSync(folder, { recursive: true, force: true })
  await server?.stop()
})

/** What `prisma migrate status` finds when all is well. */
const UP_TO_DATE = { editedMigrationNames: [], failedMigrationNames: [], hasMigrationsTable: true, history: null }

/** Only comments are left. */
const withoutComments = (sql: string): string => sql.replace(/^--.*$/gm, '').trim()

const HINT = 'prisma/models.prisma has changed: run "node tools/make-migration.ts NAME"'

describe('models, schemas and migrations are one', () => {
  for (const provider of PROVIDERS) {
    test(`schema.prisma of ${provider} is the models with its head`, () => {
      assert.equal(readFileSync(schemaPath(provider), 'utf8'), schemaText(provider), 'run "npm run generate:prisma"')
      assert.equal(readFileSync(join(migrationsPath(provider), 'migration_lock.toml'), 'utf8'), lockText(provider))
    })
  }

  test('the migrations of sqlite lead to the models', async () => {
    assert.equal(withoutComments(await nextMigration('sqlite', sqliteShadowFactory(folder, 'drift.db'))), '', HINT)
  })

  test('the migrations of postgresql lead to the models', { skip }, async () => {
    const url = (await server?.url('drift')) ?? ''
    assert.equal(withoutComments(await nextMigration('postgresql', postgresqlShadowFactory(url))), '', HINT)
  })
})

describe('Prisma’s own engine finds a migrated database up to date', () => {
  test('on sqlite', async () => {
    const storage = await openStorage({ url: `file:${join(folder, 'status.db')}` })
    await storage.close()
    assert.deepEqual(await diagnoseMigrations('sqlite', sqliteShadowFactory(folder, 'status.db')), UP_TO_DATE)
  })

  test('on postgresql', { skip }, async () => {
    const url = (await server?.url('status')) ?? ''
    await (await openStorage({ url })).close()
    assert.deepEqual(await diagnoseMigrations('postgresql', postgresqlShadowFactory(url)), UP_TO_DATE)
  })
})

/** What was done to `_prisma_migrations`, and what the person must be told. */
const FOREIGN = {
  'a newer version used it': [
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('x', 'y', '29990101000000_newer', started)`,
    /29990101000000_newer.*newer version/,
  ],
  'the migration was edited': [`UPDATE _prisma_migrations SET checksum = 'other'`, /edited/],
  'another tool did not finish': ['UPDATE _prisma_migrations SET finished_at = NULL', /did not finish/],
} as const

describe('a database that another version shaped is refused, and left as it is', () => {
  for (const [name, [sql, message]] of Object.entries(FOREIGN)) {
    test(`sqlite: ${name}`, async () => {
      const path = join(folder, `${name}.db`)
      await (await openStorage({ url: `file:${path}` })).close()
      const database = new Database(path)
      database.exec(sql.replace('started', '0'))
      await assert.rejects(openStorage({ url: `file:${path}` }), (error) => {
        assert.ok(error instanceof StorageError)
        assert.match(error.message, message)
        return error.message.includes(path)
      })
      assert.equal(database.prepare('SELECT count(*) FROM accounts').pluck().get(), 0)
      database.close()
    })

    test(`postgresql: ${name}`, { skip }, async () => {
      const url = (await server?.url('foreign')) ?? ''
      await (await openStorage({ url })).close()
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      await client.query(sql.replace('started', 'now()'))
      await client.end()
      await assert.rejects(openStorage({ url }), message)
    })
  }

  test('a migration that was rolled back by hand counts as not applied', async () => {
    const path = join(folder, 'rolled-back.db')
    await (await openStorage({ url: `file:${path}` })).close()
    const database = new Database(path)
    database.exec(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, rolled_back_at) VALUES ('x', 'y', 'failed', 1)`,
    )
    database.close()
    await (await openStorage({ url: `file:${path}` })).close()
  })
})

describe('what a person is told when the database cannot be opened', () => {
  const refusals: Readonly<Record<string, RegExp>> = {
    'postgresql://ada:geheim@127.0.0.1:1/x': /postgresql:\/\/127\.0\.0\.1:1\/x: the server cannot be reached/,
    'postgresql://ada:geheim@/x?host=/nowhere': /postgresql:\/\/\/nowhere\/x: the server cannot be reached/,
    'postgresql://ada:geh%eim@[/x': /not a valid URL/,
    'postgresql://ada:geheim@127.0.0.1:1/x?schema=a;b': /schema/,
    'mysql://ada:geheim@127.0.0.1/x': /must begin with "file:"/,
    'file:': /must name a file/,
    'file::memory:': /must name a file/,
  }
  for (const [url, message] of Object.entries(refusals)) {
    test(url.replace(/:geh.*@/, '@'), () =>
      assert.rejects(openStorage({ url }), (error) => {
        assert.ok(error instanceof StorageError)
        assert.match(error.message, message)
        return !/geh/.test(String(error.stack) + String(error.cause))
      }),
    )
  }

  test('a file that is no database', async () => {
    const path = join(folder, 'text.db')
    writeFileSync(path, 'Dear diary, '.repeat(100))
    await assert.rejects(openStorage({ url: `file:${path}` }), /text\.db: file is not a database/)
    assert.equal(readFileSync(path, 'utf8').length, 1200)
  })

  test('a database or a user that is not there', { skip }, async () => {
    const url = new URL((await server?.url('there')) ?? '')
    url.pathname = '/not_there'
    await assert.rejects(openStorage({ url: url.href }), /no database of that name/)
  })
})
