/** Keeps the decoys of the sign-in as accounts are (accounts/hash-decoys.ts). */
import { type Duration, MINUTE } from '../base/duration.ts'
import type { Deps } from '../deps.ts'
import type { EverywhereJob } from './job.ts'

const LOOKS_EVERY: Duration = MINUTE
/** Of a large table it takes its time: no more of it than a hundredth. */
const RESTS = 100

export function countImportedHashes({ hashDecoys, clock }: Pick<Deps, 'hashDecoys' | 'clock'>): EverywhereJob {
  let restsUntil = 0
  return {
    name: 'count-imported-hashes',
    runs: 'everywhere',
    everyMs: LOOKS_EVERY,
    async run() {
      const begun = clock.now()
      if (begun < restsUntil) return
      await hashDecoys.learn()
      restsUntil = clock.now() + RESTS * (clock.now() - begun)
    },
  }
}
