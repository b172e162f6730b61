/** Tells whoever the operator named that an account may have been robbed: so that a mail can be sent, or a ticket opened. */
import { createHmac } from 'node:crypto'
import { SECOND } from '../base/duration.ts'
import type { Kind, Send } from '../deliveries/deliverer.ts'
import type { Deps } from '../deps.ts'
import { EgressError } from '../egress/egress.ts'
import type { Account, SecurityNotice } from '../storage/storage.ts'

type NoticeDeps = Pick<Deps, 'config' | 'storage' | 'clients' | 'egress' | 'clock'>

export function securityNoticeDelivery(deps: NoticeDeps): Kind {
  // All of them go to the one webhook.
  return { send: sendNotice(deps), hostOf: async (clientId) => clientId }
}

function sendNotice(deps: NoticeDeps): Send {
  return async ({ payload }) => {
    const { notifications } = deps.config
    if (notifications === undefined) return { kind: 'refused', reason: 'no notifications.webhook_url any more' }
    const notice = await deps.storage.securityNotices.find(String(payload['notice']))
    const account = notice && (await deps.storage.accounts.find(notice.accountId))
    if (notice === undefined || account === undefined) return { kind: 'refused', reason: 'the account was removed' }
    const body = JSON.stringify(await messageOf(deps, notice, account))
    const headers = { 'countersign-signature': signature(notifications.webhookSecret, body, deps.clock.now()) }
    return deps.egress.post(notifications.webhookUrl, { contentType: 'application/json', body, headers }).then(
      ({ status }) => outcomeOf(status),
      (error: unknown) => {
        if (error instanceof EgressError) return { kind: 'failed', reason: error.summary } as const
        throw error
      },
    )
  }
}

/** `id` is the same at every attempt, so that nobody has to act twice. */
async function messageOf({ clients }: NoticeDeps, notice: SecurityNotice, { id, username, claims }: Account) {
  const client = await clients.find(notice.clientId)
  return {
    id: notice.id,
    kind: notice.kind,
    account: { id, username, ...(claims.email !== undefined && { email: claims.email }) },
    client: { client_id: notice.clientId, client_name: client?.metadata.client_name ?? notice.clientId },
    at: new Date(notice.createdAt).toISOString(),
  }
}

/** Of the time and the body, so that nobody can send an old message again. Made for this attempt. */
function signature(secret: string, body: string, now: number): string {
  const seconds = Math.floor(now / SECOND)
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`
}

/** Whatever a receiver answers that is being repaired or set up right is tried again for a day; RFC 9110 §15.5.11: 410 is for good. */
function outcomeOf(status: number): Awaited<ReturnType<Send>> {
  if (status >= 200 && status < 300) return { kind: 'delivered' }
  return { kind: status === 410 ? 'refused' : 'failed', reason: `status ${status}` }
}
