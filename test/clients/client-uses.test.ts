/** Counting how often clients are used. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DAY, MINUTE } from '../../src/base/duration.ts'
import { clientUses } from '../../src/clients/client-uses.ts'
import type { DailyUse } from '../../src/storage/storage.ts'
import { fakeClock, START } from '../fixtures/clock.ts'

const TODAY = START - (START % DAY)

function world() {
  const clock = fakeClock()
  const written: (readonly DailyUse[])[] = []
  const state = { fails: false }
  const store = {
    async add(uses: readonly DailyUse[]) {
      if (state.fails) throw new Error('away')
      written.push(uses)
    },
  }
  return { clock, written, state, uses: clientUses({ store, clock }) }
}

describe('use counts', () => {
  test('by client, kind, redirect URI and day; written once', async () => {
    const { clock, uses, written } = world()
    uses.count('wiki', 'sign_on', 'https://wiki.example/cb')
    clock.advance(MINUTE)
    uses.count('wiki', 'sign_on', 'https://wiki.example/cb')
    uses.count('wiki', 'refresh_token')
    clock.advance(DAY)
    uses.count('wiki', 'refresh_token')
    await uses.write()
    await uses.write()
    const at = { clientId: 'wiki', day: TODAY, lastAt: START + MINUTE }
    assert.deepEqual(written, [
      [
        { ...at, kind: 'sign_on', redirectUri: 'https://wiki.example/cb', count: 2 },
        { ...at, kind: 'refresh_token', redirectUri: '', count: 1 },
        { ...at, kind: 'refresh_token', redirectUri: '', count: 1, day: TODAY + DAY, lastAt: START + DAY + MINUTE },
      ],
    ])
  })

  test('the clock may go back over midnight', async () => {
    const { clock, uses, written } = world()
    uses.count('wiki', 'refresh_token')
    clock.set(TODAY - 1)
    uses.count('wiki', 'refresh_token')
    await uses.write()
    assert.deepEqual(
      written[0]?.map(({ day }) => day),
      [TODAY, TODAY - DAY],
    )
  })

  test('what could not be written is counted on', async () => {
    const { uses, written, state } = world()
    state.fails = true
    uses.count('wiki', 'refresh_token')
    await assert.rejects(uses.write())
    uses.count('wiki', 'refresh_token')
    state.fails = false
    await uses.write()
    assert.equal(written[0]?.[0]?.count, 2)
  })

  test('strangers cannot fill the memory: at most 10,000 are kept', async () => {
    const { uses, written } = world()
    for (let i = 0; i < 10_050; i++) uses.count(`client-${i}`, 'refresh_token')
    uses.count('client-0', 'refresh_token')
    await uses.write()
    assert.equal(written[0]?.length, 10_000)
    assert.equal(written[0]?.[0]?.count, 2)
  })
})
