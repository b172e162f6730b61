/** Writes the refusals of the last moment, so that `countersign explain` finds them. */
import { SECOND } from '../base/duration.ts'
import type { Refusals } from '../refusals/recorder.ts'
import type { EverywhereJob } from './job.ts'

export const writeRefusals = (refusals: Pick<Refusals, 'flush'>): EverywhereJob => ({
  name: 'write-refusals',
  runs: 'everywhere',
  everyMs: SECOND / 2,
  run: () => refusals.flush(),
})
