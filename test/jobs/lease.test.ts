/** A lease has one holder at any moment, whatever clocks, databases and processes do. */
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { DAY, SECOND } from '../../src/base/duration.ts'
import { GIVE_UP_AFTER, holdLease, RENEW_EVERY, TAKE_OVER_AFTER } from '../../src/jobs/lease.ts'
import { leaseWorld } from '../fixtures/leases.ts'

async function two(t: TestContext) {
  const world = leaseWorld(t)
  const [here, there] = [world.process('one'), world.process('other')]
  const one = holdLease('work', here)
  await world.pass(1)
  const other = holdLease('work', there)
  await world.pass(1)
  const holders = () => [one.held() && 'one', other.held() && 'other'].filter((name) => name !== undefined)
  return { ...world, here, there, one, other, holders }
}

describe('a lease', () => {
  test('the first keeps it for as long as it renews', async (t) => {
    const { pass, holders } = await two(t)
    for (let minute = 0; minute < 10; minute++) {
      assert.deepEqual(holders(), ['one'])
      await pass(60 * SECOND)
    }
  })

  test('given back, the other has it at its next look', async (t) => {
    const { pass, holders, one } = await two(t)
    await one.giveBack()
    assert.deepEqual(holders(), [])
    await pass(RENEW_EVERY)
    assert.deepEqual(holders(), ['other'])
  })

  test('a holder that dies is followed within half a minute, and not before it would have given up', async (t) => {
    const { pass, here, other } = await two(t)
    here.reach = 'hangs'
    await pass(GIVE_UP_AFTER)
    assert.equal(other.held(), undefined)
    await pass(2 * RENEW_EVERY + TAKE_OVER_AFTER - GIVE_UP_AFTER)
    assert.ok(other.held())
  })

  for (const reach of ['fails', 'hangs'] as const) {
    test(`a holder whose database ${reach} tells its work to end, before the other begins`, async (t) => {
      const { pass, here, holders, one } = await two(t)
      await pass(RENEW_EVERY)
      const signal = one.held()
      here.reach = reach
      for (let second = 0; second < 40; second++) {
        await pass(SECOND)
        assert.ok(holders().length <= 1)
        assert.equal(signal?.aborted, !one.held())
      }
      assert.deepEqual(holders(), ['other'])
    })
  }

  test('a database that is away for some seconds changes nothing', async (t) => {
    const { pass, here, there, one, holders } = await two(t)
    const signal = one.held()
    for (const each of [here, there]) each.reach = 'fails'
    await pass(6 * SECOND)
    for (const each of [here, there]) each.reach = 'ok'
    await pass(60 * SECOND)
    assert.deepEqual(holders(), ['one'])
    assert.equal(signal?.aborted, false)
  })

  test('clocks that jump a year hand it to nobody else, and the holder waits for its next renewal at most', async (t) => {
    const { pass, here, there, holders } = await two(t)
    for (const by of [365 * DAY, -365 * DAY]) {
      for (const each of [here, there]) each.clock.set(each.clock.now() + by)
      assert.deepEqual(holders(), [])
      await pass(RENEW_EVERY)
      assert.deepEqual(holders(), ['one'])
      await pass(60 * SECOND)
      assert.deepEqual(holders(), ['one'])
    }
  })

  test('a holder that slept through its loss does not believe that it has it', async (t) => {
    const { pass, here, store, one } = await two(t)
    // Its steady clock stood still meanwhile, and somebody took over.
    here.clock.set(here.clock.now() + 3600 * SECOND)
    await store.take('work', { holder: 'third', from: store.rows.get('work')?.turn ?? 0 })
    assert.equal(one.held(), undefined)
    await pass(RENEW_EVERY)
    assert.equal(one.held(), undefined)
  })

  test('what is given back while the database is away does not hold up the end', async (t) => {
    const { pass, here, one } = await two(t)
    here.reach = 'hangs'
    let isOver = false
    const given = one.giveBack().then(() => {
      isOver = true
    })
    await pass(2 * SECOND)
    await given
    assert.ok(isOver)
  })

  test('nobody takes it anew after giving it back, even with a renewal under way', async (t) => {
    const { pass, store, one } = await two(t)
    await pass(RENEW_EVERY - 250)
    const passing = pass(250)
    await one.giveBack()
    await passing
    assert.notEqual(store.rows.get('work')?.holder, 'one')
  })
})

test('any interleaving of outages, jumps, deaths and returns: never two holders at once', async (t) => {
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 12_000 }) }),
    },
    fc.record({
      kind: fc.constant('reach' as const),
      who: fc.nat(2),
      reach: fc.constantFrom('ok' as const, 'fails' as const, 'hangs' as const),
    }),
    fc.record({ kind: fc.constant('jump' as const), who: fc.nat(2), by: fc.integer({ min: -DAY, max: DAY }) }),
    fc.record({ kind: fc.constant('restart' as const), who: fc.nat(2) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
      t.mock.timers.reset()
      const world = leaseWorld(t)
      let born = 0
      const begin = () => {
        const process = world.process(`p${born++}`)
        return { process, lease: holdLease('work', process) }
      }
      const living: ReturnType<typeof begin>[] = []
      for (const wait of [250, 700, 1100]) {
        living.push(begin())
        await world.pass(wait)
      }
      for (const each of steps) {
        if (each.kind === 'pass') {
          for (let left = each.ms; left > 0; left -= 500) {
            await world.pass(Math.min(left, 500))
            const holders = living.filter(({ lease }) => lease.held())
            assert.ok(holders.length <= 1, holders.map(({ process }) => process.holder).join(' and '))
          }
        } else if (each.kind === 'reach') living[each.who]!.process.reach = each.reach
        else if (each.kind === 'jump') {
          const { clock } = living[each.who]!.process
          clock.set(clock.now() + each.by)
        } else {
          // kill -9: nothing is given back.
          living[each.who]!.process.reach = 'hangs'
          living[each.who] = begin()
        }
      }
      for (const { process } of living) process.reach = 'ok'
    }),
    { numRuns: 60, seed: 7 },
  )
})
