/** A refusal on its way to a client that nobody here has checked: RFC 9700 §4.11.2. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { PageError, refusedOfUnchecked } from '../http/page-error.ts'
import { errorResponse } from '../protocol/authorization-response.ts'
import { isUnchecked } from '../protocol/client.ts'
import type { OAuthError } from '../protocol/oauth-error.ts'
import { readParameters } from '../protocol/parameters.ts'
import { findSignedIn, type SignedIn } from '../sessions/session.ts'
import { type AnswerDeps, answerWithError } from './answer.ts'
import type { Asked } from './asked.ts'

interface Refusal {
  readonly asked: Asked
  readonly error: OAuthError
  /** Whether somebody is signed in, when that was looked at. */
  readonly browser?: { readonly signedIn: SignedIn | undefined }
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/**
 * To the client, as RFC 6749 §4.1.2.1 says. But whoever registers a client could make a link to us that leads wherever they
 * like, for people who never see a page of ours: so before somebody is signed in an unchecked client gets nothing by itself.
 * A page names it, and the person may go on. Where nobody looks (prompt=none) a page would tell nobody: the RFC excepts it.
 * Rejects with that page.
 */
export async function refuse(deps: AnswerDeps, refusal: Refusal): Promise<FastifyReply> {
  const { asked, error, request } = refusal
  const { client, target } = asked
  if (!isUnchecked(client) || isSilent(asked) || (await isSignedIn(deps, refusal)))
    return answerWithError(deps, refusal)
  const fields = errorResponse(error, { target, issuer: deps.issuer, errorId: request.id })
  throw new PageError(refusedOfUnchecked(error, client, { target, fields }))
}

/** Also of a request that is refused for something else. */
const isSilent = ({ encoded }: Asked): boolean => readParameters(encoded).find('prompt') === 'none'

async function isSignedIn(deps: AnswerDeps, { browser, request }: Refusal): Promise<boolean> {
  const { signedIn } = browser ?? { signedIn: await findSignedIn(deps, deps.cookies.session.read(request)) }
  return signedIn !== undefined
}
