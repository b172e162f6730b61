/** "Not now" in one word, whatever Prisma, a driver or a database calls it; and the log of an outage. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { DriverAdapterError } from '@prisma/driver-adapter-utils'
import Database from 'better-sqlite3'
import pg from 'pg'
import { openStorage } from '../../src/storage/prisma/client.ts'
import { parseDatabaseUrl } from '../../src/storage/prisma/database-url.ts'
import { limitsOf } from '../../src/storage/prisma/limits.ts'
import { postgresqlAdapterFactory } from '../../src/storage/prisma/postgresql-adapter.ts'
import { translated } from '../../src/storage/prisma/unavailable.ts'
import { watched } from '../../src/storage/prisma/watched.ts'
import { DatabaseUnavailable, type Storage } from '../../src/storage/storage.ts'
import { fakeClock } from '../fixtures/clock.ts'
import { NO_POSTGRESQL, startPostgresql } from '../fixtures/postgresql.ts'
import { aGrant } from './records.ts'

const coded = (code: string, message = 'no') => Object.assign(new Error(message), { code })
const ofServer = (code: string) =>
  new DriverAdapterError({ kind: 'postgres', code, severity: 'FATAL', message: 'no', detail: '', column: '', hint: '' })
const ofSqlite = (originalCode: string) =>
  new DriverAdapterError({ kind: 'sqlite', extendedCode: 1, message: 'no', originalCode })
const ofPrisma = (code: string, driverAdapterError?: Error) =>
  Object.assign(coded(code), { meta: { driverAdapterError } })

const NOT_NOW: Readonly<Record<string, Error>> = {
  'connection refused': coded('ECONNREFUSED'),
  'connection reset': coded('ECONNRESET'),
  'no such host just now': coded('EAI_AGAIN'),
  'the server is stopping': ofServer('57P01'),
  'the server is starting': ofServer('57P03'),
  'the statement took too long': ofServer('57014'),
  'too many connections': new DriverAdapterError({ kind: 'TooManyConnections', cause: 'no' }),
  'a standby': ofServer('25006'),
  'a deadlock': new DriverAdapterError({ kind: 'TransactionWriteConflict' }),
  'a full disk': ofServer('53100'),
  'a raw SQLSTATE': coded('57P02'),
  'Prisma: unreachable': ofPrisma('P1001'),
  'Prisma: closed': ofPrisma('P1017'),
  'Prisma: no connection in time': ofPrisma('P2024'),
  'Prisma: a raw query that a stopping server ended': ofPrisma('P2010', ofServer('57P01')),
  'Prisma: a raw query without a server': ofPrisma(
    'P2010',
    new DriverAdapterError({ kind: 'DatabaseNotReachable', host: '127.0.0.1', port: 1 }),
  ),
  'pg: ended while asking': new Error('Connection terminated unexpectedly'),
  'pg: ended while connecting': new Error('Connection terminated due to connection timeout'),
  'pg: no answer': new Error('Query read timeout'),
  'pool: nothing free': new Error('timeout exceeded when trying to connect'),
  'SQLite: busy': ofSqlite('SQLITE_BUSY_SNAPSHOT'),
  'SQLite: full': ofSqlite('SQLITE_FULL'),
  'SQLite: input or output': ofSqlite('SQLITE_IOERR_WRITE'),
  'SQLite: read-only': ofSqlite('SQLITE_READONLY_DBMOVED'),
}

const OTHERWISE: Readonly<Record<string, Error>> = {
  'a bug of ours': new TypeError('x is not a function'),
  'a wrong statement': ofPrisma('P2010', ofServer('42601')),
  'a constraint': ofPrisma('P2002', new DriverAdapterError({ kind: 'UniqueConstraintViolation' })),
  'a right that is missing': ofServer('42501'),
  'a damaged file': ofSqlite('SQLITE_CORRUPT'),
}

describe('the database cannot be asked just now', () => {
  for (const [name, error] of Object.entries(NOT_NOW)) {
    test(name, () => {
      const ours = translated(error)
      assert.ok(ours instanceof DatabaseUnavailable)
      assert.equal(ours.cause, error)
      assert.ok(ours.retryAfterSeconds > 0)
      // Words, and beside them a code of the database or of the system at most.
      assert.match(ours.message, /^the database cannot be asked just now: [a-z][a-z0-9 _:.,]+( \([A-Z0-9_]+\))?$/)
    })
  }
  for (const [name, error] of Object.entries(OTHERWISE)) {
    test(`not: ${name}`, () => assert.equal(translated(error), error))
  }
})

test('an outage is told once when it begins and once when it ends, however often it was asked', async () => {
  const clock = fakeClock()
  const told: string[] = []
  const tell = (_fields: object, message: string) => void told.push(message.replace(/:.*/, ''))
  const log = { debug: tell, info: tell, warn: tell, error: tell }
  let isAway = false
  const ping = async () => {
    if (isAway) throw coded('ECONNREFUSED')
  }
  const storage = watched({ ping } as Storage, { log, clock })
  await storage.ping()
  isAway = true
  for (let i = 0; i < 3; i++) await assert.rejects(storage.ping(), DatabaseUnavailable)
  isAway = false
  // One of many got through: no end yet.
  await storage.ping()
  assert.deepEqual(told, ['the database cannot be asked'])
  clock.advance(1000)
  await storage.ping()
  await storage.ping()
  assert.deepEqual(told, ['the database cannot be asked', 'the database answers again'])
})

