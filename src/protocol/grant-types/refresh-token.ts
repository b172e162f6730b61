/** grant_type=refresh_token: RFC 6749 §6, with the rotation of RFC 9700 §4.14.2 made safe to retry. */
import type { Timestamp } from '../../base/clock.ts'
import type { Client } from '../client.ts'
import { endOf, isRefreshTokenOver, type LiveGrant, liveGrant, refreshTokenEnd } from '../grant.ts'
import { OAuthError } from '../oauth-error.ts'
import { requireParameter } from '../parameters.ts'
import type { Grant, GrantFacts } from '../records.ts'
import { parseResources, resourceTarget } from '../resource.ts'
import { narrowedScopes, stillAllowed } from '../scope.ts'
import { fromNow, shownSpan } from '../shown-time.ts'
import { parseRefreshToken, type RefreshToken, verifyRefreshToken } from '../tokens/refresh-token.ts'
import type { GrantTypeRule, Issue, TokenContext, TokenDecision } from './grant-type.ts'
import { refuseGrant } from './refuse-grant.ts'

interface RefreshRequest extends TokenContext {
  readonly client: Client
  readonly token: RefreshToken | undefined
  readonly scope: string | undefined
  readonly resource: readonly string[] | undefined
}

export const refreshTokenGrant: GrantTypeRule = {
  name: 'refresh_token',
  parse(parameters, client, context) {
    const request: RefreshRequest = {
      ...context,
      client,
      token: parseRefreshToken(requireParameter(parameters, 'refresh_token')),
      scope: parameters.get('scope'),
      resource: parseResources(parameters),
    }
    return {
      grantId: request.token?.grantId,
      decide: (facts, now) => decide(request, facts, now),
    }
  },
}

function decide(request: RefreshRequest, facts: GrantFacts | undefined, now: Timestamp): TokenDecision {
  const { client, token } = request
  if (token === undefined || facts === undefined || !verifyRefreshToken(request.refreshTokenKey, facts.grant, token)) {
    return refuseGrant('the refresh token is not known', 'refresh_token')
  }
  const { grant } = facts
  // A database that was restored has not issued it yet; that makes nobody a thief.
  if (token.generation > grant.refreshGeneration) return refuseGrant('the refresh token is not known', 'refresh_token')
  // RFC 6749 §6: bound to the client that it was issued to.
  if (grant.clientId !== client.id) {
    const failed = {
      check: 'refresh_client',
      expected: `client ${grant.clientId}`,
      came: `client ${client.id}`,
    } as const
    return refuseGrant('the refresh token was issued to another client', failed)
  }
  const live = liveGrant(facts, now)
  if (live === undefined) return refuseGrant('the end-user has signed out or the grant was revoked', endOf(facts, now))
  if (isRefreshTokenOver(grant, client, now)) {
    return refuseGrant('the refresh token has expired', {
      check: 'refresh_expired',
      expected: `use within ${shownSpan(client.lifetimes.refreshToken)} of the last one`,
      came: expiredWhen(grant, client, now),
    })
  }
  const position = positionOf(token, grant, request.refreshRetryWindow, now)
  if (position === 'reused') {
    // RFC 9700 §4.14.2: two parties hold this family, and nobody can tell which one is the thief.
    return {
      ...refuseGrant('the refresh token was already used', {
        check: 'refresh_used',
        expected: `number ${grant.refreshGeneration} of its family`,
        came: `number ${token.generation}, whose successor was issued ${sinceRotation(grant, now)}`,
      }),
      revoke: { grant, because: 'refresh_token_reused' },
    }
  }
  return issueSuccessor(request, live, position, now)
}

/** Where the token stands in its family: `retried` is the one before the current one, while its answer may still be on its way. */
function positionOf(
  token: RefreshToken,
  grant: Grant,
  retryWindow: number,
  now: Timestamp,
): 'current' | 'retried' | 'reused' {
  if (token.generation === grant.refreshGeneration) return 'current'
  const rotatedAt = grant.refreshRotatedAt
  const isPrevious = token.generation === grant.refreshGeneration - 1
  // A rotation that lies ahead (the clock went back) is no reason to call anybody a thief.
  return isPrevious && rotatedAt !== undefined && now - rotatedAt <= retryWindow ? 'retried' : 'reused'
}

/** A token may be of some generations ago; when the last rotation was is what is known. */
const sinceRotation = ({ refreshRotatedAt: at }: Grant, now: Timestamp): string =>
  at === undefined ? 'before' : `${fromNow(at - now)} at the latest`

function expiredWhen(grant: Grant, { lifetimes }: Client, now: Timestamp): string {
  const end = grant.createdAt + lifetimes.refreshTokenAbsolute
  if (now >= end)
    return `one whose sign-on was ${fromNow(grant.createdAt - now)}, when ${shownSpan(lifetimes.refreshTokenAbsolute)} are the most`
  return grant.refreshExpiresAt === undefined
    ? 'one that was never issued'
    : `one that expired ${fromNow(grant.refreshExpiresAt - now)}`
}

function issueSuccessor(
  request: RefreshRequest,
  subject: LiveGrant,
  position: 'current' | 'retried',
  now: Timestamp,
): TokenDecision {
  const { client } = request
  const { grant } = subject
  const expiresAt = refreshTokenEnd(grant, client.lifetimes, now)
  // Who repeats what was granted then gets what is left of it.
  const scopes = stillAllowed(narrowedScopes(request.scope, grant.scopes), client)
  if (scopes.length === 0)
    throw new OAuthError('invalid_scope', 'nothing is left of what was granted', {
      check: 'refresh_scope',
      expected: `one of ${client.metadata.scope.join(' ')}`,
      came: `a grant of ${grant.scopes.join(' ')}`,
    })
  const issue: Omit<Issue, 'refreshGeneration'> = {
    scopes,
    ...resourceTarget(request.resource, { client, scopes, granted: grant.resources }, request.resources),
    subject,
    idToken: scopes.includes('openid') ? 'refreshed' : undefined,
  }
  if (position === 'retried') {
    // The same old token gets the same successor: a lost answer or a second tab signs nobody out.
    return { kind: 'issue', change: undefined, issue: { ...issue, refreshGeneration: grant.refreshGeneration } }
  }
  if (!client.rotatesRefreshTokens) {
    const change = { kind: 'extend_refresh_token', grantId: grant.id, expiresAt } as const
    return { kind: 'issue', change, issue: { ...issue, refreshGeneration: grant.refreshGeneration } }
  }
  const change = { kind: 'rotate_refresh_token', grantId: grant.id, from: grant.refreshGeneration, expiresAt } as const
  return { kind: 'issue', change, issue: { ...issue, refreshGeneration: grant.refreshGeneration + 1 } }
}
