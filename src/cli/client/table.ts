/** Clients as the terminal shows them: never with a secret, or the hash of one. */
import type { Timestamp } from '../../base/clock.ts'
import type { Client } from '../../protocol/client.ts'
import type { RegisteredClient } from '../../storage/storage.ts'
import { formatTable } from '../table.ts'

export type ListedClient =
  | { readonly source: 'file'; readonly client: Client }
  /** Shadowed: the file has a client with the same id, and it is the file's that is served. */
  | { readonly source: 'registration'; readonly record: RegisteredClient; readonly isShadowed: boolean }

/** For `--json`; RFC 3339 times. */
export function clientJson(of: ListedClient) {
  if (of.source === 'file') {
    const { id, metadata } = of.client
    return { client_id: id, source: of.source, ...metadata, scope: metadata.scope.join(' ') }
  }
  const { id, metadata, createdAt, updatedAt, lastUsedAt, expiresAt } = of.record
  return {
    client_id: id,
    source: of.source,
    ...(of.isShadowed && { shadowed_by: 'file' }),
    ...metadata,
    created_at: formatTime(createdAt),
    updated_at: formatTime(updatedAt),
    ...(lastUsedAt !== undefined && { last_used_at: formatTime(lastUsedAt) }),
    expires_at: formatTime(expiresAt),
  }
}

const HEADINGS = ['CLIENT_ID', 'NAME', 'SOURCE', 'LEADS TO', 'CREATED', 'LAST USED', 'EXPIRES']

export const clientTable = (clients: readonly ListedClient[]): string => formatTable([HEADINGS, ...clients.map(rowOf)])

function rowOf(of: ListedClient): readonly string[] {
  if (of.source === 'file') {
    const { id, metadata } = of.client
    return [id, metadata.client_name, 'file', hosts(metadata.redirect_uris), '', '', '']
  }
  const { id, metadata, createdAt, lastUsedAt, expiresAt } = of.record
  const uris = Array.isArray(metadata['redirect_uris']) ? metadata['redirect_uris'].map(String) : []
  const used = lastUsedAt === undefined ? 'never' : formatTime(lastUsedAt)
  const name = String(metadata['client_name'] ?? '')
  const source = of.isShadowed ? 'registration (not served: the file has this id)' : 'registration'
  return [id, name, source, hosts(uris), formatTime(createdAt), used, formatTime(expiresAt)]
}

const hosts = (uris: readonly string[]): string =>
  [...new Set(uris.map((uri) => URL.parse(uri)?.host || uri))].join(' ')

const formatTime = (at: Timestamp): string => new Date(at).toISOString()
