/** Rules for a client's URIs; the rules themselves are the protocol's. */
import { backChannelUriFault, frontChannelUriFault } from '../../protocol/logout-uri.ts'
import { redirectUriFault } from '../../protocol/redirect-uri.ts'
import { webUriFault } from '../../protocol/web-uri.ts'
import { type ClientFacts, clientPath } from './facts.ts'

const WEB_URIS = [
  'client_uri',
  'logo_uri',
  'policy_uri',
  'tos_uri',
  'initiate_login_uri',
  'jwks_uri',
  'sector_identifier_uri',
] as const

const REDIRECT_ALLOWED =
  'an absolute https URI (http only on loopback; com.example.app:/… for native clients) without fragment, user or wildcard'
const LOGOUT_ALLOWED = 'an https URL (http only on loopback) without fragment'
const WEB_ALLOWED = 'an https URL (http only on loopback)'

export function reportClientUriFaults(facts: ClientFacts): void {
  const { client, faults } = facts
  for (const key of ['redirect_uris', 'post_logout_redirect_uris'] as const) {
    for (const [index, uri] of (client[key] ?? []).entries()) {
      if (uri === undefined) continue
      const message = redirectUriFault(uri, client.application_type ?? 'native')
      if (message !== undefined) faults.report(clientPath(facts, key, index), { message, allowed: REDIRECT_ALLOWED })
    }
  }
  for (const [index, uri] of (client.request_uris ?? []).entries()) {
    const message = uri === undefined ? undefined : webUriFault(uri)
    if (message !== undefined)
      faults.report(clientPath(facts, 'request_uris', index), { message, allowed: WEB_ALLOWED })
  }
  for (const key of WEB_URIS) {
    const uri = client[key]
    const message = uri === undefined ? undefined : webUriFault(uri)
    if (message !== undefined) faults.report(clientPath(facts, key), { message, allowed: WEB_ALLOWED })
  }
  reportLogoutUriFaults(facts)
}

function reportLogoutUriFaults(facts: ClientFacts): void {
  const { backchannel_logout_uri: back, frontchannel_logout_uri: front, redirect_uris: redirects } = facts.client
  const report = (key: string, message: string | undefined, allowed: string): void => {
    if (message !== undefined) facts.faults.report(clientPath(facts, key), { message, allowed })
  }
  if (back !== undefined) report('backchannel_logout_uri', backChannelUriFault(back), LOGOUT_ALLOWED)
  if (front === undefined || facts.faults.touches(clientPath(facts, 'redirect_uris'))) return
  const known = (redirects ?? []).filter((uri) => uri !== undefined)
  report('frontchannel_logout_uri', frontChannelUriFault(front, known), `${LOGOUT_ALLOWED}, where a redirect_uri is`)
}
