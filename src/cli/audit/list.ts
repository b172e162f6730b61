/** `countersign audit list`: the last events that are wanted, newest last, so that they are where the eye is. */
import type { AuditFilter, ChainedEvent } from '../../storage/storage.ts'
import type { Terminal } from '../command.ts'
import type { Opened } from '../open.ts'
import { formatTable, toIso } from '../table.ts'
import { eventColumns, eventJson } from './event-view.ts'
import type { Words } from './words.ts'

export async function list(
  { limit, json }: Words,
  filter: AuditFilter,
  { opened: { storage }, terminal: { stdout } }: { opened: Opened; terminal: Terminal },
): Promise<number> {
  const events = (await storage.auditEvents.newest(filter, limit)).toReversed()
  if (json) stdout.write(`${JSON.stringify(events.map(eventJson), null, 2)}\n`)
  else if (events.length === 0) stdout.write('There is no such event.\n')
  else stdout.write(table(events, await namesOf(events, storage)))
  return 0
}

const HEADINGS = ['NUMBER', 'TIME', 'EVENT', 'BY', 'ACCOUNT', 'CLIENT', 'FROM', 'REQUEST', 'MORE']

function table(events: readonly ChainedEvent[], names: ReadonlyMap<string, string>): string {
  const nameOf = (id: string): string => names.get(id) ?? id
  const rows = events.map((event) => {
    const { actor, address, requestId, accountId, clientId, rest } = eventColumns(event)
    const by = actor.replace(/^account:(.*)$/, (_, id: string) => nameOf(id)).replace(/^client:/, '')
    const more = Object.entries(rest).map(([name, value]) => `${name}=${shown(value)}`)
    return [
      ...[String(event.number), toIso(event.at), event.kind, by || '-', nameOf(accountId) || '-', clientId || '-'],
      ...[address || '-', requestId || '-', more.join(' ')],
    ]
  })
  return formatTable([HEADINGS, ...rows])
}

const shown = (value: unknown): string =>
  Array.isArray(value) ? value.join(',') : typeof value === 'object' ? JSON.stringify(value) : String(value)

/** Of the accounts that are still there. */
async function namesOf(events: readonly ChainedEvent[], storage: Opened['storage']): Promise<Map<string, string>> {
  const names = new Map<string, string>()
  for (const id of new Set(events.flatMap(({ accountId }) => accountId ?? []))) {
    const account = await storage.accounts.find(id)
    if (account !== undefined) names.set(id, account.username)
  }
  return names
}
