/** What the file says beside clients and APIs, as one entry: every key of it is there (docs/decisions/0018). */
import { formatDuration } from '../base/duration.ts'
import { sha256 } from '../base/hash.ts'
import type { Allowance, Config, DatabaseConfig, ListenConfig, ThrottlingConfig } from './config.ts'
import { brandEntry, type Entry, markOf, orNull, tokenLifetimes, webhookOf, withoutSecrets } from './entry-value.ts'
import { formatSize } from './size.ts'

export const installationEntry = (config: Config): Entry => ({
  issuer: config.issuer,
  name: config.name,
  ...lookEntry(config),
  ...wordsEntry(config),
  ...listenEntry(config.listen),
  trusted_proxies: config.trustedProxies,
  ...databaseEntry(config.database),
  ...keysEntry(config),
  ...lifetimesEntry(config),
  session_management: config.sessionManagement,
  implicit_flow: config.implicitFlow,
  ...secondFactorEntry(config),
  ...passkeysEntry(config),
  'account.editable': config.account.editable,
  'account.remove': config.account.remove,
  ...passwordsEntry(config),
  ...throttlingEntry(config.throttling),
  'egress.allowed_hosts': config.egress.allowedHosts,
  'egress.timeout': formatDuration(config.egress.timeout),
  ...watchingEntry(config),
  ...notificationsEntry(config),
  ...mailEntry(config),
  'recovery.password': config.recovery.byMail,
  ...signUpEntry(config),
  ...registrationEntry(config),
})

/** What one process has for itself; another one with the same configuration may have it otherwise. */
export const isOfOneProcess = (key: string): boolean => /^(listen|log|metrics|tracing)\./.test(key)

const lookEntry = ({ brand }: Config): Entry => ({
  ...brandEntry(brand),
  'brand.background': brand.background.light ?? null,
  'brand.background_dark': brand.background.dark ?? null,
  'brand.radius': brand.radius ?? null,
  'brand.logo_shows_name': brand.logoShowsName,
  'brand.support_uri': brand.supportUri ?? null,
  'brand.policy_uri': brand.policyUri ?? null,
  'brand.tos_uri': brand.tosUri ?? null,
})

const wordsEntry = ({ languages, texts }: Config): Entry => ({
  'languages.default': languages.default,
  'languages.offered': languages.offered,
  texts: Object.entries(texts).flatMap(([tag, own]) =>
    Object.entries(own).map(([key, text]) => `${tag}.${key}: ${text}`),
  ),
})

const listenEntry = ({ host, port, shutdownDelay, tls }: ListenConfig): Entry => ({
  'listen.host': host,
  'listen.port': port,
  'listen.shutdown_delay': formatDuration(shutdownDelay),
  'listen.tls.certificate_file': orNull(tls, ({ certificate }) => markOf('certificate', sha256(certificate))),
  'listen.tls.key_file': orNull(tls, ({ key }) => markOf('tls', sha256(key))),
})

/** Of a password only people know how hard it is to guess: not even a mark is kept. */
const databaseEntry = ({ url, limits }: DatabaseConfig): Entry => ({
  'database.url': withoutSecrets(url),
  'database.max_connections': orNull(limits, ({ maxConnections }) => maxConnections),
  'database.connect_timeout': orNull(limits, ({ connectTimeout }) => formatDuration(connectTimeout)),
  'database.statement_timeout': orNull(limits, ({ statementTimeout }) => formatDuration(statementTimeout)),
  'database.busy_timeout': orNull(limits, ({ busyTimeout }) => formatDuration(busyTimeout)),
})

const keysEntry = ({ keys }: Config): Entry => ({
  'keys.sealing_key': keys.sealingKey.kind === 'file' ? `the file ${keys.sealingKey.path}` : 'a value',
  'keys.signing_algorithms': keys.signingAlgorithms,
  'keys.encryption_algorithms': keys.encryptionAlgorithms,
  'keys.rotate_every': formatDuration(keys.rotateEvery),
  'keys.publish_before_use': formatDuration(keys.publishBeforeUse),
  'keys.jwks_max_age': formatDuration(keys.jwksMaxAge),
  'keys.rsa_bits': keys.rsaBits,
})

const lifetimesEntry = ({ lifetimes }: Config): Entry => ({
  ...tokenLifetimes(lifetimes),
  'lifetimes.refresh_retry_window': formatDuration(lifetimes.refreshRetryWindow),
  'lifetimes.session_idle': formatDuration(lifetimes.sessionIdle),
  'lifetimes.session_absolute': formatDuration(lifetimes.sessionAbsolute),
  'lifetimes.interaction': formatDuration(lifetimes.interaction),
})

const secondFactorEntry = ({ secondFactor }: Config): Entry => ({
  'second_factor.required': secondFactor.requiredOf,
  'second_factor.required_groups': secondFactor.requiredGroups,
  'second_factor.remember_device': formatDuration(secondFactor.rememberDevice),
  'second_factor.offer': secondFactor.isOffered,
})

