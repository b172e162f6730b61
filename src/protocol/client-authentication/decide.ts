/** Whether what was presented proves the client: RFC 6749 §2.3, §3.2.1. */
import { isHashedIn } from '../../base/hash.ts'
import type { Client } from '../client.ts'
import { OAuthError } from '../oauth-error.ts'
import type { PresentedClient, PresentedSecret } from './presented.ts'

/** The client, when it has proven itself by its secret or need not, or `invalid_client`. */
export function authenticateClient(client: Client | undefined, presented: PresentedSecret): Client {
  const fault = secretFault(client, presented)
  if (client === undefined || fault !== undefined) throw authenticationFailed(fault)
  return client
}

/**
 * The wire hears the same words whatever was wrong; the detail in the log names the one check that failed.
 */
export const authenticationFailed = (detail: string | undefined): OAuthError =>
  new OAuthError('invalid_client', 'client authentication failed', detail)

/** OpenID Connect Core §9: a client uses the one method that it is registered for. */
export function methodFault(client: Client | undefined, { method, clientId }: PresentedClient): string | undefined {
  if (client === undefined) return `no client has the id ${JSON.stringify(clientId)}`
  const registered = client.metadata.token_endpoint_auth_method
  return method === registered ? undefined : `client ${client.id} is registered for ${registered} and used ${method}`
}

function secretFault(client: Client | undefined, presented: PresentedSecret): string | undefined {
  const fault = methodFault(client, presented)
  if (client === undefined || fault !== undefined || presented.method === 'none') return fault
  return isHashedIn(client.secretHashes, presented.secret ?? '')
    ? undefined
    : `the secret of client ${client.id} is not the registered one`
}
