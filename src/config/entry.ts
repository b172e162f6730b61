/**
 * The configuration as plain entries, key by key, to remember what is in force and to compare it (docs/decisions/0018):
 * the names of the file, every default filled in, null for what is not set, and no secret.
 */
import { formatDuration } from '../base/duration.ts'
import { sha256 } from '../base/hash.ts'
import type { Api } from '../protocol/api.ts'
import type { Client, ClientJwks, ClientMetadata } from '../protocol/client.ts'
import type { Config } from './config.ts'
import { brandEntry, type Entry, markOf, orNull, tokenLifetimes } from './entry-value.ts'
import { installationEntry } from './installation-entry.ts'
import type { UpstreamProvider } from './upstream-provider.ts'

export const ENTRY_KINDS = ['client', 'api', 'upstream', 'installation'] as const
export type EntryKind = (typeof ENTRY_KINDS)[number]

/** One client, one API (by audience), one upstream provider, or the rest of the file (whose id is empty). */
export interface NamedEntry {
  readonly kind: EntryKind
  readonly id: string
  readonly entry: Entry
}

/** Everything that the configuration says. */
export const entriesOf = (config: Config): readonly NamedEntry[] => [
  { kind: 'installation', id: '', entry: installationEntry(config) },
  ...config.upstream.map((one): NamedEntry => ({ kind: 'upstream', id: one.id, entry: upstreamEntry(one) })),
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
type Worded = 'jwks' | 'default_max_age' | 'client_names'
type Forgotten = Exclude<keyof ClientMetadata, Worded | (typeof METADATA)[number]>
const NOTHING_IS_FORGOTTEN: readonly Forgotten[] & readonly never[] = []

function clientEntry(client: Client): Entry {
  const { metadata } = client
  return {
    ...Object.fromEntries([...METADATA, ...NOTHING_IS_FORGOTTEN].map((key) => [key, metadata[key] ?? null])),
    default_max_age: orNull(metadata.default_max_age, formatDuration),
    jwks: orNull(metadata.jwks, keysOf),
    client_names: orNull(metadata.client_names, (names) =>
      Object.entries(names).map(([tag, name]) => `${tag}: ${name}`),
    ),
    client_secret: client.secretHashes.length === 0 ? null : client.secretHashes.map((hash) => markOf(client.id, hash)),
    first_party: client.isFirstParty,
    require_pkce: client.requiresPkce,
    second_factor: secondFactorOf(client),
    launcher: client.launcherOrder !== undefined,
    launcher_order: client.launcherOrder ?? null,
    rotate_refresh_tokens: client.rotatesRefreshTokens,
    access_token_audience: client.accessTokenAudience,
    access_token_signed_response_alg: client.accessTokenAlgorithm,
    introspection: client.introspects,
    claims_in_id_token: client.hasClaimsInIdToken,
    ...brandEntry(client.brand),
    ...tokenLifetimes(client.lifetimes),
  }
}

const secondFactorOf = ({ requiresSecondFactor }: Client): string => (requiresSecondFactor ? 'required' : 'optional')

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

const upstreamEntry = (provider: UpstreamProvider): Entry => ({
  name: provider.name,
  logo_uri: provider.logoUri ?? null,
  issuer: provider.issuer,
  client_id: provider.clientId,
  // Of a short one even a mark could help to find it.
  client_secret: orNull(provider.clientSecret, (secret) =>
    secret.length >= 32 ? markOf(provider.id, sha256(secret)) : 'a value',
  ),
  token_endpoint_auth_method: provider.authentication,
  scope: provider.scope.split(' '),
  prompt: provider.prompt ?? null,
  sign_up: provider.signUp,
  allowed_domains: provider.allowedDomains,
  require: provider.require.map(({ claim, values }) => `${claim}: ${values.join(', ')}`),
  claims: Object.entries(provider.claims).map(([ours, theirs]) => `${ours}: ${theirs}`),
  allowed_groups: provider.allowedGroups,
  trust_email: provider.trustsEmail,
  trust_amr: provider.trustsAmr,
  trust_acr: provider.trustedAcrs,
  auth_time: provider.needsAuthTime ? 'required' : 'optional',
})

/** Each public key by its name, its kind and a digest. */
const keysOf = ({ keys }: ClientJwks): readonly string[] =>
  keys.map((key) => {
    const named = [key['kid'], key['kty'], key['crv'], key['alg']].filter((part) => typeof part === 'string')
    const ordered = Object.entries(key).toSorted(([a], [b]) => (a < b ? -1 : 1))
    return [...named, sha256(JSON.stringify(ordered)).slice(0, 12)].join(' ')
  })
