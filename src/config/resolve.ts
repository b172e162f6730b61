/** The faultless file as the configuration that the code uses: durations counted, files and secrets in place, clients complete. */
import { resolve } from 'node:path'
import { type Duration, parseDuration, SECOND } from '../base/duration.ts'
import { sha256 } from '../base/hash.ts'
import type { Api } from '../protocol/api.ts'
import type { Client, ClientJwks, ClientMetadata, TokenLifetimes } from '../protocol/client.ts'
import { accessTokenAlgorithmOf, type SigningAlgorithm } from '../protocol/vocabulary.ts'
import type {
  AdminConfig,
  Config,
  DatabaseConfig,
  KeysConfig,
  Lifetimes,
  ListenConfig,
  NotificationsConfig,
  SecondFactorConfig,
} from './config.ts'
import { digestOf } from './digest.ts'
import { formatPath } from './fault.ts'
import { resolveBrand, resolveClientBrand } from './resolve-brand.ts'
import { hasWayOut, resolveMail } from './resolve-mail.ts'
import { resolvePasskeys } from './resolve-passkeys.ts'
import { resolveDocuments, resolveRegistration } from './resolve-registration.ts'
import { resolveSignUp } from './resolve-sign-up.ts'
import { resolveMetrics, resolveTracing } from './resolve-telemetry.ts'
import { resolveThrottling } from './resolve-throttling.ts'
import { resolveUpstream } from './resolve-upstream.ts'
import { DEFAULT_SCOPE } from './schema/client.ts'
import { DEFAULT_DATABASE_URL, DEFAULT_SEALING_KEY_FILE } from './schema/server.ts'
import type { ApiEntry, ClientEntry, ConfigFile } from './schema.ts'
import { parseSize } from './size.ts'

interface Surroundings {
  /** The text of each file that the configuration names, by the path of the key. */
  readonly texts: ReadonlyMap<string, string>
  /** The directory of the configuration file, absolute. */
  readonly directory: string
}

/** Gives the configuration. `file` must have come through reading and the cross-checks without a fault. */
export function resolveConfig(file: ConfigFile, surroundings: Surroundings): Config {
  const { texts, directory } = surroundings
  const lifetimes = resolveLifetimes(file.lifetimes)
  const hashing = file.password_hashing
  const accessTokenAlgorithm = accessTokenAlgorithmOf(file.keys.signing_algorithms)
  return {
    issuer: file.issuer,
    name: file.name,
    brand: resolveBrand(file.brand, texts),
    languages: file.languages,
    texts: resolveTexts(file.texts),
    listen: resolveListen(file.listen, texts),
    trustedProxies: file.trusted_proxies,
    database: resolveDatabase(file.database, surroundings),
    keys: resolveKeys(file.keys, directory),
    lifetimes,
    sessionManagement: file.session_management,
    implicitFlow: file.implicit_flow,
    passwordHashing: {
      memoryKib: known(parseSize(hashing.memory)),
      iterations: hashing.iterations,
      parallelism: hashing.parallelism,
      concurrency: hashing.concurrency,
      queue: hashing.queue,
    },
    passwords: { breachCheckUrl: file.passwords.breach_check_url },
    secondFactor: resolveSecondFactor(file.second_factor),
    passkeys: resolvePasskeys(file),
    account: file.account,
    throttling: resolveThrottling(file.throttling),
    egress: { allowedHosts: file.egress.allowed_hosts, timeout: milliseconds(file.egress.timeout) },
    log: file.log,
    refusals: { keep: milliseconds(file.refusals.keep) },
    admin: resolveAdmin(file.admin),
    audit: { ...file.audit, keep: milliseconds(file.audit.keep) },
    metrics: resolveMetrics(file.metrics, texts),
    tracing: resolveTracing(file.tracing, texts),
    registration: resolveRegistration(file.registration),
    clientIdMetadataDocuments: resolveDocuments(file.client_id_metadata_documents),
    notifications: resolveNotifications(file.notifications, texts),
    mail: resolveMail(file.mail, surroundings),
    recovery: resolveRecovery(file),
    signUp: resolveSignUp(file.sign_up),
    upstream: file.upstream.map((entry, index) => resolveUpstream(entry, index, texts)),
    apis: file.apis.map(resolveApi),
    clients: file.clients.map((entry, index) =>
      resolveClient(entry, index, { texts, lifetimes, accessTokenAlgorithm }),
    ),
  }
}

