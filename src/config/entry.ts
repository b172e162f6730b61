/**
 * The configuration as plain entries, key by key, to remember what is in force and to compare it (docs/decisions/0018):
 * the names of the file, every default filled in, null for what is not set, and no secret.
 */
import { formatDuration } from '../base/duration.ts'
import { sha256 } from '../base/hash.ts'
import type { Api } from '../protocol/api.ts'
import type { Client, ClientJwks, ClientMetadata, TokenLifetimes } from '../protocol/client.ts'
import type { Config, MailTransportConfig } from './config.ts'

export type EntryValue = string | number | boolean | readonly string[] | null
/** By key: `redirect_uris`, `lifetimes.access_token`. One that is not there at all is of another version. */
export type Entry = Readonly<Record<string, EntryValue>>

export const ENTRY_KINDS = ['client', 'api', 'installation'] as const
export type EntryKind = (typeof ENTRY_KINDS)[number]

/** One client, one API (by audience), or the rest of the file (whose id is empty). */
export interface NamedEntry {
  readonly kind: EntryKind
  readonly id: string
  readonly entry: Entry
}

/** Everything that the configuration says, but for what only says where this one process listens. */
export const entriesOf = (config: Config): readonly NamedEntry[] => [
  { kind: 'installation', id: '', entry: installationEntry(config) },
  ...config.apis.map((api): NamedEntry => ({ kind: 'api', id: api.audience, entry: apiEntry(api) })),
  ...config.clients.map((client): NamedEntry => ({ kind: 'client', id: client.id, entry: clientEntry(client) })),
]

/** Equal for equal entries. */
export const entryDigest = (entry: Entry): string => sha256(JSON.stringify(entry))

/** Every key of RFC 7591 that is a text, a number, a flag or a list already. */
const METADATA = [
  'client_name',
  'client_uri',
  'logo_uri',
  'policy_uri',
  'tos_uri',
  'application_type',
  'redirect_uris',
  'post_logout_redirect_uris',
  'grant_types',
  'response_types',
  'scope',
  'token_endpoint_auth_method',
  'token_endpoint_auth_signing_alg',
  'jwks_uri',
  'subject_type',
  'sector_identifier_uri',
  'id_token_signed_response_alg',
  'id_token_encrypted_response_alg',
  'id_token_encrypted_response_enc',
  'userinfo_signed_response_alg',
  'userinfo_encrypted_response_alg',
  'userinfo_encrypted_response_enc',
  'introspection_signed_response_alg',
  'introspection_encrypted_response_alg',
  'introspection_encrypted_response_enc',
  'request_object_signing_alg',
  'request_object_encryption_alg',
  'request_object_encryption_enc',
  'request_uris',
  'require_signed_request_object',
  'require_pushed_authorization_requests',
  'require_auth_time',
  'default_acr_values',
  'initiate_login_uri',
  'backchannel_logout_uri',
  'backchannel_logout_session_required',
  'frontchannel_logout_uri',
  'frontchannel_logout_session_required',
] as const satisfies readonly (keyof ClientMetadata)[]

/** The other ones: `clientEntry` words them itself. A key that is in neither list does not compile. */
type Worded = 'jwks' | 'default_max_age'
type Forgotten = Exclude<keyof ClientMetadata, Worded | (typeof METADATA)[number]>
const NOTHING_IS_FORGOTTEN: readonly Forgotten[] & readonly never[] = []

function clientEntry(client: Client): Entry {
  const { metadata } = client
  return {
    ...Object.fromEntries([...METADATA, ...NOTHING_IS_FORGOTTEN].map((key) => [key, metadata[key] ?? null])),
    default_max_age: orNull(metadata.default_max_age, formatDuration),
    jwks: orNull(metadata.jwks, keysOf),
    client_secret: client.secretHashes.length === 0 ? null : client.secretHashes.map((hash) => markOf(client.id, hash)),
    first_party: client.isFirstParty,
    require_pkce: client.requiresPkce,
    rotate_refresh_tokens: client.rotatesRefreshTokens,
    access_token_audience: client.accessTokenAudience,
    access_token_signed_response_alg: client.accessTokenAlgorithm,
    introspection: client.introspects,
    claims_in_id_token: client.hasClaimsInIdToken,
    ...tokenLifetimes(client.lifetimes),
  }
}

function apiEntry(api: Api): Entry {
  return {
    name: api.name,
    scopes: api.scopes,
    access_token_typ: api.accessTokenType,
    access_token_signed_response_alg: api.accessTokenAlgorithm ?? null,
    introspection_client: api.introspectionClient ?? null,
    'lifetimes.access_token': orNull(api.accessTokenLifetime, formatDuration),
  }
}

