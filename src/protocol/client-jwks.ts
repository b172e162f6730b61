/** A client's public keys: which of a JWK set may be believed, and for what (RFC 7517, RFC 7518 §6, RFC 8037 §2). */
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import type { ClientSigningAlgorithm, KeyManagementAlgorithm } from './vocabulary.ts'

export interface ClientKey {
  readonly kid: string | undefined
  readonly use: string | undefined
  readonly keyOps: readonly string[] | undefined
  readonly alg: string | undefined
  readonly key: KeyObject
}

export type ClientJwksReading = { readonly keys: readonly ClientKey[] } | { readonly fault: string }

const MAX_KEYS = 100
const NO_JWK_SET = { fault: 'is no JWK set: {"keys": [{"kty": …}, …]}' }
/** RFC 7518 §6.2.2, §6.3.2 and §6.4.1, RFC 8037 §2: what only the owner of a key may know. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/**
 * The keys of a JWK set that we could use for anything; what is unknown, too weak or malformed in itself is passed over
 * (RFC 7517 §5). The whole set is refused, with words that complete "it …", when whoever publishes it has lost a secret
 * with it, or when it does not say which of two keys is meant.
 */
export function readClientJwks(jwks: unknown): ClientJwksReading {
  if (!isObject(jwks) || !Array.isArray(jwks['keys'])) return NO_JWK_SET
  const members: readonly unknown[] = jwks['keys']
  if (members.length > MAX_KEYS) return { fault: `has more than ${MAX_KEYS} keys` }
  const identities = new Set<string>()
  const keys: ClientKey[] = []
  for (const jwk of members) {
    if (!isObject(jwk)) return NO_JWK_SET
    // Known to everybody by now; and a secret key could be taken for a public one, or the other way round (RFC 8725 §2.1).
    if (jwk['kty'] === 'oct') return { fault: 'has a symmetric key in it' }
    if (PRIVATE_MEMBERS.some((member) => member in jwk)) return { fault: 'has a private key in it' }
    const { kid, alg, use, kty } = jwk
    // RFC 7517 §4.5: keys of different kinds and for different things may share a name.
    const identity = JSON.stringify([kid, alg, use, kty])
    if (kid !== undefined && identities.has(identity)) return { fault: 'has two keys with one kid' }
    identities.add(identity)
    const key = readKey(jwk)
    if (key) keys.push(key)
  }
  return { keys }
}

/** Whether a signature by this algorithm may be verified with the key (RFC 7517 §4.2, §4.3, §4.4). */
export function mayVerify(key: ClientKey, alg: string): boolean {
  if (key.use !== undefined && key.use !== 'sig') return false
  if (key.keyOps !== undefined && !key.keyOps.includes('verify')) return false
  if (key.alg !== undefined && !namesOf(alg).includes(key.alg)) return false
  switch (alg as ClientSigningAlgorithm) {
    case 'RS256':
    case 'PS256':
      return key.key.asymmetricKeyType === 'rsa'
    case 'ES256':
      return curveOf(key.key) === 'P-256'
    case 'EdDSA':
      return key.key.asymmetricKeyType === 'ed25519'
    default:
      return false
  }
}

/** Whether something may be encrypted to the key with this key management algorithm. */
export function mayEncrypt(key: ClientKey, alg: string): boolean {
  if (key.use !== undefined && key.use !== 'enc') return false
  if (key.alg !== undefined && key.alg !== alg) return false
  switch (alg as KeyManagementAlgorithm) {
    case 'RSA-OAEP':
    case 'RSA-OAEP-256':
      return key.key.asymmetricKeyType === 'rsa' && allows(key, 'encrypt', 'wrapKey')
    case 'ECDH-ES':
    case 'ECDH-ES+A128KW':
    case 'ECDH-ES+A256KW':
      return isForAgreement(key.key) && allows(key, 'deriveKey', 'deriveBits')
    default:
      return false
  }
}

/** RFC 9864 §2.2 gives EdDSA with Ed25519 a name of its own. */
const namesOf = (alg: string): readonly string[] => (alg === 'EdDSA' ? ['EdDSA', 'Ed25519'] : [alg])

/** Web Crypto gives the public half of an agreement an empty list. */
const allows = ({ keyOps }: ClientKey, ...operations: readonly string[]): boolean =>
  keyOps === undefined || operations.some((one) => keyOps.includes(one)) || isEmptyForAgreement(keyOps, operations)

const isEmptyForAgreement = (keyOps: readonly string[], operations: readonly string[]): boolean =>
  keyOps.length === 0 && operations.includes('deriveKey')

const isForAgreement = (key: KeyObject): boolean => key.asymmetricKeyType === 'x25519' || curveOf(key) !== undefined

function readKey(jwk: Readonly<Record<string, unknown>>): ClientKey | undefined {
  const { kid, use, alg, key_ops: keyOps } = jwk
  if (![kid, use, alg].every((member) => member === undefined || typeof member === 'string')) return undefined
  if (keyOps !== undefined && !isListOfTexts(keyOps)) return undefined
  const key = publicKeyOf(jwk)
  if (key === undefined || !isStrongEnough(key)) return undefined
  return { kid: text(kid), use: text(use), alg: text(alg), keyOps, key }
}

/** Only the members that make the key: what else stands there is none of the library's business. */
function publicKeyOf({ kty, crv, x, y, n, e }: Readonly<Record<string, unknown>>): KeyObject | undefined {
  if (![crv, x, y, n, e].every((member) => member === undefined || isBase64url(member))) return undefined
  const members = Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined)
  try {
    return createPublicKey({ key: Object.fromEntries(members) as JsonWebKey, format: 'jwk' })
  } catch {
    return undefined
  }
}

const MIN_RSA_BITS = 2048
/** A longer one serves nobody, and each signature would take its time. */
const MAX_RSA_BITS = 4096

function isStrongEnough(key: KeyObject): boolean {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  switch (key.asymmetricKeyType) {
    case 'rsa':
      // RFC 7518 §3.3, §4.3. With the exponent 1 everybody could sign, and a huge one takes long.
      if (modulusLength < MIN_RSA_BITS || modulusLength > MAX_RSA_BITS) return false
      return publicExponent >= 3n && publicExponent < 1n << 32n && publicExponent % 2n === 1n
    case 'ec':
      return curveOf(key) !== undefined
    default:
      return key.asymmetricKeyType === 'ed25519' || key.asymmetricKeyType === 'x25519'
  }
}

const CURVES: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' }

const curveOf = ({ asymmetricKeyDetails }: KeyObject): string | undefined =>
  CURVES[asymmetricKeyDetails?.namedCurve ?? '']

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
const isBase64url = (value: unknown): boolean => typeof value === 'string' && /^[A-Za-z0-9_-]+$/.test(value)
const isListOfTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
