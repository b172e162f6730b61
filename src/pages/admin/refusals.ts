/** What was refused of late, the newest first. */
import { isIdentifier } from '../../base/identifier.ts'
import type { AdminSection, AdminText } from '../../http/admin-view-models.ts'
import { CHECKS } from '../../protocol/checks.ts'
import { readErrorId } from '../../refusals/error-id.ts'
import type { Refusal } from '../../storage/storage.ts'
import { type AdminPage, type AdminRequest, adminPath, type ShowPage } from './page.ts'
import { paged, READ, readBefore } from './paging.ts'
import { storyOf } from './refusal.ts'
import { age, clip, counted, PER_PAGE } from './words.ts'

export const refusals: ShowPage = (asked) => {
  const typed = asked.query.find('error')?.trim() ?? ''
  return typed === '' ? list(asked) : findError(asked, typed)
}

async function list(asked: AdminRequest): Promise<AdminPage> {
  const { deps, query } = asked
  const [client, typed] = [query.find('client'), query.find('check')]
  const check = CHECKS.find((one) => one === typed)
  const found = await deps.storage.refusals.list({ clientId: client, check, before: readBefore(query), limit: READ })
  const { rows, next } = paged(found, ({ at, id }) => ({ at, id }))
  const filtered = client !== undefined || check !== undefined
  return page(asked, {
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
      ...(filtered ? [ofAll(asked)] : []),
    ],
  })
}

/** What somebody was told who asks for help: one error with its story; or, by the id of a flow, all that went wrong in it. */
async function findError(asked: AdminRequest, typed: string): Promise<AdminPage> {
  const { refusals } = asked.deps.storage
  const id = readErrorId(typed)
  const found = id === undefined ? [] : await (isIdentifier(id) ? refusals.ofFlow(id) : refusals.findByErrorId(id))
  const [only, ...others] = found
  if (only !== undefined && others.length === 0) return storyOf(asked, only)
  const more = found.length - PER_PAGE
  return page(asked, {
    heading: 'Found',
    rows: found.slice(0, PER_PAGE).map((row) => refusalRow(asked, row)),
    notes: [
      ...(id === undefined ? ['That is no id: one of an error looks like abcd-efgh.'] : []),
      ...(id !== undefined && found.length === 0
        ? ['No refusal of this id is kept: it is older than refusals.keep, or it is another one.']
        : []),
      ...(more > 0 ? [`And ${counted(more, 'more', 'more')}.`] : []),
    ],
    links: [ofAll(asked)],
  })
}

const ofAll = ({ deps }: AdminRequest) => ({ label: 'Of all clients and checks', href: adminPath(deps, '/refusals') })

const page = ({ deps, query }: AdminRequest, section: AdminSection): AdminPage => ({
  title: 'Refusals',
  lead: 'What was refused, and why: each with the one check that failed.',
  search: {
    action: adminPath(deps, '/refusals'),
    fields: [
      { name: 'error', label: 'Error id', value: query.find('error') ?? '' },
      { name: 'client', label: 'client_id', value: query.find('client') ?? '' },
      { name: 'check', label: 'Check', value: query.find('check') ?? '' },
    ],
  },
  sections: [section],
})

export const refusalRow = ({ deps, now }: AdminRequest, row: Refusal): readonly AdminText[] => [
  { text: clip(row.description, 90), href: adminPath(deps, '/refusal', { id: row.id }) },
  { text: row.check, isCode: true },
  { text: clip(row.clientId ?? row.endpoint, 60) },
  age(row.at, now),
  ...(row.more > 0 ? [{ text: `and ${counted(row.more, 'more', 'more')}` }] : []),
]
