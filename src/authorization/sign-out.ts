/** Signing out, and where it leads: past the pages of its clients, back to the app when that is proven, else to a page of ours. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Duration, SECOND } from '../base/duration.ts'
import type { Deps } from '../deps.ts'
import { browserSecret, ensureBrowser, formToken, isFormToken } from '../http/browser.ts'
import { PAGES, pathBelow } from '../http/paths.ts'
import { allowPage } from '../http/security-headers.ts'
import { render } from '../http/views.ts'
import { withQuery } from '../protocol/authorization-response.ts'
import { type Client, isUnchecked } from '../protocol/client.ts'
import { PATHS } from '../protocol/discovery.ts'
import { type EndSessionRequest, endSessionClientId, parseEndSession } from '../protocol/end-session.ts'
import { frontChannelLogoutUri } from '../protocol/logout-uri.ts'
import type { Parameters } from '../protocol/parameters.ts'
import type { RedirectTarget } from '../protocol/redirect-target.ts'
import { sessionIdOf } from '../protocol/subject.ts'
import type { IdTokenHint } from '../protocol/tokens/id-token.ts'
import { endSession, type SignedIn } from '../sessions/session.ts'
import { dropSessions } from './browser-sessions.ts'

/** Who asked for the sign-out, and where they want the person back. Both undefined: the person did, here. */
export interface SignOutRequest {
  readonly client: Client | undefined
  readonly target: RedirectTarget | undefined
  /** In which languages, the most wanted first. */
  readonly uiLocales?: string | undefined
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
  deps: Pick<
    Deps,
    | 'audit'
    | 'config'
    | 'issuer'
    | 'storage'
    | 'clients'
    | 'pairwiseKey'
    | 'deliveries'
    | 'lifetimes'
    | 'clock'
    | 'random'
    | 'cookies'
  >,
  { leaving, asked: by, onward, request, reply }: Leaving,
): Promise<FastifyReply> {
  // Nobody may be signed in on the page that says so, and it goes on in the same language.
  const asked = { ...by, uiLocales: by.uiLocales ?? leaving[0]?.account.claims.locale }
  const frames: string[] = []
  for (const signedIn of leaving) {
    const { session, account } = signedIn
    // The end of the session forgets its clients.
    frames.push(...(await frontChannelPages(deps, session.id)))
    if (!(await endSession(deps, signedIn))) continue
    const client = asked.client && { clientId: asked.client.id }
    const event = { kind: 'signed_out', accountId: account.id, sessionId: session.id, ...client } as const
    await deps.audit.recordNow(event, request)
  }
  const ids = leaving.map(({ session }) => session.id)
  await dropSessions(deps, ids, { request, reply })
  if (frames.length > 0) return leaveByPages(deps, { asked, onward, frames, request, reply })
  return onward === undefined ? leave(deps, asked, reply) : reply.redirect(onward, 303)
}

