/** The runner of background jobs. */
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { DAY, HOUR, MINUTE } from '../../src/base/duration.ts'
import { type Job, startJobs } from '../../src/jobs/job.ts'
import { rotateKeys } from '../../src/jobs/rotate-keys.ts'
import { sweepExpired } from '../../src/jobs/sweep-expired.ts'
import { watchKeys } from '../../src/jobs/watch-keys.ts'
import type { KeyRingState } from '../../src/keys/key-ring.ts'
import { LIFETIMES } from '../fixtures/client.ts'
import { fakeClock, START } from '../fixtures/clock.ts'
import { leaseWorld } from '../fixtures/leases.ts'
import { silentLog } from '../fixtures/signing-keys.ts'
import { aFetch } from '../storage/jwks-fetches.ts'
import { aSigningKey } from '../storage/records.ts'

function start(t: TestContext, run: Job['run']) {
  const world = leaseWorld(t)
  const errors: string[] = []
  const log = { ...silentLog, error: (fields: object) => void errors.push(JSON.stringify(fields)) }
  const job: Job = { name: 'a-job', runs: 'everywhere', everyMs: 1000, run }
  return { jobs: startJobs([job], { ...world.process('one'), log }), errors, pass: world.pass }
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

  test('never runs twice at once; stop tells the run under way, waits for it, and none follows', async (t) => {
    let runs = 0
    let end = () => {}
    let told: AbortSignal | undefined
    const { jobs, pass } = start(t, (signal) => {
      runs++
      told = signal
      return new Promise<void>((resolve) => {
        end = resolve
      })
    })
    await pass(1000)
    await pass(60_000)
    assert.equal(runs, 1)
    assert.equal(told?.aborted, false)
    let stopped = false
    const stopping = jobs.stop().then(() => {
      stopped = true
    })
    await setImmediate()
    assert.ok(!stopped)
    assert.equal(told?.aborted, true)
    end()
    await stopping
    await pass(60_000)
    assert.equal(runs, 1)
  })
})

describe('what is done one at a time', () => {
  /** Two processes with the same two jobs; who ran which, in order. */
  function twoProcesses(t: TestContext) {
    const world = leaseWorld(t)
    const ran: string[] = []
    const jobsOf = (name: string): Job[] => [
      { name: 'watch', runs: 'everywhere', everyMs: 1000, run: async () => void ran.push(`${name} watches`) },
      { name: 'sweep', runs: 'one_at_a_time', everyMs: 1000, run: async () => void ran.push(`${name} sweeps`) },
    ]
    const begin = (name: string) => startJobs(jobsOf(name), world.process(name))
    const take = async (ms: number) => {
      ran.length = 0
      await world.pass(ms)
      return [...new Set(ran)].sort()
    }
    return { ...world, begin, take }
  }

  test('one does it, and everybody does what is for everybody', async (t) => {
    const { begin, take } = twoProcesses(t)
    const one = begin('one')
    await take(10)
    const other = begin('other')
    assert.deepEqual(await take(60_000), ['one sweeps', 'one watches', 'other watches'])
    await Promise.all([one.stop(), other.stop()])
  })

  test('handed over at the end, it goes on elsewhere within seconds, and the rest goes on here', async (t) => {
    const { begin, take } = twoProcesses(t)
    const one = begin('one')
    await take(10)
    const other = begin('other')
    await take(5000)
    await one.handOver()
    assert.deepEqual(await take(5000), ['one watches', 'other sweeps', 'other watches'])
    await one.stop()
    await one.stop()
    assert.deepEqual(await take(5000), ['other sweeps', 'other watches'])
    await other.stop()
  })
})

/** Keys that were made at START, and two apps that fetch them, one of which has not got the next one. */
function aRotation() {
  const clock = fakeClock()
  const warned: [object, string][] = []
  const keys = [
    aSigningKey('now', { state: 'current', publishedAt: START, activatedAt: START }),
    aSigningKey('next', { state: 'next', publishedAt: START, activatedAt: undefined }),
  ]
  const fetches = () => {
    const seen = { firstSeenAt: START, lastSeenAt: clock.now() }
    return [
      aFetch('a', { ...seen, kids: ['now', 'next'] }),
      aFetch('b', { ...seen, kids: ['now'], address: '10.0.3.8' }),
    ]
  }
  const { jwksMaxAge, rotateEvery, publishBeforeUse } = {
    jwksMaxAge: HOUR,
    rotateEvery: 90 * DAY,
    publishBeforeUse: DAY,
  }
  return {
    clock,
    warned,
    keyRing: { tick: async () => undefined },
    storage: {
      signingKeys: { list: async () => keys } as never,
      jwksFetches: { list: async () => fetches(), addresses: async () => [] } as never,
    },
    config: () =>
      ({
        keys: { signingAlgorithms: ['RS256'], encryptionAlgorithms: [], jwksMaxAge, rotateEvery, publishBeforeUse },
        lifetimes: LIFETIMES,
        clients: [],
        apis: [],
      }) as never,
    log: { ...silentLog, warn: (fields: object, message: string) => void warned.push([fields, message]) },
  }
}

