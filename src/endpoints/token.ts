/** The token endpoint: RFC 6749 §3.2. The checks that every grant type needs are here, once. */
import type { FastifyInstance } from 'fastify'
import { audit } from '../audit/audit.ts'
import { revokeGrant } from '../authorization/revoke-grant.ts'
import { tokenResponse } from '../authorization/token-response.ts'
import type { Deps } from '../deps.ts'
import { authenticatedClient } from '../http/client-authentication.ts'
import { readForm } from '../http/form.ts'
import { requireEncryptionKey } from '../keys/for-client.ts'
import { shownName } from '../protocol/checks.ts'
import type { Client } from '../protocol/client.ts'
import { PATHS } from '../protocol/discovery.ts'
import type { TokenChange, TokenDecision, TokenRequest } from '../protocol/grant-types/grant-type.ts'
import { grantTypes } from '../protocol/grant-types/index.ts'
import { OAuthError } from '../protocol/oauth-error.ts'
import { requireParameter } from '../protocol/parameters.ts'

export function token(app: FastifyInstance, deps: Deps): void {
  const { refreshTokenKey, lifetimes } = deps
  const context = { refreshTokenKey, refreshRetryWindow: lifetimes.refreshRetryWindow, resources: deps }

  app.post(PATHS.token, async (request, reply) => {
    const parameters = readForm(request)
    const client = await authenticatedClient(deps, request, parameters)
    const grantType = allowedGrantType(requireParameter(parameters, 'grant_type'), client)
    const asked = grantType.parse(parameters, client, context)
    request.flowId = asked.grantId
    const decision = await decideAndCommit(asked, client)
    if (decision.kind === 'refuse') {
      if (decision.revoke) await revokeGrant(deps, decision.revoke, request)
      throw decision.error
    }
    const response = await tokenResponse(deps, client, decision.issue)
    const saying = deps.clients.sayUsed(client)
    if (saying !== undefined) await saying
    const grantId = decision.issue.subject?.grant.id
    audit(request.log, {
      kind: 'tokens_issued',
      clientId: client.id,
      grantType: grantType.name,
      ...(grantId && { grantId }),
    })
    // RFC 6749 §5.1: no-store, which every answer here has; Pragma for the caches of its time.
    return reply.header('pragma', 'no-cache').send(response)
  })

  /** A change that lost a race is decided again on fresh facts, which then say who was first. */
  async function decideAndCommit(asked: TokenRequest, client: Client): Promise<TokenDecision> {
    const decision = await decideOnce(asked, client)
    if (decision.kind === 'refuse' || (await commit(decision.change))) return decision
    const again = await decideOnce(asked, client)
    if (again.kind === 'refuse' || (await commit(again.change))) return again
    throw new OAuthError('invalid_grant', 'the grant was used by another request at the same time', 'race')
  }

  async function decideOnce(asked: TokenRequest, client: Client): Promise<TokenDecision> {
    const facts = asked.grantId === undefined ? undefined : await deps.storage.grants.find(asked.grantId)
    const decision = asked.decide(facts, deps.clock.now())
    // Before a code or a refresh token is used up: one that is used again later would look stolen.
    const finding =
      decision.kind === 'issue' && decision.issue.idToken ? requireEncryptionKey(deps, client, 'id_token') : undefined
    if (finding !== undefined) await finding
    return decision
  }

  async function commit(change: TokenChange | undefined): Promise<boolean> {
    const now = deps.clock.now()
    switch (change?.kind) {
      case undefined:
        return true
      case 'consume_code': {
        const { grantId, refreshExpiresAt: expiresAt } = change
        return deps.storage.grants.consumeCode(grantId, now, expiresAt === undefined ? undefined : { expiresAt })
      }
      case 'rotate_refresh_token':
        return deps.storage.grants.rotateRefreshToken(change.grantId, { ...change, now })
      case 'extend_refresh_token':
        return deps.storage.grants.extendRefreshToken(change.grantId, change.expiresAt)
    }
  }
}

/** RFC 6749 §5.2: a grant type that we do not speak, and one that this client may not use, have names of their own. */
function allowedGrantType(name: string, client: Client): (typeof grantTypes)[number] {
  const grantType = grantTypes.find((one) => one.name === name)
  if (grantType === undefined) {
    throw new OAuthError('unsupported_grant_type', 'grant_type is not supported', {
      check: 'grant_type',
      expected: `one of ${grantTypes.map((one) => one.name).join(', ')}`,
      came: shownName(name),
    })
  }
  if (!client.metadata.grant_types.includes(grantType.name)) {
    throw new OAuthError('unauthorized_client', 'the client may not use this grant_type', {
      check: 'grant_type_allowed',
      expected: `one of ${client.metadata.grant_types.join(', ')}`,
      came: name,
    })
  }
  return grantType
}
