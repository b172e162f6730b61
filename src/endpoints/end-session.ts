/** The end session endpoint: OpenID Connect RP-Initiated Logout §2, by GET and POST. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isNameOf } from '../accounts/username.ts'
import { everybodyHere } from '../authorization/browser-sessions.ts'
import { findIdTokenHint } from '../authorization/id-token-hint.ts'
import {
  hasLeft,
  leave,
  leaveUnasked,
  readEndSession,
  signOutAndLeave,
  signOutPage,
} from '../authorization/sign-out.ts'
import type { Deps } from '../deps.ts'
import { carriesCookies } from '../http/browser.ts'
import { readForm, readQuery } from '../http/form.ts'
import { pathBelow } from '../http/paths.ts'
import { withQuery } from '../protocol/authorization-response.ts'
import type { Client } from '../protocol/client.ts'
import { PATHS } from '../protocol/discovery.ts'
import { isHintFor } from '../protocol/end-session.ts'
import { OAuthError } from '../protocol/oauth-error.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { type KnownAs, knownAs } from '../protocol/subject.ts'
import type { IdTokenHint } from '../protocol/tokens/id-token.ts'
import type { Present } from '../sessions/session.ts'
import { answeringByUse } from '../sessions/who-answers.ts'
import type { Session } from '../storage/storage.ts'

export function endSession(app: FastifyInstance, deps: Deps): void {
  app.get(PATHS.endSession, (request, reply) => end(readQuery(request), request, reply))
  app.post(PATHS.endSession, (request, reply) => {
    const parameters = readForm(request)
    return carriesCookies(deps.cookies, request) ? end(parameters, request, reply) : endByGet(parameters, reply)
  })

  async function end(parameters: Parameters, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    parameters.refuseFaults()
    const hint = await findIdTokenHint(deps, parameters.get('id_token_hint'))
    if (hint instanceof OAuthError) throw hint
    const asked = await readEndSession(deps, parameters, hint)
    if (asked.refusedTarget !== undefined) {
      request.log.warn(
        { clientId: asked.client?.id, sent: asked.refusedTarget },
        'post_logout_redirect_uri not registered',
      )
    }
    const here = await everybodyHere(deps, request)
    // The others of this browser stay, and are not asked about.
    if (hasLeft(deps, asked, { parameters, request })) return leave(deps, asked, reply)
    if (here.length === 0) return (isHintOfOurs(hint, asked.client) ? leave : leaveUnasked)(deps, asked, reply)
    const theirs = here.find(({ session }) => isHintFor(hint, namesFor(asked.client, session)))
    if (theirs !== undefined && asked.refusedTarget === undefined) {
      return signOutAndLeave(deps, { leaving: [theirs], asked, request, reply })
    }
    // Without proof of who is meant, the person says so; also when the request wants to lead where its client never would.
    const likely = here.length > 1 ? await likeliest(here, { hint, client: asked.client, parameters }) : undefined
    return reply.redirect(signOutPage(deps, asked, likely?.session.id), 303)
  }

  /** Of several: whom the app names, or who last used it. It is only asked about. */
  async function likeliest(
    here: readonly Present[],
    { hint, client, parameters }: { hint: IdTokenHint | undefined; client: Client | undefined; parameters: Parameters },
  ): Promise<Present | undefined> {
    const hinted = here.find(({ session }) => hint?.subject === namesFor(client, session).sub)
    const name = parameters.get('logout_hint')
    const named = here.find(({ account, session }) => {
      const { sub, sid } = namesFor(client, session)
      return name !== undefined && (name === sub || name === sid || isNameOf(account, name))
    })
    if (hinted !== undefined || named !== undefined || client === undefined) return hinted ?? named
    const ids = here.map(({ session }) => session.id)
    return answeringByUse(here, await deps.storage.sessions.uses(ids, client.id), { isSilent: true })
  }

  /** What is signed with the client's own secret, the client can make itself: it proves nothing of where that may lead. */
  function isHintOfOurs(hint: IdTokenHint | undefined, client: Client | undefined): boolean {
    return hint !== undefined && client?.metadata.id_token_signed_response_alg !== 'HS256'
  }

  /** A client that is gone has left no other names than those that all share. */
  function namesFor(client: Client | undefined, { id: sessionId, accountId }: Session): KnownAs {
    if (client === undefined) return { sub: accountId, sid: sessionId }
    return knownAs(client, { accountId, sessionId }, deps.pairwiseKey)
  }

  /** Another site's form comes without our cookies (SameSite=Lax); the same request by GET brings them along. */
  function endByGet(parameters: Parameters, reply: FastifyReply): FastifyReply {
    const sent = UNDERSTOOD.flatMap((name) => {
      const value = parameters.get(name)
      return value === undefined ? [] : [[name, value]]
    })
    const url = withQuery(pathBelow(deps.issuer, PATHS.endSession), Object.fromEntries(sent))
    if (url.length > LONGEST_URL) throw new OAuthError('invalid_request', 'the request is too long', 'request_size')
    return reply.redirect(url, 303)
  }
}

/** RP-Initiated Logout §2. Of several accounts `logout_hint` says which one the person is asked about. */
const UNDERSTOOD = [
  'id_token_hint',
  'client_id',
  'post_logout_redirect_uri',
  'state',
  'logout_hint',
  'ui_locales',
] as const

/** Room for the other headers below the 16 KiB that the server reads. */
const LONGEST_URL = 12_288
