/** What listens, apart from who answers. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FastifyBaseLogger } from 'fastify'
import { openFront } from '../../src/http/front.ts'
import { fakeRandom } from '../fixtures/random.ts'

describe('the front', () => {
  test('a connection that cannot be accepted is told in the log, and is not the end', async () => {
    const told: string[] = []
    const log = { info: () => {}, error: (_: object, message: string) => told.push(message) }
    const front = openFront({ tls: undefined, log: log as unknown as FastifyBaseLogger, random: fakeRandom() })
    await front.listen({ host: '127.0.0.1', port: 0 })
    const [server] = front.servers
    assert.ok(server)
    try {
      server.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' }))
      assert.deepEqual(told, ['a connection could not be accepted'])
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
  })
})
