/** One more attempt at what was given up: for an app that was away for longer than a day. */
import type { Action } from './action.ts'
import { whatFor } from './deliveries.ts'
import { adminPath, byAdmin } from './page.ts'
import { clip, counted, moment } from './words.ts'

export const retryDelivery: Action = async (asked, id) => {
  const { deps } = asked
  const found = id === '' || id.length > 600 ? undefined : await deps.storage.deliveries.find(id)
  if (found?.givenUpAt === undefined) return undefined
  const { clientId, accountId, attempts, givenUpAt, lastFailure } = found
  return {
    title: 'Try this delivery once more?',
    consequences: [
      `It is: ${whatFor(found)}.`,
      `It was given up after ${counted(attempts, 'attempt')}, ${moment(givenUpAt).text}${lastFailure ? `: ${clip(lastFailure)}` : ''}.`,
      'It is sent once more now, and given up again when that fails.',
    ],
    button: 'Try once more',
    backUrl: adminPath(deps, '/deliveries', { state: 'given_up' }),
    async act() {
      if (await deps.storage.deliveries.retry(id, deps.clock.now())) {
        deps.deliveries.kick()
        const about = { ...(clientId && { clientId }), ...(accountId && { accountId }) }
        await deps.audit.recordNow({ kind: 'delivery_retried', deliveryId: id, ...about }, byAdmin(asked))
      }
      return adminPath(deps, '/deliveries', { state: 'given_up', done: 'retried' })
    },
  }
}
