/** What the rules know of a client: its RFC 7591 metadata with every default filled in, and our own settings beside it. */
import type { Duration } from '../base/duration.ts'
import type { ApplicationType, ClientAuthenticationMethod, GrantType, SigningAlgorithm } from './vocabulary.ts'

/** RFC 7591 §2 and OpenID Connect Registration §2; wire names. */
export interface ClientMetadata {
  readonly client_name: string
  readonly client_uri?: string
  readonly logo_uri?: string
  readonly policy_uri?: string
  readonly tos_uri?: string
  readonly application_type: ApplicationType
  readonly redirect_uris: readonly string[]
  readonly post_logout_redirect_uris: readonly string[]
  readonly grant_types: readonly GrantType[]
  readonly response_types: readonly 'code'[]
  /** Every scope that the client may ask for. */
  readonly scope: readonly string[]
  readonly token_endpoint_auth_method: ClientAuthenticationMethod
  readonly id_token_signed_response_alg: SigningAlgorithm
  readonly default_max_age?: Duration
  readonly require_auth_time: boolean
  readonly initiate_login_uri?: string
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

export interface Client {
  readonly id: string
  readonly metadata: ClientMetadata
  /** RFC 6749 §2.1: it cannot keep a secret (`token_endpoint_auth_method: none`). */
  readonly isPublic: boolean
  /** SHA-256 of each valid client secret, base64url. Empty for public clients. */
  readonly secretHashes: readonly string[]
  /** Run by the same people as this Countersign: no consent is asked. */
  readonly isFirstParty: boolean
  /** RFC 7636; always true for public clients. */
  readonly requiresPkce: boolean
  readonly rotatesRefreshTokens: boolean
  /** `aud` of its access tokens beside the issuer (RFC 9068 §3). */
  readonly accessTokenAudience: readonly string[]
  readonly accessTokenAlgorithm: SigningAlgorithm
  /** `own`: may introspect tokens that were issued to it, or whose `aud` has its client_id. `any`: every token. */
  readonly introspects: 'own' | 'any'
  readonly lifetimes: TokenLifetimes
}
