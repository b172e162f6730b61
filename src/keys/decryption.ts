/** The keys that others encrypt to us with, and reading what they encrypted: RFC 7516, compact. */
import type { KeyObject } from 'node:crypto'
import { compactDecrypt } from 'jose'
import {
  CONTENT_ENCRYPTION_ALGORITHMS,
  type EncryptionAlgorithm,
  isEncryptionAlgorithm,
} from '../protocol/vocabulary.ts'
import type { SigningKeyState, StoredSigningKey } from '../storage/storage.ts'
import { importPrivateKey, type PublicJwk, readPublicJwk } from './signing-key.ts'
import { isCanonicalBase64url, parseObject } from './token.ts'

export interface DecryptionKey {
  readonly algorithm: EncryptionAlgorithm
  readonly state: SigningKeyState
  readonly publicJwk: PublicJwk
  readonly privateKey: KeyObject
}

export type DecryptionKeys = ReadonlyMap<string, DecryptionKey>

/**
 * The keys among the rows that still decrypt: a retired one too, because clients may have an older JWKS. Those that
 * `previous` has are taken over. Throws SigningKeyError, and whatever `open` throws.
 */
export async function takeDecryptionKeys(
  rows: readonly StoredSigningKey[],
  { previous, open }: { previous: DecryptionKeys | undefined; open: (key: StoredSigningKey) => string },
): Promise<DecryptionKeys> {
  const keys = new Map<string, DecryptionKey>()
  for (const row of rows) {
    const { kid, algorithm, state } = row
    if (!isEncryptionAlgorithm(algorithm) || row.revokedAt !== undefined || state === 'withdrawn') continue
    const known = previous?.get(kid)
    const publicJwk = known?.publicJwk ?? (await readPublicJwk(row.publicJwk, row))
    const privateKey = known?.privateKey ?? (await importPrivateKey(open(row), publicJwk))
    keys.set(kid, { algorithm, state, publicJwk, privateKey })
  }
  return keys
}

/** RFC 7516 §9: a compact JWE has five parts. */
export const isEncrypted = (token: string): boolean => token.split('.', 6).length === 5

/** Request objects have a few thousand characters; nothing longer is worth a look. */
const MAX_JWE_LENGTH = 32_768

/** What an encrypted text says of its key; undefined when it is no compact JWE that we would decrypt. */
export function readJweHeader(jwe: string): { readonly alg: string; readonly kid: string } | undefined {
  if (jwe.length > MAX_JWE_LENGTH) return undefined
  const parts = jwe.split('.', 6)
  // The second part is empty with ECDH-ES, which agrees on the key itself (RFC 7518 §4.6).
  if (parts.length !== 5 || !parts.every((part, index) => (index === 1 && part === '') || isCanonicalBase64url(part)))
    return undefined
  const header = parseObject(Buffer.from(parts[0] ?? '', 'base64url'))
  // RFC 8725 §3.6: no compression. What is critical (`crit`), the library knows nothing of, and refuses.
  if (header === undefined || 'zip' in header) return undefined
  const { alg, kid } = header
  // OpenID Connect Core §10.2: we publish several keys, so it must say which one.
  return typeof alg === 'string' && typeof kid === 'string' ? { alg, kid } : undefined
}

/** The text inside; undefined for whatever is wrong. The algorithm is the key's own, whatever the header says. */
export async function decryptWith(key: DecryptionKey, jwe: string): Promise<string | undefined> {
  try {
    const { plaintext } = await compactDecrypt(jwe, key.privateKey, {
      keyManagementAlgorithms: [key.algorithm],
      contentEncryptionAlgorithms: [...CONTENT_ENCRYPTION_ALGORITHMS],
    })
    return new TextDecoder('utf-8', { fatal: true }).decode(plaintext)
  } catch {
    return undefined
  }
}