describe('SQLite that another process keeps busy', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-busy-'))
  after(() => rmSync(folder, { recursive: true, force: true }))

  test('is waited for as long as database.busy_timeout says, and no longer', async () => {
    const path = join(folder, 'busy.db')
    const storage = await openStorage({ url: `file:${path}`, limits: { ...limitsOf({}), busyTimeout: 100 } })
    const other = new Database(path)
    try {
      await storage.grants.insert(aGrant('one'))
      other.exec('BEGIN IMMEDIATE')
      const begun = Date.now()
      await assert.rejects(storage.grants.revoke('one', 1, 'client_revoked'), DatabaseUnavailable)
      const waited = Date.now() - begun
      assert.ok(waited >= 90 && waited < 3000, `${waited} ms`)
      assert.ok(await storage.grants.find('one'), 'reading goes on')
      other.exec('ROLLBACK')
      assert.equal(await storage.grants.revoke('one', 1, 'client_revoked'), true)
    } finally {
      other.close()
      await storage.close()
    }
  })
})

const server = await startPostgresql()

describe('PostgreSQL', { skip: server ? false : NO_POSTGRESQL }, () => {
  after(() => server?.stop())

  test('a connection that comes back in the middle of a transaction serves nobody', async () => {
    const url = (await server?.url('half')) ?? ''
    const parsed = parseDatabaseUrl(url)
    assert.equal(parsed.kind, 'postgresql')
    const adapter = await postgresqlAdapterFactory(parsed, { ...limitsOf({}), maxConnections: 1 }).connect()
    const statement = (sql: string) => ({ sql, args: [], argTypes: [] })
    const witness = new pg.Client({ connectionString: url })
    await witness.connect()
    try {
      await adapter.executeRaw(statement('CREATE TABLE kept (n INTEGER)'))
      const transaction = await adapter.startTransaction()
      await transaction.executeRaw(statement('INSERT INTO kept VALUES (1)'))
      // The adapter gives it back without a ROLLBACK, as it does when the ROLLBACK itself got no answer.
      await transaction.rollback()
      await adapter.executeRaw(statement('INSERT INTO kept VALUES (2)'))
      assert.deepEqual((await witness.query('SELECT n FROM kept')).rows, [{ n: 2 }])
    } finally {
      await witness.end()
      await adapter.dispose()
    }
  })

  test('database.max_connections and database.statement_timeout hold', async () => {
    const url = (await server?.url('limits')) ?? ''
    const limits = { ...limitsOf({}), maxConnections: 2, connectTimeout: 200, statementTimeout: 300 }
    const storage = await openStorage({ url, limits })
    const witness = new pg.Client({ connectionString: url })
    await witness.connect()
    try {
      await storage.grants.insert(aGrant('one'))
      await witness.query('BEGIN; SELECT 1 FROM grants FOR UPDATE')
      // Two wait for the row until their time is over, the others for a connection.
      const refused = await Promise.allSettled(
        Array.from({ length: 6 }, () => storage.grants.revoke('one', 1, 'client_revoked')),
      )
      for (const one of refused) assert.ok(one.status === 'rejected' && one.reason instanceof DatabaseUnavailable)
      const { rows } = await witness.query(
        `SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'countersign' AND datname = current_database()`,
      )
      assert.ok(rows[0].n <= 2)
      await witness.query('ROLLBACK')
      assert.equal(await storage.grants.revoke('one', 1, 'client_revoked'), true)
    } finally {
      await witness.end()
      await storage.close()
    }
  })

  test('a server that forgets what it has answered is told of at the start', async () => {
    const url = (await server?.url('unsafe')) ?? ''
    const warned: object[] = []
    const log = { debug() {}, info() {}, error() {}, warn: (fields: object) => void warned.push(fields) }
    await (await openStorage({ url }, log)).close()
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    // The tests' own server does, for speed.
    const { rows } = await client.query(
      `SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off' ORDER BY 1`,
    )
    await client.end()
    const settings = rows.map(({ name }) => `${name}=off`).join(' ')
    assert.deepEqual(warned, settings === '' ? [] : [{ settings }])
  })
})
