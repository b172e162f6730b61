/** Whether a client signed a JWT: its assertions (RFC 7523 §3) and its request objects (RFC 9101 §6.2). */
import type { KeyObject } from 'node:crypto'
import { type Failed, shownName } from '../protocol/checks.ts'
import type { Client } from '../protocol/client.ts'
import { type ClientJwt, isSignedBy, secretKeyOf } from '../protocol/tokens/client-jwt.ts'
import type { ClientKeys } from './client-keys.ts'

interface SignatureDeps {
  readonly clientKeys: ClientKeys
}

/**
 * Undefined when a key of the client made the signature, or what else there was. Its keys may be fetched for that: judge
 * what costs nothing before.
 */
export async function signatureFault(
  deps: SignatureDeps,
  client: Client,
  jwt: ClientJwt,
): Promise<Omit<Failed, 'check'> | undefined> {
  const keys = await keysFor(deps, client, jwt)
  if (await isSignedBy(jwt, keys)) return undefined
  const { alg, kid } = jwt
  const named = kid === undefined ? 'no kid' : `kid ${shownName(kid)}`
  if (alg === 'HS256') {
    return {
      came: keys.length > 0 ? 'a signature with another secret' : 'HS256, but no secret that it could be made with',
    }
  }
  return keys.length === 0
    ? { expected: `a key for ${alg} in ${placeOf(client)}`, came: `${named}, and no key there fits` }
    : { expected: `a signature with one of ${placeOf(client)}`, came: `${named}, made with another key` }
}

const placeOf = ({ metadata: { jwks, jwks_uri } }: Client): string =>
  jwks === undefined && jwks_uri !== undefined ? `the keys at jwks_uri ${jwks_uri}` : 'the keys of its jwks'

/** No secret is ever looked for among public keys, nor the other way round. */
async function keysFor({ clientKeys }: SignatureDeps, client: Client, jwt: ClientJwt): Promise<readonly KeyObject[]> {
  if (jwt.alg === 'HS256') return client.sharedSecret === undefined ? [] : [secretKeyOf(client.sharedSecret)]
  return (await clientKeys.verificationKeys(client, jwt)).map(({ key }) => key)
}
