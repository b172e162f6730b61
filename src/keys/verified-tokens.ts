/** What was verified already: a signature that was right stays right, and checking one again costs ten times a look-up. */
import { sha256 } from '../base/hash.ts'
import type { VerificationKey } from './snapshot.ts'

/** Never changed by anybody: every caller that presents the token gets the same object. */
export type Claims = Readonly<Record<string, unknown>>

export interface Verified {
  readonly typ: string
  readonly key: VerificationKey
  readonly claims: Claims
}

export interface VerifiedTokens {
  find(token: string): Verified | undefined
  remember(token: string, verified: Verified): void
}

/** Some 10 MiB with twice as many entries of a kilobyte or so. */
const ENTRIES = 4096

/**
 * Remembers the last `entries` tokens at least and twice as many at most, by their digest, so that no token is kept. Only
 * the signature is remembered: whether the key is still believed, the time and revocation are asked each time. Nobody can
 * fill it but with tokens that we signed.
 */
export function verifiedTokens(entries = ENTRIES): VerifiedTokens {
  // Two generations: the older one goes as a whole, which costs less than to keep count of who was asked for last.
  let young = new Map<string, Verified>()
  let old = new Map<string, Verified>()

  function put(digest: string, verified: Verified): void {
    if (young.size >= entries) {
      old = young
      young = new Map()
    }
    young.set(digest, verified)
  }

  return {
    find(token) {
      const digest = sha256(token)
      const found = young.get(digest)
      if (found) return found
      const older = old.get(digest)
      if (older) put(digest, older)
      return older
    },
    remember: (token, verified) => put(sha256(token), verified),
  }
}
