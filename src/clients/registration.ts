/** A client registers, changes and removes itself: OpenID Connect Registration, RFC 7591, RFC 7592 (docs/decisions/0014). */
import type { Clock } from '../base/clock.ts'
import { constantTimeEqual, sha256 } from '../base/hash.ts'
import { type Random, randomSecret } from '../base/random.ts'
import type { Config } from '../config/config.ts'
import type { Egress } from '../egress/egress.ts'
import type { ClientMetadata } from '../protocol/client.ts'
import { registeredClientId } from '../protocol/client-information.ts'
import {
  hasSecret,
  metadataOnWire,
  needsSharedSecret,
  readClientMetadata,
  refusal,
} from '../protocol/client-metadata.ts'
import type { JsonObject } from '../protocol/json-members.ts'
import { OAuthError } from '../protocol/oauth-error.ts'
import { allowedMetadata } from '../protocol/registration-policy.ts'
import { renamesPeople } from '../protocol/subject.ts'
import type { RegisteredClient, RegisteredClientStore } from '../storage/storage.ts'
import type { ClientSecrets } from './client-secrets.ts'
import { metadataTerms } from './registered-clients.ts'
import { refuseForeignSector } from './sector-identifier.ts'

export interface RegistrationDeps {
  readonly storage: { readonly registeredClients: RegisteredClientStore }
  readonly config: Pick<Config, 'registration' | 'keys' | 'implicitFlow'>
  readonly clientSecrets: ClientSecrets
  readonly egress: Pick<Egress, 'get'>
  readonly clock: Clock
  readonly random: Random
}

/** A client that was stored just now, and the secrets that are told once. */
export interface Registered {
  readonly record: RegisteredClient
  readonly metadata: ClientMetadata
  readonly registrationToken: string
  readonly secret: string | undefined
}

/** RFC 7591 §3.1. Rejects with §3.2.2's errors; `temporarily_unavailable` when there are as many as there may be. */
export async function register(deps: RegistrationDeps, json: JsonObject): Promise<Registered> {
  const { clock, random, config } = deps
  const id = registeredClientId(random.bytes(16).toString('base64url'))
  const read = readMetadata(deps, id, json)
  if (read.sector_identifier_uri !== undefined) await refuseWithoutRoom(deps)
  const metadata = await inOwnSector(deps, read)
  const now = clock.now()
  const registrationToken = randomSecret(random)
  const secret = hasSecret(metadata) ? randomSecret(random) : undefined
  const record: RegisteredClient = {
    id,
    metadata: metadataOnWire(metadata),
    ...keptSecret(deps, { id, metadata, secret }),
    registrationTokenHash: sha256(registrationToken),
    createdAt: now,
    updatedAt: now,
    lastUsedAt: undefined,
    expiresAt: now + config.registration.expiresAfter,
  }
  if (!(await deps.storage.registeredClients.insert(record, config.registration.maxClients))) throw noRoom()
  return { record, metadata, registrationToken, secret }
}

/**
 * RFC 7592 §2: whose registration access token it is. A client that is not there and a token that is not its own are told
 * alike: `invalid_token`.
 */
export async function findByRegistrationToken(
  { storage, clock }: Pick<RegistrationDeps, 'storage' | 'clock'>,
  id: string,
  token: string,
): Promise<RegisteredClient> {
  const record = await storage.registeredClients.find(id)
  const isRight = record !== undefined && constantTimeEqual(record.registrationTokenHash, sha256(token))
  if (!isRight || record.expiresAt <= clock.now())
    throw new OAuthError('invalid_token', 'the registration access token is not valid', 'registration_token')
  return record
}

/** RFC 7592 §2.2: `json` takes the place of all that was registered. */
export async function update(
  deps: RegistrationDeps,
  record: RegisteredClient,
  json: JsonObject,
): Promise<Pick<Registered, 'metadata' | 'secret'>> {
  refuseForeign(record, json)
  const { id } = record
  const metadata = await inOwnSector(deps, readMetadata(deps, id, json))
  refuseOtherNames(metadata, record)
  const { secret, ...kept } = secretAfter(deps, { record, metadata, presented: json['client_secret'] })
  const now = deps.clock.now()
  const change = {
    metadata: metadataOnWire(metadata),
    ...kept,
    updatedAt: now,
    expiresAt: now + deps.config.registration.expiresAfter,
  }
  const consentsEnd = isAnother(metadata, record)
  if (!(await deps.storage.registeredClients.update(id, change, { consentsEnd }))) {
    throw new OAuthError('invalid_token', 'the registration access token is not valid', 'registration_token')
  }
  return { metadata, secret }
}

