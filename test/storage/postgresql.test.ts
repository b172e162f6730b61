/** The storage suite on PostgreSQL, and what is true of our connections to it alone. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import pg from 'pg'
import { openStorage } from '../../src/storage/prisma/client.ts'
import { parseDatabaseUrl } from '../../src/storage/prisma/database-url.ts'
import { postgresqlAdapterFactory } from '../../src/storage/prisma/postgresql-adapter.ts'
import { postgresqlStatements } from '../../src/storage/prisma/postgresql-statements.ts'
import { sessionStore } from '../../src/storage/prisma/sessions.ts'
import { START } from '../fixtures/clock.ts'
import { NO_POSTGRESQL, startPostgresql } from '../fixtures/postgresql.ts'
import { auditEvents } from './audit-events.ts'
import { conformance } from './conformance.ts'
import { processes } from './processes.ts'
import { aGrant } from './records.ts'

const server = await startPostgresql()

describe('storage on PostgreSQL', { skip: server ? false : NO_POSTGRESQL }, () => {
  if (server === undefined) return
  after(() => server.stop())
  const freshUrl = (): Promise<string> => server.url('storage')

  conformance(freshUrl)
  auditEvents(freshUrl)
  processes(freshUrl)

  test('a connection that the server ends is replaced', async () => {
    const url = await freshUrl()
    const storage = await openStorage({ url })
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      await Promise.all(Array.from({ length: 20 }, () => storage.ping()))
      const ended = await client.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      )
      assert.ok(ended.rowCount !== null && ended.rowCount > 0)
      // The connections that were waiting hear of it one by one.
      let failures = 0
      for (let i = 0; i < 20; i++) await storage.ping().catch(() => failures++)
      assert.ok(failures <= 10)
      await storage.ping()
    } finally {
      await client.end()
      await storage.close()
    }
  })

  test('two instances that redeem the same codes in opposite order: each code has one winner', async () => {
    const url = await freshUrl()
    const [one, other] = await Promise.all([openStorage({ url }), openStorage({ url })])
    try {
      const ids = Array.from({ length: 100 }, (_, i) => `code-${i}`)
      await Promise.all(ids.map((id) => one.grants.insert(aGrant(id))))
      const [first, second] = await Promise.all([
        Promise.all(ids.map((id) => one.grants.consumeCode(id, START, undefined))),
        Promise.all(ids.toReversed().map((id) => other.grants.consumeCode(id, START, undefined))),
      ])
      assert.deepEqual(
        first.map((isFirst, i) => Number(isFirst) + Number(second.toReversed()[i])),
        ids.map(() => 1),
      )
    } finally {
      await Promise.all([one.close(), other.close()])
    }
  })

  test('statements are prepared once per connection, by name; behind a pooler that shares connections they have none', async () => {
    const url = await freshUrl()
    await (await openStorage({ url })).close()
    for (const [search, count] of [
      ['', 1],
      ['?pgbouncer=true', 0],
    ] as const) {
      const parsed = parseDatabaseUrl(`${url}${search}`)
      assert.equal(parsed.kind, 'postgresql')
      const adapter = await postgresqlAdapterFactory(parsed).connect()
      const pool = adapter.underlyingDriver()
      pool.options.max = 1
      const never = { end: async () => false, endByAccount: async () => 0 }
      const noModel = { session: undefined as never }
      const sessions = sessionStore(postgresqlStatements(pool, { isNamed: !parsed.isPooled }), never, noModel)
      for (let i = 0; i < 3; i++) assert.equal(await sessions.find('none'), undefined)
      const { rows } = await pool.query(`SELECT generic_plans FROM pg_prepared_statements WHERE name LIKE 'hot%'`)
      // Planned once, not for each value, however small the table is.
      assert.deepEqual(rows, count === 0 ? [] : [{ generic_plans: '3' }])
      await adapter.dispose()
    }
  })

  test('the tables may live in a schema of their own', async () => {
    const url = new URL(await freshUrl())
    const client = new pg.Client({ connectionString: url.href })
    await client.connect()
    await client.query('CREATE SCHEMA sign_on')
    url.searchParams.set('schema', 'sign_on')
    const storage = await openStorage({ url: url.href })
    try {
      await storage.ping()
      assert.equal(await storage.accounts.find('nobody'), undefined)
      const tables = await client.query(
        `SELECT DISTINCT schemaname FROM pg_tables WHERE tablename IN ('grants', '_prisma_migrations')`,
      )
      assert.deepEqual(tables.rows, [{ schemaname: 'sign_on' }])
    } finally {
      await storage.close()
      await client.end()
    }
  })
})