/** Where no mail can be sent, there is none, whatever the file says: the cross-checks have refused that. */
function resolveRecovery({ recovery, mail }: ConfigFile): Config['recovery'] {
  const { password = true } = recovery
  return { byMail: password && hasWayOut(mail) }
}

/** The cross-checks have judged the names and the texts. */
function resolveTexts(texts: ConfigFile['texts']): Config['texts'] {
  return Object.fromEntries(Object.entries(texts).filter(([, own]) => own !== undefined)) as Config['texts']
}

function resolveDatabase(database: ConfigFile['database'], { texts, directory }: Surroundings): DatabaseConfig {
  const url = database.url ?? texts.get('database.url_file') ?? DEFAULT_DATABASE_URL
  return {
    url: url.replace(/^file:(.*)$/, (_, path: string) => `file:${resolve(directory, path)}`),
    limits: {
      maxConnections: database.max_connections,
      connectTimeout: milliseconds(database.connect_timeout),
      statementTimeout: milliseconds(database.statement_timeout),
      busyTimeout: milliseconds(database.busy_timeout),
    },
  }
}

function resolveListen(listen: ConfigFile['listen'], texts: Surroundings['texts']): ListenConfig {
  const { host, port, tls } = listen
  const shutdownDelay = milliseconds(listen.shutdown_delay)
  if (!tls) return { host, port, shutdownDelay }
  const certificate = known(texts.get('listen.tls.certificate_file'))
  return { host, port, shutdownDelay, tls: { certificate, key: known(texts.get('listen.tls.key_file')) } }
}

function resolveKeys(keys: ConfigFile['keys'], directory: string): KeysConfig {
  const path = resolve(directory, keys.sealing_key_file ?? DEFAULT_SEALING_KEY_FILE)
  return {
    sealingKey: keys.sealing_key === undefined ? { kind: 'file', path } : { kind: 'value', value: keys.sealing_key },
    signingAlgorithms: keys.signing_algorithms,
    encryptionAlgorithms: keys.encryption_algorithms,
    rotateEvery: milliseconds(keys.rotate_every),
    publishBeforeUse: milliseconds(keys.publish_before_use),
    jwksMaxAge: milliseconds(keys.jwks_max_age),
    rsaBits: keys.rsa_bits,
  }
}

const resolveLifetimes = (file: ConfigFile['lifetimes']): Lifetimes => ({
  authorizationCode: milliseconds(file.authorization_code),
  accessToken: milliseconds(file.access_token),
  idToken: milliseconds(file.id_token),
  refreshToken: milliseconds(file.refresh_token),
  refreshTokenAbsolute: milliseconds(file.refresh_token_absolute),
  refreshRetryWindow: milliseconds(file.refresh_retry_window),
  sessionIdle: milliseconds(file.session_idle),
  sessionAbsolute: milliseconds(file.session_absolute),
  interaction: milliseconds(file.interaction),
})

const resolveAdmin = ({ groups, max_age, actions }: ConfigFile['admin']): AdminConfig | undefined =>
  groups.length === 0 ? undefined : { groups, maxAge: milliseconds(max_age), hasActions: actions }

const resolveSecondFactor = (file: ConfigFile['second_factor']): SecondFactorConfig => ({
  requiredOf: file.required,
  requiredGroups: file.required_groups,
  rememberDevice: milliseconds(file.remember_device),
  isOffered: file.offer,
})

function resolveNotifications(
  { webhook_url: webhookUrl, webhook_secret: secret }: ConfigFile['notifications'],
  texts: Surroundings['texts'],
): NotificationsConfig | undefined {
  if (webhookUrl === undefined) return undefined
  return { webhookUrl, webhookSecret: known(secret ?? texts.get('notifications.webhook_secret_file')) }
}

function resolveApi(entry: ApiEntry): Api {
  const lifetime = entry.lifetimes.access_token
  return {
    audience: entry.audience,
    name: entry.name ?? entry.audience,
    scopes: [...new Set(entry.scopes)],
    accessTokenType: entry.access_token_typ,
    accessTokenAlgorithm: entry.access_token_signed_response_alg,
    accessTokenLifetime: lifetime === undefined ? undefined : milliseconds(lifetime),
    introspectionClient: entry.introspection_client,
  }
}

