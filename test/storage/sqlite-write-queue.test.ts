/** Which writes share a commit on SQLite, and what waits for nothing. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { SqliteConnection } from '../../src/storage/prisma/sqlite-connection.ts'
import { type SqliteWriteQueue, sqliteWriteQueue } from '../../src/storage/prisma/sqlite-write-queue.ts'

/** A connection that notes what reaches it. */
function noting(): { queue: SqliteWriteQueue; seen: string[]; write(name: string): Promise<void> } {
  const seen: string[] = []
  const connection: Pick<SqliteConnection, 'script' | 'inTransaction' | 'rollBack'> = {
    script: (sql) => void seen.push(sql),
    inTransaction: () => true,
    rollBack: () => void seen.push('ROLLBACK'),
  }
  const queue = sqliteWriteQueue(connection as SqliteConnection)
  return { queue, seen, write: (name) => queue.write(() => void seen.push(name)) }
}

/** As many turns of the event loop as anything here can take. */
async function turns(count = 5): Promise<void> {
  for (let i = 0; i < count; i++) await turn()
}

describe('gathering', () => {
  test('writes of turns that follow each other share one commit', async () => {
    const { seen, write } = noting()
    const second = turn().then(() => {
      const third = turn().then(() => write('c'))
      return Promise.all([write('b'), third])
    })
    await Promise.all([write('a'), second])
    assert.deepEqual(seen, ['BEGIN IMMEDIATE', 'a', 'b', 'c', 'COMMIT'])
  })

  test('a turn that brings no write ends it: the next write has a commit of its own', async () => {
    const { seen, write } = noting()
    const first = [write('a'), write('b')]
    await turns()
    assert.deepEqual(seen, ['BEGIN IMMEDIATE', 'a', 'b', 'COMMIT'])
    await Promise.all([...first, write('c')])
    assert.deepEqual(seen.slice(4), ['c'])
  })

  test('a single write waits for no other', async () => {
    const { seen, write } = noting()
    const only = write('a')
    await turns(2)
    assert.deepEqual(seen, ['a'])
    await only
  })

  test('a commit is never so large that it keeps the event loop, however many writes come', async () => {
    const { seen, write } = noting()
    await Promise.all(Array.from({ length: 130 }, (_, i) => write(`w${i}`)))
    const sizes = seen
      .join(' ')
      .split('COMMIT')
      .map((commit) => commit.match(/w\d+/g)?.length ?? 0)
    assert.deepEqual(sizes, [64, 64, 2, 0])
  })
})

describe('transactions', () => {
  test('one that is first in the queue does not wait for writes to gather', async () => {
    const { queue, seen, write } = noting()
    const held = queue.hold()
    await turn()
    const written = write('a')
    const release = await held
    await turns()
    assert.deepEqual(seen, [], 'what came later waits until the connection is free')
    release()
    await written
    assert.deepEqual(seen, ['a'])
  })
})
