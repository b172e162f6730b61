/** What the rules know of a client: its RFC 7591 metadata with every default filled in, and our own settings beside it. */
import type { Duration } from '../base/duration.ts'
import type { Brand } from '../look/brand.ts'
import type {
  ApplicationType,
  ClientAuthenticationMethod,
  ClientSigningAlgorithm,
  ContentEncryptionAlgorithm,
  GrantType,
  IdTokenAlgorithm,
  KeyManagementAlgorithm,
  ResponseType,
  SecretAlgorithm,
  SigningAlgorithm,
  SubjectType,
} from './vocabulary.ts'

/** A JWK set (RFC 7517 §5) as it was registered: its keys are judged when one is needed. */
export interface ClientJwks {
  readonly keys: readonly Readonly<Record<string, unknown>>[]
}

/** RFC 7591 §2 and OpenID Connect Registration §2; wire names. */
export interface ClientMetadata {
  readonly client_name: string
  /** By BCP 47 tags; on the wire each is `client_name#de` (OpenID Connect Registration §2.1). */
  readonly client_names?: Readonly<Record<string, string>>
  readonly client_uri?: string
  readonly logo_uri?: string
  readonly policy_uri?: string
  readonly tos_uri?: string
  readonly application_type: ApplicationType
  readonly redirect_uris: readonly string[]
  readonly post_logout_redirect_uris: readonly string[]
  readonly grant_types: readonly GrantType[]
  readonly response_types: readonly ResponseType[]
  /** Every scope that the client may ask for. */
  readonly scope: readonly string[]
  readonly token_endpoint_auth_method: ClientAuthenticationMethod
  readonly token_endpoint_auth_signing_alg?: ClientSigningAlgorithm | SecretAlgorithm
  /** At most one of `jwks` and `jwks_uri`. */
  readonly jwks?: ClientJwks
  readonly jwks_uri?: string
  readonly subject_type: SubjectType
  readonly sector_identifier_uri?: string
  readonly id_token_signed_response_alg: IdTokenAlgorithm
  readonly id_token_encrypted_response_alg?: KeyManagementAlgorithm
  readonly id_token_encrypted_response_enc?: ContentEncryptionAlgorithm
  /** Left out, as `userinfo_encrypted_response_alg` too: plain JSON. */
  readonly userinfo_signed_response_alg?: SigningAlgorithm
  readonly userinfo_encrypted_response_alg?: KeyManagementAlgorithm
  readonly userinfo_encrypted_response_enc?: ContentEncryptionAlgorithm
  /** RFC 9701 §6 */
  readonly introspection_signed_response_alg?: SigningAlgorithm
  readonly introspection_encrypted_response_alg?: KeyManagementAlgorithm
  readonly introspection_encrypted_response_enc?: ContentEncryptionAlgorithm
  /** Left out: any that we verify. */
  readonly request_object_signing_alg?: ClientSigningAlgorithm | SecretAlgorithm
  readonly request_object_encryption_alg?: KeyManagementAlgorithm
  readonly request_object_encryption_enc?: ContentEncryptionAlgorithm
  readonly request_uris: readonly string[]
  /** RFC 9101 §10.5 */
  readonly require_signed_request_object: boolean
  /** RFC 9126 §6 */
  readonly require_pushed_authorization_requests: boolean
  readonly default_max_age?: Duration
  readonly require_auth_time: boolean
  readonly default_acr_values: readonly string[]
  readonly initiate_login_uri?: string
  /** OpenID Connect Back-Channel Logout §2.2 */
  readonly backchannel_logout_uri?: string
  readonly backchannel_logout_session_required: boolean
  /** OpenID Connect Front-Channel Logout §2 */
  readonly frontchannel_logout_uri?: string
  readonly frontchannel_logout_session_required: boolean
}

/** How long what is issued lives; every one in milliseconds. A client's entry may override each of them. */
export interface TokenLifetimes {
  readonly authorizationCode: Duration
  readonly accessToken: Duration
  readonly idToken: Duration
  /** From its issue or last rotation. */
  readonly refreshToken: Duration
  /** From the sign-on, whatever the rotations. */
  readonly refreshTokenAbsolute: Duration
}

/** `registration`: it registered itself. `document`: its client_id is the address of a document about it. Nobody has checked these. */
export type ClientSource = 'configuration' | 'registration' | 'document'

export interface Client {
  readonly id: string
  readonly source: ClientSource
  readonly metadata: ClientMetadata
  /** RFC 6749 §2.1: it cannot keep a secret (`token_endpoint_auth_method: none`). */
  readonly isPublic: boolean
  /** SHA-256 of each valid client secret, base64url. Empty for public clients. */
  readonly secretHashes: readonly string[]
  /** The secret itself, where it is known: it is the key of HS256. */
  readonly sharedSecret: string | undefined
  /** Run by the same people as this Countersign: no consent is asked. */
  readonly isFirstParty: boolean
  /** RFC 7636; always true for public clients. */
  readonly requiresPkce: boolean
  /** Nobody signs on to it by one factor alone. */
  readonly requiresSecondFactor: boolean
  /** Its place among the apps of the home page, the lowest first; undefined: it is not shown there. */
  readonly launcherOrder: number | undefined
  readonly rotatesRefreshTokens: boolean
  /** `aud` of its access tokens beside the issuer (RFC 9068 §3). */
  readonly accessTokenAudience: readonly string[]
  /** What its access tokens may be for beside that, but only where `resource` names it (RFC 8707). */
  readonly namedAudience?: readonly string[]
  readonly accessTokenAlgorithm: SigningAlgorithm
  /** `own`: may introspect tokens that were issued to it, or whose `aud` has its client_id. `any`: every token. */
  readonly introspects: 'own' | 'any'
  /** What its scopes ask for is in its ID tokens, too, not at userinfo alone (OpenID Connect Core §5.4). */
  readonly hasClaimsInIdToken: boolean
  readonly lifetimes: TokenLifetimes
  /** Left out: the installation's alone. */
  readonly brand?: Brand | undefined
}

/** It came by itself, so nobody here answers for where it leads (RFC 9700 §4.11). */
export const isUnchecked = ({ source }: Pick<Client, 'source'>): boolean => source !== 'configuration'
