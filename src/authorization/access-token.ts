/** Whether an access token is alive: what its signature says, and what has happened since. */
import type { Deps } from '../deps.ts'
import type { Client } from '../protocol/client.ts'
import { type LiveGrant, liveGrant } from '../protocol/grant.ts'
import { ACCESS_TOKEN_TYPE, type AccessToken, readAccessToken, withTokenUse } from '../protocol/tokens/access-token.ts'

/** A token that may be used now. `subject` is undefined when the client acts for itself. */
export interface LiveAccessToken {
  readonly token: AccessToken
  /** Whom it was issued to. */
  readonly client: Client
  readonly subject: LiveGrant | undefined
}

type TokenDeps = Pick<Deps, 'issuer' | 'keyRing' | 'storage' | 'clients' | 'clock'>

/** An access token of ours within its time; revocation is not asked. Undefined for everything else. */
export async function verifyAccessToken(deps: TokenDeps, text: string): Promise<AccessToken | undefined> {
  const claims =
    (await deps.keyRing.verify(text, { typ: ACCESS_TOKEN_TYPE })) ??
    // For APIs that want it so (`access_token_typ`). A token of the usual type is told apart by its header, before any cost.
    withTokenUse(await deps.keyRing.verify(text, { typ: 'JWT' }))
  return readAccessToken(claims, deps.issuer, deps.clock.now())
}

/** Undefined when it is revoked, or its grant, account, session or client is no more. */
export async function findLiveAccessToken(deps: TokenDeps, text: string): Promise<LiveAccessToken | undefined> {
  const token = await verifyAccessToken(deps, text)
  const client = token && (await deps.clients.find(token.clientId))
  if (token === undefined || client === undefined) return undefined
  const { grantId, jti } = token
  if (grantId === undefined)
    return (await deps.storage.revokedTokens.has(jti)) ? undefined : { token, client, subject: undefined }
  const facts = await deps.storage.grants.findForAccessToken(grantId, jti)
  if (facts?.isTokenRevoked) return undefined
  const subject = liveGrant(facts, deps.clock.now())
  return subject && { token, client, subject }
}
