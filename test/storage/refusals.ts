/** What the storage must do with refusals, asked of each database alike. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { DAY } from '../../src/base/duration.ts'
import type { Refusal, Storage } from '../../src/storage/storage.ts'
import { START } from '../fixtures/clock.ts'

export const aRefusal = (id: string, different: Partial<Refusal> = {}): Refusal => ({
  id,
  errorId: 'abcd-efgh',
  flowId: 'flow',
  at: START,
  endpoint: '/token',
  status: 400,
  clientId: 'wiki',
  accountId: 'ada',
  code: 'invalid_grant',
  description: 'the authorization code has expired',
  check: 'code_expired',
  expected: 'use within 60 s',
  came: 'one “that” expired 3 s ago',
  facts: { asked: { grant_type: 'authorization_code' }, also: ['code'], ip: '192.0.2.1' },
  more: 0,
  expiresAt: START + DAY,
  ...different,
})

const bare = {
  ...{ flowId: undefined, clientId: undefined, accountId: undefined, code: undefined },
  ...{ expected: undefined, came: undefined, facts: {} },
}

export function refusals(fresh: () => Promise<Storage>): void {
  let storage: Storage
  before(async () => {
    storage = await fresh()
  })

  test('they come back as they went in, the newest first; one that is there already stays', async () => {
    const [first, second] = [aRefusal('1'), aRefusal('2', { at: START + 1, ...bare })]
    await storage.refusals.insert([first, second, aRefusal('3', { errorId: 'else-wher' })])
    await storage.refusals.insert([{ ...first, came: 'something else' }])
    await storage.refusals.insert([])
    assert.deepEqual(await storage.refusals.findByErrorId('abcd-efgh'), [second, first])
    assert.deepEqual(await storage.refusals.findByErrorId('none'), [])
  })

  test('those of a flow, the oldest first; those of a client, the newest first', async () => {
    const of = (id: string, at: number) => aRefusal(id, { at, flowId: 'long', clientId: 'app', errorId: `id-${id}` })
    await storage.refusals.insert([of('20', 20), of('10', 10), of('30', 30)])
    assert.deepEqual(
      (await storage.refusals.ofFlow('long')).map(({ id }) => id),
      ['10', '20', '30'],
    )
    const list = await storage.refusals.list({ clientId: 'app', limit: 2 })
    assert.deepEqual(
      list.map(({ id }) => id),
      ['30', '20'],
    )
    assert.equal((await storage.refusals.list({ clientId: undefined, limit: 100 })).length, 6)
  })

  test('those that were only counted are counted with the one before them', async () => {
    await storage.refusals.insert([aRefusal('many', { errorId: 'many-many' })])
    await storage.refusals.addMore('many', 1200)
    await storage.refusals.addMore('many', 3)
    await storage.refusals.addMore('swept meanwhile', 3)
    assert.deepEqual(await storage.refusals.findByErrorId('many-many'), [
      aRefusal('many', { errorId: 'many-many', more: 1203 }),
    ])
  })

  test('more at once than one statement takes', async () => {
    const all = Array.from({ length: 120 }, (_, i) => aRefusal(`b${i}`, { flowId: 'burst' }))
    await storage.refusals.insert(all)
    assert.equal((await storage.refusals.ofFlow('burst')).length, 120)
  })

  test('they are swept when their time is over', async () => {
    const database = await fresh()
    const rows = [aRefusal('old', { expiresAt: START - 1 }), aRefusal('new', { expiresAt: START + 1 })]
    await database.refusals.insert(rows)
    assert.equal(await database.sweep(START, 100), 1)
    assert.deepEqual(
      (await database.refusals.list({ clientId: undefined, limit: 9 })).map(({ id }) => id),
      ['new'],
    )
  })
}
