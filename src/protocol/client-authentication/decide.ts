/** Whether what was presented proves the client: RFC 6749 §2.3, §3.2.1. */
import { constantTimeEqual, sha256 } from '../../base/hash.ts'
import type { Client } from '../client.ts'
import { OAuthError } from '../oauth-error.ts'
import type { PresentedClient } from './presented.ts'

/**
 * The client, or `invalid_client`. The wire hears the same words whatever was wrong; the detail in the log names the one
 * check that failed.
 */
export function authenticateClient(client: Client | undefined, presented: PresentedClient): Client {
  const fault = authenticationFault(client, presented)
  if (client === undefined || fault !== undefined) {
    throw new OAuthError('invalid_client', 'client authentication failed', fault)
  }
  return client
}

function authenticationFault(client: Client | undefined, presented: PresentedClient): string | undefined {
  if (client === undefined) return `no client has the id ${JSON.stringify(presented.clientId)}`
  const registered = client.metadata.token_endpoint_auth_method
  if (presented.method !== registered) {
    return `client ${client.id} is registered for ${registered} and used ${presented.method}`
  }
  if (registered === 'none') return undefined
  // Hashing first makes the comparison independent of where the secrets differ.
  const hash = sha256(presented.secret ?? '')
  const matches = client.secretHashes.filter((one) => constantTimeEqual(one, hash)).length > 0
  return matches ? undefined : `the secret of client ${client.id} is not the registered one`
}
