/** Deletes what is past its time, in small batches with rests between them, so that nobody waits for the database. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Clocks, Timestamp } from '../base/clock.ts'
import { DAY, type Duration, HOUR, MINUTE } from '../base/duration.ts'
import type { Storage } from '../storage/storage.ts'
import type { OneAtATimeJob } from './job.ts'

/** Of each kind of row; on SQLite one such statement keeps a process for some milliseconds at most. */
const BATCH = 100
/** More than strangers can make in a minute; the rest waits for the next one. */
const MAX_BATCHES = 4000
/** Three times as long as the batch took: the sweep has a quarter of the database's time at most. */
const REST_SHARE = 3
const LEAST_REST: Duration = 5

/** So much more time by the clock than went by: it was set, or the machine slept. */
const LEAP = HOUR
/** What is deleted stays so when the clock is set right again: so it has this long to be. */
const WAIT_AFTER_LEAP = DAY

export interface SweepDeps extends Clocks {
  readonly storage: Pick<Storage, 'sweep'>
}

export const sweepExpired = ({ storage, clock, steady }: SweepDeps): OneAtATimeJob => {
  const isToWait = leapWatch({ clock, steady })
  return {
    name: 'sweep-expired',
    runs: 'one_at_a_time',
    everyMs: MINUTE,
    async run(signal) {
      if (isToWait()) return
      for (let batch = 0; batch < MAX_BATCHES && !signal.aborted; batch++) {
        const began = steady.now()
        // The count is over all kinds of rows: below one batch, no kind can have had a full one.
        if ((await storage.sweep(clock.now(), BATCH)) < BATCH) return
        await rest(Math.max(LEAST_REST, REST_SHARE * (steady.now() - began)), signal)
      }
    },
  }
}

/** Says whether the clock has leapt ahead within the last day and not back since; asked at each run. */
function leapWatch({ clock, steady }: Clocks): () => boolean {
  let [last, lastSteady] = [clock.now(), steady.now()]
  let until: Timestamp | undefined
  return () => {
    const leap = clock.now() - last - (steady.now() - lastSteady)
    last = clock.now()
    lastSteady = steady.now()
    if (leap > LEAP) until = last + WAIT_AFTER_LEAP
    if (leap < -LEAP) until = undefined
    return until !== undefined && last < until
  }
}

/** Shorter when there is no more to come. */
async function rest(duration: Duration, signal: AbortSignal): Promise<void> {
  await pause(duration, undefined, { signal }).catch(() => undefined)
}
