/** What is signed with the algorithm that a client chose for its ID tokens. */
import type { Client } from '../protocol/client.ts'
import type { KeyRing } from './key-ring.ts'
import { signWithSecret } from './secret-token.ts'

/** By one of our keys, or by the client's secret where its entry says HS256 (OpenID Connect Core §10.1). */
export function signForClient(
  keyRing: Pick<KeyRing, 'sign'>,
  client: Client,
  { typ, claims }: { typ: string; claims: Readonly<Record<string, unknown>> },
): Promise<string> {
  const algorithm = client.metadata.id_token_signed_response_alg
  if (algorithm !== 'HS256') return keyRing.sign(algorithm, typ, claims)
  if (client.sharedSecret === undefined) {
    return Promise.reject(new Error(`The client ${client.id} is to get HS256, and its secret is not known.`))
  }
  return Promise.resolve(signWithSecret(client.sharedSecret, { typ, claims }))
}
