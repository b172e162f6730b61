/** Whether what was presented proves the client: RFC 6749 §2.3, §3.2.1. */
import { isHashedIn } from '../../base/hash.ts'
import { type Failed, shownName } from '../checks.ts'
import type { Client } from '../client.ts'
import { OAuthError } from '../oauth-error.ts'
import type { PresentedClient, PresentedSecret } from './presented.ts'

/** The client, when it has proven itself by its secret or need not, or `invalid_client`. */
export function authenticateClient(client: Client | undefined, presented: PresentedSecret): Client {
  const fault = secretFault(client, presented)
  if (client === undefined || fault !== undefined) throw authenticationFailed(fault ?? { check: 'client_id' })
  return client
}

/** The wire hears the same words whatever was wrong; only the operator is told which one check failed. */
export const authenticationFailed = (failed: Failed): OAuthError =>
  new OAuthError('invalid_client', 'client authentication failed', failed)

/** RFC 7521 §4.2: client_id need not be there beside what authenticates, but when it is it names the same client. */
export const otherClient = (named: string, authenticated: string): OAuthError =>
  new OAuthError('invalid_request', 'client_id is not the one that authenticates', {
    check: 'client_auth_other',
    expected: `client_id ${shownName(authenticated)}, or none`,
    came: `client_id ${shownName(named)}`,
  })

/** OpenID Connect Core §9: a client uses the one method that it is registered for. */
export function methodFault(client: Client | undefined, { method, clientId }: PresentedClient): Failed | undefined {
  if (client === undefined) return { check: 'client_id', came: shownName(clientId) }
  const registered = client.metadata.token_endpoint_auth_method
  return method === registered ? undefined : { check: 'client_auth_method', expected: registered, came: method }
}

function secretFault(client: Client | undefined, presented: PresentedSecret): Failed | undefined {
  const fault = methodFault(client, presented)
  if (client === undefined || fault !== undefined || presented.method === 'none') return fault
  const secret = presented.secret ?? ''
  return isHashedIn(client.secretHashes, secret)
    ? undefined
    : { check: 'client_secret', came: wrongSecret(client, secret) }
}

/** What is usually wrong with a secret that is nearly right; of the secret itself nothing is told. */
function wrongSecret({ secretHashes }: Client, secret: string): string {
  const isRight = (other: string | undefined): boolean =>
    other !== undefined && other !== secret && isHashedIn(secretHashes, other)
  if (secret === '') return 'an empty one'
  if (secretHashes.includes(secret)) return 'the hash of the secret instead of the secret'
  if (isRight(secret.trim())) return 'the right one with white space around it'
  if (isRight(secret.replace(/^(['"])(.*)\1$/, '$2'))) return 'the right one with quotation marks around it'
  if (isRight(percentDecoded(secret))) return 'the right one, percent-encoded once too often'
  // RFC 6749 §2.3.1: in the Authorization header it is form-encoded first, or + becomes a space.
  if (isRight(secret.replaceAll(' ', '+'))) return 'the right one with its + unencoded, which means a space'
  return 'another one'
}

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
