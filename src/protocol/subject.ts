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

/**
 * The hosts that a client's redirect URIs are on; of several, `sector_identifier_uri` must say which one stands for all (§8.1).
 * What an app writes behind a scheme of its own is the host of nobody: that is the empty text here.
 */
export const redirectHosts = (redirectUris: readonly string[]): readonly string[] => [
  ...new Set(redirectUris.map(hostOf)),
]

function hostOf(uri: string): string {
  const url = URL.parse(uri)
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.hostname : ''
}

const sectors = new WeakMap<ClientMetadata, string>()

/** Worked out once for each client. */
function sectorOf(client: Client): string {
  const known = sectors.get(client.metadata)
  if (known !== undefined) return known
  const sector = sectorName(client)
  sectors.set(client.metadata, sector)
  return sector
}

/** What a client's pairwise names depend on, beside the person. */
export const sectorName = (client: SectorMembers): string => sharedSector(client) ?? `client\n${client.id}`

type SectorMembers = Pick<Client, 'id' | 'source'> & {
  readonly metadata: Pick<ClientMetadata, 'sector_identifier_uri' | 'redirect_uris'>
}

/** The host that stands for several clients; undefined: the client is a sector by itself. */
function sharedSector({ source, metadata }: SectorMembers): string | undefined {
  const { sector_identifier_uri: uri, redirect_uris: uris } = metadata
  // The list at that address was read, and has each of its redirect URIs. A document may say something else tomorrow, and
  // what was granted to it would have the names of that sector then: it is not asked.
  if (uri !== undefined) return source === 'document' ? undefined : hostOf(uri) || undefined
  // Whoever came by itself has shown nothing: anybody may write the host of others into a redirect URI.
  if (source !== 'configuration') return undefined
  const [host = '', ...others] = redirectHosts(uris)
  // A scheme of its own has no host, and loopback is every native app's.
  return host !== '' && others.length === 0 && !isLoopbackHost(host) ? host : undefined
}

/**
 * Whether another `subject_type` or `sector_identifier_uri` would change what the client calls people. What was granted
 * before would have the new names, for a client that nobody has sent there.
 */
export const renamesPeople = (before: SubjectMembers, after: SubjectMembers): boolean =>
  before.subject_type !== after.subject_type ||
  (after.subject_type === 'pairwise' &&
    hostOf(before.sector_identifier_uri ?? '') !== hostOf(after.sector_identifier_uri ?? ''))

type SubjectMembers = Pick<ClientMetadata, 'subject_type' | 'sector_identifier_uri'>