interface Defaults {
  readonly texts: Surroundings['texts']
  readonly lifetimes: Lifetimes
  readonly accessTokenAlgorithm: SigningAlgorithm
}

function resolveClient(
  entry: ClientEntry,
  index: number,
  { texts, lifetimes, accessTokenAlgorithm }: Defaults,
): Client {
  const isPublic = entry.token_endpoint_auth_method === 'none'
  const secret = entry.client_secret ?? texts.get(formatPath(['clients', index, 'client_secret_file']))
  const hash = secret === undefined ? entry.client_secret_hash && digestOf(entry.client_secret_hash) : sha256(secret)
  const brand = resolveClientBrand(entry.brand, ['clients', index, 'brand'], texts)
  const previous = entry.client_secret_previous_hash && digestOf(entry.client_secret_previous_hash)
  return {
    id: entry.client_id,
    source: 'configuration',
    metadata: resolveMetadata(entry, entry.jwks ?? jwksIn(texts.get(formatPath(['clients', index, 'jwks_file'])))),
    isPublic,
    secretHashes: [hash, previous].filter((one) => one !== undefined),
    sharedSecret: secret,
    isFirstParty: entry.first_party,
    requiresPkce: entry.require_pkce,
    requiresSecondFactor: entry.second_factor === 'required',
    launcherOrder: entry.launcher ? entry.launcher_order : undefined,
    rotatesRefreshTokens: entry.rotate_refresh_tokens ?? isPublic,
    accessTokenAudience: entry.access_token_audience,
    accessTokenAlgorithm: entry.access_token_signed_response_alg ?? accessTokenAlgorithm,
    introspects: entry.introspection,
    hasClaimsInIdToken: entry.claims_in_id_token,
    lifetimes: resolveOverrides(entry.lifetimes, lifetimes),
    ...(brand && { brand }),
  }
}

/** The keys that the file and RFC 7591 call the same, and that hold the same. */
const SAME = [
  'client_uri',
  'logo_uri',
  'policy_uri',
  'tos_uri',
  'application_type',
  'redirect_uris',
  'post_logout_redirect_uris',
  'grant_types',
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
] as const satisfies readonly (keyof ClientEntry & keyof ClientMetadata)[]

function resolveMetadata(entry: ClientEntry, jwks: ClientJwks | undefined): ClientMetadata {
  const hasCode = entry.grant_types.includes('authorization_code')
  const scope = entry.scope ?? (hasCode ? DEFAULT_SCOPE : '')
  return {
    ...given(entry, SAME),
    client_name: entry.client_name ?? entry.client_id,
    // Judged by the cross-checks.
    ...(entry.client_names && { client_names: entry.client_names as Readonly<Record<string, string>> }),
    response_types: entry.response_types ?? (hasCode ? ['code'] : []),
    scope: [...new Set(scope.split(' ').filter((one) => one !== ''))],
    ...(entry.default_max_age !== undefined && { default_max_age: entry.default_max_age * SECOND }),
    ...(jwks && { jwks }),
  }
}

/** Those of the keys that the entry has. */
function given<Key extends keyof ClientEntry>(entry: ClientEntry, keys: readonly Key[]): Pick<ClientEntry, Key> {
  const pairs = keys.filter((key) => entry[key] !== undefined).map((key) => [key, entry[key]])
  // The keys are the entry's own.
  return Object.fromEntries(pairs) as Pick<ClientEntry, Key>
}

function resolveOverrides(own: ClientEntry['lifetimes'], defaults: TokenLifetimes): TokenLifetimes {
  const or = (text: string | undefined, otherwise: Duration) => (text === undefined ? otherwise : milliseconds(text))
  return {
    authorizationCode: or(own.authorization_code, defaults.authorizationCode),
    accessToken: or(own.access_token, defaults.accessToken),
    idToken: or(own.id_token, defaults.idToken),
    refreshToken: or(own.refresh_token, defaults.refreshToken),
    refreshTokenAbsolute: or(own.refresh_token_absolute, defaults.refreshTokenAbsolute),
  }
}

/** The cross-checks have read it before. */
const jwksIn = (json: string | undefined): ClientJwks | undefined =>
  json === undefined ? undefined : (JSON.parse(json) as ClientJwks)

const milliseconds = (text: string): Duration => known(parseDuration(text))

/** What reading has made sure of. */
function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a value that the configuration’s schema guarantees is missing')
  return value
}
