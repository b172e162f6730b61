/** Lets admins in, sends to the sign-in page who has to show who they are, and is not there for anybody else. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { stepDue } from '../../authorization/step-due.ts'
import type { Deps } from '../../deps.ts'
import { readQuery } from '../../http/form.ts'
import { NOTHING_WANTED } from '../../sessions/enough.ts'
import { findSignedIn, type SignedIn } from '../../sessions/session.ts'
import type { AdminRequest } from './page.ts'
import { type AdminOutcome, decideAdmin } from './who-may.ts'

/** Reads the facts anew, each time. */
export async function whoAsks(deps: Deps, request: FastifyRequest): Promise<AdminOutcome> {
  const signedIn = await findSignedIn(deps, deps.cookies.session.read(request))
  // The refusal of whoever knocks in vain has their name.
  request.accountId = signedIn?.account.id
  const outcome = decideAdmin(deps.config.admin, signedIn, deps.clock.now())
  // Their group may need a second factor since they signed in.
  return outcome.kind === 'admit' && (await isLacking(deps, outcome.signedIn, request)) ? { kind: 'sign_in' } : outcome
}

async function isLacking(deps: Deps, { session, account }: SignedIn, request: FastifyRequest): Promise<boolean> {
  const proof = { amr: session.amr, isSession: true }
  return (await stepDue(deps, { account, proof, wanted: NOTHING_WANTED, request })) !== 'nothing'
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
