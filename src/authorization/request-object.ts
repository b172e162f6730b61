/** Request objects by value and by reference: OpenID Connect Core §6. Not supported yet. */
import type { Deps } from '../deps.ts'
import type { Client } from '../protocol/client.ts'
import { OAuthError } from '../protocol/oauth-error.ts'

export type RequestObjectDeps = Pick<Deps, 'issuer' | 'clock'>

export async function openRequestObject(
  _deps: RequestObjectDeps,
  _client: Client,
  _jwt: string,
): Promise<Readonly<Record<string, unknown>>> {
  throw new OAuthError('request_not_supported', 'request objects are not supported')
}

export async function fetchRequestObject(_deps: RequestObjectDeps, _client: Client, _uri: string): Promise<string> {
  throw new OAuthError('request_uri_not_supported', 'request_uri is not supported')
}
