/** Clients that registered themselves, looked up in the database (docs/decisions/0014). */
import type { Clock, Timestamp } from '../base/clock.ts'
import { DAY, type Duration, SECOND } from '../base/duration.ts'
import type { Log } from '../base/log.ts'
import { makeRoom } from '../base/make-room.ts'
import type { Config } from '../config/config.ts'
import type { Client, ClientMetadata } from '../protocol/client.ts'
import { isRegisteredClientId } from '../protocol/client-information.ts'
import { type MetadataDefaults, readClientMetadata } from '../protocol/client-metadata.ts'
import { OAuthError } from '../protocol/oauth-error.ts'
import { shownMetadata, stillAllowedMetadata } from '../protocol/registration-policy.ts'
import {
  accessTokenAlgorithmOf,
  ENCRYPTION_ALGORITHMS,
  GRANT_TYPES,
  SIGNING_ALGORITHMS,
} from '../protocol/vocabulary.ts'
import { logFailure, type RegisteredClient, type RegisteredClientStore } from '../storage/storage.ts'
import type { ClientSecrets } from './client-secrets.ts'
import type { ClientLookup } from './registry.ts'
import { unlistedClient } from './unlisted-client.ts'

export interface RegisteredClientsDeps {
  readonly store: Pick<RegisteredClientStore, 'find' | 'touch'>
  readonly config: Pick<Config, 'registration' | 'lifetimes' | 'keys' | 'implicitFlow'>
  readonly secrets: ClientSecrets
  readonly clock: Clock
  /** For ages alone: never set. */
  readonly steady: Clock
  readonly log: Log
}

/** So long another process may still see what was changed or removed. */
const BELIEVED_FOR: Duration = SECOND
const MOST_REMEMBERED = 1000

interface Remembered {
  readonly askedAt: Timestamp
  readonly answer: Promise<Client | undefined>
  /** The answer, once it is there. */
  client?: Client | undefined
}

export function registeredClients(deps: RegisteredClientsDeps): ClientLookup {
  const remembered = new Map<string, Remembered>()
  const lastUses: LastUses = new WeakMap()

  function ask(id: string): Promise<Client | undefined> {
    makeRoom(remembered, MOST_REMEMBERED)
    const asked: Remembered = { askedAt: deps.steady.now(), answer: load(deps, id, lastUses) }
    remembered.set(id, asked)
    // A client that is not there may be there in a moment: registered by another process.
    const forget = (): void => {
      if (remembered.get(id) === asked) remembered.delete(id)
    }
    asked.answer.then((client) => {
      if (client === undefined) forget()
      else asked.client = client
    }, forget)
    return asked.answer
  }

  return {
    covers: isRegisteredClientId,
    find(id) {
      const known = remembered.get(id)
      if (known === undefined || deps.steady.now() - known.askedAt >= BELIEVED_FOR) {
        remembered.delete(id)
        return ask(id)
      }
      return known.client ?? known.answer
    },
    forget: (id) => void remembered.delete(id),
    sayUsed: (client) => sayUsed(deps, client, lastUses),
  }
}

/** As it was when each was loaded, or has said so since. */
type LastUses = WeakMap<Client, Timestamp>

async function load(deps: RegisteredClientsDeps, id: string, lastUses: LastUses): Promise<Client | undefined> {
  const { store, clock, log } = deps
  const record = await store.find(id)
  if (record === undefined || record.expiresAt <= clock.now()) return undefined
  try {
    const client = clientOf(record, deps)
    if (record.lastUsedAt !== undefined) lastUses.set(client, record.lastUsedAt)
    return client
  } catch (error) {
    // It was fine when it registered; this version, or this configuration, thinks otherwise.
    if (!(error instanceof OAuthError)) throw error
    log.warn({ clientId: id, detail: error.description }, 'a registered client is not served: its metadata is refused')
    return undefined
  }
}

/** Its end moves with use, but a write each time would cost more than it tells: once a day is enough. */
function sayUsed(deps: RegisteredClientsDeps, client: Client, lastUses: LastUses): Promise<void> | undefined {
  const { expiresAfter } = deps.config.registration
  const now = deps.clock.now()
  const before = now - Math.min(DAY, expiresAfter / 4)
  const last = lastUses.get(client)
  if (last !== undefined && last >= before) return undefined
  lastUses.set(client, now)
  // The next use, once the client was loaded anew, says it again.
  return deps.store.touch(client.id, { now, before, expiresAt: now + expiresAfter }).catch((error: unknown) => {
    logFailure(deps.log, error, { message: 'that a registered client is used could not be kept', clientId: client.id })
  })
}

function clientOf(
  record: RegisteredClient,
  { config, secrets }: Pick<RegisteredClientsDeps, 'config' | 'secrets'>,
): Client {
  const { id, sealedSecret } = record
  const { registration, lifetimes, keys } = config
  return unlistedClient({
    id,
    source: 'registration',
    metadata: shownMetadata(stillAllowedMetadata(metadataOf(record, metadataTerms(config)), registration), {
      ownHosts: [],
      showsLogo: registration.showsLogos,
    }),
    secretHash: record.secretHash,
    sharedSecret: sealedSecret === undefined ? undefined : secrets.open(id, sealedSecret),
    requiresPkce: registration.requiresPkce,
    lifetimes,
    namedAudience: registration.allowedResources,
    accessTokenAlgorithm: accessTokenAlgorithmOf(keys.signingAlgorithms),
  })
}

type Terms = Pick<MetadataDefaults, 'grantTypes' | 'signingAlgorithms' | 'encryptionAlgorithms'>

/** What a registered client may have now. */
export const metadataTerms = ({
  registration,
  keys,
  implicitFlow,
}: Pick<Config, 'registration' | 'keys' | 'implicitFlow'>): Terms => ({
  grantTypes: registration.allowedGrantTypes.filter((grant) => grant !== 'implicit' || implicitFlow),
  signingAlgorithms: keys.signingAlgorithms,
  encryptionAlgorithms: keys.encryptionAlgorithms,
})

const ANY: Terms = {
  grantTypes: GRANT_TYPES,
  signingAlgorithms: SIGNING_ALGORITHMS,
  encryptionAlgorithms: ENCRYPTION_ALGORITHMS,
}

/**
 * What it registered, with the defaults of members that were not known then. Throws `invalid_client_metadata` when that
 * cannot be had any more, for want of keys for an algorithm say.
 */
export const metadataOf = (
  { id, metadata }: Pick<RegisteredClient, 'id' | 'metadata'>,
  terms: Terms = ANY,
): ClientMetadata => readClientMetadata(metadata, { ...terms, scope: [], name: id })
