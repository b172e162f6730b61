/** Deletes what is past its time, in small batches so that nobody waits long for the database. */
import type { Clock } from '../base/clock.ts'
import { MINUTE } from '../base/duration.ts'
import type { Storage } from '../storage/storage.ts'
import type { Job } from './job.ts'

const BATCH = 500
/** More than strangers can make in a minute; the rest waits for the next one. */
const MAX_BATCHES = 400

export const sweepExpired = ({ storage, clock }: { storage: Pick<Storage, 'sweep'>; clock: Clock }): Job => ({
  name: 'sweep-expired',
  everyMs: MINUTE,
  async run() {
    for (let batch = 0; batch < MAX_BATCHES; batch++) {
      // The count is over all kinds of rows: below one batch, no kind can have had a full one.
      if ((await storage.sweep(clock.now(), BATCH)) < BATCH) return
    }
  },
})
