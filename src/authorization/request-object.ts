/** Request objects by value and by reference: RFC 9101, OpenID Connect Core §6. From a text to what its client says. */
import type { KeyObject } from 'node:crypto'
import type { Deps } from '../deps.ts'
import { EgressError } from '../egress/egress.ts'
import { isEncrypted } from '../keys/decryption.ts'
import type { Client } from '../protocol/client.ts'
import { OAuthError } from '../protocol/oauth-error.ts'
import { judgeRequestObject, refuseKindOfJwt, refuseObject } from '../protocol/request-object.ts'
import { type ClientJwt, isSignedBy, readClientJwt, secretKeyOf } from '../protocol/tokens/client-jwt.ts'

export type RequestObjectDeps = Pick<Deps, 'issuer' | 'clock' | 'keyRing' | 'clientKeys' | 'egress'>

/** The claims of a request object of this client, signed by it and perhaps encrypted to us, for us, in its time. Rejects with `invalid_request_object`. */
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
  if (!(await isSignedBy(jwt, await keysFor(deps, client, jwt)))) {
    throw refuseObject('the request object is not signed with a key of the client')
  }
  return jwt.claims
}

/** No secret is ever looked for among public keys, nor the other way round. */
async function keysFor(
  { clientKeys }: RequestObjectDeps,
  client: Client,
  jwt: ClientJwt,
): Promise<readonly KeyObject[]> {
  if (jwt.alg === 'HS256') return client.sharedSecret === undefined ? [] : [secretKeyOf(client.sharedSecret)]
  return (await clientKeys.verificationKeys(client, jwt)).map(({ key }) => key)
}

const MAX_BYTES = 32_768
/** RFC 9101 §5.2.3 and §10.2, and what files of that name are served as. */
const MEDIA_TYPES = ['application/oauth-authz-req+jwt', 'application/jwt', 'application/jose', 'text/plain']

/**
 * The text of a request object at one of the addresses that the client registered (OpenID Connect Core §6.2), to the byte
 * but for the fragment. It is asked for each time: what was parked is what it said. Rejects with `invalid_request_uri`.
 */
export async function fetchRequestObject({ egress }: RequestObjectDeps, client: Client, uri: string): Promise<string> {
  const address = withoutFragment(uri)
  if (!client.metadata.request_uris.some((registered) => withoutFragment(registered) === address)) {
    throw new OAuthError('invalid_request_uri', 'request_uri is not registered for this client')
  }
  try {
    return (await egress.get(address, { accept: MEDIA_TYPES, maxBytes: MAX_BYTES })).body.trim()
  } catch (error) {
    if (!(error instanceof EgressError)) throw error
    throw new OAuthError('invalid_request_uri', 'request_uri gave no request object', error.message)
  }
}

const withoutFragment = (uri: string): string => uri.replace(/#.*$/s, '')
