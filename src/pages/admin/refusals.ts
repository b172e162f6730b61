/** What was refused of late, the newest first. */
import type { AdminText } from '../../http/admin-view-models.ts'
import { CHECKS } from '../../protocol/checks.ts'
import type { Refusal } from '../../storage/storage.ts'
import { type AdminRequest, adminPath, type ShowPage } from './page.ts'
import { paged, READ, readBefore } from './paging.ts'
import { age, clip, counted } from './words.ts'

export const refusals: ShowPage = async (asked) => {
  const { deps, query } = asked
  const [client, typed] = [query.find('client'), query.find('check')]
  const check = CHECKS.find((one) => one === typed)
  const found = await deps.storage.refusals.list({ clientId: client, check, before: readBefore(query), limit: READ })
  const { rows, next } = paged(found, ({ at, id }) => ({ at, id }))
  const filtered = client !== undefined || check !== undefined
  return {
    title: 'Refusals',
    lead: 'What was refused, and why: each with the one check that failed.',
    search: {
      action: adminPath(deps, '/refusals'),
      fields: [
        { name: 'client', label: 'client_id', value: client ?? '' },
        { name: 'check', label: 'Check', value: typed ?? '' },
      ],
    },
    sections: [
      {
        heading: filtered ? 'Those of this client or check' : 'The newest',
        rows: rows.map((row) => refusalRow(asked, row)),
        notes: [
          ...(typed !== undefined && check === undefined ? [`There is no check ${clip(typed, 60)}.`] : []),
          ...(rows.length === 0 ? ['There are none.'] : []),
        ],
        links: [
          ...(next === undefined
            ? []
            : [{ label: 'Older', href: adminPath(deps, '/refusals', { client, check, before: next }) }]),
          ...(filtered ? [{ label: 'Of all clients and checks', href: adminPath(deps, '/refusals') }] : []),
        ],
      },
    ],
  }
}

export const refusalRow = ({ deps, now }: AdminRequest, row: Refusal): readonly AdminText[] => [
  { text: clip(row.description, 90), href: adminPath(deps, '/refusal', { id: row.id }) },
  { text: row.check, isCode: true },
  { text: clip(row.clientId ?? row.endpoint, 60) },
  age(row.at, now),
  ...(row.more > 0 ? [{ text: `and ${counted(row.more, 'more', 'more')}` }] : []),
]
