/** The authorization endpoint: OpenID Connect Core §3.1.2, RFC 6749 §3.1. Read, load, decide, commit, respond. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { answerWithCode, answerWithError } from '../authorization/answer.ts'
import { readAuthorization } from '../authorization/asked.ts'
import { decide } from '../authorization/decide.ts'
import type { Deps } from '../deps.ts'
import { browserHash, ensureBrowser } from '../http/browser.ts'
import { rawForm, rawQuery } from '../http/form.ts'
import { PAGES, pathBelow } from '../http/paths.ts'
import { PATHS } from '../protocol/discovery.ts'
import { park } from '../sessions/interaction.ts'
import { findSignedIn } from '../sessions/session.ts'

export function authorization(app: FastifyInstance, deps: Deps): void {
  // OpenID Connect Core §3.1.2.1: GET and POST alike.
  app.get(PATHS.authorization, (request, reply) => authorize(rawQuery(request), request, reply))
  app.post(PATHS.authorization, (request, reply) => authorize(rawForm(request), request, reply))

  async function authorize(encoded: string, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const asked = readAuthorization(deps.clients, encoded)
    const signedIn = await findSignedIn(deps, deps.cookies.session.read(request))
    const outcome = await decide(deps, asked, signedIn, undefined)
    switch (outcome.kind) {
      case 'sign_in':
      case 'select_account':
      case 'consent': {
        const browser = ensureBrowser(deps.cookies, request, reply, deps.random)
        const interaction = await park(deps, { clientId: asked.client.id, parameters: encoded }, browserHash(browser))
        return reply.redirect(pathBelow(deps.issuer, `${PAGES.signIn}/${interaction.id}`), 303)
      }
      case 'refuse':
        return answerWithError(deps, { asked, error: outcome.error, request, reply })
      case 'grant':
        return answerWithCode(deps, { asked, signedIn: outcome, request, reply })
    }
  }
}
