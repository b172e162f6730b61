/** Whether an access token is alive: what its signature says, and what has happened since. */
import { SECOND } from '../base/duration.ts'
import type { Deps } from '../deps.ts'
import { kidIn, shownKid } from '../keys/shown-kid.ts'
import { type Failed, shownUri } from '../protocol/checks.ts'
import type { Client } from '../protocol/client.ts'
import { endOf, type LiveGrant, liveGrant } from '../protocol/grant.ts'
import { shownOffset } from '../protocol/shown-time.ts'
import { ACCESS_TOKEN_TYPE, type AccessToken, readAccessToken, withTokenUse } from '../protocol/tokens/access-token.ts'
import { readClientJwt } from '../protocol/tokens/client-jwt.ts'

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

/**
 * Why one that was refused is worth nothing here, for the operator. What it says of itself is believed as far as that: who
 * sends another says so of a token that is refused anyway.
 */
export async function whyNotAlive(
  deps: TokenDeps,
  text: string,
): Promise<{ readonly failed: Failed; readonly flowId: string | undefined }> {
  let flowId: string | undefined
  const failed = (came: string, expected?: string) => ({
    failed: { check: 'access_token', came, expected } as const,
    flowId,
  })
  const claims = readClientJwt(text)?.claims
  if (claims === undefined) return failed('what is no JWT', 'an access token of ours, which is one')
  const { iss, exp, aud } = claims
  if (iss !== deps.issuer) return failed(`iss ${shownUri(JSON.stringify(iss) ?? 'left out')}`, `iss ${deps.issuer}`)
  const now = deps.clock.now()
  if (typeof exp === 'number' && exp * SECOND <= now) return failed(`one that expired ${shownOffset(exp, now)}`)
  const token = await verifyAccessToken(deps, text)
  if (token === undefined) {
    const kid = deps.keyRing.jwks.kids.find((one) => one === kidIn(text))
    if (kid === undefined) return { failed: { check: 'token_key', came: shownKid(text) }, flowId }
    return failed('a JWT that is no access token (an ID token, say), or was changed: its key is one of ours')
  }
  const { grantId, jti } = token
  flowId = grantId
  if (grantId === undefined) return failed('a token of a client for itself, or one that was revoked', 'one of a person')
  const facts = await deps.storage.grants.findForAccessToken(grantId, jti)
  if (facts === undefined) return failed('one of a grant that is gone')
  if (facts.isTokenRevoked) return failed('one that its client has revoked')
  if (liveGrant(facts, now) === undefined) return failed(endOf(facts, now).came ?? '')
  if ((await deps.clients.find(token.clientId)) === undefined)
    return failed(`one of client ${token.clientId}, which is gone`)
  return failed(`aud ${shownUri(JSON.stringify(aud))}`, `aud ${deps.issuer}`)
}
