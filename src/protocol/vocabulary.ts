/** Names from the IANA registries that Countersign speaks, as closed lists: discovery, config and parsers read them here. */

/** What is not `code` is given only where `implicit_flow` is on (docs/decisions/0016). */
export const RESPONSE_TYPES = ['code', 'id_token', 'id_token token'] as const
export const RESPONSE_MODES = ['query', 'fragment', 'form_post'] as const
export const GRANT_TYPES = ['authorization_code', 'refresh_token', 'client_credentials', 'implicit'] as const
export const CLIENT_AUTHENTICATION_METHODS = [
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
  'private_key_jwt',
  'none',
] as const
/** Those that send a JWT: OpenID Connect Core §9, RFC 7523 §2.2. */
export const ASSERTION_METHODS = ['client_secret_jwt', 'private_key_jwt'] as const
/** What we may have keys for: RFC 7518 §3.1, RFC 8037 §3.1. The configuration says which ones an installation has. */
export const SIGNING_ALGORITHMS = ['RS256', 'ES256', 'PS256', 'EdDSA'] as const
/** OpenID Connect Discovery §3: every provider has it. */
export const MANDATORY_SIGNING_ALGORITHM = 'RS256'
/** What a client may sign with: request objects and assertions. */
export const CLIENT_SIGNING_ALGORITHMS = ['RS256', 'ES256', 'PS256', 'EdDSA'] as const
/** With the client's secret as the key: OpenID Connect Core §10.1. */
export const SECRET_ALGORITHMS = ['HS256'] as const
/** RFC 7518 §4.1; without RSA1_5 (RFC 8725 §3.2) and without what needs a shared secret. */
export const KEY_MANAGEMENT_ALGORITHMS = [
  'RSA-OAEP',
  'RSA-OAEP-256',
  'ECDH-ES',
  'ECDH-ES+A128KW',
  'ECDH-ES+A256KW',
] as const
/** What we may have keys for, so that clients can encrypt to us: one of RSA and one on P-256. */
export const ENCRYPTION_ALGORITHMS = ['RSA-OAEP-256', 'ECDH-ES'] as const
/** Each has keys of its own, in the order in which they are published. */
export const KEY_ALGORITHMS = [...SIGNING_ALGORITHMS, ...ENCRYPTION_ALGORITHMS] as const
/** RFC 7518 §5.1 */
export const CONTENT_ENCRYPTION_ALGORITHMS = ['A128CBC-HS256', 'A256CBC-HS512', 'A128GCM', 'A256GCM'] as const
/** `at+jwt`: RFC 9068 §2.1. `JWT`: what resource servers expect that know only RFC 7519. */
export const ACCESS_TOKEN_TYPES = ['at+jwt', 'JWT'] as const
export const SUBJECT_TYPES = ['public', 'pairwise'] as const
export const CODE_CHALLENGE_METHODS = ['S256'] as const
/** `create`: OpenID Connect Initiating User Registration §4.1, where people may sign up. */
export const PROMPTS = ['none', 'login', 'consent', 'select_account', 'create'] as const
/** Of sign-ins, weakest first, named after the authenticator assurance levels of NIST SP 800-63B. */
export const ACR_VALUES = ['aal1', 'aal2', 'phr'] as const
/** OpenID Connect Core §3.1.2.1: the pages fit every one of them, so what is asked for changes nothing. */
export const DISPLAYS = ['page', 'popup', 'touch', 'wap'] as const
export const APPLICATION_TYPES = ['web', 'native'] as const
export const SCOPES = ['openid', 'profile', 'email', 'address', 'phone', 'groups', 'offline_access'] as const

export type ResponseType = (typeof RESPONSE_TYPES)[number]
export type ResponseMode = (typeof RESPONSE_MODES)[number]
export type GrantType = (typeof GRANT_TYPES)[number]
export type ClientAuthenticationMethod = (typeof CLIENT_AUTHENTICATION_METHODS)[number]
export type AssertionMethod = (typeof ASSERTION_METHODS)[number]
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number]
export type EncryptionAlgorithm = (typeof ENCRYPTION_ALGORITHMS)[number]
export type KeyAlgorithm = (typeof KEY_ALGORITHMS)[number]
export type ClientSigningAlgorithm = (typeof CLIENT_SIGNING_ALGORITHMS)[number]
export type SecretAlgorithm = (typeof SECRET_ALGORITHMS)[number]
/** What an ID token is signed with: by us, or with the client's secret. */
export type IdTokenAlgorithm = SigningAlgorithm | SecretAlgorithm
export type KeyManagementAlgorithm = (typeof KEY_MANAGEMENT_ALGORITHMS)[number]
export type ContentEncryptionAlgorithm = (typeof CONTENT_ENCRYPTION_ALGORITHMS)[number]
export type AccessTokenType = (typeof ACCESS_TOKEN_TYPES)[number]
export type SubjectType = (typeof SUBJECT_TYPES)[number]
export type Prompt = (typeof PROMPTS)[number]
export type Acr = (typeof ACR_VALUES)[number]
export type ApplicationType = (typeof APPLICATION_TYPES)[number]

/** What access tokens are signed with unless the client's entry says otherwise: the one that is cheapest to verify. */
export const accessTokenAlgorithmOf = (available: readonly SigningAlgorithm[]): SigningAlgorithm =>
  available.includes('ES256') ? 'ES256' : MANDATORY_SIGNING_ALGORITHM

export const isEncryptionAlgorithm = (algorithm: KeyAlgorithm): algorithm is EncryptionAlgorithm =>
  ENCRYPTION_ALGORITHMS.some((one) => one === algorithm)
