/** A JWT that a client signed: taken apart with suspicion, verified with the keys that are the client's (RFC 7515, RFC 8725). */
import { createSecretKey, type KeyObject } from 'node:crypto'
import { compactVerify } from 'jose'

export interface ClientJwt {
  readonly text: string
  readonly alg: string
  readonly kid: string | undefined
  /** Lower case, without `application/` (RFC 7515 §4.1.9). */
  readonly typ: string | undefined
  /** Nothing is proven yet. */
  readonly claims: Readonly<Record<string, unknown>>
}

const MAX_LENGTH = 8192
/**
 * Keys come from where the client registered them and from nowhere else (RFC 8725 §3.10), and we know no extension that a
 * token could insist on (RFC 7515 §4.1.11, RFC 7797 §6).
 */
const REFUSED_MEMBERS = ['crit', 'b64', 'jwk', 'jku', 'x5u', 'zip']

/** Takes it apart; undefined when it is no JWS in compact form of a JSON object, or its header is none that we accept. */
export function readClientJwt(text: string): ClientJwt | undefined {
  const parts = text.length <= MAX_LENGTH ? text.split('.', 4) : []
  if (parts.length !== 3 || !parts.every(isCanonicalBase64url)) return undefined
  const [header, claims] = [parseObject(parts[0]), parseObject(parts[1])]
  if (header === undefined || claims === undefined) return undefined
  if (REFUSED_MEMBERS.some((member) => Object.hasOwn(header, member))) return undefined
  const { alg, kid, typ } = header
  if (typeof alg !== 'string' || !isOptionalText(kid) || !isOptionalText(typ)) return undefined
  return { text, alg, kid, claims, typ: typ?.toLowerCase().replace(/^application\//, '') }
}

/** Whether one of the keys made the signature by `jwt.alg`, which must have been found acceptable before. */
export async function isSignedBy(jwt: ClientJwt, keys: readonly KeyObject[]): Promise<boolean> {
  for (const key of keys) {
    try {
      await compactVerify(jwt.text, key, { algorithms: [jwt.alg] })
      return true
    } catch {
      // The next one, perhaps.
    }
  }
  return false
}

/** OpenID Connect Core §10.1: the UTF-8 octets of the client's secret. */
export const secretKeyOf = (sharedSecret: string): KeyObject => createSecretKey(Buffer.from(sharedSecret, 'utf8'))

/** A decoder passes over the spare bits of the last character; we do not, or one token would have several spellings. */
const isCanonicalBase64url = (part: string): boolean =>
  part !== '' && Buffer.from(part, 'base64url').toString('base64url') === part

const isOptionalText = (value: unknown): value is string | undefined => value === undefined || typeof value === 'string'

function parseObject(part = ''): Readonly<Record<string, unknown>> | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(part, 'base64url'))
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}
