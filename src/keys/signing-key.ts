/** One key of ours: how it is made, named and read back, and that it is strong enough. */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import { isEncryptionAlgorithm, type KeyAlgorithm } from '../protocol/vocabulary.ts'

/** Both halves as JSON of their JWKs. `privateJwk` is a secret. */
export interface SigningKeyPair {
  readonly kid: string
  readonly algorithm: KeyAlgorithm
  readonly publicJwk: string
  readonly privateJwk: string
}

export type GenerateSigningKey = (algorithm: KeyAlgorithm) => Promise<SigningKeyPair>

/** The members that a key of ours has in the JWKS (RFC 7517 §4, RFC 7518 §6). */
export interface PublicJwk {
  readonly kty: string
  readonly kid: string
  readonly alg: KeyAlgorithm
  readonly use: 'sig' | 'enc'
  readonly [member: string]: string
}

/** A stored key that is not what it should be: too weak, of another kind, or not the one that its kid names. */
export class SigningKeyError extends Error {}

const MINIMUM_RSA_BITS = 2048

/** RFC 7518 §6, RFC 8037 §2: what each kind of public key is made of, and its only curve; nothing else is published. */
interface Shape {
  readonly kty: string
  readonly members: readonly ('n' | 'e' | 'crv' | 'x' | 'y')[]
  readonly crv?: string
}

const RSA: Shape = { kty: 'RSA', members: ['n', 'e'] }
const P_256: Shape = { kty: 'EC', members: ['crv', 'x', 'y'], crv: 'P-256' }

const SHAPE: Readonly<Record<KeyAlgorithm, Shape>> = {
  RS256: RSA,
  // RFC 7518 §3.4
  ES256: P_256,
  PS256: RSA,
  // RFC 8037 §3.1 leaves the curve open; verifiers know Ed25519.
  EdDSA: { kty: 'OKP', members: ['crv', 'x'], crv: 'Ed25519' },
  'RSA-OAEP-256': RSA,
  // RFC 7518 §4.6 leaves the curve open; this is the one that everybody has.
  'ECDH-ES': P_256,
}

/** Makes keys with `rsaBits` bits where they are RSA, else on the algorithm's curve; throws RangeError below 2048 bits. */
export function signingKeyGenerator(rsaBits: number): GenerateSigningKey {
  if (rsaBits < MINIMUM_RSA_BITS) throw new RangeError(`RSA keys have ${MINIMUM_RSA_BITS} bits at least.`)
  return async (algorithm) => {
    const pair = await generateKeyPair(algorithm, { modulusLength: rsaBits, extractable: true })
    const privateJwk = await exportJWK(pair.privateKey)
    const publicJwk = await toPublicJwk(await exportJWK(pair.publicKey), algorithm)
    return {
      kid: publicJwk.kid,
      algorithm,
      publicJwk: JSON.stringify(publicJwk),
      privateJwk: JSON.stringify({ ...privateJwk, kid: publicJwk.kid, alg: algorithm }),
    }
  }
}

/** Reads the public half from the database; throws SigningKeyError unless it is a strong key with the name `kid`. */
export async function readPublicJwk(
  json: string,
  { kid, algorithm }: { kid: string; algorithm: KeyAlgorithm },
): Promise<PublicJwk> {
  const jwk = await toPublicJwk(parseJwk(json, kid), algorithm)
  if (jwk.kid !== kid) throw new SigningKeyError(`The stored signing key ${kid} is not the key that its kid names.`)
  return jwk
}

/** The public half ready to verify with; it has been read by readPublicJwk. */
export const importPublicKey = (jwk: PublicJwk): Promise<CryptoKey> => importKey({ ...jwk }, jwk.alg)

/** The private half ready to use; throws SigningKeyError unless it belongs to `publicJwk`. */
export async function importPrivateKey(json: string, publicJwk: PublicJwk): Promise<KeyObject> {
  const jwk = parseJwk(json, publicJwk.kid)
  // The private members alone would sign; a JWK whose public members differ would sign with another key.
  if ((await toPublicJwk(jwk, publicJwk.alg)).kid !== publicJwk.kid || jwk.d === undefined) {
    throw new SigningKeyError(`The private half of the signing key ${publicJwk.kid} belongs to another key.`)
  }
  try {
    return createPrivateKey({ key: { ...jwk }, format: 'jwk' })
  } catch {
    // The error of the library may quote what it could not read.
    throw new SigningKeyError(`The private half of the signing key ${publicJwk.kid} is damaged.`)
  }
}

async function toPublicJwk(jwk: JWK, algorithm: KeyAlgorithm): Promise<PublicJwk> {
  const shape = SHAPE[algorithm]
  const members = shape.members.map((name) => [name, jwk[name]] as const)
  if (jwk.kty !== shape.kty || members.some(([, value]) => typeof value !== 'string')) {
    throw new SigningKeyError(`A stored signing key is not a key for ${algorithm}.`)
  }
  if (shape.crv !== undefined && jwk.crv !== shape.crv) {
    throw new SigningKeyError(`A stored signing key for ${algorithm} is not on ${shape.crv}.`)
  }
  if (jwk.n !== undefined && bitLength(jwk.n) < MINIMUM_RSA_BITS) {
    throw new SigningKeyError(
      `A stored RSA key has ${bitLength(jwk.n)} bits; nothing below ${MINIMUM_RSA_BITS} is accepted (RFC 7518 §3.3).`,
    )
  }
  const key: Record<string, string> = { kty: shape.kty, ...Object.fromEntries(members) }
  const kid = await calculateJwkThumbprint(key, 'sha256') // RFC 7638
  return { ...key, kty: shape.kty, kid, alg: algorithm, use: isEncryptionAlgorithm(algorithm) ? 'enc' : 'sig' }
}

async function importKey(jwk: JWK, algorithm: KeyAlgorithm): Promise<CryptoKey> {
  const key = await importJWK(jwk, algorithm)
  if (key instanceof Uint8Array) throw new SigningKeyError('A signing key is never symmetric.')
  return key
}

function parseJwk(json: string, kid: string): JWK {
  try {
    const jwk: unknown = JSON.parse(json)
    if (typeof jwk === 'object' && jwk !== null) return jwk
  } catch {
    // The message of JSON.parse would quote the key.
  }
  throw new SigningKeyError(`The stored signing key ${kid} is not a JWK.`)
}

/** Of the modulus, which RFC 7518 §6.3.1.1 writes without leading zeros. */
function bitLength(base64url: string): number {
  return BigInt(`0x${Buffer.from(base64url, 'base64url').toString('hex') || '0'}`).toString(2).length
}
