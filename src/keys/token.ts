/** Signing and verifying one compact JWS of ours (RFC 7515 §3.1); what the claims mean is judged elsewhere. */
import { constants, type KeyObject, type SignKeyObjectInput, sign } from 'node:crypto'
import { compactVerify } from 'jose'
import type { SigningAlgorithm } from '../protocol/vocabulary.ts'
import type { Signer, VerificationKey } from './snapshot.ts'

/** Ours have one or two thousand characters; nothing longer is worth a look. */
export const MAX_TOKEN_LENGTH = 16_384

/** Exactly what signToken writes. Anything else (crit, b64, jwk, jku, x5u, zip) was not made by us. */
const HEADER_MEMBERS: readonly string[] = ['alg', 'typ', 'kid']

/**
 * Gives the compact JWS with the header `alg`, `typ`, `kid`. Every token answer waits for this, so Node's own signature
 * is called where jose would take Web Crypto's way to it: a third of the time of an ES256 signature. What comes out is
 * RFC 7518 §3.3 to §3.5 and RFC 8037 §3.1 to the byte, and jose verifies it, here and in the tests.
 */
export function signToken(
  { kid, privateKey }: Signer,
  algorithm: SigningAlgorithm,
  { typ, claims }: { typ: string; claims: Readonly<Record<string, unknown>> },
): Promise<string> {
  const input = `${encodePart({ alg: algorithm, typ, kid })}.${encodePart(claims)}`
  return SIGN[algorithm](Buffer.from(input, 'latin1'), privateKey).then(
    (signature) => `${input}.${signature.toString('base64url')}`,
  )
}

/** A header or a payload as a part of a compact JWS. */
export const encodePart = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

const SIGN: Readonly<Record<SigningAlgorithm, (input: Buffer, key: KeyObject) => Promise<Buffer>>> = {
  // RFC 7518 §3.3: RSASSA-PKCS1-v1_5.
  RS256: (input, key) => onAnotherThread(input, key),
  // RFC 7518 §3.4. The way to another thread and back would take as long as the signature.
  ES256: async (input, key) => sideBySide(sign('sha256', input, key)),
  // RFC 7518 §3.5: the salt is as long as the hash, and MGF1 uses the same hash, which is OpenSSL's default.
  PS256: (input, key) =>
    onAnotherThread(input, {
      key,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    }),
  // RFC 8032 §5.1.6: it hashes by itself. As quick as ES256.
  EdDSA: async (input, key) => sign(null, input, key),
}

/** An RSA signature takes long enough to be worth the way. */
const onAnotherThread = (input: Buffer, key: KeyObject | SignKeyObjectInput): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    sign('sha256', input, key, (error, signature) => (error ? reject(error) : resolve(signature)))
  })

const COORDINATE_BYTES = 32

/**
 * RFC 7518 §3.4: r and s side by side, with leading zeros, of OpenSSL's DER (RFC 3279 §2.2.3), where each is an integer
 * without them, behind its tag and its length. Node's `dsaEncoding` does the same, and takes as long as the signature.
 */
export function sideBySide(der: Buffer): Buffer {
  const signature = Buffer.alloc(2 * COORDINATE_BYTES)
  const afterR = copyInteger(der, 2, signature.subarray(0, COORDINATE_BYTES))
  copyInteger(der, afterR, signature.subarray(COORDINATE_BYTES))
  return signature
}

/** The integer whose tag is at `at`, to the end of `to`; gives where the next one begins. */
function copyInteger(der: Buffer, at: number, to: Buffer): number {
  const length = der[at + 1] ?? 0
  const end = at + 2 + length
  // One more byte than it fills is a zero that says that it is not negative.
  const bytes = Math.min(length, COORDINATE_BYTES)
  der.copy(to, COORDINATE_BYTES - bytes, end - bytes, end)
  return end
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
export const isCanonicalBase64url = (part: string): boolean =>
  part.length > 0 && Buffer.from(part, 'base64url').toString('base64url') === part

/** The JSON object that the bytes hold; undefined when they hold anything else. */
export function parseObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}
