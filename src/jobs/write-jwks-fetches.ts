/** Writes who fetched the keys: each process what it saw. */
import { SECOND } from '../base/duration.ts'
import type { JwksFetches } from '../keys/jwks-fetches.ts'
import type { EverywhereJob } from './job.ts'

export const writeJwksFetches = ({ jwksFetches }: { jwksFetches: Pick<JwksFetches, 'write'> }): EverywhereJob => ({
  name: 'write-jwks-fetches',
  runs: 'everywhere',
  everyMs: 10 * SECOND,
  run: () => jwksFetches.write(),
})
