/** Sign-ins that begin here and not at the app: OpenID Connect Core §4. */
import { withQuery } from './authorization-response.ts'
import type { Client } from './client.ts'

/**
 * Where a person begins to use the app: where it signs them in at once, else its home page; undefined when its entry has
 * neither. Which page of it they want (`target_link_uri`) is the app's to know, and who they are comes with the sign-in.
 */
export function startOf({ metadata }: Client, issuer: string): string | undefined {
  const { initiate_login_uri: uri, client_uri: home } = metadata
  if (uri === undefined) return home
  const [address = '', ...fragment] = uri.split('#')
  return [withQuery(address, { iss: issuer }), ...fragment].join('#')
}
