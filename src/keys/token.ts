/** Signing and verifying one compact JWS of ours (RFC 7515 §3.1); what the claims mean is judged elsewhere. */
import { CompactSign, compactVerify } from 'jose'
import type { SigningAlgorithm } from '../protocol/vocabulary.ts'
import type { Signer, VerificationKey } from './snapshot.ts'

/** Ours have one or two thousand characters; nothing longer is worth a look. */
const MAX_TOKEN_LENGTH = 16_384

/** Exactly what signToken writes. Anything else (crit, b64, jwk, jku, x5u, zip) was not made by us. */
const HEADER_MEMBERS: readonly string[] = ['alg', 'typ', 'kid']

/** Gives the compact JWS with the header `alg`, `typ`, `kid`. */
export function signToken(
  { kid, privateKey }: Signer,
  algorithm: SigningAlgorithm,
  { typ, claims }: { typ: string; claims: Readonly<Record<string, unknown>> },
): Promise<string> {
  return new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ alg: algorithm, typ, kid })
    .sign(privateKey)
}

/** What an unverified token says of itself; undefined when it does not look like one of ours. */
export function readHeader(token: unknown): { alg: string; typ: string; kid: string } | undefined {
  if (typeof token !== 'string' || token.length > MAX_TOKEN_LENGTH) return undefined
  const parts = token.split('.', 4)
  if (parts.length !== 3 || !parts.every(isCanonicalBase64url)) return undefined
  const header = parseObject(Buffer.from(parts[0] ?? '', 'base64url'))
  if (header === undefined || !Object.keys(header).every((name) => HEADER_MEMBERS.includes(name))) return undefined
  const { alg, typ, kid } = header
  if (typeof alg !== 'string' || typeof typ !== 'string' || typeof kid !== 'string') return undefined
  return { alg, typ, kid }
}

/**
 * The claims of a token whose header names this key; undefined when the signature or the payload is wrong. The
 * algorithm is the key's own, whatever the header says (RFC 8725 §3.1).
 */
export async function verifyToken(token: string, key: VerificationKey): Promise<Record<string, unknown> | undefined> {
  try {
    const { payload } = await compactVerify(token, key.publicKey, { algorithms: [key.algorithm] })
    return parseObject(payload)
  } catch {
    return undefined
  }
}

/** A decoder passes over the spare bits of the last character; we do not, or one token would have several spellings. */
const isCanonicalBase64url = (part: string): boolean =>
  part.length > 0 && Buffer.from(part, 'base64url').toString('base64url') === part

function parseObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}
