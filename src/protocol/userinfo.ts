/** What userinfo says of whom: OpenID Connect Core §5.3.2. */
import { claimsFor } from './claims.ts'
import type { Client } from './client.ts'
import type { LiveGrant } from './grant.ts'

/** @param scopes those of the access token, of which there may be fewer than of the grant */
export const userinfoClaims = (
  { grant, account }: LiveGrant,
  { scopes, client }: { scopes: readonly string[]; client: Client },
): Readonly<Record<string, unknown>> => ({
  ...claimsFor(account.claims, { scopes, asked: grant.claims?.userinfo, client }),
  sub: account.id,
})
