/** The authorization endpoint: OpenID Connect Core §3.1.2, RFC 6749 §3.1. Read, load, decide, commit, respond. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { answerWithError, answerWithGrant } from '../authorization/answer.ts'
import { type Asked, readAuthorization } from '../authorization/asked.ts'
import { decide } from '../authorization/decide.ts'
import { findBegun, useUp } from '../authorization/pushed.ts'
import { refuse } from '../authorization/refuse.ts'
import type { Deps } from '../deps.ts'
import { browserHash, carriesCookies, ensureBrowser, NO_BROWSER } from '../http/browser.ts'
import { rawQuery, rawRequest } from '../http/form.ts'
import { PAGES, pathBelow } from '../http/paths.ts'
import { refuseManyNew } from '../http/too-many-requests.ts'
import type { AuthorizationOutcome } from '../protocol/authorization-decision.ts'
import { withoutUnknown } from '../protocol/authorization-request.ts'
import { PATHS } from '../protocol/discovery.ts'
import { OAuthError } from '../protocol/oauth-error.ts'
import { countingOnce, park } from '../sessions/interaction.ts'
import { DatabaseUnavailable } from '../storage/storage.ts'

export function authorization(app: FastifyInstance, deps: Deps): void {
  // OpenID Connect Core §3.1.2.1: GET and POST alike.
  app.get(PATHS.authorization, (request, reply) => authorize(rawQuery(request), request, reply))
  app.post(PATHS.authorization, (request, reply) => authorize(rawRequest(request), request, reply))

  async function authorize(encoded: string, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const asked = await readAuthorization(deps, encoded)
    request.clientId = asked.client.id
    request.askedAs = asked.encoded
    const begun = asked.pushed?.usedAt === undefined ? undefined : await findBegun(deps, asked.pushed, request)
    if (begun !== undefined) {
      request.flowId = begun.id
      return goTo(begun.id, reply)
    }
    if (asked.request instanceof OAuthError) {
      return refuse(deps, { asked, error: asked.request, request, reply })
    }
    try {
      return await answer({ asked, request, reply, again: () => authorize(encoded, request, reply) })
    } catch (error) {
      // A person gets a page and can try again. Where nobody looks (prompt=none, in a hidden frame), the app is told:
      // RFC 6749 §4.1.2.1 has this code because a redirect cannot carry a 503.
      if (!(error instanceof DatabaseUnavailable && isSilent(asked))) throw error
      const failed = { check: 'database', came: error.message } as const
      const refusal = new OAuthError('temporarily_unavailable', 'try again in a few seconds', failed)
      return answerWithError(deps, { asked, error: refusal, request, reply })
    }
  }

  async function answer(answering: Answering): Promise<FastifyReply> {
    const { asked, request, reply, again } = answering
    // Another site's form comes without our cookies (SameSite=Lax). The redirect brings them along, and the page that it
    // leads to decides; until then the request belongs to no browser.
    if (request.method === 'POST' && !carriesCookies(deps.cookies, request)) return askThere(answering, NO_BROWSER)
    const { outcome, signedIn } = await decide(deps, asked, { interaction: undefined, request })
    request.accountId = signedIn?.account.id
    switch (outcome.kind) {
      case 'sign_in':
      case 'select_account':
      case 'second_factor':
      case 'passkey':
      case 'enrol':
      case 'enrol_passkey':
      case 'consent': {
        const browser = browserHash(ensureBrowser(deps.cookies, request, reply, deps.random))
        return askThere(answering, browser, whoIsAsked(outcome))
      }
      case 'refuse':
        if (asked.pushed && !(await useUp(deps, asked.pushed))) return again()
        return refuse(deps, { asked, error: outcome.error, browser: { signedIn }, request, reply })
      case 'grant':
        if (asked.pushed && !(await useUp(deps, asked.pushed))) return again()
        return answerWithGrant(deps, { asked, signedIn: outcome, request, reply })
    }
  }

  /** Parks the request and sends the browser to its page. */
  async function askThere(answering: Answering, browser: string, accountId?: string): Promise<FastifyReply> {
    const { asked, request, reply, again } = answering
    refuseManyNew(deps, request)
    const kept = withoutUnknown(asked.encoded)
    const parameters = asked.countsOnce ? countingOnce(kept) : kept
    const { id } = await park(deps, { clientId: asked.client.id, parameters }, browser, accountId)
    request.flowId = id
    if (asked.pushed && !(await useUp(deps, asked.pushed, id))) return again()
    return goTo(id, reply)
  }

  const goTo = (interactionId: string, reply: FastifyReply): FastifyReply =>
    reply.redirect(pathBelow(deps.issuer, `${PAGES.signIn}/${interactionId}`), 303)
}

/** Asked about what is theirs, whichever account is active when the answer comes; undefined: that is the question. */
const whoIsAsked = (outcome: AuthorizationOutcome): string | undefined =>
  'session' in outcome ? outcome.account.id : undefined

interface Answering {
  readonly asked: Asked
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  /** What was pushed was used by another request meanwhile: what is to be done about that is known by now. */
  readonly again: () => Promise<FastifyReply>
}

const isSilent = ({ request }: Asked): boolean => !(request instanceof OAuthError) && request.prompts.has('none')
