/** What userinfo says of whom: OpenID Connect Core §5.3.2. */
import { claimsFor } from './claims.ts'
import type { Client } from './client.ts'
import type { LiveGrant } from './grant.ts'

/** @param subject and `scopes`: those of the access token, of which there may be fewer than of the grant */
export const userinfoClaims = (
  { grant, account }: LiveGrant,
  { subject, scopes, client }: { subject: string; scopes: readonly string[]; client: Client },
): Readonly<Record<string, unknown>> => ({
  ...claimsFor(account.claims, { scopes, asked: grant.claims?.userinfo, client }),
  // §5.3.2: that of the ID token.
  sub: subject,
})
