/** What the operator lets clients have that come by themselves: RFC 7591 §5, OpenID Connect Registration §9. */
import type { ClientMetadata } from './client.ts'
import { refusal } from './client-metadata.ts'
import { frontChannelUriFault } from './logout-uri.ts'
import { redirectHosts } from './subject.ts'

export interface RegistrationPolicy {
  /** `app.example`, `*.example` or `com.example.app:`; empty: any. */
  readonly allowedRedirectHosts: readonly string[]
  readonly allowedScopes: readonly string[]
}

/**
 * What of the metadata is registered. Scopes that are not allowed are left out, and the answer says so (RFC 7591 §3.2.1);
 * with nothing left, or with a URI somewhere else, it is refused (§3.2.2).
 */
export function allowedMetadata(metadata: ClientMetadata, policy: RegistrationPolicy): ClientMetadata {
  for (const member of ['redirect_uris', 'post_logout_redirect_uris'] as const) {
    const index = metadata[member].findIndex((uri) => !isAllowedUri(uri, policy.allowedRedirectHosts))
    if (index >= 0) throw refusal(`${member}[${index}]`, 'is not on a host that may register here')
  }
  const allowed = stillAllowedMetadata(metadata, policy)
  if (allowed.scope.length === 0) throw refusal('scope', `must have one of ${policy.allowedScopes.join(' ')}`)
  return allowed
}

/**
 * The same for a client that registered before the policy became what it is now: it loses what it may not have any more.
 * Throws `invalid_redirect_uri` when it has nowhere left to go to.
 */
export function stillAllowedMetadata(
  { frontchannel_logout_uri: frontChannel, ...metadata }: ClientMetadata,
  { allowedScopes, allowedRedirectHosts }: RegistrationPolicy,
): ClientMetadata {
  const allowed = (uris: readonly string[]) => uris.filter((uri) => isAllowedUri(uri, allowedRedirectHosts))
  const redirectUris = allowed(metadata.redirect_uris)
  if (redirectUris.length === 0 && metadata.redirect_uris.length > 0) {
    throw refusal('redirect_uris', 'are on no host that may register here any more')
  }
  return {
    ...metadata,
    redirect_uris: redirectUris,
    post_logout_redirect_uris: allowed(metadata.post_logout_redirect_uris),
    // It has to be where one of them is (OpenID Connect Front-Channel Logout §2).
    ...(frontChannel !== undefined &&
      frontChannelUriFault(frontChannel, redirectUris) === undefined && { frontchannel_logout_uri: frontChannel }),
    scope: metadata.scope.filter((scope) => allowedScopes.includes(scope)),
  }
}

function isAllowedUri(uri: string, allowed: readonly string[]): boolean {
  if (allowed.length === 0) return true
  const { protocol, hostname } = new URL(uri)
  return protocol === 'https:' || protocol === 'http:' ? isAllowedHost(hostname, allowed) : allowed.includes(protocol)
}

/**
 * Whether one of the patterns names the host: itself, or, of `*.example`, any name below `example`, which is not
 * `example` itself and not `evil-example`.
 */
export const isAllowedHost = (host: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) =>
    pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) && host.length > pattern.length - 1 : host === pattern,
  )

const SHOWN_URIS = ['client_uri', 'policy_uri', 'tos_uri', 'logo_uri'] as const

/**
 * What pages may show of a client that nobody has checked: only what is on a host of its own, so that nobody dresses up
 * as somebody else with their pages (OpenID Connect Registration §9.1), and a logo only when that is wanted. Its own is the
 * host that every one of its redirection URIs is on: of several, it may have written down those of others.
 * @param ownHosts beside that
 */
export function shownMetadata(
  metadata: ClientMetadata,
  { ownHosts, showsLogo }: { ownHosts: readonly (string | undefined)[]; showsLogo: boolean },
): ClientMetadata {
  const [host, ...others] = redirectHosts(metadata.redirect_uris)
  const own = others.length === 0 ? [...ownHosts, host] : ownHosts
  const isHidden = (name: (typeof SHOWN_URIS)[number]): boolean => {
    const uri = metadata[name]
    return uri !== undefined && (!own.includes(URL.parse(uri)?.hostname) || (name === 'logo_uri' && !showsLogo))
  }
  const hidden = new Set<string>(SHOWN_URIS.filter(isHidden))
  // What is left out may be left out.
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !hidden.has(name))) as ClientMetadata
}
