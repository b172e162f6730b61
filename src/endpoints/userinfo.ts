/** The userinfo endpoint: OpenID Connect Core §5.3, with bearer tokens as in RFC 6750. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { findLiveAccessToken, whyNotAlive } from '../authorization/access-token.ts'
import type { Deps } from '../deps.ts'
import { headerToken } from '../http/bearer-token.ts'
import { readForm } from '../http/form.ts'
import { jwtForClient } from '../keys/for-client.ts'
import type { Client } from '../protocol/client.ts'
import { isUserinfoJwt } from '../protocol/client-responses.ts'
import { PATHS } from '../protocol/discovery.ts'
import { OAuthError } from '../protocol/oauth-error.ts'
import { userinfoClaims } from '../protocol/userinfo.ts'

export function userinfo(app: FastifyInstance, deps: Deps): void {
  app.get(PATHS.userinfo, answer)
  app.post(PATHS.userinfo, answer)

  /** OpenID Connect Core §5.3.2: with `iss` and `aud`, so that it can be held against what it was asked for. */
  async function sendJwt(
    reply: FastifyReply,
    client: Client,
    claims: Readonly<Record<string, unknown>>,
  ): Promise<FastifyReply> {
    const jwt = await jwtForClient(deps, client, {
      response: 'userinfo',
      typ: 'JWT',
      claims: { ...claims, iss: deps.issuer, aud: client.id },
    })
    return reply.type('application/jwt').send(jwt)
  }

  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const presented = bearerToken(request, reply)
    if (presented === undefined) {
      // RFC 6750 §3.1: who presents nothing is told nothing but how to ask.
      return reply.code(401).header('www-authenticate', 'Bearer realm="countersign"').send()
    }
    const live = await findLiveAccessToken(deps, presented)
    request.clientId = live?.client.id
    request.flowId = live?.token.grantId
    // RFC 9068 §4: a token for someone else is no token here.
    if (live?.subject === undefined || !live.token.audience.includes(deps.issuer)) {
      const { failed, flowId } = await whyNotAlive(deps, presented)
      request.flowId = flowId
      throw new OAuthError('invalid_token', 'the access token is not valid', failed)
    }
    if (!live.token.scopes.includes('openid')) {
      throw new OAuthError('insufficient_scope', 'the access token lacks the scope openid', {
        check: 'access_token_scope',
        expected: 'openid',
        came: live.token.scopes.join(' '),
      })
    }
    const { token, client, subject } = live
    const claims = userinfoClaims(subject, { subject: token.subject, scopes: token.scopes, client })
    return isUserinfoJwt(client.metadata) ? sendJwt(reply, client, claims) : reply.send(claims)
  }
}

/** RFC 6750 §2.1 and §2.2; never from the query (§2.3 and RFC 9700 §4.3.2). Two at once are `invalid_request`. */
function bearerToken(request: FastifyRequest, reply: FastifyReply): string | undefined {
  const inBody =
    request.method === 'POST' && typeof request.body === 'string' ? readForm(request).get('access_token') : undefined
  const inHeader = headerToken(request)
  if (inHeader === undefined || inBody === undefined) return inHeader ?? inBody
  reply.header('www-authenticate', 'Bearer error="invalid_request"')
  throw new OAuthError('invalid_request', 'the access token was sent in two ways', 'access_token_twice')
}
