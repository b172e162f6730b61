/** Lets this process see what others did to the signing keys: a rotation, an operator's `keys revoke`. */
import { SECOND } from '../base/duration.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import type { EverywhereJob } from './job.ts'

/** Each second: far below the time after which a ring no longer trusts what it read (keys/rotation-policy.ts). */
export const watchKeys = ({ keyRing }: { keyRing: Pick<KeyRing, 'reload' | 'state' | 'tick'> }): EverywhereJob => ({
  name: 'watch-keys',
  runs: 'everywhere',
  everyMs: SECOND,
  async run() {
    await keyRing.reload()
    // An operator took them all out: whoever sees it first makes new ones, rather than the first request that needs one.
    if (keyRing.state() === 'missing') await keyRing.tick()
  },
})
