/** Keeps the signing keys turning: one process for all. */
import { MINUTE } from '../base/duration.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import type { OneAtATimeJob } from './job.ts'

export const rotateKeys = ({ keyRing }: { keyRing: Pick<KeyRing, 'tick'> }): OneAtATimeJob => ({
  name: 'rotate-keys',
  runs: 'one_at_a_time',
  everyMs: MINUTE,
  run: () => keyRing.tick(),
})
