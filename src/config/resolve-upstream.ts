/** An entry of `upstream` as the code uses it. */

import { formatPath } from './fault.ts'
import type { UpstreamEntry } from './schema.ts'
import type { UpstreamProvider } from './upstream-provider.ts'

const CLAIMS: UpstreamProvider['claims'] = {
  name: 'name',
  given_name: 'given_name',
  family_name: 'family_name',
  email: 'email',
}

export function resolveUpstream(
  entry: UpstreamEntry,
  index: number,
  texts: ReadonlyMap<string, string>,
): UpstreamProvider {
  return {
    id: entry.id,
    name: entry.name,
    logoUri: entry.logo_uri,
    issuer: entry.issuer,
    clientId: entry.client_id,
    clientSecret: entry.client_secret ?? texts.get(formatPath(['upstream', index, 'client_secret_file'])),
    authentication: entry.token_endpoint_auth_method,
    scope: entry.scope,
    prompt: entry.prompt,
    signUp: entry.sign_up,
    allowedDomains: entry.allowed_domains.map((domain) => domain.toLowerCase()),
    require: entry.require,
    // What is not set is not there.
    claims: entry.claims === undefined ? CLAIMS : (JSON.parse(JSON.stringify(entry.claims)) as typeof CLAIMS),
    allowedGroups: entry.allowed_groups,
    trustsEmail: entry.trust_email,
    trustsAmr: entry.trust_amr,
    trustedAcrs: entry.trust_acr,
    needsAuthTime: entry.auth_time === 'required',
  }
}
