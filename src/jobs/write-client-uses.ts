/** Writes down how often clients were used at this process. */
import { SECOND } from '../base/duration.ts'
import type { ClientUses } from '../clients/client-uses.ts'
import type { EverywhereJob } from './job.ts'

export const writeClientUses = (uses: Pick<ClientUses, 'write'>): EverywhereJob => ({
  name: 'write-client-uses',
  runs: 'everywhere',
  everyMs: 10 * SECOND,
  run: () => uses.write(),
})
