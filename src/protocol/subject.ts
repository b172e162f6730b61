/** What a client calls a person and their session: OpenID Connect Core §8 and §8.1. */
import { createHmac, type KeyObject } from 'node:crypto'
import type { Client, ClientMetadata } from './client.ts'
import type { Grant } from './records.ts'

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

/** None of the parts has a line break in it, so that no two lists of parts are one text. */
const pseudonym = (key: KeyObject, parts: readonly string[]): string =>
  createHmac('sha256', key).update(parts.join('\n')).digest('base64url')

/** The hosts that could be a client's sector; exactly one, or the client cannot have pairwise subjects. */
export function sectorHosts(
  metadata: Partial<Pick<ClientMetadata, 'sector_identifier_uri' | 'redirect_uris'>>,
): readonly string[] {
  const { sector_identifier_uri: uri, redirect_uris: uris = [] } = metadata
  const hosts = (uri === undefined ? uris : [uri]).map((one) => (URL.canParse(one) ? new URL(one).hostname : ''))
  return [...new Set(hosts)]
}

const sectors = new WeakMap<ClientMetadata, string>()

/** Worked out once for each client. */
function sectorOf({ id, metadata }: Client): string {
  const known = sectors.get(metadata)
  if (known !== undefined) return known
  const [host = '', ...others] = sectorHosts(metadata)
  // Whoever registers a client has to see to it; one name for all of them would be as good as a public subject.
  if (host === '' || others.length > 0) throw new Error(`the client ${id} has pairwise subjects and no single sector`)
  sectors.set(metadata, host)
  return host
}