const passkeysEntry = ({ passkeys }: Config): Entry => ({
  'passkeys.enabled': passkeys !== undefined,
  'passkeys.rp_id': passkeys?.rpId ?? null,
  'passkeys.offer': passkeys?.isOffered ?? null,
})

const passwordsEntry = ({ passwordHashing: hashing, passwords }: Config): Entry => ({
  'password_hashing.memory': formatSize(hashing.memoryKib),
  'password_hashing.iterations': hashing.iterations,
  'password_hashing.parallelism': hashing.parallelism,
  'password_hashing.concurrency': hashing.concurrency,
  'password_hashing.queue': hashing.queue,
  'passwords.breach_check_url': orNull(passwords.breachCheckUrl, withoutSecrets),
})

const throttlingEntry = (throttling: ThrottlingConfig): Entry => ({
  'throttling.enabled': throttling.isEnabled,
  'throttling.exempt_networks': throttling.exemptNetworks,
  ...triesEntry('known_device', throttling.knownDevice),
  ...triesEntry('unknown_device', throttling.unknownDevice),
  'throttling.under_attack.after': throttling.attack.most,
  ...triesEntry('under_attack', throttling.underAttack),
  ...triesEntry('network', throttling.network),
  ...triesEntry('client_secrets', throttling.clientSecrets),
  ...triesEntry('new_sign_ins', throttling.newSignIns),
  'throttling.client_requests_per_second': throttling.clientRequestsPerSecond,
})

const triesEntry = (name: string, { most, every }: Allowance): Entry => ({
  [`throttling.${name}.attempts`]: most,
  [`throttling.${name}.then_every`]: formatDuration(every),
})

const watchingEntry = ({ log, refusals, admin, audit, metrics, tracing }: Config): Entry => ({
  'log.level': log.level,
  'refusals.keep': formatDuration(refusals.keep),
  'admin.groups': admin?.groups ?? [],
  'admin.max_age': orNull(admin, ({ maxAge }) => formatDuration(maxAge)),
  'admin.actions': orNull(admin, ({ hasActions }) => hasActions),
  'audit.keep': formatDuration(audit.keep),
  'audit.tokens': audit.tokens,
  'audit.addresses': audit.addresses,
  'metrics.listen.host': orNull(metrics, ({ host }) => host),
  'metrics.listen.port': orNull(metrics, ({ port }) => port),
  'metrics.token': orNull(metrics?.token, (token) => markOf('metrics', sha256(token))),
  'tracing.otlp_endpoint': orNull(tracing, ({ endpoint }) => withoutSecrets(endpoint)),
  'tracing.sample_one_in': orNull(tracing, ({ sampleOneIn }) => sampleOneIn),
  'tracing.headers': orNull(tracing, ({ headers }) => headersOf(headers)),
})

/** Null: none. Of each only whether it is the same. */
function headersOf(headers: Readonly<Record<string, string>>): readonly string[] | null {
  const marks = Object.entries(headers).map(([name, value]) => markOf('tracing', sha256(`${name}: ${value}`)))
  return marks.length === 0 ? null : marks
}

const notificationsEntry = ({ notifications }: Config): Entry => ({
  'notifications.webhook_url': orNull(notifications, ({ webhookUrl }) => webhookOf(webhookUrl)),
  'notifications.webhook_secret': orNull(notifications, ({ webhookSecret }) =>
    markOf('notifications', sha256(webhookSecret)),
  ),
})

function mailEntry({ mail }: Config): Entry {
  const way = mail?.transport
  const smtp = way?.kind === 'smtp' ? way : undefined
  return {
    'mail.from': orNull(mail, ({ from: { name, address } }) => `${name} <${address}>`),
    'mail.reply_to': mail?.replyTo ?? null,
    'mail.tell_unknown': orNull(mail, ({ tellsUnknown }) => tellsUnknown),
    'mail.smtp.host': smtp?.host ?? null,
    'mail.smtp.port': smtp?.port ?? null,
    'mail.smtp.tls': smtp?.tls ?? null,
    'mail.smtp.ca': orNull(smtp?.authority, (authority) => markOf('authority', sha256(authority))),
    'mail.smtp.user': smtp?.login?.user ?? null,
    // As hard to guess as people make it: not even a mark is kept.
    'mail.smtp.password': orNull(smtp?.login, () => 'a value'),
    'mail.smtp.timeout': orNull(smtp, ({ timeout }) => formatDuration(timeout)),
    'mail.folder': way?.kind === 'folder' ? way.folder : null,
    'mail.console': way?.kind === 'console',
  }
}

const signUpEntry = ({ signUp }: Config): Entry => ({
  'sign_up.mode': signUp?.mode ?? 'off',
  'sign_up.allowed_domains': signUp?.allowedDomains ?? [],
  'sign_up.groups': signUp?.groups ?? [],
  'sign_up.username': signUp?.username ?? null,
  'sign_up.name': signUp?.name ?? null,
})

const registrationEntry = ({ registration, clientIdMetadataDocuments: documents }: Config): Entry => ({
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
})
