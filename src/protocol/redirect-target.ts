/** The proof that an answer may go to a redirection URI. Nothing redirects to a client without one. */
import { shownUri } from './checks.ts'
import type { Client } from './client.ts'
import { OAuthError } from './oauth-error.ts'
import { type Parameters, requireParameter } from './parameters.ts'
import { holdsTokens } from './response-type.ts'
import { RESPONSE_MODES, type ResponseMode } from './vocabulary.ts'

declare const proven: unique symbol

/** Only `proveRedirectTarget` and `provePostLogoutTarget` can make one. */
export interface RedirectTarget {
  readonly [proven]: true
  readonly uri: string
  readonly responseMode: ResponseMode
  readonly state: string | undefined
}

/**
 * RFC 6749 §3.1.2.3 and RFC 9700 §4.1.3. Throws `invalid_request`, which must be shown as a page: where it could be
 * redirected to is exactly what is not known.
 */
export function proveRedirectTarget(client: Client, parameters: Parameters): RedirectTarget {
  const uri = requireParameter(parameters, 'redirect_uri')
  if (!isRegisteredRedirectUri(client, uri)) {
    throw new OAuthError('invalid_request', 'redirect_uri is not registered for this client', {
      check: 'redirect_uri',
      expected: someOf(client.metadata.redirect_uris),
      came: shownUri(uri),
    })
  }
  return brand({ uri, responseMode: answerMode(parameters, uri), state: parameters.find('state') })
}

/** RFC 6749 §3.1.2.3: to the byte, but for the port of a native app. */
export function isRegisteredRedirectUri({ metadata }: Pick<Client, 'metadata'>, uri: string): boolean {
  const { redirect_uris: registered, application_type: type } = metadata
  return registered.includes(uri) || (type === 'native' && registered.some((one) => equalButForPort(one, uri)))
}

/** A line of a stranger's making stays small. */
const short = (uri: string): string => (uri.length > 200 ? `${uri.slice(0, 200)}…` : uri)

const someOf = (uris: readonly string[]): string =>
  [...uris.slice(0, 5).map(short), ...(uris.length > 5 ? [`and ${uris.length - 5} more`] : [])].join(' ')

/** OpenID Connect RP-Initiated Logout §3: the URI must be registered, to the byte. */
export function provePostLogoutTarget(
  client: Client,
  uri: string,
  state: string | undefined,
): RedirectTarget | undefined {
  return client.metadata.post_logout_redirect_uris.includes(uri)
    ? brand({ uri, responseMode: 'query', state })
    : undefined
}

const brand = (target: Omit<RedirectTarget, typeof proven>): RedirectTarget => target as RedirectTarget

/** RFC 8252 §7.3: a native app's loopback listener gets its port from the operating system. */
function equalButForPort(registered: string, uri: string): boolean {
  const loopback = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]))(?::([1-9]\d{0,4}))?((?:\/[^\\\s]*)?)$/
  const [left, right] = [loopback.exec(registered), loopback.exec(uri)]
  if (left === null || right === null || Number(right[2] ?? 80) > 65_535) return false
  return left[1] === right[1] && left[3] === right[3]
}

/**
 * A response_mode that is not ours, or not for what is asked, is refused later; its refusal goes as it would without one:
 * by query for a code, by fragment where tokens are asked for (OAuth 2.0 Multiple Response Types §2.1, §5).
 */
function answerMode(parameters: Parameters, uri: string): ResponseMode {
  const asked = parameters.find('response_mode')
  const byDefault = holdsTokens(parameters.find('response_type')) ? 'fragment' : 'query'
  const mode = RESPONSE_MODES.find((known) => known === asked && canCarry(known, uri))
  return mode === undefined || mode === 'query' ? byDefault : mode
}

/** OAuth 2.0 Form Post Response Mode §2: a browser posts forms to http(s) alone, not to a native app's own scheme. */
export const canCarry = (mode: ResponseMode, uri: string): boolean => mode !== 'form_post' || /^https?:/i.test(uri)
