/** The pages of clients that the browser opens, unseen, when a person signs out: OpenID Connect Front-Channel Logout §2 and §3. */
import { withQuery } from './authorization-response.ts'
import type { Client } from './client.ts'

/** Undefined: the client has none. */
export function frontChannelLogoutUri(
  { metadata }: Pick<Client, 'metadata'>,
  { issuer, sessionId }: { issuer: string; sessionId: string },
): string | undefined {
  const { frontchannel_logout_uri: uri, frontchannel_logout_session_required: isRequired } = metadata
  // §2: both or neither; the query that the URI was registered with is kept.
  return uri !== undefined && isRequired ? withQuery(uri, { iss: issuer, sid: sessionId }) : uri
}

/**
 * Why `uri` may not be registered, as words that complete "it …"; undefined when it may. §2: its domain, port and scheme
 * are those of a registered redirection URI, so that nobody makes our page open a stranger's.
 */
export function frontChannelUriFault(uri: string, redirectUris: readonly string[]): string | undefined {
  const origin = URL.parse(uri)?.origin
  return redirectUris.some((one) => URL.parse(one)?.origin === origin)
    ? undefined
    : 'has an origin (scheme, host and port) that none of the redirect_uris has'
}
