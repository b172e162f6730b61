/** What is signed for one client: by one of our keys, or by its secret. */
import type { Client } from '../protocol/client.ts'
import type { IdTokenAlgorithm } from '../protocol/vocabulary.ts'
import type { KeyRing } from './key-ring.ts'
import { signWithSecret } from './secret-token.ts'

export interface Jwt {
  readonly typ: string
  readonly claims: Readonly<Record<string, unknown>>
}

/** With the algorithm that the client chose for its ID tokens. */
export const signForClient = (keyRing: Pick<KeyRing, 'sign'>, client: Client, jwt: Jwt): Promise<string> =>
  signWith(keyRing, client, { ...jwt, algorithm: client.metadata.id_token_signed_response_alg })

/** HS256 takes the secret of the client as its key (OpenID Connect Core §10.1). */
export function signWith(
  keyRing: Pick<KeyRing, 'sign'>,
  { id, sharedSecret }: Client,
  { algorithm, typ, claims }: Jwt & { readonly algorithm: IdTokenAlgorithm },
): Promise<string> {
  if (algorithm !== 'HS256') return keyRing.sign(algorithm, typ, claims)
  if (sharedSecret === undefined) {
    return Promise.reject(new Error(`The client ${id} is to get HS256, and its secret is not known.`))
  }
  return Promise.resolve(signWithSecret(sharedSecret, { typ, claims }))
}
