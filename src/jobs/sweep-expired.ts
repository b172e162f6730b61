/** Deletes what is past its time, in small batches so that nobody waits long for the database. */
import type { Clock, Timestamp } from '../base/clock.ts'
import { DAY, HOUR, MINUTE } from '../base/duration.ts'
import type { Storage } from '../storage/storage.ts'
import type { Job } from './job.ts'

const BATCH = 500
/** More than strangers can make in a minute; the rest waits for the next one. */
const MAX_BATCHES = 400

/** Between two runs, which are a minute apart: the clock was set, or the machine slept. */
const LEAP = HOUR
/** What is deleted stays so when the clock is set right again: so it has this long to be. */
const WAIT_AFTER_LEAP = DAY

export const sweepExpired = ({ storage, clock }: { storage: Pick<Storage, 'sweep'>; clock: Clock }): Job => {
  const isToWait = leapWatch()
  return {
    name: 'sweep-expired',
    everyMs: MINUTE,
    async run() {
      if (isToWait(clock.now())) return
      for (let batch = 0; batch < MAX_BATCHES; batch++) {
        // The count is over all kinds of rows: below one batch, no kind can have had a full one.
        if ((await storage.sweep(clock.now(), BATCH)) < BATCH) return
      }
    },
  }
}

/** Told the time at each run; says whether it has leapt ahead within the last day and not back since. */
function leapWatch(): (now: Timestamp) => boolean {
  let last: Timestamp | undefined
  let until: Timestamp | undefined
  return (now) => {
    const passed = last === undefined ? 0 : now - last
    last = now
    if (passed > LEAP) until = now + WAIT_AFTER_LEAP
    if (passed < -LEAP) until = undefined
    return until !== undefined && now < until
  }
}
