/** Where a client hears of a logout: OpenID Connect Back-Channel Logout §2.2, Front-Channel Logout §2. */
import { withQuery } from './authorization-response.ts'
import type { Client } from './client.ts'
import { webUriFault } from './web-uri.ts'

/** Why `uri` may not be a `backchannel_logout_uri`, as words that complete "it …"; undefined when it may. */
export const backChannelUriFault = (uri: string): string | undefined =>
  webUriFault(uri) ?? (uri.includes('#') ? 'contains a fragment (#)' : undefined)

/**
 * The same of a `frontchannel_logout_uri`. Its domain, port and scheme are those of a redirection URI, so that nobody
 * makes a page of ours open a stranger's.
 */
export function frontChannelUriFault(uri: string, redirectUris: readonly string[]): string | undefined {
  const fault = backChannelUriFault(uri)
  if (fault !== undefined) return fault
  const { origin } = new URL(uri)
  return redirectUris.some((one) => URL.parse(one)?.origin === origin)
    ? undefined
    : 'has another origin (scheme, host and port) than each of the redirect_uris'
}

/** The page of a client that the browser opens, unseen, when a person signs out; undefined when there is none. */
export function frontChannelLogoutUri(
  { metadata }: Pick<Client, 'metadata'>,
  { issuer, sessionId }: { issuer: string; sessionId: string },
): string | undefined {
  const { frontchannel_logout_uri: uri, frontchannel_logout_session_required: isRequired } = metadata
  // Front-Channel Logout §2: both or neither; the query that the URI was registered with is kept.
  return uri !== undefined && isRequired ? withQuery(uri, { iss: issuer, sid: sessionId }) : uri
}
