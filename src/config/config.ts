/** The configuration as the code uses it: every default filled in, durations in milliseconds, files and variables read. */
import type { Duration } from '../base/duration.ts'
import type { InstallationBrand } from '../look/brand.ts'
import type { Api } from '../protocol/api.ts'
import type { Client, TokenLifetimes } from '../protocol/client.ts'
import type { EncryptionAlgorithm, GrantType, SigningAlgorithm } from '../protocol/vocabulary.ts'
import type { LanguageTag } from '../words/languages.ts'
import type { AccountConfig } from './account-config.ts'
import type { UpstreamProvider } from './upstream-provider.ts'

export interface Config {
  /** The one source of every URL that Countersign makes; no trailing slash unless the file has one. */
  readonly issuer: string
  /** Shown on the pages: whose login this is. */
  readonly name: string
  /** What the pages look like. */
  readonly brand: InstallationBrand
  /** Which languages people may choose, and the one of those who speak none of them. */
  readonly languages: { readonly default: LanguageTag; readonly offered: readonly LanguageTag[] }
  /** The operator's own words, by language and key. */
  readonly texts: Readonly<Partial<Record<LanguageTag, Readonly<Record<string, string>>>>>
  readonly listen: ListenConfig
  /** Addresses and CIDRs whose X-Forwarded-For is believed, for the client's address: in the log, and what is throttled. */
  readonly trustedProxies: readonly string[]
  readonly database: DatabaseConfig
  readonly keys: KeysConfig
  /** The defaults; each client carries its own copy with its overrides. */
  readonly lifetimes: Lifetimes
  /** Whether `check_session_iframe` is there, and `session_state` in answers. */
  readonly sessionManagement: boolean
  /** Whether tokens may come straight from the authorization endpoint (OpenID Connect Core §3.2). */
  readonly implicitFlow: boolean
  readonly passwordHashing: PasswordHashingConfig
  readonly passwords: PasswordsConfig
  readonly secondFactor: SecondFactorConfig
  /** Undefined: there are none. */
  readonly passkeys: PasskeysConfig | undefined
  readonly account: AccountConfig
  readonly throttling: ThrottlingConfig
  readonly egress: EgressConfig
  readonly log: { readonly level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent' }
  /** How long the reasons of refusals are kept. */
  readonly refusals: { readonly keep: Duration }
  /** Undefined: there is no page for admins. */
  readonly admin: AdminConfig | undefined
  readonly audit: AuditConfig
  /** Undefined: nothing is measured. */
  readonly metrics: MetricsConfig | undefined
  /** Undefined: there are no traces. */
  readonly tracing: TracingConfig | undefined
  /** Undefined: nobody is told but the people themselves. */
  readonly notifications: NotificationsConfig | undefined
  /** Undefined: nobody gets mails, and what needs them is off. */
  readonly mail: MailConfig | undefined
  /** Whether a forgotten password can be replaced by mail. */
  readonly recovery: { readonly byMail: boolean }
  /** Undefined: nobody makes an account for themselves. */
  readonly signUp: SignUpConfig | undefined
  readonly registration: RegistrationConfig
  readonly clientIdMetadataDocuments: DocumentsConfig
  /** In the order of the buttons. */
  readonly upstream: readonly UpstreamProvider[]
  readonly apis: readonly Api[]
  readonly clients: readonly Client[]
}

export interface PasskeysConfig {
  /** WebAuthn §4, RP ID: the domain that they belong to. */
  readonly rpId: string
  /** Whether people are asked if they want one. */
  readonly isOffered: boolean
}

/** Who may look inside by the page for admins. */
export interface AdminConfig {
  /** At least one; an account is in one of them by its claim of that name. */
  readonly groups: readonly string[]
  /** Since the sign-in. */
  readonly maxAge: Duration
  /** Otherwise it only shows. */
  readonly hasActions: boolean
}

/** What is kept of audit events. */
export interface AuditConfig {
  readonly keep: Duration
  /** Whether every answer of the token endpoint is kept. */
  readonly tokens: boolean
  readonly addresses: 'full' | 'truncated' | 'none'
}

/** Where Prometheus asks. */
export interface MetricsConfig {
  readonly host: string
  readonly port: number
  /** What it must show; undefined: nothing. */
  readonly token: string | undefined
}

/** Where OpenTelemetry's traces go. */
export interface TracingConfig {
  readonly endpoint: string
  /** A trace of one in so many requests. */
  readonly sampleOneIn: number
  /** Sent along; secrets. */
  readonly headers: Readonly<Record<string, string>>
}

/** Who is told of security notices, so that a mail can be sent. */
export interface NotificationsConfig {
  readonly webhookUrl: string
  /** What each message is signed with. */
  readonly webhookSecret: string
}

/** How mails leave, and who they are from. */
export interface MailConfig {
  readonly from: { readonly name: string; readonly address: string }
  readonly replyTo: string | undefined
  /** Whoever asks for a new password with an address that no account has is told so, at that address. */
  readonly tellsUnknown: boolean
  readonly transport: MailTransportConfig
}

export type MailTransportConfig =
  | SmtpConfig
  /** A file each. */
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'console' }

export interface SmtpConfig {
  readonly kind: 'smtp'
  readonly host: string
  readonly port: number
  readonly tls: 'starttls' | 'implicit' | 'none'
  readonly login: { readonly user: string; readonly password: string } | undefined
  /** PEM of the authority that signed the server's certificate; undefined: one that is known. */
  readonly authority: string | undefined
  /** Of one mail. */
  readonly timeout: Duration
}

export interface ListenConfig {
  readonly host: string
  readonly port: number
  /** From being told to end, and saying so, until nothing new is accepted. */
  readonly shutdownDelay: Duration
  /** PEM texts, already read. */
  readonly tls?: { readonly certificate: string; readonly key: string }
}

