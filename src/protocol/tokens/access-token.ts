/** The claims of an access token: RFC 9068 §2.2. */
import { type Timestamp, toSeconds } from '../../base/clock.ts'
import type { Client } from '../client.ts'
import type { LiveGrant } from '../grant.ts'

/** RFC 9068 §2.1 */
export const ACCESS_TOKEN_TYPE = 'at+jwt'

export interface AccessTokenInput {
  readonly issuer: string
  readonly client: Client
  /** Undefined: the client acts for itself (client_credentials). */
  readonly subject: LiveGrant | undefined
  readonly scopes: readonly string[]
  /** 128 random bits, so that no two tokens share a `jti`. */
  readonly serial: string
  readonly now: Timestamp
}

export function accessTokenClaims(input: AccessTokenInput): Readonly<Record<string, unknown>> {
  const { issuer, client, subject, scopes, serial, now } = input
  const issuedAt = toSeconds(now)
  return {
    iss: issuer,
    // RFC 9068 §2.2: without an end-user the subject is the client itself.
    sub: subject?.account.id ?? client.id,
    aud: audienceOf(input),
    client_id: client.id,
    iat: issuedAt,
    exp: issuedAt + toSeconds(client.lifetimes.accessToken),
    jti: subject ? `${subject.grant.id}.${serial}` : serial,
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    ...(subject && { auth_time: toSeconds(subject.grant.authenticatedAt), sid: subject.grant.sessionId }),
  }
}

/** RFC 9068 §3: the client's APIs; and ourselves, where userinfo is to be asked or nothing else is named. */
function audienceOf({ issuer, client, scopes }: AccessTokenInput): string | readonly string[] {
  const isOurs = scopes.includes('openid') || client.accessTokenAudience.length === 0
  const audience = [...new Set([...client.accessTokenAudience, ...(isOurs ? [issuer] : [])])]
  return audience.length === 1 && audience[0] !== undefined ? audience[0] : audience
}

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
