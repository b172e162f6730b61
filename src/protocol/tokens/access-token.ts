/** The claims of an access token: RFC 9068 §2.2. */
import { type Timestamp, toSeconds } from '../../base/clock.ts'
import { acrOf } from '../acr.ts'
import type { Client } from '../client.ts'
import type { LiveGrant } from '../grant.ts'
import type { AccessTokenTarget } from '../resource.ts'
import type { KnownAs } from '../subject.ts'
import type { AccessTokenType } from '../vocabulary.ts'

/** RFC 9068 §2.1 */
export const ACCESS_TOKEN_TYPE: AccessTokenType = 'at+jwt'

/**
 * What an access token with the `typ` of an ID token has in it, and no other token of ours: RFC 8725 §3.12 wants kinds of
 * tokens that exclude each other. Whoever reads either kind looks for it.
 */
const TOKEN_USE = 'access'
export const hasTokenUse = (claims: Readonly<Record<string, unknown>>): boolean => claims['token_use'] !== undefined

/** Verified claims that came with `typ: JWT`; undefined when they are not those of an access token. */
export const withTokenUse = (
  claims: Readonly<Record<string, unknown>> | undefined,
): Readonly<Record<string, unknown>> | undefined => (claims?.['token_use'] === TOKEN_USE ? claims : undefined)

export interface AccessTokenInput {
  readonly issuer: string
  readonly client: Client
  /** Undefined: the client acts for itself (client_credentials). */
  readonly subject: (LiveGrant & { readonly knownAs: KnownAs }) | undefined
  readonly target: Omit<AccessTokenTarget, 'algorithm'>
  /** 128 random bits, so that no two tokens share a `jti`. */
  readonly serial: string
  readonly now: Timestamp
}

export function accessTokenClaims(input: AccessTokenInput): Readonly<Record<string, unknown>> {
  const { issuer, client, subject, target, serial, now } = input
  const { audience, scopes } = target
  const issuedAt = toSeconds(now)
  return {
    iss: issuer,
    // RFC 9068 §2.2: without an end-user the subject is the client itself.
    sub: subject?.knownAs.sub ?? client.id,
    aud: audience.length === 1 ? audience[0] : audience,
    client_id: client.id,
    iat: issuedAt,
    exp: issuedAt + toSeconds(target.lifetime),
    jti: subject ? `${subject.grant.id}.${serial}` : serial,
    ...(target.typ !== ACCESS_TOKEN_TYPE && { token_use: TOKEN_USE }),
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    ...(subject && signInClaims(subject)),
  }
}

/** RFC 9068 §2.2.1: what an API needs to know whether the sign-in is good enough for it (RFC 9470 §6.1). */
const signInClaims = ({ grant, knownAs }: NonNullable<AccessTokenInput['subject']>) => ({
  auth_time: toSeconds(grant.authenticatedAt),
  acr: grant.acr ?? acrOf(grant.amr),
  sid: knownAs.sid,
})

/** An access token of ours whose signature, issuer and time are right. Whether it was revoked is another question. */
export interface AccessToken {
  readonly jti: string
  /** Undefined: client_credentials. */
  readonly grantId: string | undefined
  readonly clientId: string
  readonly subject: string
  readonly audience: readonly string[]
  readonly scopes: readonly string[]
  readonly issuedAt: number
  readonly expiresAt: number
}

/** Reads verified claims (RFC 9068 §4); undefined when the token is not for now or not from this issuer. */
export function readAccessToken(
  claims: Readonly<Record<string, unknown>> | undefined,
  issuer: string,
  now: Timestamp,
): AccessToken | undefined {
  if (claims === undefined) return undefined
  const { iss, sub, aud, client_id, iat, exp, jti, scope } = claims
  if (iss !== issuer || typeof sub !== 'string' || typeof client_id !== 'string' || typeof jti !== 'string')
    return undefined
  if (typeof iat !== 'number' || typeof exp !== 'number' || toSeconds(now) >= exp) return undefined
  const dot = jti.indexOf('.')
  return {
    jti,
    grantId: dot < 0 ? undefined : jti.slice(0, dot),
    clientId: client_id,
    subject: sub,
    audience: (Array.isArray(aud) ? aud : [aud]).filter((one) => typeof one === 'string'),
    scopes: typeof scope === 'string' ? scope.split(' ') : [],
    issuedAt: iat,
    expiresAt: exp,
  }
}
