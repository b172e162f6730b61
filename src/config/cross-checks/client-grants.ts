/** Rules for what a client asks for: grant types, response types and scopes must fit together. */
import { grantFaults } from '../../protocol/client-rules.ts'
import { SCOPES } from '../../protocol/vocabulary.ts'
import { nearestName } from '../nearest-name.ts'
import { type ClientFacts, clientPath } from './facts.ts'

export function reportClientGrantFaults(facts: ClientFacts): void {
  const { client, faults } = facts
  const isKnown = (member: string): boolean => !faults.touches(clientPath(facts, member))
  for (const { member, index, ...words } of grantFaults(client, isKnown)) {
    faults.report(clientPath(facts, member, ...(index === undefined ? [] : [index])), words)
  }
  reportSwitchedOffFlow(facts)
  warnOfScopes(facts)
}

/** docs/decisions/0016: off unless the installation says otherwise. */
function reportSwitchedOffFlow(facts: ClientFacts): void {
  const { client, file, faults } = facts
  const at = client.grant_types?.indexOf('implicit') ?? -1
  if (at < 0 || file.implicit_flow !== false || faults.touches(clientPath(facts, 'response_types'))) return
  const message = 'the implicit flow is switched off'
  faults.report(clientPath(facts, 'grant_types', at), {
    message,
    allowed: 'implicit_flow: true at the top of the file',
  })
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
