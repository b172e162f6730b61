/** Rules for what a client asks for: grant types, response types and scopes must fit together. */
import { SCOPES } from '../../protocol/vocabulary.ts'
import { nearestName } from '../nearest-name.ts'
import { type ClientFacts, clientPath, isPublic } from './facts.ts'

export function reportClientGrantFaults(facts: ClientFacts): void {
  reportGrantFaults(facts)
  reportResponseTypeFaults(facts)
  warnOfScopes(facts)
}

function reportGrantFaults(facts: ClientFacts): void {
  const { client, faults } = facts
  const grants = client.grant_types ?? []
  const isWhole = !faults.touches(clientPath(facts, 'grant_types'))
  const at = (grant: (typeof grants)[number]) => clientPath(facts, 'grant_types', grants.indexOf(grant))
  if (grants.includes('client_credentials') && isPublic(client)) {
    // RFC 6749 §4.4
    const message = 'a public client (token_endpoint_auth_method: none) cannot use it'
    faults.report(at('client_credentials'), { message, allowed: 'client_credentials for clients with a secret only' })
  }
  if (isWhole && grants.includes('refresh_token') && !grants.includes('authorization_code')) {
    // RFC 6749 §4.4.3: client_credentials gives no refresh token, so nothing would ever be there to refresh.
    const message = 'there is nothing to refresh without authorization_code'
    faults.report(at('refresh_token'), { message, allowed: '[authorization_code, refresh_token]' })
  }
  const hasUris = (client.redirect_uris ?? []).length > 0 || faults.touches(clientPath(facts, 'redirect_uris'))
  if (grants.includes('authorization_code') && !hasUris) {
    const message = 'is missing: the authorization_code grant needs at least one'
    faults.report(clientPath(facts, 'redirect_uris'), {
      message,
      allowed: 'a list of the URIs that sign-ins may return to',
    })
  }
}

/** OpenID Connect Registration §2: the code response type and the authorization_code grant go together. */
function reportResponseTypeFaults(facts: ClientFacts): void {
  const { client, faults } = facts
  const isUnknown = ['grant_types', 'response_types'].some((key) => faults.touches(clientPath(facts, key)))
  if (isUnknown || !client.response_types || !client.grant_types) return
  const [hasCode, hasGrant] = [client.response_types.length > 0, client.grant_types.includes('authorization_code')]
  if (hasCode === hasGrant) return
  const message = hasCode ? 'needs grant_types with authorization_code' : 'lacks code, which authorization_code needs'
  faults.report(clientPath(facts, 'response_types'), { message, allowed: hasGrant ? '[code]' : '[]' })
}

/** Any scope of an API is fine; one that is nearly a known one is more likely a slip. */
function warnOfScopes(facts: ClientFacts): void {
  const { client, faults } = facts
  const scopes = client.scope?.split(' ') ?? []
  const known: readonly string[] = SCOPES
  for (const scope of scopes.filter((one) => !known.includes(one))) {
    const suggestion = nearestName(scope, SCOPES)
    if (suggestion !== undefined && !scopes.includes(suggestion)) {
      faults.warn(clientPath(facts, 'scope'), { message: `${scope} is no scope of OpenID Connect`, suggestion })
    }
  }
  const grants = client.grant_types ?? []
  if (scopes.includes('offline_access') && !grants.includes('refresh_token')) {
    const message = 'offline_access does nothing without the refresh_token grant'
    faults.warn(clientPath(facts, 'scope'), { message, allowed: 'grant_types: [authorization_code, refresh_token]' })
  }
  if (client.scope !== undefined && grants.includes('authorization_code') && !scopes.includes('openid')) {
    const message = 'without openid in it, this client gets no ID token'
    faults.warn(clientPath(facts, 'scope'), { message })
  }
}
