/** Refusals are written behind, bounded in memory and on disk. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DAY, MINUTE } from '../../src/base/duration.ts'
import { type NewRefusal, refusals } from '../../src/refusals/recorder.ts'
import { DatabaseUnavailable, type Refusal } from '../../src/storage/storage.ts'
import { fakeClock, START } from '../fixtures/clock.ts'
import { fakeRandom } from '../fixtures/random.ts'
import { silentLog } from '../fixtures/signing-keys.ts'
import { aRefusal } from '../storage/refusals.ts'

function recorder() {
  const clock = fakeClock()
  const rows: Refusal[] = []
  const more = new Map<string, number>()
  const state = { isAway: false, made: 0, poison: '' }
  const away = () => {
    if (state.isAway) throw new DatabaseUnavailable('away', { retryAfterSeconds: 1 })
  }
  const store = {
    async insert(added: readonly Refusal[]) {
      away()
      if (added.some(({ clientId }) => clientId === state.poison)) throw new Error('invalid byte sequence')
      rows.push(...added)
    },
    async addMore(id: string, count: number) {
      away()
      more.set(id, (more.get(id) ?? 0) + count)
    },
  }
  const made = refusals({ store, keep: () => DAY, clock, random: fakeRandom(), log: silentLog })
  const record = (check: Refusal['check'], clientId?: string, different: Partial<Refusal> = {}) =>
    made.record({ check, clientId, endpoint: '/token' }, (): NewRefusal => {
      state.made++
      return aRefusal('x', { check, clientId, ...different })
    })
  return { clock, rows, more, state, record, flush: () => made.flush() }
}

describe('refusals', () => {
  test('wait until they are written, with their time and their end', async () => {
    const { rows, record, flush } = recorder()
    record('code_used', 'app')
    assert.equal(rows.length, 0)
    await flush()
    assert.deepEqual([rows.length, rows[0]?.at, rows[0]?.expiresAt], [1, START, START + DAY])
    await flush()
    assert.equal(rows.length, 1)
  })

  test('many of a kind: some are kept, the rest is only counted, and costs no more than that', async () => {
    const { rows, more, state, record, flush, clock } = recorder()
    for (let i = 0; i < 1234; i++) record('client_secret', 'app')
    await flush()
    assert.deepEqual([rows.length, state.made], [30, 30])
    assert.deepEqual([...more], [[rows.at(-1)?.id, 1204]])
    // Another client's are another kind; and time makes room.
    record('client_secret', 'other')
    clock.advance(MINUTE)
    for (let i = 0; i < 10; i++) record('client_secret', 'app')
    await flush()
    assert.equal(rows.length, 33)
    assert.equal(more.get(rows.at(-1)?.id ?? ''), 8)
  })

  test('of all kinds together no more than so many in a minute', async () => {
    const { rows, record, flush, clock } = recorder()
    for (let i = 0; i < 5000; i++) record('client_secret', `client ${i}`)
    await flush()
    assert.equal(rows.length, 300)
    clock.advance(MINUTE)
    for (let i = 0; i < 5000; i++) record('client_id', `client ${i}`)
    await flush()
    assert.equal(rows.length, 320)
  })

  test('long ones take as much room as they are long: what strangers say is not more than so many bytes', async () => {
    const { rows, record, flush } = recorder()
    const facts = { asked: { scope: '\u4e00'.repeat(3400) } }
    for (let i = 0; i < 5000; i++) record('scope', `client ${i}`, { facts })
    await flush()
    assert.ok(rows.length <= 30, `${rows.length} of ten kilobytes`)
  })

  test('a clock that is set back or ahead makes no more room than there is', async () => {
    const { rows, record, flush, clock } = recorder()
    for (let i = 0; i < 40; i++) record('client_id')
    clock.advance(-DAY)
    for (let i = 0; i < 40; i++) record('client_id')
    clock.advance(10 * DAY)
    for (let i = 0; i < 40; i++) record('client_id')
    await flush()
    assert.equal(rows.length, 60)
  })

  test('while the database is away they wait, so many at the most, and nothing rejects', async () => {
    const { rows, more, state, record, flush, clock } = recorder()
    state.isAway = true
    for (let round = 0; round < 60; round++) {
      for (let i = 0; i < 50; i++) record('database', `client ${round} ${i}`)
      await flush()
      clock.advance(MINUTE)
    }
    assert.equal(rows.length, 0)
    state.isAway = false
    await flush()
    assert.equal(rows.length, 500)
    assert.equal(more.size, 0)
  })

  test('one that the database does not take keeps no other from being written', async () => {
    const { rows, state, record, flush } = recorder()
    state.poison = 'poison'
    for (const client of ['one', 'poison', 'two']) record('client_id', client)
    await flush()
    assert.deepEqual(
      rows.map(({ clientId }) => clientId),
      ['one', 'two'],
    )
    record('client_id', 'three')
    await flush()
    assert.equal(rows.length, 3)
  })
})
