/** Goes over to what the configuration's files say, soon after they have changed. */
import { SECOND } from '../base/duration.ts'
import type { EverywhereJob } from './job.ts'

/**
 * A look, not a watch of the system's: that tells nothing of network file systems, little of mounted ConfigMaps, and the
 * look costs some microseconds for each file.
 */
export const followConfig = ({ follow }: { follow(): Promise<void> }): EverywhereJob => ({
  name: 'follow-config',
  runs: 'everywhere',
  everyMs: SECOND,
  run: follow,
})
