/** The introspection response: RFC 7662 §2.2. */
import { toSeconds } from '../base/clock.ts'
import { acrOf } from './acr.ts'
import type { Apis } from './api.ts'
import type { Client } from './client.ts'
import type { LiveGrant } from './grant.ts'
import { introspectsFor } from './resource.ts'
import { isPairwise } from './subject.ts'
import type { AccessToken } from './tokens/access-token.ts'

export type IntrospectionResponse = Readonly<Record<string, unknown>> & { readonly active: boolean }

/** RFC 7662 §2.2: of a token that is not alive, or none of the caller's business, nothing else is told. */
export const INACTIVE: IntrospectionResponse = { active: false }

/** RFC 7662 §4: a client may ask about tokens that are its own or meant for it, unless its entry says `any`. */
export function mayIntrospect(
  client: Client,
  { clientId, audience }: { clientId: string; audience: readonly string[] },
  apis: Apis,
): boolean {
  if (client.introspects === 'any' || clientId === client.id || audience.includes(client.id)) return true
  return introspectsFor(client.id, audience, apis)
}

export function describeAccessToken(
  token: AccessToken,
  { issuer, client, subject }: { issuer: string; client: Client; subject: LiveGrant | undefined },
): IntrospectionResponse {
  return {
    active: true,
    token_type: 'Bearer',
    iss: issuer,
    sub: token.subject,
    aud: token.audience.length === 1 ? token.audience[0] : token.audience,
    client_id: token.clientId,
    iat: token.issuedAt,
    exp: token.expiresAt,
    jti: token.jti,
    ...(token.scopes.length > 0 && { scope: token.scopes.join(' ') }),
    ...(subject && ofSignOn(client, subject)),
  }
}

export function describeRefreshToken(
  live: LiveGrant,
  { issuer, client, subject }: { issuer: string; client: Client; subject: string },
): IntrospectionResponse {
  const { grant } = live
  const issuedAt = grant.refreshRotatedAt ?? grant.codeConsumedAt
  return {
    active: true,
    iss: issuer,
    sub: subject,
    client_id: grant.clientId,
    scope: grant.scopes.join(' '),
    ...ofSignOn(client, live),
    ...(issuedAt !== undefined && { iat: toSeconds(issuedAt) }),
    ...(grant.refreshExpiresAt !== undefined && { exp: toSeconds(grant.refreshExpiresAt) }),
  }
}

/** Who signed in, when and how well: RFC 7662 §2.2, RFC 9470 §6.2. */
const ofSignOn = (client: Client, { grant, account }: LiveGrant) => ({
  // Where each sector has another name for a person, the one that all of them share is not told.
  ...(!isPairwise(client) && { username: account.username }),
  auth_time: toSeconds(grant.authenticatedAt),
  acr: grant.acr ?? acrOf(grant.amr),
})
