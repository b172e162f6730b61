/**
 * A client_id that is the address of a document about the client: draft-ietf-oauth-client-id-metadata-document-02.
 * Which hosts are believed is the operator's to say.
 */
import { DAY, type Duration, MINUTE, SECOND } from '../base/duration.ts'
import type { ClientMetadata } from './client.ts'
import { type MetadataDefaults, needsSharedSecret, readClientMetadata, refusal } from './client-metadata.ts'
import { type JsonObject, parseJsonObject } from './json-members.ts'
import { OAuthError } from './oauth-error.ts'
import { allowedMetadata, isAllowedHost } from './registration-policy.ts'
import type { GrantType } from './vocabulary.ts'

/**
 * §3: https with a path, and no fragment, user or dot segments. It must be written as URLs are written, too: ids are
 * compared as text, and no two of them may name one document.
 */
export function isClientIdUrl(id: string, allowedDomains: readonly string[]): boolean {
  if (!id.startsWith('https://')) return false
  const url = URL.parse(id)
  if (url === null || url.href !== id || id.includes('#')) return false
  return url.username === '' && url.password === '' && url.pathname !== '/' && isAllowedHost(url.host, allowedDomains)
}

/** §4: there is no secret that we could share, so what needs one is refused. */
const AUTHENTICATION_METHODS: readonly string[] = ['none', 'private_key_jwt']
const GRANTS: readonly GrantType[] = ['authorization_code', 'refresh_token']

export interface DocumentTerms extends Pick<MetadataDefaults, 'signingAlgorithms' | 'encryptionAlgorithms'> {
  readonly allowedScopes: readonly string[]
}

/** §4. Throws `invalid_client_metadata` or `invalid_redirect_uri`. */
export function readClientIdDocument(
  id: string,
  text: string,
  { allowedScopes, ...terms }: DocumentTerms,
): ClientMetadata {
  const json = parseJsonObject(text)
  if (json === undefined) throw new OAuthError('invalid_client_metadata', 'the document is no JSON object', 'metadata')
  if (json['client_id'] !== id) throw refusal('client_id', 'must be the address of the document')
  for (const name of ['client_secret', 'client_secret_expires_at']) {
    if (json[name] !== undefined) throw refusal(name, 'must not be in a document that everybody can read')
  }
  const metadata = readClientMetadata(withMethod(json), {
    grantTypes: GRANTS,
    scope: allowedScopes,
    name: id,
    ...terms,
  })
  if (needsSharedSecret(metadata)) throw refusal('id_token_signed_response_alg', 'must not be one that needs a secret')
  return allowedMetadata(metadata, { allowedRedirectHosts: [], allowedScopes })
}

/** The default of RFC 7591 §2 needs a secret, so here it is `none`. */
function withMethod(json: JsonObject): JsonObject {
  const method = json['token_endpoint_auth_method'] ?? 'none'
  if (typeof method !== 'string' || !AUTHENTICATION_METHODS.includes(method)) {
    throw refusal('token_endpoint_auth_method', `must be one of ${AUTHENTICATION_METHODS.join(', ')}`)
  }
  return { ...json, token_endpoint_auth_method: method }
}

const LEAST: Duration = MINUTE
const MOST: Duration = DAY
const UNTOLD: Duration = 5 * MINUTE

/** §5.2: how long a document may be used, by its Cache-Control (RFC 9111 §5.2.2) within bounds of ours. */
export function documentLifetime(cacheControl: string | null): Duration {
  const directives = (cacheControl ?? '')
    .toLowerCase()
    .split(',')
    .map((one) => one.trim())
  if (directives.some((one) => one === 'no-store' || one === 'no-cache')) return LEAST
  const maxAge = directives.map((one) => /^max-age="?(\d{1,9})"?$/.exec(one)?.[1]).find((one) => one !== undefined)
  return maxAge === undefined ? UNTOLD : Math.min(MOST, Math.max(LEAST, Number(maxAge) * SECOND))
}
