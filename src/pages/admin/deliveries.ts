/** What others were to be told, the newest first. */
import type { AdminText } from '../../http/admin-view-models.ts'
import type { Delivery, DeliveryState } from '../../storage/storage.ts'
import { type AdminRequest, adminPath, type ShowPage } from './page.ts'
import { paged, READ, readBefore } from './paging.ts'
import { age, clip, counted } from './words.ts'

const STATES: readonly DeliveryState[] = ['waiting', 'given_up']
const LABELS = { waiting: 'Waiting', given_up: 'Given up' } as const

export const deliveries: ShowPage = async (asked) => {
  const { deps, query } = asked
  const client = query.find('client')
  const state = STATES.find((one) => one === query.find('state'))
  const { rows, next } = paged(
    await deps.storage.deliveries.list({ clientId: client, state, before: readBefore(query), limit: READ }),
    ({ createdAt, id }) => ({ at: createdAt, id }),
  )
  const others = [undefined, ...STATES].filter((one) => one !== state)
  return {
    title: 'Deliveries',
    lead: 'What apps were to be told of sign-outs, your webhook of thefts, and people by mail. It is tried for a day and kept for a week.',
    done: query.find('done') === 'retried' ? 'It is tried once more now.' : undefined,
    search: {
      action: adminPath(deps, '/deliveries'),
      fields: [{ name: 'client', label: 'client_id', value: client ?? '' }],
    },
    sections: [
      {
        heading: state === undefined ? 'All' : LABELS[state],
        rows: rows.map((row) => deliveryRow(asked, row)),
        notes: rows.length === 0 ? ['There are none.'] : [],
        links: [
          ...(next === undefined
            ? []
            : [{ label: 'Older', href: adminPath(deps, '/deliveries', { client, state, before: next }) }]),
          ...others.map((one) => ({
            label: one === undefined ? 'All' : LABELS[one],
            href: adminPath(deps, '/deliveries', { client, state: one }),
          })),
        ],
      },
    ],
  }
}

export function deliveryRow({ deps, admin, now }: AdminRequest, row: Delivery): readonly AdminText[] {
  const canRetry = admin.hasActions && row.givenUpAt !== undefined
  return [
    { text: whatFor(row) },
    stateOf(row, now),
    { text: counted(row.attempts, 'attempt') },
    age(row.createdAt, now, 'made '),
    ...(row.lastFailure === undefined ? [] : [{ text: clip(row.lastFailure, 90) }]),
    ...(canRetry ? [{ text: 'Retry', href: adminPath(deps, '/delivery/retry', { id: row.id }) }] : []),
  ]
}

/** Of a mail it is known to which domain it goes; the rest is sealed. */
export function whatFor({ kind, clientId, payload }: Delivery): string {
  switch (kind) {
    case 'logout':
      return `sign-out to ${clip(clientId ?? '?', 60)}`
    case 'security_notice':
      return 'theft to the webhook'
    case 'mail':
      return `mail ${clip(String(payload['mail']), 40)} to somebody at ${clip(String(payload['domain']), 60)}`
  }
}

function stateOf({ deliveredAt, givenUpAt, nextAttemptAt, attempts }: Delivery, now: number): AdminText {
  if (deliveredAt !== undefined) return age(deliveredAt, now, 'arrived ')
  if (givenUpAt !== undefined) return { text: age(givenUpAt, now, 'given up ').text, isBad: true }
  return age(nextAttemptAt, now, attempts === 0 ? 'due ' : 'failed, again ')
}
