/** The end session endpoint: OpenID Connect RP-Initiated Logout §2, by GET and POST. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import { leave, signOutAndLeave } from '../http/after-sign-out.ts'
import { readForm, readQuery } from '../http/form.ts'
import { PAGES, pathBelow } from '../http/paths.ts'
import { withQuery } from '../protocol/authorization-response.ts'
import { PATHS } from '../protocol/discovery.ts'
import { type EndSessionRequest, isHintFor, parseEndSession } from '../protocol/end-session.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { ID_TOKEN_TYPE, type IdTokenHint, readIdTokenHint } from '../protocol/tokens/id-token.ts'
import { findSignedIn } from '../sessions/session.ts'

export function endSession(app: FastifyInstance, deps: Deps): void {
  app.get(PATHS.endSession, (request, reply) => end(readQuery(request), request, reply))
  app.post(PATHS.endSession, (request, reply) => end(readForm(request), request, reply))

  async function end(parameters: Parameters, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    parameters.refuseFaults()
    const hint = await readHint(parameters.get('id_token_hint'))
    const asked = parseEndSession(parameters, hint, deps.clients.find)
    if (asked.refusedTarget !== undefined) {
      request.log.warn(
        { clientId: asked.client?.id, sent: asked.refusedTarget },
        'post_logout_redirect_uri not registered',
      )
    }
    const signedIn = await findSignedIn(deps, deps.cookies.session.read(request))
    if (signedIn === undefined) return leave(deps, asked, reply)
    if (isHintFor(hint, signedIn.account.id)) return signOutAndLeave(deps, { signedIn, asked, request, reply })
    return ask(asked, reply)
  }

  /** An expired ID token is a good hint, also one whose key has been withdrawn since (§2). */
  async function readHint(idToken: string | undefined): Promise<IdTokenHint | undefined> {
    if (idToken === undefined) return undefined
    return readIdTokenHint(
      await deps.keyRing.verify(idToken, { typ: ID_TOKEN_TYPE, allowWithdrawn: true }),
      deps.issuer,
    )
  }

  /** Without proof of who is meant, the person says so. What they come back to is proven again then. */
  function ask({ client, target }: EndSessionRequest, reply: FastifyReply): FastifyReply {
    const page = pathBelow(deps.issuer, PAGES.signOut)
    return reply.redirect(
      withQuery(page, {
        ...(client && { client_id: client.id }),
        ...(target && { post_logout_redirect_uri: target.uri }),
        ...(target?.state !== undefined && { state: target.state }),
      }),
      303,
    )
  }
}
