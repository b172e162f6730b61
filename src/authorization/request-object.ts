/** Request objects by value and by reference: RFC 9101, OpenID Connect Core §6. From a text to what its client says. */
import { signatureFault } from '../clients/client-signature.ts'
import type { Deps } from '../deps.ts'
import { isEncrypted } from '../keys/decryption.ts'
import { shownUri } from '../protocol/checks.ts'
import type { Client } from '../protocol/client.ts'
import { OAuthError } from '../protocol/oauth-error.ts'
import { judgeRequestObject, refuseKindOfJwt, refuseObject } from '../protocol/request-object.ts'
import { readClientJwt } from '../protocol/tokens/client-jwt.ts'

export type RequestObjectDeps = Pick<Deps, 'issuer' | 'clock' | 'keyRing' | 'clientKeys' | 'referencedRequests'>

/**
 * The claims of a request object of this client, signed by it and perhaps encrypted to us, for us, in its time. Rejects with
 * `invalid_request_object`.
 */
export async function openRequestObject(
  deps: RequestObjectDeps,
  client: Client,
  text: string,
): Promise<Readonly<Record<string, unknown>>> {
  // RFC 9101 §6.1: encrypted to us, around the signature. Whatever is wrong in there is the same to whoever sent it.
  const jws = isEncrypted(text) ? await deps.keyRing.decrypt(text) : text
  const jwt = jws === undefined ? undefined : readClientJwt(jws)
  if (jwt === undefined) throw refuseObject('the request object is not a signed JWT that is accepted')
  // What costs nothing is judged first.
  refuseKindOfJwt(jwt, client)
  judgeRequestObject(jwt.claims, { client, issuer: deps.issuer, now: deps.clock.now() })
  const fault = await signatureFault(deps, client, jwt)
  if (fault !== undefined) {
    const failed = { check: 'request_object_signature', ...fault } as const
    throw refuseObject('the request object is not signed with a key of the client', failed)
  }
  return jwt.claims
}

/**
 * The text of a request object at one of the addresses that the client registered (OpenID Connect Core §6.2), to the byte
 * but for the fragment. Rejects with `invalid_request_uri`.
 */
export async function fetchRequestObject(
  { referencedRequests }: RequestObjectDeps,
  client: Client,
  uri: string,
): Promise<string> {
  const address = withoutFragment(uri)
  if (!client.metadata.request_uris.some((registered) => withoutFragment(registered) === address)) {
    throw new OAuthError('invalid_request_uri', 'request_uri is not registered for this client', {
      check: 'request_uri',
      expected: client.metadata.request_uris.join(' ') || 'none: no request_uris are registered',
      came: shownUri(uri),
    })
  }
  return referencedRequests(address)
}

const withoutFragment = (uri: string): string => uri.replace(/#.*$/s, '')
