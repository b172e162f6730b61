/** The clients: those of the configuration file, or those that registered themselves, and what is known of their use. */
import type { AdminSection, AdminText } from '../../http/admin-view-models.ts'
import { findHere, isDocument } from './client.ts'
import { readClientUse } from './client-use.ts'
import { type AdminRequest, adminPath, type ShowPage } from './page.ts'
import { clip, PER_PAGE } from './words.ts'

export const clients: ShowPage = async (asked) => {
  const { deps, query } = asked
  const isRegistered = query.find('kind') === 'registered'
  const typed = query.find('id')?.trim() ?? ''
  const shown = isRegistered ? await registered(asked) : configured(asked)
  const use = await readClientUse(asked)
  const { next, rows } = shown
  const kind = isRegistered ? 'registered' : undefined
  return {
    title: 'Clients',
    lead: 'The apps that sign people in here. Sign-ons are counted among the newest ones.',
    search: {
      action: adminPath(deps, '/clients'),
      fields: [{ name: 'id', label: 'client_id', value: typed }],
    },
    sections: [
      ...(typed === '' ? [] : [await findExactly(asked, typed, use)]),
      {
        heading: isRegistered ? 'That registered themselves' : 'In the configuration',
        rows: rows.map((row) => clientRow(asked, row, use)),
        notes: rows.length === 0 ? ['There are none.'] : [],
        links: [
          ...(next === undefined ? [] : [{ label: 'More', href: adminPath(deps, '/clients', { kind, after: next }) }]),
          isRegistered
            ? { label: 'Those in the configuration', href: adminPath(deps, '/clients') }
            : {
                label: 'Those that registered themselves',
                href: adminPath(deps, '/clients', { kind: 'registered' }),
              },
        ],
      },
    ],
  }
}

async function findExactly(asked: AdminRequest, id: string, use: UseOf): Promise<AdminSection> {
  const found = await findHere(asked, id)
  const isThere = found !== undefined || isDocument(id)
  const { metadata, isPublic } = found ?? {}
  const kind = isPublic ? 'public' : (metadata?.token_endpoint_auth_method ?? 'a document of its own')
  return {
    heading: 'Found',
    rows: isThere ? [clientRow(asked, { id, name: metadata?.client_name ?? id, kind }, use)] : [],
    notes: isThere ? [] : ['No client has exactly this client_id.'],
  }
}

const clientRow = ({ deps }: AdminRequest, row: ClientRow, use: UseOf): readonly AdminText[] => [
  { text: clip(row.name, 60), href: adminPath(deps, '/client', { id: row.id }) },
  { text: clip(row.id, 80), isCode: true },
  { text: row.kind },
  ...use(row.id, row.lastUsedAt),
]

type UseOf = Awaited<ReturnType<typeof readClientUse>>

interface ClientRow {
  readonly id: string
  readonly name: string
  readonly kind: string
  readonly lastUsedAt?: number | undefined
}

interface Shown {
  readonly rows: readonly ClientRow[]
  readonly next: string | undefined
}

function configured({ deps, query }: AdminRequest): Shown {
  const after = query.find('after')
  const all = deps.clients.list()
  const from = all.findIndex(({ id }) => id === after) + 1
  const rows = all.slice(from, from + PER_PAGE)
  return {
    rows: rows.map(({ id, metadata, isPublic }) => ({
      ...{ id, name: metadata.client_name, kind: isPublic ? 'public' : metadata.token_endpoint_auth_method },
    })),
    next: from + PER_PAGE < all.length ? rows.at(-1)?.id : undefined,
  }
}

async function registered({ deps, query }: AdminRequest): Promise<Shown> {
  const found = await deps.storage.registeredClients.list({ after: query.find('after'), limit: PER_PAGE + 1 })
  const rows = found.slice(0, PER_PAGE)
  return {
    rows: rows.map(({ id, metadata, lastUsedAt }) => ({
      ...{ id, kind: 'registered', lastUsedAt },
      name: typeof metadata['client_name'] === 'string' ? metadata['client_name'] : id,
    })),
    next: found.length > PER_PAGE ? rows.at(-1)?.id : undefined,
  }
}
