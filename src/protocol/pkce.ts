/** Proof Key for Code Exchange: RFC 7636, with what RFC 9700 §2.1.1 and §4.8.2 add. */
import { constantTimeEqual, sha256 } from '../base/hash.ts'
import type { Client } from './client.ts'
import { OAuthError } from './oauth-error.ts'
import type { Parameters } from './parameters.ts'

/** RFC 7636 §4.2: an S256 challenge is the base64url of 32 bytes. */
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/
/** RFC 7636 §4.1 */
const VERIFIER = /^[A-Za-z0-9\-._~]{43,128}$/

const PKCE_MISSING = {
  check: 'pkce',
  expected: 'code_challenge with code_challenge_method=S256',
  came: 'no code_challenge',
} as const

/** The challenge of an authorization request; undefined only where the client's entry waives PKCE. */
export function parseCodeChallenge(parameters: Parameters, client: Client): string | undefined {
  const challenge = parameters.get('code_challenge')
  const method = parameters.get('code_challenge_method')
  if (challenge === undefined) {
    if (method !== undefined) throw new OAuthError('invalid_request', 'code_challenge is missing', PKCE_MISSING)
    if (client.requiresPkce || client.isPublic)
      throw new OAuthError('invalid_request', 'code_challenge is required (PKCE, S256)', PKCE_MISSING)
    return undefined
  }
  // RFC 7636 §4.3: an absent method means plain, and plain is never accepted (RFC 9700 §2.1.1).
  if (method !== 'S256') {
    const came = `code_challenge_method ${method ?? 'left out, which means plain'}`
    throw new OAuthError('invalid_request', 'code_challenge_method must be S256', {
      check: 'pkce',
      expected: 'S256',
      came,
    })
  }
  if (!CHALLENGE.test(challenge)) {
    throw new OAuthError('invalid_request', 'code_challenge is not an S256 challenge', {
      check: 'pkce',
      expected: 'base64url of 32 bytes: 43 characters without =',
      came: `${challenge.length} characters${/[+/=]/.test(challenge) ? ', some of base64 instead of base64url' : ''}`,
    })
  }
  return challenge
}

/** RFC 7636 §4.6. Throws `invalid_grant` unless the verifier belongs to the challenge. */
export function verifyCodeVerifier(challenge: string | undefined, verifier: string | undefined): void {
  if (challenge === undefined) {
    // RFC 9700 §4.8.2: a verifier without a challenge is the mark of a PKCE downgrade.
    if (verifier !== undefined) {
      const came = 'a code_verifier, though the authorization request had no code_challenge'
      throw new OAuthError('invalid_grant', 'code_verifier without a code_challenge', {
        check: 'no_code_challenge',
        came,
      })
    }
    return
  }
  if (verifier === undefined) {
    throw new OAuthError('invalid_grant', 'code_verifier is missing', {
      check: 'no_code_verifier',
      came: 'no code_verifier',
    })
  }
  if (!VERIFIER.test(verifier)) {
    throw new OAuthError('invalid_grant', 'code_verifier is malformed', {
      check: 'code_verifier',
      expected: '43 to 128 letters, digits or any of -._~',
      came: `${verifier.length} characters${/^[\w.~-]*$/.test(verifier) ? '' : ', some of them others'}`,
    })
  }
  if (!constantTimeEqual(sha256(verifier), challenge)) {
    throw new OAuthError('invalid_grant', 'code_verifier does not match the code_challenge', {
      check: 'code_verifier',
      came: constantTimeEqual(verifier, challenge)
        ? 'the challenge itself, as with the method plain'
        : 'one whose SHA-256 is another challenge',
    })
  }
}
