/** What userinfo says of whom: OpenID Connect Core §5.3.2. */
import { claimsFor } from './claims.ts'
import type { Client } from './client.ts'
import type { LiveGrant } from './grant.ts'
import { OAuthError } from './oauth-error.ts'
import type { AccessToken } from './tokens/access-token.ts'

const NOT_FOR_US = new OAuthError('invalid_token', 'the access token is not valid', 'access_token')

/** Why a live access token of an end-user is none for userinfo (RFC 6750 §3.1); undefined when it is. */
export function userinfoRefusal(
  token: Pick<AccessToken, 'audience' | 'scopes'>,
  { issuer }: { issuer: string },
): OAuthError | undefined {
  // RFC 9068 §4: a token for someone else is no token here.
  if (!token.audience.includes(issuer)) return NOT_FOR_US
  if (token.scopes.includes('openid')) return undefined
  return new OAuthError('insufficient_scope', 'the access token lacks the scope openid', {
    check: 'access_token_scope',
    expected: 'openid',
    came: token.scopes.join(' '),
  })
}

/** @param subject and `scopes`: those of the access token, of which there may be fewer than of the grant */
export const userinfoClaims = (
  { grant, account }: LiveGrant,
  { subject, scopes, client }: { subject: string; scopes: readonly string[]; client: Client },
): Readonly<Record<string, unknown>> => ({
  ...claimsFor(account.claims, { scopes, asked: grant.claims?.userinfo, client }),
  // §5.3.2: that of the ID token.
  sub: subject,
})