describe('the jobs', () => {
  const never = new AbortController().signal

  test('rotate-keys ticks the ring each minute, one process for all', async () => {
    let ticks = 0
    const job = rotateKeys({ ...aRotation(), keyRing: { tick: async () => void ticks++ } })
    await job.run(never)
    assert.deepEqual([job.name, job.runs, job.everyMs, ticks], ['rotate-keys', 'one_at_a_time', 60_000, 1])
  })

  test('rotate-keys names the apps that have not seen the next key, once, in the last quarter of its waiting time', async () => {
    const rotation = aRotation()
    const job = rotateKeys(rotation)
    rotation.clock.advance(90 * DAY - 6 * HOUR - 1)
    await job.run(never)
    assert.deepEqual(rotation.warned, [])
    rotation.clock.advance(1)
    await job.run(never)
    await job.run(never)
    assert.equal(rotation.warned.length, 1)
    assert.match(String(rotation.warned[0]?.[1]), /^1 of 2 apps that fetch keys has not seen the one that signs next/)
    assert.match(JSON.stringify(rotation.warned[0]?.[0]), /"unaware":\[\{"address":"10\.0\.3\.8"/)
  })

  test('rotate-keys rotates all the same when it cannot tell who has seen the next key', async () => {
    let ticks = 0
    const rotation = aRotation()
    const failing = { list: () => Promise.reject(new Error('no')) }
    rotation.clock.advance(90 * DAY)
    const storage = { ...rotation.storage, jwksFetches: failing as never }
    await rotateKeys({ ...rotation, storage, keyRing: { tick: async () => void ticks++ } }).run(never)
    assert.equal(ticks, 1)
  })

  test('watch-keys reads the keys each half second in every process, and makes some where there are none', async () => {
    const did: string[] = []
    let state: KeyRingState = 'usable'
    const keyRing = {
      reload: async () => void did.push('reload'),
      tick: async () => void did.push('tick'),
      state: () => state,
    }
    const job = watchKeys({ keyRing })
    assert.deepEqual([job.runs, job.everyMs], ['everywhere', 500])
    await job.run(never)
    assert.deepEqual(did, ['reload'])
    state = 'missing'
    await job.run(never)
    assert.deepEqual(did, ['reload', 'reload', 'tick'])
  })

  const sweep = async (answer: (batch: number) => number, signal: AbortSignal = never) => {
    const batches: number[][] = []
    const storage = {
      async sweep(now: number, limit: number) {
        batches.push([now, limit])
        return answer(batches.length)
      },
    }
    const clock = fakeClock()
    const began = performance.now()
    await sweepExpired({ storage, clock, steady: clock.steady }).run(signal)
    return { batches, took: performance.now() - began }
  }

  test('sweep-expired goes on while batches are full, and rests in between', async () => {
    assert.deepEqual((await sweep(() => 0)).batches, [[START, 100]])
    const { batches, took } = await sweep((batch) => (batch < 4 ? 100 : 99))
    assert.equal(batches.length, 4)
    assert.ok(took >= 3 * 4, `three rests in ${took} ms`)
  })

  test('sweep-expired rests for three times as long as the database was busy', async () => {
    const clock = fakeClock()
    let batches = 0
    const storage = {
      async sweep() {
        clock.advance(20)
        return ++batches < 2 ? 100 : 0
      },
    }
    const began = performance.now()
    await sweepExpired({ storage, clock, steady: clock.steady }).run(never)
    assert.ok(performance.now() - began >= 59)
  })

  test('sweep-expired ends between two batches when it is told to', async () => {
    const told = new AbortController()
    const { batches } = await sweep((batch) => {
      if (batch === 3) told.abort()
      return 100
    }, told.signal)
    assert.equal(batches.length, 3)
  })

  test('sweep-expired deletes nothing for a day after the clock leapt ahead, and goes on when it is set right', async () => {
    const clock = fakeClock()
    const swept: number[] = []
    const sweep = async (now: number): Promise<number> => {
      swept.push(now)
      return 0
    }
    const job = sweepExpired({ storage: { sweep }, clock, steady: clock.steady })
    const isSwept = async (): Promise<boolean> => {
      const before = swept.length
      await job.run(never)
      return swept.length > before
    }
    const leap = (by: number): Promise<boolean> => {
      clock.set(clock.now() + by)
      return isSwept()
    }
    const passing = (time: number): Promise<boolean> => {
      clock.advance(time)
      return isSwept()
    }
    // Another process may have swept meanwhile: hours that went by are no leap.
    assert.deepEqual([await passing(0), await passing(MINUTE), await passing(5 * HOUR)], [true, true, true])
    assert.equal(await leap(365 * DAY), false)
    // Small corrections say nothing of the big one.
    assert.deepEqual([await leap(MINUTE), await leap(-MINUTE)], [false, false])
    assert.equal(await leap(-365 * DAY), true)
    assert.equal(await leap(2 * HOUR), false)
    for (let passed = 0; passed < DAY - HOUR; passed += HOUR) assert.equal(await passing(HOUR), false)
    assert.equal(await passing(HOUR), true)
  })
})
