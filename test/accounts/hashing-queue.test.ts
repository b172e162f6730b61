import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HashingQueueFull, hashingQueue } from '../../src/accounts/hashing-queue.ts'
import { fakeClock } from '../fixtures/clock.ts'

/** Work that ends when it is told to; remembers how much of it was under way at once. */
function manualWork() {
  const pending: (() => void)[] = []
  const started: number[] = []
  let underWay = 0
  let most = 0
  return {
    started,
    most: () => most,
    work: (number: number) => async (): Promise<number> => {
      started.push(number)
      most = Math.max(most, ++underWay)
      await new Promise<void>((resolve) => pending.push(resolve))
      underWay--
      return number
    },
    async finishAll() {
      while (pending.length > 0) {
        pending.shift()?.()
        await new Promise(setImmediate)
      }
    },
  }
}

describe('the hashing queue', () => {
  test('of 1000 at once runs `concurrency`, keeps `queue` waiting in order, and refuses the rest', async () => {
    const manual = manualWork()
    const { run } = hashingQueue({ concurrency: 3, queue: 20 }, fakeClock())
    const all = Promise.allSettled(Array.from({ length: 1000 }, (_, number) => run(manual.work(number))))
    await new Promise(setImmediate)
    assert.deepEqual(manual.started, [0, 1, 2])
    await manual.finishAll()
    const results = await all
    assert.equal(manual.most(), 3)
    assert.deepEqual(
      manual.started,
      Array.from({ length: 23 }, (_, number) => number),
    )
    const refused = results.filter((result) => result.status === 'rejected')
    assert.equal(refused.length, 977)
    for (const { reason } of refused) {
      assert.ok(reason instanceof HashingQueueFull)
      assert.ok(Number.isInteger(reason.retryAfterSeconds) && reason.retryAfterSeconds >= 1)
    }
  })

  test('takes new work after the old is done, also when the old failed', async () => {
    const { run } = hashingQueue({ concurrency: 1, queue: 0 }, fakeClock())
    for (let round = 0; round < 5; round++) {
      await assert.rejects(
        run(async () => {
          throw new RangeError('no')
        }),
        RangeError,
      )
      assert.equal(await run(async () => round), round)
    }
  })

  test('never lets a newcomer pass those who wait', async () => {
    const manual = manualWork()
    const { run } = hashingQueue({ concurrency: 1, queue: 2 }, fakeClock())
    const first = run(manual.work(1))
    const second = run(manual.work(2))
    const late = first.then(() => run(manual.work(3)))
    await manual.finishAll()
    await Promise.all([second, late])
    assert.deepEqual(manual.started, [1, 2, 3])
    assert.equal(manual.most(), 1)
  })

  test('[RFC9110 10.2.3] Retry-After is the measured time of all that is ahead, in whole seconds', async () => {
    const clock = fakeClock()
    const manual = manualWork()
    const { run } = hashingQueue({ concurrency: 2, queue: 8 }, clock)
    for (let round = 0; round < 100; round++) {
      await run(async () => clock.advance(3000))
    }
    const filling = Array.from({ length: 10 }, (_, number) => run(manual.work(number)))
    // 10 pieces of 3 s, two at a time.
    await assert.rejects(run(manual.work(99)), { name: 'HashingQueueFull', retryAfterSeconds: 15 })
    await manual.finishAll()
    await Promise.all(filling)
  })

  test('a clock that was set back does not spoil the estimate', async () => {
    const clock = fakeClock()
    const { run } = hashingQueue({ concurrency: 1, queue: 0 }, clock)
    for (let round = 0; round < 100; round++) await run(async () => clock.advance(3000))
    await run(async () => clock.advance(-3_600_000))
    const blocked = run(async () => new Promise<void>((resolve) => setImmediate(resolve)))
    await assert.rejects(
      run(async () => undefined),
      { retryAfterSeconds: 3 },
    )
    await blocked
  })
})
