/** Proof Key for Code Exchange: RFC 7636, with what RFC 9700 §2.1.1 and §4.8.2 add. */
import { constantTimeEqual, sha256 } from '../base/hash.ts'
import type { Client } from './client.ts'
import { OAuthError } from './oauth-error.ts'
import type { Parameters } from './parameters.ts'

/** RFC 7636 §4.2: an S256 challenge is the base64url of 32 bytes. */
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/
/** RFC 7636 §4.1 */
const VERIFIER = /^[A-Za-z0-9\-._~]{43,128}$/

/** The challenge of an authorization request; undefined only where the client's entry waives PKCE. */
export function parseCodeChallenge(parameters: Parameters, client: Client): string | undefined {
  const challenge = parameters.get('code_challenge')
  const method = parameters.get('code_challenge_method')
  if (challenge === undefined) {
    if (method !== undefined) throw new OAuthError('invalid_request', 'code_challenge is missing')
    if (client.requiresPkce || client.isPublic)
      throw new OAuthError('invalid_request', 'code_challenge is required (PKCE, S256)')
    return undefined
  }
  // RFC 7636 §4.3: an absent method means plain, and plain is never accepted (RFC 9700 §2.1.1).
  if (method !== 'S256') throw new OAuthError('invalid_request', 'code_challenge_method must be S256')
  if (!CHALLENGE.test(challenge)) throw new OAuthError('invalid_request', 'code_challenge is not an S256 challenge')
  return challenge
}

/** RFC 7636 §4.6. Throws `invalid_grant` unless the verifier belongs to the challenge. */
export function verifyCodeVerifier(challenge: string | undefined, verifier: string | undefined): void {
  if (challenge === undefined) {
    // RFC 9700 §4.8.2: a verifier without a challenge is the mark of a PKCE downgrade.
    if (verifier !== undefined) throw new OAuthError('invalid_grant', 'code_verifier without a code_challenge')
    return
  }
  if (verifier === undefined) throw new OAuthError('invalid_grant', 'code_verifier is missing')
  if (!VERIFIER.test(verifier)) throw new OAuthError('invalid_grant', 'code_verifier is malformed')
  if (!constantTimeEqual(sha256(verifier), challenge)) {
    throw new OAuthError('invalid_grant', 'code_verifier does not match the code_challenge')
  }
}
