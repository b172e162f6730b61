/** Signing out, and where it leads: back to the app when that is proven, else to a page of ours. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { audit } from '../audit/audit.ts'
import type { Deps } from '../deps.ts'
import { PAGES, pathBelow } from '../http/paths.ts'
import { withQuery } from '../protocol/authorization-response.ts'
import type { Client } from '../protocol/client.ts'
import { type EndSessionRequest, endSessionClientId, parseEndSession } from '../protocol/end-session.ts'
import type { Parameters } from '../protocol/parameters.ts'
import type { RedirectTarget } from '../protocol/redirect-target.ts'
import type { IdTokenHint } from '../protocol/tokens/id-token.ts'
import { endSession, type SignedIn } from '../sessions/session.ts'

/** Who asked for the sign-out, and where they want the person back. Both undefined: the person did, here. */
export interface SignOutRequest {
  readonly client: Client | undefined
  readonly target: RedirectTarget | undefined
}

/** Rejects with `invalid_request` for what contradicts itself or is faulty. */
export async function readEndSession(
  { clients }: Pick<Deps, 'clients'>,
  parameters: Parameters,
  hint: IdTokenHint | undefined,
): Promise<EndSessionRequest> {
  const id = endSessionClientId(parameters, hint)
  return parseEndSession(parameters, id === undefined ? undefined : await clients.find(id))
}

export async function signOutAndLeave(
  deps: Pick<Deps, 'issuer' | 'storage' | 'clock' | 'cookies'>,
  {
    signedIn,
    asked,
    request,
    reply,
  }: { signedIn: SignedIn; asked: SignOutRequest; request: FastifyRequest; reply: FastifyReply },
): Promise<FastifyReply> {
  const isFirst = await endSession(deps, signedIn)
  deps.cookies.session.clear(reply)
  const { session, account } = signedIn
  if (isFirst) {
    const client = asked.client && { clientId: asked.client.id }
    audit(request.log, { kind: 'signed_out', accountId: account.id, sessionId: session.id, ...client })
  }
  return leave(deps, asked, reply)
}

/** OpenID Connect RP-Initiated Logout §3 */
export function leave(
  deps: Pick<Deps, 'issuer'>,
  { client, target }: SignOutRequest,
  reply: FastifyReply,
): FastifyReply {
  if (target)
    return reply.redirect(withQuery(target.uri, target.state === undefined ? {} : { state: target.state }), 303)
  const page = pathBelow(deps.issuer, PAGES.signedOut)
  return reply.redirect(client ? withQuery(page, { client_id: client.id }) : page, 303)
}

/** The page that asks. What the person comes back to is in its address, and is proven again when they answer. */
export const signOutPage = ({ issuer }: Pick<Deps, 'issuer'>, { client, target }: SignOutRequest): string =>
  withQuery(pathBelow(issuer, PAGES.signOut), {
    ...(client && { client_id: client.id }),
    ...(target && { post_logout_redirect_uri: target.uri }),
    ...(target?.state !== undefined && { state: target.state }),
  })
