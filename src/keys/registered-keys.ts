/** The public keys that stand in a client's entry (`jwks`). */
import { type CryptoKey, importJWK } from 'jose'
import type { Client } from '../protocol/client.ts'

/** The first key of the client's entry for this algorithm (RFC 7518 §4.1); undefined when none fits. */
export async function registeredEncryptionKey(
  { metadata }: Client,
  alg: string,
): Promise<{ kid: string | undefined; key: CryptoKey } | undefined> {
  const kinds = alg.startsWith('RSA') ? ['RSA'] : ['EC', 'OKP']
  const fitting = (metadata.jwks?.keys ?? []).filter(
    (jwk) =>
      kinds.includes(String(jwk['kty'])) &&
      (jwk['use'] === undefined || jwk['use'] === 'enc') &&
      (jwk['alg'] === undefined || jwk['alg'] === alg),
  )
  for (const jwk of fitting) {
    const key = await importJWK({ ...jwk }, alg).catch(() => undefined)
    if (key === undefined || key instanceof Uint8Array) continue
    return { kid: typeof jwk['kid'] === 'string' ? jwk['kid'] : undefined, key }
  }
  return undefined
}
