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
    async finishOne() {
      pending.shift()?.()
      await new Promise(setImmediate)
    },
    async finishAll() {
      while (pending.length > 0) await this.finishOne()
    },
  }
}

describe('the hashing queue', () => {
  test('of 1000 at once runs `concurrency`, keeps `queue` waiting in order, and refuses the rest', async () => {
    const manual = manualWork()
    const { run } = hashingQueue(() => ({ concurrency: 3, queue: 20 }), fakeClock())
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
    const { run } = hashingQueue(() => ({ concurrency: 1, queue: 0 }), fakeClock())
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
    const { run } = hashingQueue(() => ({ concurrency: 1, queue: 2 }), fakeClock())
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
    const { run } = hashingQueue(() => ({ concurrency: 2, queue: 8 }), clock)
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
    const { run } = hashingQueue(() => ({ concurrency: 1, queue: 0 }), clock)
    for (let round = 0; round < 100; round++) await run(async () => clock.advance(3000))
    await run(async () => clock.advance(-3_600_000))
    const blocked = run(async () => new Promise<void>((resolve) => setImmediate(resolve)))
    await assert.rejects(
      run(async () => undefined),
      { retryAfterSeconds: 3 },
    )
    await blocked
  })

  describe('whose bounds change', () => {
    function world(limits: { concurrency: number; queue: number }) {
      const manual = manualWork()
      const { run } = hashingQueue(() => limits, fakeClock())
      const begin = (number: number): Promise<number> => run(manual.work(number))
      return { manual, limits, begin }
    }

    test('more at once: those that wait begin in their order, and nobody passes them', async () => {
      const { manual, limits, begin } = world({ concurrency: 1, queue: 9 })
      const all = [1, 2, 3, 4].map(begin)
      limits.concurrency = 3
      all.push(begin(5))
      await new Promise(setImmediate)
      assert.deepEqual(manual.started, [1, 2, 3])
      await manual.finishAll()
      assert.deepEqual(await Promise.all(all), [1, 2, 3, 4, 5])
      assert.deepEqual(manual.started, [1, 2, 3, 4, 5])
      assert.equal(manual.most(), 3)
    })

    test('more at once, and nobody comes: they begin when the next one ends', async () => {
      const { manual, limits, begin } = world({ concurrency: 1, queue: 9 })
      const all = [1, 2, 3, 4].map(begin)
      limits.concurrency = 3
      await manual.finishOne()
      assert.deepEqual(manual.started, [1, 2, 3, 4])
      await manual.finishAll()
      await Promise.all(all)
    })

    test('fewer at once: what is under way goes on, and nothing begins until there are fewer', async () => {
      const { manual, limits, begin } = world({ concurrency: 3, queue: 9 })
      const all = [1, 2, 3, 4, 5].map(begin)
      limits.concurrency = 1
      await manual.finishOne()
      await manual.finishOne()
      assert.deepEqual(manual.started, [1, 2, 3])
      await manual.finishOne()
      assert.deepEqual(manual.started, [1, 2, 3, 4])
      await manual.finishAll()
      assert.deepEqual(await Promise.all(all), [1, 2, 3, 4, 5])
    })

    test('fewer that may wait: those that wait are not sent away, others are', async () => {
      const { manual, limits, begin } = world({ concurrency: 1, queue: 3 })
      const all = [1, 2, 3, 4].map(begin)
      limits.queue = 1
      await assert.rejects(begin(5), HashingQueueFull)
      await manual.finishAll()
      assert.deepEqual(await Promise.all(all), [1, 2, 3, 4])
    })
  })
})
