/** `countersign audit export`: every event that is wanted, oldest first, some at a time. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { AuditFilter, ChainedEvent } from '../../storage/storage.ts'
import type { Terminal } from '../command.ts'
import type { Opened } from '../open.ts'
import { eventColumns, eventJson } from './event-view.ts'
import type { Words } from './words.ts'

/** Events in memory at once. */
const PAGE = 500

export async function exportEvents(
  { format }: Words,
  filter: AuditFilter,
  { opened: { storage }, terminal: { stdout } }: { opened: Opened; terminal: Terminal },
): Promise<number> {
  const text = textOf(storage.auditEvents, filter, format)
  // Whoever reads slowly is waited for.
  await pipeline(Readable.from(text), stdout, { end: false })
  return 0
}

async function* textOf(store: Opened['storage']['auditEvents'], filter: AuditFilter, format: Words['format']) {
  const line = format === 'csv' ? csvLine : jsonLine
  if (format === 'csv') yield `${CSV_HEADINGS.join(',')}\r\n`
  for (let after = 0; ; ) {
    const page = await store.page({ ...filter, after, limit: PAGE })
    if (page.length > 0) yield page.map(line).join('')
    if (page.length < PAGE) return
    after = page.at(-1)?.number ?? after
  }
}

const jsonLine = (event: ChainedEvent): string => `${JSON.stringify(eventJson(event))}\n`

const CSV_HEADINGS = [
  ...['number', 'time', 'kind', 'actor', 'account_id', 'client_id', 'flow_id', 'address', 'request_id', 'user_agent'],
  ...['more', 'previous', 'hash', 'seal'],
]

/** RFC 4180 */
function csvLine(event: ChainedEvent): string {
  const { actor, accountId, clientId, flowId, address, requestId, userAgent, rest } = eventColumns(event)
  const cells = [
    ...[String(event.number), new Date(event.at).toISOString(), event.kind, actor, accountId, clientId, flowId],
    ...[address, requestId, userAgent, JSON.stringify(rest), event.previousHash, event.hash, event.seal ?? ''],
  ]
  return `${cells.map(csvCell).join(',')}\r\n`
}

/** A spreadsheet must not take what a stranger sent for a formula. */
function csvCell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
