/** What a client calls a person and their session: OpenID Connect Core §8 and §8.1. */
import { createHmac, type KeyObject } from 'node:crypto'
import type { Client, ClientMetadata } from './client.ts'
import type { Grant } from './records.ts'
import { isLoopbackHost } from './redirect-uri.ts'

/** The names that tokens and what else goes to a client have for one sign-on. */
export interface KnownAs {
  readonly sub: string
  readonly sid: string
}

/**
 * The identifiers of a grant as its client gets them.
 * @param key derived from the sealing key for this purpose alone; a client whose subjects are public takes no notice of it
 */
export const knownAs = (
  client: Client,
  { accountId, sessionId }: Pick<Grant, 'accountId' | 'sessionId'>,
  key: KeyObject,
): KnownAs =>
  isPairwise(client)
    ? { sub: subjectOf(client, accountId, key), sid: sessionIdOf(client, sessionId, key) }
    : { sub: accountId, sid: sessionId }

export const isPairwise = ({ metadata }: Pick<Client, 'metadata'>): boolean => metadata.subject_type === 'pairwise'

/** §8.1: the same for all clients of a sector, and not to be turned back or compared with another sector's. */
export const subjectOf = (client: Client, accountId: string, key: KeyObject): string =>
  isPairwise(client) ? pseudonym(key, ['sub', sectorOf(client), accountId]) : accountId

/** An identifier of the session that all clients share would tell those of different sectors that a person is the same. */
export const sessionIdOf = (client: Client, sessionId: string, key: KeyObject): string =>
  isPairwise(client) ? pseudonym(key, ['sid', sectorOf(client), sessionId]) : sessionId

/** No host, client_id or identifier has a line break in it, so that no two lists of parts are one text. */
const pseudonym = (key: KeyObject, parts: readonly string[]): string =>
  createHmac('sha256', key).update(parts.join('\n')).digest('base64url')

/** The hosts that a client's redirect URIs are on; of several, `sector_identifier_uri` must say which one stands for all (§8.1). */
export const redirectHosts = (redirectUris: readonly string[]): readonly string[] => [
  ...new Set(redirectUris.map((uri) => URL.parse(uri)?.hostname ?? '')),
]

const sectors = new WeakMap<ClientMetadata, string>()

/** Worked out once for each client. */
function sectorOf({ id, metadata }: Client): string {
  const known = sectors.get(metadata)
  if (known !== undefined) return known
  const { sector_identifier_uri: uri, redirect_uris: uris } = metadata
  const [host = '', ...others] = redirectHosts(uri === undefined ? uris : [uri])
  // A scheme of its own has no host, and loopback is every native app's: such a client is a sector by itself.
  const isShared = host !== '' && others.length === 0 && !(uri === undefined && isLoopbackHost(host))
  const sector = isShared ? host : `client\n${id}`
  sectors.set(metadata, sector)
  return sector
}
