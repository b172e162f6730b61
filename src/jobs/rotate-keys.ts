/** Keeps the signing keys turning, and lets this process see what others did with them. */
import { MINUTE } from '../base/duration.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import type { Job } from './job.ts'

/** Each minute: half of the two minutes after which a ring no longer trusts what it read (keys/rotation-policy.ts). */
export const rotateKeys = ({ keyRing }: { keyRing: Pick<KeyRing, 'tick'> }): Job => ({
  name: 'rotate-keys',
  everyMs: MINUTE,
  run: () => keyRing.tick(),
})
