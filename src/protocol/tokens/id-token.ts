/** The claims of an ID token: OpenID Connect Core §2, §3.1.3.6 and §12.2. */
import { hash } from 'node:crypto'
import { type Timestamp, toSeconds } from '../../base/clock.ts'
import { acrOf } from '../acr.ts'
import { claimsFor } from '../claims.ts'
import type { Client } from '../client.ts'
import type { LiveGrant } from '../grant.ts'
import type { KnownAs } from '../subject.ts'
import type { IdTokenAlgorithm } from '../vocabulary.ts'
import { hasTokenUse } from './access-token.ts'

export const ID_TOKEN_TYPE = 'JWT'

export interface IdTokenInput {
  readonly issuer: string
  readonly client: Client
  readonly subject: LiveGrant & { readonly knownAs: KnownAs }
  readonly scopes: readonly string[]
  /** What comes with it; undefined when it comes alone. */
  readonly accessToken: string | undefined
  /** Only the first ID token of a grant carries the nonce (OpenID Connect Core §12.2). */
  readonly nonce: string | undefined
  readonly now: Timestamp
}

export function idTokenClaims(input: IdTokenInput): Readonly<Record<string, unknown>> {
  const { issuer, client, subject, scopes, accessToken, nonce, now } = input
  const { grant, account, knownAs } = subject
  const issuedAt = toSeconds(now)
  const asked = grant.claims?.id_token
  const isOnlyPlace = accessToken === undefined
  return {
    // OpenID Connect Core §5.4: what a scope asks for is at userinfo; here, when no access token leads there, and where the
    // client's entry says so.
    ...claimsFor(account.claims, { scopes: isOnlyPlace || client.hasClaimsInIdToken ? scopes : [], asked, client }),
    iss: issuer,
    sub: knownAs.sub,
    aud: client.id,
    iat: issuedAt,
    exp: issuedAt + toSeconds(client.lifetimes.idToken),
    auth_time: toSeconds(grant.authenticatedAt),
    acr: grant.acr ?? acrOf(grant.amr),
    amr: grant.amr,
    sid: knownAs.sid,
    ...(accessToken !== undefined && {
      at_hash: accessTokenHash(accessToken, client.metadata.id_token_signed_response_alg),
    }),
    ...(nonce !== undefined && { nonce }),
  }
}

/**
 * OpenID Connect Core §3.1.3.6: the left half of the digest of the ID token's algorithm. That of Ed25519 is SHA-512 (RFC 8032
 * §5.1); all the others end in 256 and say so.
 */
function accessTokenHash(accessToken: string, algorithm: IdTokenAlgorithm): string {
  const digest = hash(algorithm === 'EdDSA' ? 'sha512' : 'sha256', accessToken, 'buffer')
  return digest.subarray(0, digest.length / 2).toString('base64url')
}

/** Who an ID token was about and for, when it comes back as id_token_hint. It may have expired (RP-Initiated Logout §2). */
export interface IdTokenHint {
  readonly clientId: string
  readonly subject: string
  readonly sessionId: string | undefined
}

export function readIdTokenHint(
  claims: Readonly<Record<string, unknown>> | undefined,
  issuer: string,
): IdTokenHint | undefined {
  // RFC 8725 §3.12: access tokens and signed userinfo responses may have the same `typ`, but not these claims.
  if (claims === undefined || claims['iss'] !== issuer || hasTokenUse(claims)) return undefined
  const { aud, sub, sid, exp, auth_time } = claims
  if (typeof aud !== 'string' || typeof sub !== 'string') return undefined
  if (typeof exp !== 'number' || typeof auth_time !== 'number') return undefined
  return { clientId: aud, subject: sub, sessionId: typeof sid === 'string' ? sid : undefined }
}
