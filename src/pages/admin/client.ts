/** One client: its entry, its use, and what went wrong with it of late. */
import type { AdminSection, AdminText } from '../../http/admin-view-models.ts'
import { isRegisteredClientId } from '../../protocol/client-information.ts'
import { entryOf } from './client-entry.ts'
import { clientUseSection } from './client-use.ts'
import { deliveryRow } from './deliveries.ts'
import { type AdminRequest, adminPath, type ShowPage } from './page.ts'
import { refusalRow } from './refusals.ts'
import { clip } from './words.ts'

const FEW = 5

export const client: ShowPage = async (asked) => {
  const id = asked.query.find('id')
  if (id === undefined) return undefined
  const found = await findHere(asked, id)
  if (found === undefined && !isDocument(id)) return undefined
  return {
    title: clip(found?.metadata.client_name ?? id),
    lead: found === undefined ? WORDS.document : WORDS[found.source],
    about: id,
    sections: [
      ...(found === undefined ? [] : [{ heading: 'Entry', facts: entryOf(found) }]),
      await clientUseSection(asked, id),
      await refusals(asked, id),
      await deliveries(asked, id),
    ],
  }
}

const WORDS = {
  configuration: 'It has an entry in the configuration.',
  registration: 'It registered itself. Nobody here has checked it.',
  document:
    'It says what it is at the address that is its client_id. Nobody here has checked it, and nobody is asked now.',
} as const

/** Of a document nothing is fetched for this page. */
export async function findHere({ deps }: AdminRequest, id: string) {
  const configured = deps.clients.list().find((one) => one.id === id)
  return configured ?? (isRegisteredClientId(id) ? await deps.clients.find(id) : undefined)
}

export const isDocument = (id: string): boolean => id.startsWith('https://')

async function refusals(asked: AdminRequest, clientId: string): Promise<AdminSection> {
  const rows = await asked.deps.storage.refusals.list({ clientId, limit: FEW })
  return ofLate(
    'Refused of late',
    rows.map((row) => refusalRow(asked, row)),
    adminPath(asked.deps, '/refusals', { client: clientId }),
  )
}

async function deliveries(asked: AdminRequest, clientId: string): Promise<AdminSection> {
  const rows = await asked.deps.storage.deliveries.list({ clientId, limit: FEW })
  return ofLate(
    'Told it of late',
    rows.map((row) => deliveryRow(asked, row)),
    adminPath(asked.deps, '/deliveries', { client: clientId }),
  )
}

/** The newest few, and where all of them are. */
const ofLate = (heading: string, rows: readonly (readonly AdminText[])[], all: string): AdminSection => ({
  heading,
  rows,
  notes: rows.length === 0 ? ['Nothing.'] : [],
  links: rows.length < FEW ? [] : [{ label: 'All', href: all }],
})
