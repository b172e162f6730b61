/** What browsers and clients are told so that a client's page notices a sign-in or sign-out: OpenID Connect Session Management §2, §3.2. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import { keepUserAgentState } from '../http/browser.ts'
import type { ResponseFields } from '../protocol/authorization-response.ts'
import { sessionState, userAgentState } from '../protocol/session-state.ts'
import type { SignedIn } from '../sessions/session.ts'
import type { Asked } from './asked.ts'

type StateDeps = Pick<Deps, 'config' | 'cookies' | 'random'>

interface Browser {
  /** Undefined: nobody is signed in. */
  readonly signedIn: Pick<SignedIn, 'session'> | undefined
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** The browser keeps what its session's value is; or nothing, when nobody is signed in. */
export function keepState({ config, cookies }: StateDeps, { signedIn, request, reply }: Browser): string {
  const state = signedIn ? userAgentState(signedIn.session) : ''
  if (config.sessionManagement) keepUserAgentState(cookies, request, reply, state)
  return state
}

/** §2: `session_state`, of every answer that says whether somebody is signed in. Nothing while it is switched off. */
export function sessionStateFields(deps: StateDeps, asked: Asked, browser: Browser): ResponseFields {
  if (!deps.config.sessionManagement) return {}
  const value = sessionState({
    clientId: asked.client.id,
    redirectUri: asked.target.uri,
    state: keepState(deps, browser),
    salt: deps.random.bytes(12).toString('base64url'),
  })
  return value === undefined ? {} : { session_state: value }
}
