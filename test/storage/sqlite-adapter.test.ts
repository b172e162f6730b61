/** Our SQLite adapter: durability settings, isolation, shared commits, and what crosses its border. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import {
  type ArgType,
  ColumnTypeEnum,
  isDriverAdapterError,
  type SqlDriverAdapter,
  type SqlQuery,
  type SqlQueryable,
} from '@prisma/driver-adapter-utils'
import { openStorage } from '../../src/storage/prisma/client.ts'
import { type SqliteAdapter, sqliteAdapterFactory } from '../../src/storage/prisma/sqlite-adapter.ts'
import { openSqliteConnection } from '../../src/storage/prisma/sqlite-connection.ts'
import { ensureSqliteFile } from '../../src/storage/prisma/sqlite-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-sqlite-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let files = 0

function query(sql: string, args: unknown[] = [], types: ArgType['scalarType'][] = []): SqlQuery {
  return { sql, args, argTypes: args.map((_, i) => ({ scalarType: types[i] ?? 'string', arity: 'scalar' })) }
}

async function withAdapter(work: (adapter: SqliteAdapter, path: string) => Promise<void>): Promise<void> {
  const path = join(folder, `${files++}.db`)
  ensureSqliteFile(path)
  const adapter = await sqliteAdapterFactory(path).connect()
  try {
    await adapter.executeScript('CREATE TABLE t (id TEXT NOT NULL PRIMARY KEY, n BIGINT)')
    await work(adapter, path)
  } finally {
    await adapter.dispose()
  }
}

const insert = (target: SqlQueryable, id: string): Promise<number> =>
  target.executeRaw(query('INSERT INTO t (id) VALUES (?)', [id]))

async function ids(target: SqlQueryable): Promise<unknown[]> {
  return (await target.queryRaw(query('SELECT id FROM t ORDER BY id'))).rows.flat()
}

describe('durability', () => {
  for (const writable of [true, false]) {
    test(`a ${writable ? 'writing' : 'reading'} connection: WAL, synchronous FULL, a busy timeout, foreign keys`, async () => {
      const path = join(folder, `pragma-${writable}.db`)
      ensureSqliteFile(path)
      const connection = await openSqliteConnection(path, writable, 5000)
      const pragma = (name: string): unknown => connection.query(query(`PRAGMA ${name}`)).rows[0]?.[0]
      assert.equal(pragma('journal_mode'), 'wal')
      assert.equal(pragma('synchronous'), 2)
      assert.equal(pragma('busy_timeout'), 5000)
      assert.equal(pragma('foreign_keys'), 1)
      assert.equal(pragma('query_only'), writable ? 0 : 1)
      connection.close()
    })
  }

  test('the file and its folder are their owner’s alone', async () => {
    const path = join(folder, 'new', 'deep', 'x.db')
    const storage = await openStorage({ url: `file:${path}` })
    await storage.revokedTokens.insert('jti', 1)
    for (const file of [path, `${path}-wal`, `${path}-shm`]) assert.equal(statSync(file).mode & 0o777, 0o600, file)
    assert.equal(statSync(join(folder, 'new')).mode & 0o777, 0o700)
    await storage.close()
  })
})

describe('isolation', () => {
  test('a write beside a transaction that is rolled back is not lost, and nobody reads what is not committed', () =>
    withAdapter(async (adapter) => {
      const transaction = await adapter.startTransaction()
      await insert(transaction, 'inside')
      const outside = insert(adapter, 'outside')
      assert.deepEqual(await ids(adapter), [])
      assert.deepEqual(await ids(transaction), ['inside'])
      await transaction.rollback()
      assert.equal(await outside, 1)
      assert.deepEqual(await ids(adapter), ['outside'])
    }))

  test('hot statements read what is committed, also while a transaction is open, and their writes wait for its end', () =>
    withAdapter(async (adapter) => {
      const find = adapter.statements.lookup({ asked: ['id'], select: 't.id, t.n', joins: 'JOIN t ON t.id = asked.id' })
      const put = adapter.statements.execute('INSERT INTO t (id, n) VALUES (?, ?)')
      assert.equal(await put('before', 1), 1)
      const transaction = await adapter.startTransaction()
      await insert(transaction, 'inside')
      let isWritten = false
      const outside = put('outside', 2).then(() => {
        isWritten = true
      })
      assert.deepEqual(await find('before'), ['before', 1])
      assert.equal(await find('inside'), undefined)
      assert.equal(isWritten, false)
      await transaction.rollback()
      await outside
      assert.equal(await find('inside'), undefined)
      assert.deepEqual(await find('outside'), ['outside', 2])
    }))

  test('transactions and writes take their turns in order of arrival', () =>
    withAdapter(async (adapter) => {
      const order: string[] = []
      const first = await adapter.startTransaction()
      const write = insert(adapter, 'a').then(() => order.push('write'))
      const second = adapter.startTransaction().then(async (transaction) => {
        order.push('transaction')
        await transaction.commit()
      })
      const last = insert(adapter, 'b').then(() => order.push('last write'))
      await first.commit()
      await Promise.all([write, second, last])
      assert.deepEqual(order, ['write', 'transaction', 'last write'])
    }))

  test('a savepoint undoes its own part alone', () =>
    withAdapter(async (adapter) => {
      const transaction = await adapter.startTransaction()
      await insert(transaction, 'kept')
      await transaction.createSavepoint?.('s')
      await insert(transaction, 'undone')
      await transaction.rollbackToSavepoint?.('s')
      await transaction.releaseSavepoint?.('s')
      await transaction.commit()
      assert.deepEqual(await ids(adapter), ['kept'])
    }))
})

describe('shared commits', () => {
  test('a write that breaks a constraint fails alone', () =>
    withAdapter(async (adapter) => {
      const answers = await Promise.allSettled(['a', 'b', 'a', 'c'].map((id) => insert(adapter, id)))
      assert.deepEqual(
        answers.map((answer) => answer.status),
        ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
      )
      const [failed] = answers.filter((answer) => answer.status === 'rejected')
      assert.ok(isDriverAdapterError(failed?.reason))
      assert.equal(failed.reason.cause.kind, 'UniqueConstraintViolation')
      assert.deepEqual(await ids(adapter), ['a', 'b', 'c'])
    }))

  test('when the commit fails, every write of it is told', () =>
    withAdapter(async (adapter) => {
      await adapter.executeScript(
        'CREATE TABLE child (id TEXT REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED); PRAGMA foreign_keys = ON',
      )
      const orphan = adapter.executeRaw(query(`INSERT INTO child VALUES ('nobody')`))
      const answers = await Promise.allSettled([insert(adapter, 'a'), orphan, insert(adapter, 'b')])
      assert.ok(answers.every((answer) => answer.status === 'rejected'))
      assert.deepEqual(await ids(adapter), [])
      assert.equal(await insert(adapter, 'later'), 1)
    }))

  test('a commit that another process blocks waits for it', () =>
    withAdapter(async (adapter, path) => {
      const other = await sqliteAdapterFactory(path).connect()
      const writes = Array.from({ length: 200 }, (_, i) => insert(i % 2 ? adapter : other, `w${i}`))
      await Promise.all(writes)
      await other.dispose()
      assert.equal((await ids(adapter)).length, 200)
    }))

  test('a closed adapter refuses', async () => {
    let closed: SqlDriverAdapter | undefined
    await withAdapter(async (adapter) => {
      closed = adapter
    })
    assert.ok(closed)
    await assert.rejects(insert(closed, 'a'))
    await assert.rejects(ids(closed))
  })
})

describe('values', () => {
  test('hot statements keep whole numbers as INTEGER, and moments come back as they went in', () =>
    withAdapter(async (adapter) => {
      await adapter.statements.execute('INSERT INTO t (id, n) VALUES (?, ?), (?, ?)')(
        'now',
        1_768_478_400_123,
        'no',
        null,
      )
      const find = adapter.statements.lookup({
        asked: ['id'],
        select: 't.n, typeof(t.n)',
        joins: 'JOIN t ON t.id = asked.id',
      })
      assert.deepEqual(await find('now'), [1_768_478_400_123, 'integer'])
      assert.deepEqual(await find('no'), [null, 'null'])
      const raise = adapter.statements.update({
        table: 't',
        given: { id: 'text', n: 'bigint' },
        set: 'n = given.n',
        where: 't.id = given.id AND n < given.n',
      })
      assert.equal(await raise({ id: 'now', n: 1_768_478_400_123 }), false)
      assert.equal(await raise({ id: 'now', n: 1_768_478_400_124 }), true)
      assert.deepEqual(await find('now'), [1_768_478_400_124, 'integer'])
    }))

  test('an error of a hot statement has its name', () =>
    withAdapter(async (adapter) => {
      const put = adapter.statements.execute('INSERT INTO t (id) VALUES (?)')
      await put('once')
      const isTaken = (error: unknown): boolean =>
        isDriverAdapterError(error) && error.cause.kind === 'UniqueConstraintViolation'
      await assert.rejects(put('once'), isTaken)
    }))

  test('integers keep every digit, moments and bytes keep their meaning', () =>
    withAdapter(async (adapter) => {
      await adapter.executeScript('CREATE TABLE v (a BIGINT, b DATETIME, c BLOB, d BOOLEAN, e REAL, f TEXT)')
      const values = ['9007199254740993', '2026-01-15T12:00:00.000Z', 'AAH/', true, 1.5, null]
      const types: ArgType['scalarType'][] = ['bigint', 'datetime', 'bytes', 'boolean', 'float', 'string']
      await adapter.executeRaw(query('INSERT INTO v VALUES (?, ?, ?, ?, ?, ?)', values, types))
      const { rows, columnTypes } = await adapter.queryRaw(query('SELECT *, typeof(a) FROM v'))
      const T = ColumnTypeEnum
      assert.deepEqual(columnTypes, [T.Int64, T.DateTime, T.Bytes, T.Boolean, T.Double, T.Text, T.Text])
      const moment = '2026-01-15T12:00:00.000+00:00'
      assert.deepEqual(rows, [['9007199254740993', moment, Buffer.from([0, 1, 255]), 1, 1.5, null, 'integer']])
    }))

  test('a missing table and a syntax error are named', () =>
    withAdapter(async (adapter) => {
      for (const [sql, kind] of [
        ['SELECT * FROM missing', 'TableDoesNotExist'],
        ['SELEC', 'sqlite'],
      ] as const) {
        await assert.rejects(
          adapter.queryRaw(query(sql)),
          (error) => isDriverAdapterError(error) && error.cause.kind === kind,
        )
      }
    }))

  test('a statement that both writes and returns goes to the writing connection', () =>
    withAdapter(async (adapter) => {
      const { rows } = await adapter.queryRaw(query('INSERT INTO t (id, n) VALUES (?, ?) RETURNING id, n', ['r', 5]))
      assert.deepEqual(rows, [['r', 5]])
      assert.equal(await adapter.executeRaw(query(`DELETE FROM t`)), 1)
    }))
})
