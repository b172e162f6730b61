/** Whether a client signed a JWT: its assertions (RFC 7523 §3) and its request objects (RFC 9101 §6.2). */
import type { KeyObject } from 'node:crypto'
import type { Client } from '../protocol/client.ts'
import { type ClientJwt, isSignedBy, secretKeyOf } from '../protocol/tokens/client-jwt.ts'
import type { ClientKeys } from './client-keys.ts'

interface SignatureDeps {
  readonly clientKeys: ClientKeys
}

/** Whether a key of the client made the signature. Its keys may be fetched for that: judge what costs nothing before. */
export const isSignedByClient = async (deps: SignatureDeps, client: Client, jwt: ClientJwt): Promise<boolean> =>
  isSignedBy(jwt, await keysFor(deps, client, jwt))

/** No secret is ever looked for among public keys, nor the other way round. */
async function keysFor({ clientKeys }: SignatureDeps, client: Client, jwt: ClientJwt): Promise<readonly KeyObject[]> {
  if (jwt.alg === 'HS256') return client.sharedSecret === undefined ? [] : [secretKeyOf(client.sharedSecret)]
  return (await clientKeys.verificationKeys(client, jwt)).map(({ key }) => key)
}
