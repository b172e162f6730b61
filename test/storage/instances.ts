/** What the storage must do for the processes that serve, asked of each database alike. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { HOUR } from '../../src/base/duration.ts'
import type { InstanceReport, Storage } from '../../src/storage/storage.ts'
import { START } from '../fixtures/clock.ts'

const aReport = (id: string, different: Partial<InstanceReport> = {}): InstanceReport => ({
  ...{ id, label: `host ${id}`, revision: 'one', startedAt: START, seenAt: START },
  ...different,
})

export function instances(fresh: () => Promise<Storage>): void {
  let storage: Storage
  before(async () => {
    storage = await fresh()
  })

  test('a report comes back as it went in, and each one moves its turn on', async () => {
    assert.equal(await storage.instances.report(aReport('b', { startedAt: START + 1 })), undefined)
    assert.equal(await storage.instances.report(aReport('a')), undefined)
    assert.equal(await storage.instances.report(aReport('a', { revision: 'two', seenAt: START + 5 })), undefined)
    assert.deepEqual(await storage.instances.list(), [
      { ...aReport('a', { revision: 'two', seenAt: START + 5 }), turn: 2, answer: undefined },
      { ...aReport('b', { startedAt: START + 1 }), turn: 1, answer: undefined },
    ])
  })

  test('who is asked to reload hears so until it has answered, and a later question counts anew', async () => {
    const answer = { outcome: 'applied', revision: 'three', detail: '2 clients' } as const
    await storage.instances.askToReload()
    const asked = await storage.instances.report(aReport('a'))
    assert.equal(asked, 1)
    assert.equal(await storage.instances.report(aReport('a')), 1)
    await storage.instances.answer('a', 1, answer)
    assert.equal(await storage.instances.report(aReport('a', { revision: 'three' })), undefined)
    const [a, b] = await storage.instances.list()
    assert.deepEqual([a?.answer, a?.revision, b?.answer], [answer, 'three', undefined])
    await storage.instances.askToReload()
    assert.equal((await storage.instances.list())[0]?.answer, undefined)
    assert.equal(await storage.instances.report(aReport('a')), 2)
  })

  test('who leaves is gone; who went without a word is swept', async () => {
    await storage.instances.leave('b')
    assert.deepEqual(
      (await storage.instances.list()).map(({ id }) => id),
      ['a'],
    )
    await storage.sweep(START + HOUR, 100)
    assert.equal((await storage.instances.list()).length, 1)
    await storage.sweep(START + HOUR + 1, 100)
    assert.equal((await storage.instances.list()).length, 0)
  })
}
