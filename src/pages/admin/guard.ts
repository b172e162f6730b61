/** Lets admins in, sends to the sign-in page who has to show who they are, and is not there for anybody else. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Deps } from '../../deps.ts'
import { readQuery } from '../../http/form.ts'
import { findSignedIn } from '../../sessions/session.ts'
import type { AdminRequest } from './page.ts'
import { type AdminOutcome, decideAdmin } from './who-may.ts'

/** Reads the facts anew, each time. */
export async function whoAsks(deps: Deps, request: FastifyRequest): Promise<AdminOutcome> {
  const signedIn = await findSignedIn(deps, deps.cookies.session.read(request))
  // The refusal of whoever knocks in vain has their name.
  request.accountId = signedIn?.account.id
  return decideAdmin(deps.config.admin, signedIn, deps.clock.now())
}

/** @param signInFirst what is answered to who has to sign in */
export async function letIn(
  deps: Deps,
  { request, reply }: Pick<AdminRequest, 'request' | 'reply'>,
  signInFirst: () => Promise<FastifyReply> | FastifyReply,
): Promise<AdminRequest | { readonly answered: FastifyReply }> {
  const outcome = await whoAsks(deps, request)
  const { admin } = deps.config
  if (outcome.kind === 'sign_in') return { answered: await signInFirst() }
  if (outcome.kind === 'hide' || admin === undefined) return { answered: notThere(reply) }
  return { deps, admin, signedIn: outcome.signedIn, query: readQuery(request), now: deps.clock.now(), request, reply }
}

/** Exactly what any address gives where nothing is. */
export const notThere = (reply: FastifyReply): FastifyReply => {
  reply.callNotFound()
  return reply
}