function installationEntry(config: Config): Entry {
  const { keys, lifetimes, registration, clientIdMetadataDocuments: documents, notifications } = config
  return {
    issuer: config.issuer,
    name: config.name,
    'database.url': withoutSecrets(config.database.url),
    'keys.sealing_key': keys.sealingKey.kind === 'file' ? `the file ${keys.sealingKey.path}` : 'a value',
    'keys.signing_algorithms': keys.signingAlgorithms,
    'keys.encryption_algorithms': keys.encryptionAlgorithms,
    'keys.rotate_every': formatDuration(keys.rotateEvery),
    'keys.publish_before_use': formatDuration(keys.publishBeforeUse),
    'keys.jwks_max_age': formatDuration(keys.jwksMaxAge),
    'keys.rsa_bits': keys.rsaBits,
    ...tokenLifetimes(lifetimes),
    'lifetimes.refresh_retry_window': formatDuration(lifetimes.refreshRetryWindow),
    'lifetimes.session_idle': formatDuration(lifetimes.sessionIdle),
    'lifetimes.session_absolute': formatDuration(lifetimes.sessionAbsolute),
    'lifetimes.interaction': formatDuration(lifetimes.interaction),
    session_management: config.sessionManagement,
    implicit_flow: config.implicitFlow,
    'egress.allowed_hosts': config.egress.allowedHosts,
    'notifications.webhook_url': notifications === undefined ? null : webhookOf(notifications.webhookUrl),
    'notifications.webhook_secret':
      notifications === undefined ? null : markOf('notifications', sha256(notifications.webhookSecret)),
    'mail.from': config.mail?.from.address ?? null,
    'mail.transport': orNull(config.mail?.transport, wayOut),
    'registration.enabled': registration.isEnabled,
    'registration.open': registration.isOpen,
    'registration.initial_access_tokens': registration.initialAccessTokenHashes.map((hash) => markOf('register', hash)),
    'registration.allowed_redirect_hosts': registration.allowedRedirectHosts,
    'registration.allowed_scopes': registration.allowedScopes,
    'registration.allowed_resources': registration.allowedResources,
    'registration.allowed_grant_types': registration.allowedGrantTypes,
    'registration.max_clients': registration.maxClients,
    'registration.expires_after': formatDuration(registration.expiresAfter),
    'registration.require_pkce': registration.requiresPkce,
    'registration.show_logos': registration.showsLogos,
    'client_id_metadata_documents.allowed_domains': documents.allowedDomains,
    'client_id_metadata_documents.allowed_scopes': documents.allowedScopes,
    'client_id_metadata_documents.allowed_resources': documents.allowedResources,
  }
}

const tokenLifetimes = (of: TokenLifetimes): Entry => ({
  'lifetimes.authorization_code': formatDuration(of.authorizationCode),
  'lifetimes.access_token': formatDuration(of.accessToken),
  'lifetimes.id_token': formatDuration(of.idToken),
  'lifetimes.refresh_token': formatDuration(of.refreshToken),
  'lifetimes.refresh_token_absolute': formatDuration(of.refreshTokenAbsolute),
})

const orNull = <T>(value: T | undefined, word: (value: T) => EntryValue): EntryValue =>
  value === undefined ? null : word(value)

const wayOut = (way: MailTransportConfig): string => (way.kind === 'smtp' ? `smtp ${way.host}:${way.port}` : way.kind)

/** Of a secret of 32 characters or more: enough bits to see that it is another one, far too few to find it by. */
const MARK_LENGTH = 4

/** @param whose so that two that have the same secret do not show it */
const markOf = (whose: string, hash: string): string => sha256(`${whose}\n${hash}`).slice(0, MARK_LENGTH)

/** Each public key by its name, its kind and a digest. */
const keysOf = ({ keys }: ClientJwks): readonly string[] =>
  keys.map((key) => {
    const named = [key['kid'], key['kty'], key['crv'], key['alg']].filter((part) => typeof part === 'string')
    const ordered = Object.entries(key).toSorted(([a], [b]) => (a < b ? -1 : 1))
    return [...named, sha256(JSON.stringify(ordered)).slice(0, 12)].join(' ')
  })

/** Where it is; of the rest, which often is all that keeps others out, only whether it is the same. */
const webhookOf = (url: string): string => `${URL.parse(url)?.origin ?? ''}/… (${markOf('webhook', sha256(url))})`

/** A URL as it may be shown: without user, password and query, but for where in a database the tables are. A file stays as it is. */
function withoutSecrets(text: string): string {
  if (text.startsWith('file:')) return text
  const shown = URL.parse(text.replace(/^([a-z]+:\/\/(?:[^/]*@)?)\//, '$1localhost/'))
  if (shown === null) return text.slice(0, text.indexOf(':') + 1)
  const { protocol, host, pathname, searchParams } = shown
  const schema = searchParams.get('schema')
  return `${protocol}//${searchParams.get('host') ?? host}${pathname}${schema === null ? '' : `?schema=${schema}`}`
}
