/** What a client must have registered to authenticate by assertions: OpenID Connect Registration §2, RFC 7591 §2. */
import type { ClientMetadata } from '../client.ts'
import { mayVerify, readClientJwks } from '../client-jwks.ts'
import { assertionAlgorithms } from './client-assertion.ts'

export interface KeyFault {
  readonly member: 'jwks' | 'token_endpoint_auth_signing_alg'
  /** Words that complete "it …". */
  readonly message: string
  /** What would be right there. */
  readonly allowed: string
}

export type KeyMetadata = Pick<
  ClientMetadata,
  'token_endpoint_auth_method' | 'token_endpoint_auth_signing_alg' | 'jwks' | 'jwks_uri'
>

/** Keys that may not be published, and whatever would keep the client from ever being let in. */
export function keyFaults(metadata: KeyMetadata): readonly KeyFault[] {
  const reading = metadata.jwks === undefined ? undefined : readClientJwks(metadata.jwks)
  if (reading !== undefined && 'fault' in reading) {
    const allowed = 'public keys alone, at most 100, each with a kid of its own or none'
    return [{ member: 'jwks', message: reading.fault, allowed }]
  }
  const { token_endpoint_auth_method: method, token_endpoint_auth_signing_alg: alg } = metadata
  if (method !== 'private_key_jwt' && method !== 'client_secret_jwt') return []
  const { token_endpoint_auth_signing_alg: _, ...unpinned } = metadata
  const algorithms = assertionAlgorithms(metadata)
  if (alg !== undefined && algorithms.length === 0) {
    const allowed = `one of ${assertionAlgorithms(unpinned).join(', ')} with ${method}`
    return [{ member: 'token_endpoint_auth_signing_alg', message: `does not fit ${method}`, allowed }]
  }
  if (method === 'client_secret_jwt' || metadata.jwks_uri !== undefined) return []
  if (reading === undefined) {
    const message = 'is missing: private_key_jwt is verified with the client’s public keys'
    return [{ member: 'jwks', message, allowed: 'a JWK set; or the keys’ address in jwks_uri' }]
  }
  if (reading.keys.some((key) => algorithms.some((one) => mayVerify(key, one)))) return []
  const message = `has no key that could verify ${algorithms.join(', ')}`
  return [
    { member: 'jwks', message, allowed: 'RSA of 2048 bits at least, EC on P-256 or OKP on Ed25519; not with use: enc' },
  ]
}
