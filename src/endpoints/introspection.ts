/** Token introspection: RFC 7662. */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { findLiveAccessToken } from '../authorization/access-token.ts'
import { toSeconds } from '../base/clock.ts'
import type { Deps } from '../deps.ts'
import { authenticatedClient } from '../http/client-authentication.ts'
import { readForm } from '../http/form.ts'
import { jwtForClient } from '../keys/for-client.ts'
import type { Client } from '../protocol/client.ts'
import { INTROSPECTION_JWT_TYPE, isIntrospectionJwt } from '../protocol/client-responses.ts'
import { PATHS } from '../protocol/discovery.ts'
import { isRefreshTokenOver, liveGrant } from '../protocol/grant.ts'
import {
  describeAccessToken,
  describeRefreshToken,
  INACTIVE,
  type IntrospectionResponse,
  mayIntrospect,
} from '../protocol/introspection.ts'
import { OAuthError } from '../protocol/oauth-error.ts'
import { requireParameter } from '../protocol/parameters.ts'
import { subjectOf } from '../protocol/subject.ts'
import { parseRefreshToken, type RefreshToken, verifyRefreshToken } from '../protocol/tokens/refresh-token.ts'

export function introspection(app: FastifyInstance, deps: Deps): void {
  app.post(PATHS.introspection, async (request, reply) => {
    const parameters = readForm(request)
    const client = await authenticatedClient(deps, request, parameters)
    // RFC 7662 §2.1: nobody without credentials may fish for tokens.
    if (client.isPublic)
      throw new OAuthError('invalid_client', 'a public client may not introspect tokens', 'public_client')
    const text = requireParameter(parameters, 'token')
    // The token_type_hint is only a hint (§2.1), and the two kinds can't be mistaken for each other.
    const refresh = parseRefreshToken(text)
    const answer = refresh ? await ofRefreshToken(refresh, client) : await ofAccessToken(text, client)
    const isJwt = isIntrospectionJwt(client.metadata, request.headers.accept)
    return isJwt ? sendJwt(reply, client, answer) : reply.send(answer)
  })

  /** RFC 9701 §5: what the token says stays in a claim of its own, so that nobody can take the answer for a token. */
  async function sendJwt(reply: FastifyReply, client: Client, answer: IntrospectionResponse): Promise<FastifyReply> {
    const iat = toSeconds(deps.clock.now())
    const jwt = await jwtForClient(deps, client, {
      response: 'introspection',
      typ: INTROSPECTION_JWT_TYPE,
      claims: { iss: deps.issuer, aud: client.id, iat, token_introspection: answer },
    })
    return reply.type(`application/${INTROSPECTION_JWT_TYPE}`).send(jwt)
  }

  async function ofAccessToken(text: string, client: Client): Promise<IntrospectionResponse> {
    const live = await findLiveAccessToken(deps, text)
    if (live === undefined || !mayIntrospect(client, live.token, deps.apis)) return INACTIVE
    const { token, client: owner, subject } = live
    return describeAccessToken(token, { issuer: deps.issuer, client: owner, subject })
  }

  async function ofRefreshToken(token: RefreshToken, client: Client): Promise<IntrospectionResponse> {
    const now = deps.clock.now()
    const live = liveGrant(await deps.storage.grants.find(token.grantId), now)
    if (live === undefined || !verifyRefreshToken(deps.refreshTokenKey, live.grant, token)) return INACTIVE
    const { grant } = live
    const owner = await deps.clients.find(grant.clientId)
    if (owner === undefined || isRefreshTokenOver(grant, owner, now)) return INACTIVE
    const isCurrent = token.generation === grant.refreshGeneration
    if (!isCurrent || !mayIntrospect(client, { clientId: grant.clientId, audience: [] }, deps.apis)) return INACTIVE
    const subject = subjectOf(owner, grant.accountId, deps.pairwiseKey)
    return describeRefreshToken(live, { issuer: deps.issuer, client: owner, subject })
  }
}
