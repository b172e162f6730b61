/**
 * What the database holds as records for people and other programs: a kind, the names of the columns, times in RFC 3339, lists
 * as lists. Secrets, and what only proves one, are left out unless they are asked for.
 */
import type { Piece, Row, Value } from '../../storage/archive.ts'
import { isoTime } from './account-record.ts'

/** Of a table that has another name than what is in it. */
const KINDS: Readonly<Record<string, string>> = {
  accounts: 'account',
  audit_chains: 'audit_chain',
  audit_events: 'audit_event',
  client_addresses: 'client_address',
  client_uses: 'client_use',
  clients: 'registered_client',
  config_entries: 'config_entry',
  consents: 'consent',
  deliveries: 'delivery',
  grants: 'grant',
  refusals: 'refusal',
  security_notices: 'security_notice',
  session_clients: 'session_client',
  sessions: 'session',
  signing_keys: 'signing_key',
}

/** What is over in minutes or means nothing elsewhere: parked requests, what counts once, counters. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'instances',
  'interactions',
  'jwks_fetches',
  'leases',
  'one_time_codes',
  'pushed_requests',
  'revoked_tokens',
  'throttles',
  'used_tokens',
])

/** By its name, so that a column of tomorrow is left out rather than told: what is no secret is in NO_SECRETS. */
const SECRET = /hash|secret|sealed|salt|token|password|cookie|challenge|nonce/
const NO_SECRETS: ReadonlySet<string> = new Set(['imported_hash', 'imported_hash_replaced', 'shown_hash'])

const JSON_COLUMNS = ['claims', 'metadata', 'payload', 'public_jwk', 'fields', 'facts', 'entry']
/** Beside those that end with `_at`. */
const TIMES: ReadonlySet<string> = new Set(['at', 'day', 'since', 'ends_before'])
/** `kind` says what the line is. */
const KIND_OF_ITS_OWN = 'type'
const LISTS: Readonly<Record<string, readonly string[]>> = {
  consents: ['scopes', 'claims', 'resources'],
  grants: ['scopes', 'resources', 'amr'],
  sessions: ['amr'],
}

export type ExportRecord = Readonly<Record<string, unknown>>

/** The records of the pieces, a portion at a time. */
export async function* recordsOf(pieces: AsyncIterable<Piece>, withSecrets: boolean): AsyncGenerator<ExportRecord[]> {
  let read: ((row: Row) => ExportRecord) | undefined
  for await (const piece of pieces) {
    if (piece.table !== undefined) read = LEFT_OUT.has(piece.table) ? undefined : reader(piece, withSecrets)
    else if (read !== undefined) yield piece.rows.map(read)
  }
}

function reader(
  { table, columns }: { table: string; columns: readonly string[] },
  withSecrets: boolean,
): (row: Row) => ExportRecord {
  const kind = KINDS[table] ?? table
  const shown = columns.map((column) => withSecrets || NO_SECRETS.has(column) || !SECRET.test(column))
  return (row) => {
    const record: Record<string, unknown> = { kind }
    columns.forEach((column, at) => {
      const value = row[at] ?? null
      if (shown[at] && value !== null)
        record[column === 'kind' ? KIND_OF_ITS_OWN : column] = withoutSealed(read(table, column, value), withSecrets)
    })
    return table === 'accounts' ? accountOf(record) : record
  }
}

function read(table: string, column: string, value: Exclude<Value, null>): unknown {
  if (LISTS[table]?.includes(column)) return value === '' ? [] : String(value).split(' ')
  if ((column.endsWith('_at') || TIMES.has(column)) && typeof value === 'number') return isoTime(value)
  return JSON_COLUMNS.includes(column) ? parsed(String(value)) : value
}

/** What a mail that waits would say is sealed in its payload: of no use elsewhere. */
function withoutSealed(value: unknown, withSecrets: boolean): unknown {
  if (withSecrets || typeof value !== 'object' || value === null || !('sealed' in value)) return value
  const { sealed: _, ...rest } = value
  return rest
}

/** What is not JSON after all stands as it is. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** As `countersign account import` reads them; the keys follow from the names. */
function accountOf({ id, username_key: _, email_key: __, imported_hash: ___, ...account }: Record<string, unknown>) {
  const { kind, imported_hash_replaced: ____, ...rest } = account
  return { kind, sub: id, ...rest, ...(account['disabled_at'] !== undefined && { disabled: true }) }
}
