/** What a logout request may do: OpenID Connect RP-Initiated Logout §2 and §3. */
import type { Client } from './client.ts'
import { OAuthError } from './oauth-error.ts'
import type { Parameters } from './parameters.ts'
import { provePostLogoutTarget, type RedirectTarget } from './redirect-target.ts'
import type { KnownAs } from './subject.ts'
import type { IdTokenHint } from './tokens/id-token.ts'

export interface EndSessionRequest {
  readonly client: Client | undefined
  /** Undefined: none was asked for, or it is not registered; then nobody is redirected anywhere. */
  readonly target: RedirectTarget | undefined
  /** What was asked for and is not registered, for the log. */
  readonly refusedTarget: string | undefined
  /** As it was sent, for the pages that follow (§2). */
  readonly uiLocales: string | undefined
}

/**
 * The client that asks, by client_id or by the ID token; undefined when neither names one.
 * Throws `invalid_request` when they name different ones (§2).
 */
export function endSessionClientId(parameters: Parameters, hint: IdTokenHint | undefined): string | undefined {
  const named = parameters.get('client_id')
  if (named !== undefined && hint !== undefined && named !== hint.clientId) {
    throw new OAuthError(
      'invalid_request',
      'client_id is not the one that the id_token_hint was issued to',
      'id_token_hint',
    )
  }
  return named ?? hint?.clientId
}

/** @param client the one of `endSessionClientId`, if it is known */
export function parseEndSession(parameters: Parameters, client: Client | undefined): EndSessionRequest {
  const uri = parameters.get('post_logout_redirect_uri')
  const state = parameters.get('state')
  const target = client && uri !== undefined ? provePostLogoutTarget(client, uri, state) : undefined
  const uiLocales = parameters.get('ui_locales')
  return { client, target, refusedTarget: target === undefined ? uri : undefined, uiLocales }
}

/**
 * Whether the hint speaks for this very session; one of an earlier session may be a leaked one, and has to be asked about (§2).
 * @param session by the names that the client of the hint has for it
 */
export const isHintFor = (hint: IdTokenHint | undefined, session: KnownAs): boolean =>
  hint?.subject === session.sub && hint.sessionId === session.sid