export interface DatabaseConfig {
  /** `file:./data/countersign.db` or `postgresql://…`; relative files are relative to the config file. */
  readonly url: string
  /** Left out: the defaults of the configuration file. */
  readonly limits?: DatabaseLimits
}

export interface DatabaseLimits {
  /** PostgreSQL: connections of one process. */
  readonly maxConnections: number
  /** PostgreSQL: how long to wait for a connection, a new one or a free one. */
  readonly connectTimeout: Duration
  /** PostgreSQL: how long a statement may take. */
  readonly statementTimeout: Duration
  /** SQLite: how long a statement waits for another process's write. */
  readonly busyTimeout: Duration
}

export interface KeysConfig {
  readonly sealingKey:
    | { readonly kind: 'file'; readonly path: string }
    | { readonly kind: 'value'; readonly value: string }
  /** What there are keys for; RS256 is among them (OpenID Connect Discovery §3). */
  readonly signingAlgorithms: readonly SigningAlgorithm[]
  /** What there are keys for that others encrypt to us with. */
  readonly encryptionAlgorithms: readonly EncryptionAlgorithm[]
  /** How long a key signs. */
  readonly rotateEvery: Duration
  /** How long a key is published before it first signs; at least `jwksMaxAge`. */
  readonly publishBeforeUse: Duration
  /** Cache-Control max-age of the JWKS. */
  readonly jwksMaxAge: Duration
  readonly rsaBits: 2048 | 3072 | 4096
}

export interface Lifetimes extends TokenLifetimes {
  /** How long after a rotation the old refresh token still gets the same successor. */
  readonly refreshRetryWindow: Duration
  readonly sessionIdle: Duration
  readonly sessionAbsolute: Duration
  readonly interaction: Duration
}

/** Requests that Countersign sends itself, to URLs that clients gave it. */
export interface EgressConfig {
  /** Names, addresses and ranges that may be asked although they are not public, as `base/host-pattern.ts` reads them. */
  readonly allowedHosts: readonly string[]
  /** Of one request with all that belongs to it, from the name to the last byte. */
  readonly timeout: Duration
}

/** argon2id; OWASP Password Storage Cheat Sheet: 19 MiB, 2 iterations, 1 lane. */
export interface PasswordHashingConfig {
  readonly memoryKib: number
  readonly iterations: number
  readonly parallelism: number
  /** Hashes under way at once; memory is bounded by `concurrency × memoryKib`. */
  readonly concurrency: number
  /** Hashes waiting; one more is answered 503 with Retry-After. */
  readonly queue: number
}

/** Which passwords may be chosen. */
export interface PasswordsConfig {
  /** Asked for ranges of breached passwords; undefined: nobody is asked. */
  readonly breachCheckUrl: string | undefined
}

/** Who proves more than a password. */
export interface SecondFactorConfig {
  readonly requiredOf: 'nobody' | 'everyone'
  /** Beside those; by the claim of that name. */
  readonly requiredGroups: readonly string[]
  /** How long a browser is not asked again; 0: it always is. */
  readonly rememberDevice: Duration
  /** Whether people who need none may set one up. */
  readonly isOffered: boolean
}

/** So many at once, then one more each `every`. */
export interface Allowance {
  readonly most: number
  readonly every: Duration
}

/** How often strangers may try (docs/decisions/0021). */
export interface ThrottlingConfig {
  readonly isEnabled: boolean
  /** Addresses and CIDRs. */
  readonly exemptNetworks: readonly string[]
  /** Wrong passwords for one account on one device that it knows. */
  readonly knownDevice: Allowance
  /** For one account, on all devices of one network that it does not know. */
  readonly unknownDevice: Allowance
  /** For one account, on all unknown devices together; beyond it `underAttack` takes the place of `unknownDevice`. */
  readonly attack: Allowance
  readonly underAttack: Allowance
  /** For all accounts together, on unknown devices, from one address. */
  readonly network: Allowance
  readonly clientSecrets: Allowance
  readonly newSignIns: Allowance
  /** 0: no limit. */
  readonly clientRequestsPerSecond: number
}

/** RFC 7591, RFC 7592: clients that register themselves. */
export interface RegistrationConfig {
  readonly isEnabled: boolean
  /** Without an initial access token. */
  readonly isOpen: boolean
  /** SHA-256 of each, base64url. */
  readonly initialAccessTokenHashes: readonly string[]
  /** Empty: any. */
  readonly allowedRedirectHosts: readonly string[]
  readonly allowedScopes: readonly string[]
  /** APIs that such a client may name as `resource`. */
  readonly allowedResources: readonly string[]
  readonly allowedGrantTypes: readonly GrantType[]
  readonly maxClients: number
  /** Unused. */
  readonly expiresAfter: Duration
  readonly requiresPkce: boolean
  readonly showsLogos: boolean
}

/** draft-ietf-oauth-client-id-metadata-document */
export interface DocumentsConfig {
  /** Empty: none, the whole of it is off. */
  readonly allowedDomains: readonly string[]
  readonly allowedScopes: readonly string[]
  /** APIs that such a client may name as `resource`. */
  readonly allowedResources: readonly string[]
}

/** Accounts that people make for themselves. */
export interface SignUpConfig {
  readonly mode: 'open' | 'domains' | 'invitation'
  /** `*.example.com`: every name below it. */
  readonly allowedDomains: readonly string[]
  /** Of new accounts, unless an invitation names others. */
  readonly groups: readonly string[]
  readonly username: 'chosen' | 'email'
  readonly name: 'required' | 'optional' | 'none'
}
