/** Clients whose client_id is the address of a document about them, fetched and remembered (docs/decisions/0014). */
import type { Clock, Timestamp } from '../base/clock.ts'
import { DAY, type Duration, SECOND } from '../base/duration.ts'
import type { Log } from '../base/log.ts'
import { makeRoom } from '../base/make-room.ts'
import type { Config } from '../config/config.ts'
import type { Egress } from '../egress/egress.ts'
import type { Client } from '../protocol/client.ts'
import { documentLifetime, isClientIdUrl, readClientIdDocument } from '../protocol/client-id-document.ts'
import { OAuthError } from '../protocol/oauth-error.ts'
import { shownMetadata } from '../protocol/registration-policy.ts'
import { accessTokenAlgorithmOf } from '../protocol/vocabulary.ts'
import { firstLookBrake } from './first-look-brake.ts'
import type { ClientLookup } from './registry.ts'
import { refuseForeignSector } from './sector-identifier.ts'
import { unlistedClient } from './unlisted-client.ts'

export interface DocumentsDeps {
  readonly config: Pick<Config, 'clientIdMetadataDocuments' | 'lifetimes' | 'keys'>
  readonly egress: Pick<Egress, 'get'>
  /** For ages alone: never set. */
  readonly steady: Clock
  readonly log: Log
}

/** draft-ietf-oauth-client-id-metadata-document-02 §8.7 recommends 5 KB; key sets are larger. */
const LARGEST = 16_384
/** Failures are not kept (§5.2), but nobody can make us ask more often than this. */
const ASKS_AGAIN_AFTER: Duration = 5 * SECOND
/** While its host does not answer, the last document goes on for so long: an outage there signs nobody out here. */
const STANDS_IN_FOR: Duration = DAY
const MOST_REMEMBERED = 1000

interface Remembered {
  /** Undefined: its document is refused, or could not be fetched. */
  readonly client: Client | undefined
  readonly fetchedAt: Timestamp
  readonly goodUntil: Timestamp
}

/** What was fetched, whose documents it was and what they say, under one set of rules for it. */
export type DocumentCache = Pick<ClientLookup, 'find' | 'forget'>

/** @param cache the one of a configuration before, when all that `documentRules` gives is the same */
export const clientIdDocuments = (
  { clientIdMetadataDocuments }: Pick<Config, 'clientIdMetadataDocuments'>,
  cache: DocumentCache,
): ClientLookup => ({
  ...cache,
  covers: (id) => isClientIdUrl(id, clientIdMetadataDocuments.allowedDomains),
})

/** All of the configuration that decides what is fetched and what is made of it. Whose documents may be used is asked each time. */
export const documentRules = ({ clientIdMetadataDocuments, lifetimes, keys, egress }: Config) => ({
  documents: { ...clientIdMetadataDocuments, allowedDomains: undefined },
  ...{ lifetimes, egress },
  algorithms: [keys.signingAlgorithms, keys.encryptionAlgorithms],
})

export function documentCache(deps: DocumentsDeps): DocumentCache {
  const { steady } = deps
  const remembered = new Map<string, Remembered>()
  /** Apart from the others: garbage pushes out no client. */
  const failed = new Map<string, Remembered>()
  const underWay = new Map<string, Promise<Client | undefined>>()
  const mayLookAt = firstLookBrake(steady)

  function forget(id: string): void {
    remembered.delete(id)
    failed.delete(id)
  }

  async function ask(id: string): Promise<Client | undefined> {
    try {
      const found = await load(deps, id, remembered.get(id))
      forget(id)
      const among = found.client === undefined ? failed : remembered
      makeRoom(among, MOST_REMEMBERED)
      among.set(id, found)
      return found.client
    } finally {
      underWay.delete(id)
    }
  }

  return {
    find(id) {
      const known = remembered.get(id) ?? failed.get(id)
      if (known !== undefined && steady.now() < known.goodUntil) return known.client
      const other = underWay.get(id)
      if (other !== undefined) return other
      // As if it were not known; it may be in a second.
      if (!remembered.has(id) && !mayLookAt(URL.parse(id)?.hostname ?? '')) return undefined
      const asked = ask(id)
      underWay.set(id, asked)
      return asked
    },
    forget,
  }
}

/** Never rejects for what a stranger's host does. */
async function load(deps: DocumentsDeps, id: string, before: Remembered | undefined): Promise<Remembered> {
  const { egress, steady, log, config } = deps
  try {
    const { body, headers } = await egress.get(id, { accept: ['application/json'], maxBytes: LARGEST })
    const metadata = readClientIdDocument(id, body, {
      allowedScopes: config.clientIdMetadataDocuments.allowedScopes,
      signingAlgorithms: config.keys.signingAlgorithms,
      encryptionAlgorithms: config.keys.encryptionAlgorithms,
    })
    await refuseForeignSector(egress, metadata)
    const now = steady.now()
    const client = unlistedClient({
      ...{ id, source: 'document', secretHash: undefined, sharedSecret: undefined },
      metadata: shownMetadata(metadata, { ownHosts: [URL.parse(id)?.hostname], showsLogo: false }),
      requiresPkce: true,
      lifetimes: config.lifetimes,
      namedAudience: config.clientIdMetadataDocuments.allowedResources,
      accessTokenAlgorithm: accessTokenAlgorithmOf(config.keys.signingAlgorithms),
    })
    return { client, fetchedAt: now, goodUntil: now + documentLifetime(headers.get('cache-control')) }
  } catch (error) {
    const now = steady.now()
    const isRefused = error instanceof OAuthError
    const detail = isRefused ? error.description : error instanceof Error ? error.message : 'unknown reason'
    log.warn(
      { clientId: id, detail },
      `the metadata document of a client ${isRefused ? 'is refused' : 'was not to be had'}`,
    )
    const standsIn = !isRefused && before !== undefined && now - before.fetchedAt < STANDS_IN_FOR
    const goodUntil = now + ASKS_AGAIN_AFTER
    return standsIn ? { ...before, goodUntil } : { client: undefined, fetchedAt: now, goodUntil }
  }
}