interface Leaving {
  /** One account, or all of this browser. */
  readonly leaving: readonly SignedIn[]
  readonly asked: SignOutRequest
  /** A page of ours where it goes on, in place of what was asked. */
  readonly onward?: string | undefined
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** OpenID Connect Front-Channel Logout §2: the pages of the clients of this session that want to be opened. */
async function frontChannelPages(
  { storage, clients, issuer, pairwiseKey }: Pick<Deps, 'storage' | 'clients' | 'issuer' | 'pairwiseKey'>,
  sessionId: string,
): Promise<readonly string[]> {
  const taking = (await storage.sessionClients.ofSession(sessionId)).filter(({ hasFrontChannel }) => hasFrontChannel)
  const found = await Promise.all(taking.map(({ clientId }) => clients.find(clientId)))
  return found.flatMap(
    (client) =>
      (client && frontChannelLogoutUri(client, { issuer, sessionId: sessionIdOf(client, sessionId, pairwiseKey) })) ??
      [],
  )
}

/** How long the page is shown when it can't know that the others are there. */
const STAYS: Duration = 3 * SECOND

/** A page that opens theirs, unseen, and goes on by itself (§3); where to, is proven again there. */
function leaveByPages(
  { config, issuer, cookies, random }: Pick<Deps, 'config' | 'issuer' | 'cookies' | 'random'>,
  { asked, onward, frames: all, request, reply }: Omit<Leaving, 'leaving'> & { frames: readonly string[] },
): Promise<FastifyReply> {
  // Two accounts at one app, perhaps.
  const frames = [...new Set(all)]
  allowPage(reply, undefined, { frames: frames.map((uri) => new URL(uri).origin) })
  const secret = ensureBrowser(cookies, request, reply, random)
  const proof = { [HAS_LEFT]: formToken(secret, leavePurpose(asked)) }
  const wayOn = onward ?? withQuery(pathBelow(issuer, PATHS.endSession), { ...queryOf(asked), ...proof })
  // Where no script may run; the one of the page goes on sooner.
  reply.header('refresh', `${STAYS / SECOND}; url=${wayOn}`)
  return render(reply, 'signing-out', { installation: config.name, frames, wayOn })
}

/**
 * For whoever came without being signed in. RFC 9700 §4.11.2: whoever registers a client could make a link to us that leads
 * wherever they like; so a client that nobody here has checked gets the person by a page that names it.
 */
export function leaveUnasked(deps: Pick<Deps, 'issuer'>, asked: SignOutRequest, reply: FastifyReply): FastifyReply {
  if (!isToUnchecked(asked)) return leave(deps, asked, reply)
  return reply.redirect(withQuery(pathBelow(deps.issuer, PAGES.signedOut), queryOf(asked)), 303)
}

/** OpenID Connect RP-Initiated Logout §3 */
export function leave(deps: Pick<Deps, 'issuer'>, asked: SignOutRequest, reply: FastifyReply): FastifyReply {
  const { target } = asked
  if (target)
    return reply.redirect(withQuery(target.uri, target.state === undefined ? {} : { state: target.state }), 303)
  const query = queryOf(asked)
  const page = pathBelow(deps.issuer, PAGES.signedOut)
  return reply.redirect(Object.keys(query).length > 0 ? withQuery(page, query) : page, 303)
}

/**
 * The page that asks. What the person comes back to is in its address, and is proven again when they answer.
 * @param sessionId the one that it is about, of several
 */
export const signOutPage = ({ issuer }: Pick<Deps, 'issuer'>, asked: SignOutRequest, sessionId?: string): string =>
  withQuery(pathBelow(issuer, PAGES.signOut), {
    ...queryOf(asked),
    ...(sessionId !== undefined && { [ABOUT_SESSION]: sessionId }),
  })

/** A parameter of our own pages. No secret: it chooses among those that the browser has proven to have. */
export const ABOUT_SESSION = 'session'

const queryOf = ({ client, target, uiLocales }: SignOutRequest): Readonly<Record<string, string>> => ({
  ...(client && { client_id: client.id }),
  ...(target && { post_logout_redirect_uri: target.uri }),
  ...(target?.state !== undefined && { state: target.state }),
  ...(uiLocales !== undefined && { ui_locales: uiLocales }),
})

const isToUnchecked = ({ client, target }: SignOutRequest): boolean =>
  client !== undefined && target !== undefined && isUnchecked(client)

/** Our own parameter on the way on from the page that opens others: this browser was just signed out for this very request. */
export const HAS_LEFT = 'has_left'

const leavePurpose = (asked: SignOutRequest): string => `leave/${new URLSearchParams(queryOf(asked))}`

export const hasLeft = (
  { cookies }: Pick<Deps, 'cookies'>,
  asked: SignOutRequest,
  { parameters, request }: { parameters: Parameters; request: FastifyRequest },
): boolean => isFormToken(parameters.find(HAS_LEFT), browserSecret(cookies, request), leavePurpose(asked))
