/** Lets this process see what others did to the signing keys: a rotation, an operator's `keys revoke`. */
import { type Duration, SECOND } from '../base/duration.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import type { EverywhereJob } from './job.ts'

/**
 * What was revoked is refused within a second, everywhere (docs/decisions/0009): each look begins so long after the one
 * before has ended, and the reading itself takes its time.
 */
const LOOKS_EVERY: Duration = SECOND / 2

export const watchKeys = ({ keyRing }: { keyRing: Pick<KeyRing, 'reload' | 'state' | 'tick'> }): EverywhereJob => ({
  name: 'watch-keys',
  runs: 'everywhere',
  everyMs: LOOKS_EVERY,
  async run() {
    await keyRing.reload()
    // An operator took them all out: whoever sees it first makes new ones, rather than the first request that needs one.
    if (keyRing.state() === 'missing') await keyRing.tick()
  },
})
