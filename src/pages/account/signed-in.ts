/** For a page that shows somebody what is theirs: who is there, however long ago they signed in. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Deps } from '../../deps.ts'
import type { SignedIn } from '../../sessions/session.ts'
import { requireFresh } from '../interaction/own-page.ts'

/** @param to where it goes on for who has to sign in first, below the issuer */
export const requireSignedIn = (
  deps: Deps,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  to: string,
): Promise<SignedIn | { readonly answered: FastifyReply }> =>
  requireFresh(deps, { request, reply }, { to, maxAge: Number.POSITIVE_INFINITY })