/** RFC 7592 §5: people have allowed an app of this name, at these places. */
function isAnother(metadata: ClientMetadata, { metadata: before }: RegisteredClient): boolean {
  // In other languages, too: `client_name#de`.
  const names = (of: JsonObject) => Object.entries(of).filter(([member]) => /^client_name(#|$)/.test(member))
  const seen = (of: JsonObject): string => JSON.stringify([names(of).sort(), of['redirect_uris']])
  return seen(metadataOnWire(metadata)) !== seen(before)
}

/** OpenID Connect Core §8: with another sector its grants would tell it who people are there. It may register anew. */
function refuseOtherNames(metadata: ClientMetadata, { metadata: before }: RegisteredClient): void {
  const { subject_type: type, sector_identifier_uri: uri } = before
  const known = {
    subject_type: type === 'pairwise' ? type : 'public',
    ...(typeof uri === 'string' && { sector_identifier_uri: uri }),
  } as const
  if (!renamesPeople(known, metadata)) return
  const member = known.subject_type === metadata.subject_type ? 'sector_identifier_uri' : 'subject_type'
  throw refusal(member, 'would change what the client calls people: register a new client')
}

function readMetadata(deps: RegistrationDeps, id: string, json: JsonObject): ClientMetadata {
  const { registration } = deps.config
  const defaults = { ...metadataTerms(deps.config), scope: registration.allowedScopes, name: id }
  return allowedMetadata(readClientMetadata(json, defaults), registration)
}

async function inOwnSector({ egress }: RegistrationDeps, metadata: ClientMetadata): Promise<ClientMetadata> {
  await refuseForeignSector(egress, metadata)
  return metadata
}

/** Where nobody can register, nobody can make us ask anything either. */
async function refuseWithoutRoom({ storage, config, clock }: RegistrationDeps): Promise<void> {
  if (!(await storage.registeredClients.hasRoom(config.registration.maxClients, clock.now()))) throw noRoom()
}

const noRoom = (): OAuthError =>
  new OAuthError('temporarily_unavailable', 'as many clients as may be are registered here', 'registration_full')

/** RFC 7592 §2.2: which client it is about, and what a client does not decide. */
function refuseForeign({ id, secretHash }: RegisteredClient, json: JsonObject): void {
  if (json['client_id'] !== id) throw refusal('client_id', 'must be the client_id of this client')
  for (const name of [
    'registration_access_token',
    'registration_client_uri',
    'client_secret_expires_at',
    'client_id_issued_at',
  ]) {
    if (json[name] !== undefined) throw refusal(name, 'must not be in an update')
  }
  const secret = json['client_secret']
  if (secret === undefined) return
  const isRight =
    typeof secret === 'string' && secretHash !== undefined && constantTimeEqual(secretHash, sha256(secret))
  if (!isRight) throw refusal('client_secret', 'is not the secret of this client')
}

interface SecretChange {
  readonly record: RegisteredClient
  readonly metadata: ClientMetadata
  /** It has been compared with the hash. */
  readonly presented: unknown
}

type KeptSecret = Pick<RegisteredClient, 'secretHash' | 'sealedSecret'>

/** The same secret as long as it will do; a new one where there is none, or where one is to be a key that we only have the hash of. */
function secretAfter(
  deps: RegistrationDeps,
  { record, metadata, presented }: SecretChange,
): KeptSecret & { readonly secret: string | undefined } {
  const { id, secretHash, sealedSecret } = record
  const known = typeof presented === 'string' ? presented : undefined
  const isEnough = secretHash !== undefined && (!needsSharedSecret(metadata) || sealedSecret !== undefined)
  if (!hasSecret(metadata)) return { secretHash: undefined, sealedSecret: undefined, secret: undefined }
  if (isEnough) {
    return { secretHash, sealedSecret: needsSharedSecret(metadata) ? sealedSecret : undefined, secret: undefined }
  }
  const secret = known ?? randomSecret(deps.random)
  return { ...keptSecret(deps, { id, metadata, secret }), secret }
}

/** The hash; and the secret itself, sealed, only where it is the key of what is signed with it. */
function keptSecret(
  { clientSecrets }: Pick<RegistrationDeps, 'clientSecrets'>,
  { id, metadata, secret }: { id: string; metadata: ClientMetadata; secret: string | undefined },
): KeptSecret {
  if (secret === undefined) return { secretHash: undefined, sealedSecret: undefined }
  const sealedSecret = needsSharedSecret(metadata) ? clientSecrets.seal(id, secret) : undefined
  return { secretHash: sha256(secret), sealedSecret }
}
