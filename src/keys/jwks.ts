/** The published key set (RFC 7517 §5), built once for each snapshot of the key ring. */
import { sha256 } from '../base/hash.ts'
import type { PublicJwk } from './signing-key.ts'

export interface Jwks {
  /** JSON. */
  readonly body: string
  /** A strong validator with its quotes (RFC 9110 §8.8.3). */
  readonly etag: string
  /** Of the keys in it. */
  readonly kids: readonly string[]
}

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** The document for these keys in this order; throws when one has a private member, which would be our bug. */
export function buildJwks(keys: readonly PublicJwk[]): Jwks {
  const leaking = keys.find((key) => PRIVATE_MEMBERS.some((member) => member in key))
  if (leaking) throw new Error(`The signing key ${leaking.kid} would be published with its private half.`)
  const body = JSON.stringify({ keys })
  return { body, etag: `"${sha256(body)}"`, kids: keys.map(({ kid }) => kid) }
}
