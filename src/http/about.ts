/** What a request turned out to be about, for its lines in the log and the story of its refusal. */
import type { FastifyInstance } from 'fastify'

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * One sign-on from the authorization request to the last refresh: the id of the interaction, which its grant takes over;
     * of a sign-on without an interaction, that of the grant.
     */
    flowId: string | undefined
    /** The client that asks or is asked for; whether it is that is another question. */
    clientId: string | undefined
    accountId: string | undefined
    /** The parameters of the authorization request: what was pushed, signed or parked is among them. */
    askedAs: string | undefined
  }
}

export function knowAbout(app: FastifyInstance): void {
  app.decorateRequest('flowId', undefined)
  app.decorateRequest('clientId', undefined)
  app.decorateRequest('accountId', undefined)
  app.decorateRequest('askedAs', undefined)
}
