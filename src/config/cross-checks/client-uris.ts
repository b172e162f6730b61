/** Rules for a client's URIs, as the protocol has them for every client. */
import { type ClientDraft, uriFaults } from '../../protocol/client-rules.ts'
import { withoutPlainHttp } from './allowed-hosts.ts'
import { type ClientFacts, clientPath } from './facts.ts'

export function reportClientUriFaults(facts: ClientFacts): void {
  const isKnown = (member: string): boolean => !facts.faults.touches(clientPath(facts, member))
  for (const { member, index, ...words } of uriFaults(askedAsAllowed(facts), isKnown)) {
    facts.faults.report(clientPath(facts, member, ...(index === undefined ? [] : [index])), words)
  }
}

/** Those that our server asks may be plain http where the operator named the host. */
function askedAsAllowed(facts: ClientFacts): ClientDraft {
  const { client } = facts
  const allowed = (uri: string | undefined) => withoutPlainHttp(facts, uri)
  return {
    ...client,
    jwks_uri: allowed(client.jwks_uri),
    sector_identifier_uri: allowed(client.sector_identifier_uri),
    backchannel_logout_uri: allowed(client.backchannel_logout_uri),
    request_uris: client.request_uris?.map(allowed),
  }
}
