/** What is asked of the database for the metrics. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asked } from '../../src/telemetry/metrics/asked.ts'
import { fakeClock } from '../fixtures/clock.ts'

test('an answer is kept for a while, then asked for again', async () => {
  const clock = fakeClock()
  let count = 0
  const question = asked(async () => ++count, { keepFor: 1000, steady: clock.steady })
  assert.deepEqual(await Promise.all([question.get(), question.get()]), [1, 1])
  clock.advance(999)
  assert.equal(await question.get(), 1)
  clock.advance(1)
  assert.equal(await question.get(), 2)
})

test('a question that failed has no answer, and is not asked again at once', async () => {
  const clock = fakeClock()
  let count = 0
  const question = asked(
    async () => {
      if (++count === 1) throw new Error('away')
      return count
    },
    { keepFor: 1000, steady: clock.steady },
  )
  assert.equal(await question.get(), undefined)
  assert.equal(await question.get(), undefined)
  clock.advance(1000)
  assert.equal(await question.get(), 2)
})

test('while a question is under way no second one is asked, however long it takes', async () => {
  const clock = fakeClock()
  let count = 0
  const { promise, resolve } = Promise.withResolvers<number>()
  const question = asked(
    () => {
      count++
      return promise
    },
    { keepFor: 1000, steady: clock.steady },
  )
  const first = question.get()
  clock.advance(3_600_000)
  const second = question.get()
  resolve(7)
  assert.deepEqual([await first, await second, count], [7, 7, 1])
})
