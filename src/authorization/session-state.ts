/** What browsers and clients are told so that a client's page notices a sign-in or sign-out: OpenID Connect Session Management §2, §3.2. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import { keepUserAgentState } from '../http/browser.ts'
import type { ResponseFields } from '../protocol/authorization-response.ts'
import { STATE_SEPARATOR, sessionState, userAgentState } from '../protocol/session-state.ts'
import { holdsSeveral } from '../sessions/handles.ts'
import { findEverybody, type SignedIn } from '../sessions/session.ts'
import type { Asked } from './asked.ts'

type StateDeps = Pick<Deps, 'config' | 'cookies' | 'storage' | 'lifetimes' | 'clock'>

interface Browser {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** The browser keeps the value of each session in it, so that a client looks for its own; or nothing, when nobody is signed in. */
export async function keepState(
  deps: StateDeps,
  { cookie, request, reply }: Browser & { readonly cookie: string | undefined },
): Promise<void> {
  if (!deps.config.sessionManagement) return
  const signedIn = (await findEverybody(deps, cookie)).filter(({ isIdle }) => !isIdle)
  const states = signedIn.map(({ session }) => userAgentState(session))
  keepUserAgentState(deps.cookies, request, reply, states.join(STATE_SEPARATOR))
}

/** §2: `session_state`, of every answer that says whether somebody is signed in. Nothing while it is switched off. */
export async function sessionStateFields(
  deps: StateDeps & Pick<Deps, 'random'>,
  asked: Asked,
  { signedIn, request, reply }: Browser & { readonly signedIn: Pick<SignedIn, 'session'> | undefined },
): Promise<ResponseFields> {
  if (!deps.config.sessionManagement) return {}
  const state = signedIn ? userAgentState(signedIn.session) : ''
  const cookie = deps.cookies.session.read(request)
  if (holdsSeveral(cookie)) await keepState(deps, { cookie, request, reply })
  else keepUserAgentState(deps.cookies, request, reply, state)
  const value = sessionState({
    ...{ clientId: asked.client.id, redirectUri: asked.target.uri, state },
    salt: deps.random.bytes(12).toString('base64url'),
  })
  return value === undefined ? {} : { session_state: value }
}
