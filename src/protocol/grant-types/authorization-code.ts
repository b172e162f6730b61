/** grant_type=authorization_code: RFC 6749 §4.1.3 and OpenID Connect Core §3.1.3.2. */
import type { Timestamp } from '../../base/clock.ts'
import { shownUri } from '../checks.ts'
import type { Client } from '../client.ts'
import { endOf, isSessionOpen, type LiveGrant, liveGrant, refreshTokenEnd } from '../grant.ts'
import { requireParameter } from '../parameters.ts'
import { verifyCodeVerifier } from '../pkce.ts'
import type { Grant, GrantFacts } from '../records.ts'
import { isRegisteredRedirectUri } from '../redirect-target.ts'
import { parseResources, resourceTarget } from '../resource.ts'
import { fromNow, shownSpan } from '../shown-time.ts'
import {
  type AuthorizationCode,
  parseAuthorizationCode,
  verifyAuthorizationCode,
} from '../tokens/authorization-code.ts'
import type { GrantTypeRule, TokenContext, TokenDecision } from './grant-type.ts'
import { refuseGrant } from './refuse-grant.ts'

interface CodeRequest extends Pick<TokenContext, 'resources'> {
  readonly client: Client
  readonly code: AuthorizationCode | undefined
  readonly redirectUri: string
  readonly codeVerifier: string | undefined
  readonly resource: readonly string[] | undefined
}

export const authorizationCodeGrant: GrantTypeRule = {
  name: 'authorization_code',
  parse(parameters, client, { resources }) {
    const request: CodeRequest = {
      client,
      resources,
      code: parseAuthorizationCode(requireParameter(parameters, 'code')),
      redirectUri: requireParameter(parameters, 'redirect_uri'),
      codeVerifier: parameters.get('code_verifier'),
      resource: parseResources(parameters),
    }
    return {
      grantId: request.code?.grantId,
      decide: (facts, now) => decide(request, facts, now),
    }
  },
}

function decide(request: CodeRequest, facts: GrantFacts | undefined, now: Timestamp): TokenDecision {
  const { code } = request
  if (code === undefined || facts === undefined || !verifyAuthorizationCode(facts.grant, code)) {
    return refuseGrant('the authorization code is not known', 'code')
  }
  const { grant } = facts
  // RFC 6749 §4.1.2: a second use means that the code has leaked, so everything that came of it goes. Whoever asks.
  if (grant.codeConsumedAt !== undefined) {
    return {
      ...refuseGrant('the authorization code was already used', {
        check: 'code_used',
        came: `one that was used ${fromNow(grant.codeConsumedAt - now)}`,
      }),
      revoke: { grant, because: 'code_reused' },
    }
  }
  const fault = bindingFault(grant, request, now)
  if (fault !== undefined) return fault
  verifyCodeVerifier(grant.codeChallenge, request.codeVerifier)
  const live = liveGrant(facts, now)
  // Whatever the scope: a code that was on its way while the password was changed must not outlive that. And it is dead
  // for whoever else presents it at this moment and has read, just before the end, that all is well.
  if (live === undefined || !isSessionOpen(facts, now)) {
    return {
      ...refuseGrant('the end-user has signed out or the grant was revoked', endOf(facts, now)),
      revoke: { grant, because: 'code_after_end' },
    }
  }
  return redeem(live, request, now)
}

/** Each of these alone makes the code worthless to who presents it. */
function bindingFault(grant: Grant, { client, redirectUri }: CodeRequest, now: Timestamp) {
  if (grant.clientId !== client.id) {
    const failed = { check: 'code_client', expected: `client ${grant.clientId}`, came: `client ${client.id}` } as const
    return refuseGrant('the authorization code was issued to another client', failed)
  }
  if (now >= grant.codeExpiresAt) {
    return refuseGrant('the authorization code has expired', {
      check: 'code_expired',
      expected: `use within ${shownSpan(grant.codeExpiresAt - grant.createdAt)}`,
      came: `one that expired ${fromNow(grant.codeExpiresAt - now)}`,
    })
  }
  if (grant.redirectUri !== redirectUri) {
    return refuseGrant('redirect_uri is not the one of the authorization request', {
      check: 'code_redirect_uri',
      expected: shownUri(grant.redirectUri),
      came: shownUri(redirectUri),
    })
  }
  // The client may have changed since: what was sent to an address that is not its own any more is worth nothing.
  if (!isRegisteredRedirectUri(client, grant.redirectUri)) {
    return refuseGrant('redirect_uri is not registered any more', {
      check: 'redirect_uri',
      expected: client.metadata.redirect_uris.join(' '),
      came: shownUri(grant.redirectUri),
    })
  }
  return undefined
}

function redeem(subject: LiveGrant, { client, resource, resources }: CodeRequest, now: Timestamp): TokenDecision {
  const { grant } = subject
  const givesRefreshToken = client.metadata.grant_types.includes('refresh_token')
  const refreshExpiresAt = givesRefreshToken ? refreshTokenEnd(grant, client.lifetimes, now) : undefined
  return {
    kind: 'issue',
    change: { kind: 'consume_code', grantId: grant.id, refreshExpiresAt },
    issue: {
      scopes: grant.scopes,
      ...resourceTarget(resource, { client, scopes: grant.scopes, granted: grant.resources }, resources),
      subject,
      refreshGeneration: givesRefreshToken ? 1 : undefined,
      idToken: grant.scopes.includes('openid') ? 'first' : undefined,
    },
  }
}
