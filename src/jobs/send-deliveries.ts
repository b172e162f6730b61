/** Sends what is due: what waits for another attempt, and what other processes and the command line have put into the outbox. */
import { SECOND } from '../base/duration.ts'
import type { Deliverer } from '../deliveries/deliverer.ts'
import type { OneAtATimeJob } from './job.ts'

export const sendDeliveries = (deliveries: Pick<Deliverer, 'begin'>): OneAtATimeJob => ({
  name: 'send-deliveries',
  runs: 'one_at_a_time',
  everyMs: SECOND,
  run: () => deliveries.begin(),
})
