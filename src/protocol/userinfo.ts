/** What userinfo says of whom: OpenID Connect Core §5.3.2. */
import { claimsFor } from './claims.ts'
import type { Client } from './client.ts'
import type { LiveGrant } from './grant.ts'
import type { AccessToken } from './tokens/access-token.ts'

/** The RFC 6750 §3.1 word for why a live access token of an end-user is none for userinfo; undefined when it is. */
export function userinfoRefusal(
  { audience, scopes }: Pick<AccessToken, 'audience' | 'scopes'>,
  { issuer }: { issuer: string },
): 'invalid_token' | 'insufficient_scope' | undefined {
  // RFC 9068 §4: a token for someone else is no token here.
  if (!audience.includes(issuer)) return 'invalid_token'
  return scopes.includes('openid') ? undefined : 'insufficient_scope'
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
