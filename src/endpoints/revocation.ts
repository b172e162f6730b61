/** Token revocation: RFC 7009. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { audit } from '../audit/audit.ts'
import { verifyAccessToken } from '../authorization/access-token.ts'
import { revokeGrant } from '../authorization/revoke-grant.ts'
import { SECOND } from '../base/duration.ts'
import type { Deps } from '../deps.ts'
import { authenticatedClient } from '../http/client-authentication.ts'
import { readForm } from '../http/form.ts'
import type { Client } from '../protocol/client.ts'
import { PATHS } from '../protocol/discovery.ts'
import { OAuthError } from '../protocol/oauth-error.ts'
import { requireParameter } from '../protocol/parameters.ts'
import { parseRefreshToken, type RefreshToken, verifyRefreshToken } from '../protocol/tokens/refresh-token.ts'

export function revocation(app: FastifyInstance, deps: Deps): void {
  app.post(PATHS.revocation, async (request, reply) => {
    const parameters = readForm(request)
    const client = await authenticatedClient(deps, request, parameters)
    const text = requireParameter(parameters, 'token')
    const refresh = parseRefreshToken(text)
    if (refresh) await revokeFamily(refresh, client, request)
    else await revokeAccessToken(text, client, request)
    // RFC 7009 §2.2: 200 also for a token that is unknown or dead; what was wanted is so.
    return reply.code(200).send()
  })

  /** RFC 7009 §2.1: with a refresh token everything of the same grant goes. */
  async function revokeFamily(token: RefreshToken, client: Client, request: FastifyRequest): Promise<void> {
    const grant = (await deps.storage.grants.find(token.grantId))?.grant
    if (grant === undefined || !verifyRefreshToken(deps.refreshTokenKey, grant, token)) return
    request.flowId = grant.id
    refuseUnlessOwn(grant.clientId, client)
    await revokeGrant(deps, { grant, because: 'client_revoked' }, request)
  }

  async function revokeAccessToken(text: string, client: Client, request: FastifyRequest): Promise<void> {
    const token = await verifyAccessToken(deps, text)
    if (token === undefined) return
    request.flowId = token.grantId
    refuseUnlessOwn(token.clientId, client)
    await deps.storage.revokedTokens.insert(token.jti, token.expiresAt * SECOND)
    audit(request.log, { kind: 'token_revoked', clientId: client.id, jti: token.jti })
  }
}

/** RFC 7009 §2.1: the request is refused, and the client is told why. */
function refuseUnlessOwn(ownerId: string, client: Client): void {
  if (ownerId !== client.id)
    throw new OAuthError('invalid_request', 'the token was not issued to this client', {
      check: 'token_owner',
      expected: `client ${ownerId}`,
      came: `client ${client.id}`,
    })
}
