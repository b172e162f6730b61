/** The runner of background jobs. */
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { DAY, HOUR, MINUTE } from '../../src/base/duration.ts'
import { type Job, startJobs } from '../../src/jobs/job.ts'
import { rotateKeys } from '../../src/jobs/rotate-keys.ts'
import { sweepExpired } from '../../src/jobs/sweep-expired.ts'
import { fakeClock, START } from '../fixtures/clock.ts'
import { silentLog } from '../fixtures/signing-keys.ts'

function start(t: TestContext, run: Job['run']) {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const errors: string[] = []
  const log = { ...silentLog, error: (fields: object) => void errors.push(JSON.stringify(fields)) }
  const jobs = startJobs([{ name: 'a-job', everyMs: 1000, run }], { log })
  const pass = async (milliseconds: number) => {
    t.mock.timers.tick(milliseconds)
    await setImmediate()
  }
  return { jobs, errors, pass }
}

describe('startJobs', () => {
  test('runs a job every so often, for the first time after that long', async (t) => {
    let runs = 0
    const { jobs, pass } = start(t, async () => void runs++)
    await pass(999)
    assert.equal(runs, 0)
    await pass(1)
    assert.equal(runs, 1)
    await pass(1000)
    assert.equal(runs, 2)
    await jobs.stop()
    await pass(5000)
    assert.equal(runs, 2)
  })

  test('a run that fails is logged, and the next one comes all the same', async (t) => {
    let runs = 0
    const { jobs, pass, errors } = start(t, () => {
      runs++
      throw new Error('broken')
    })
    await pass(1000)
    await pass(1000)
    assert.equal(runs, 2)
    assert.equal(errors.length, 2)
    assert.match(errors[0]!, /a-job/)
    await jobs.stop()
  })

  test('never runs twice at once; stop waits for the run under way, and none follows', async (t) => {
    let runs = 0
    let end = () => {}
    const { jobs, pass } = start(t, () => {
      runs++
      return new Promise<void>((resolve) => {
        end = resolve
      })
    })
    await pass(1000)
    await pass(60_000)
    assert.equal(runs, 1)
    let stopped = false
    const stopping = jobs.stop().then(() => {
      stopped = true
    })
    await setImmediate()
    assert.ok(!stopped)
    end()
    await stopping
    await pass(60_000)
    assert.equal(runs, 1)
  })
})

describe('the jobs', () => {
  test('rotate-keys ticks the ring each minute', async () => {
    let ticks = 0
    const job = rotateKeys({ keyRing: { tick: async () => void ticks++ } })
    await job.run()
    assert.deepEqual([job.name, job.everyMs, ticks], ['rotate-keys', 60_000, 1])
  })

  const sweep = async (answer: (batch: number) => number) => {
    const batches: number[][] = []
    const storage = {
      async sweep(now: number, limit: number) {
        batches.push([now, limit])
        return answer(batches.length)
      },
    }
    await sweepExpired({ storage, clock: fakeClock() }).run()
    return batches
  }

  test('sweep-expired goes on while batches are full', async () => {
    assert.deepEqual(await sweep(() => 0), [[START, 500]])
    assert.equal((await sweep((batch) => (batch < 4 ? 500 : 499))).length, 4)
  })

  test('sweep-expired ends at some time all the same', async () => {
    assert.equal((await sweep(() => 500)).length, 400)
  })

  test('sweep-expired deletes nothing for a day after the clock leapt ahead, and goes on when it is set right', async () => {
    const clock = fakeClock()
    const swept: number[] = []
    const sweep = async (now: number): Promise<number> => {
      swept.push(now)
      return 0
    }
    const job = sweepExpired({ storage: { sweep }, clock })
    const runs = async (by: number): Promise<boolean> => {
      const before = swept.length
      clock.advance(by)
      await job.run()
      return swept.length > before
    }
    assert.deepEqual([await runs(0), await runs(MINUTE), await runs(365 * DAY)], [true, true, false])
    // Small corrections say nothing of the big one.
    assert.deepEqual([await runs(MINUTE), await runs(-MINUTE)], [false, false])
    assert.equal(await runs(-365 * DAY), true)
    assert.equal(await runs(2 * HOUR), false)
    for (let passed = 0; passed < DAY - HOUR; passed += HOUR) assert.equal(await runs(HOUR), false)
    assert.equal(await runs(HOUR), true)
  })
})
