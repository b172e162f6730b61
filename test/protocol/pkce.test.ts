import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sha256 } from '../../src/base/hash.ts'
import { parseCodeChallenge, verifyCodeVerifier } from '../../src/protocol/pkce.ts'
import { aClient, aPublicClient } from '../fixtures/client.ts'
import { CODE_CHALLENGE, CODE_VERIFIER } from '../fixtures/records.ts'
import { assertRefused, refusal, someParameters } from '../fixtures/refusals.ts'

const CLIENTS = {
  'a public client': aPublicClient(),
  'a confidential client': aClient(),
  'a confidential client that waives PKCE': aClient({ requiresPkce: false }),
}

/** Refused whoever asks. */
const BAD_CHALLENGES: readonly [rule: string, challenge: string | undefined, method: string | undefined, RegExp][] = [
  ['[RFC7636 4.3] without a method, which means plain', CODE_CHALLENGE, undefined, /must be S256/],
  ['[RFC9700 2.1.1] plain', CODE_VERIFIER, 'plain', /must be S256/],
  ['[RFC7636 4.3] an unknown method', CODE_CHALLENGE, 'S512', /must be S256/],
  ['[RFC7636 4.3] a method in another case', CODE_CHALLENGE, 's256', /must be S256/],
  ['[RFC7636 4.2] 42 characters', CODE_CHALLENGE.slice(1), 'S256', /not an S256 challenge/],
  ['[RFC7636 4.2] 44 characters', `${CODE_CHALLENGE}A`, 'S256', /not an S256 challenge/],
  ['[RFC7636 4.2] padding', `${CODE_CHALLENGE}=`, 'S256', /not an S256 challenge/],
  ['[RFC7636 4.2] a character of base64, not base64url', `+${CODE_CHALLENGE.slice(1)}`, 'S256', /not an S256/],
  ['[RFC7636 4.2] a character of verifiers alone', `~${CODE_CHALLENGE.slice(1)}`, 'S256', /not an S256/],
  ['[RFC7636 4.2] a method without a challenge', undefined, 'S256', /code_challenge is missing/],
  ['[RFC7636 4.2] plain without a challenge', undefined, 'plain', /code_challenge is missing/],
]

const challengeOf = (challenge: string | undefined, method: string | undefined, client = aClient()) =>
  parseCodeChallenge(someParameters({ code_challenge: challenge, code_challenge_method: method }), client)

for (const [who, client] of Object.entries(CLIENTS)) {
  describe(`the challenge of ${who}`, () => {
    test('[RFC7636 4.3] with S256 is taken', () => {
      assert.equal(challengeOf(CODE_CHALLENGE, 'S256', client), CODE_CHALLENGE)
    })
    for (const [rule, challenge, method, words] of BAD_CHALLENGES) {
      test(`${rule} is refused`, () => {
        assertRefused(() => challengeOf(challenge, method, client), 'invalid_request', words)
      })
    }
  })
}

describe('no challenge', () => {
  test('[RFC9700 2.1.1] of a public client is refused', () => {
    assertRefused(() => challengeOf(undefined, undefined, aPublicClient()), 'invalid_request', /is required/)
  })
  test('[RFC9700 2.1.1] of a confidential client is refused', () => {
    assertRefused(() => challengeOf(undefined, undefined), 'invalid_request', /is required/)
  })
  test('is allowed where the entry of a confidential client waives it', () => {
    assert.equal(challengeOf(undefined, undefined, aClient({ requiresPkce: false })), undefined)
  })
  test('an empty one is none', () => {
    assertRefused(() => challengeOf('', undefined), 'invalid_request', /is required/)
    assertRefused(() => challengeOf('', 'S256'), 'invalid_request', /is missing/)
  })
})

describe('the verifier', () => {
  const verify = (verifier: string | undefined, challenge: string | undefined = CODE_CHALLENGE) =>
    verifyCodeVerifier(challenge, verifier)

  test('[RFC7636 B] that belongs to the challenge is right', () => verify(CODE_VERIFIER))

  test('[RFC7636 4.6] another one is refused', () => {
    assertRefused(() => verify(`e${CODE_VERIFIER.slice(1)}`), 'invalid_grant', /does not match/)
  })

  test('[RFC7636 4.6] the challenge itself is refused: that would be plain', () => {
    assertRefused(() => verify(CODE_CHALLENGE), 'invalid_grant', /does not match/)
    assertRefused(() => verify(CODE_VERIFIER, CODE_VERIFIER), 'invalid_grant', /does not match/)
  })

  test('[RFC7636 4.5] a missing one is refused', () => {
    assertRefused(() => verify(undefined), 'invalid_grant', /is missing/)
  })

  test('[RFC9700 4.8.2] one without a challenge is refused: that is a PKCE downgrade', () => {
    assertRefused(() => verifyCodeVerifier(undefined, CODE_VERIFIER), 'invalid_grant', /without a code_challenge/)
    assertRefused(() => verifyCodeVerifier(undefined, 'x'), 'invalid_grant', /without a code_challenge/)
  })

  test('without a challenge none is needed', () => verifyCodeVerifier(undefined, undefined))

  for (const verifier of ['a'.repeat(43), 'a'.repeat(128), 'AZaz09-._~'.repeat(5)]) {
    test(`[RFC7636 4.1] ${verifier.length} unreserved characters are one`, () => verify(verifier, sha256(verifier)))
  }

  const MALFORMED = ['a'.repeat(42), 'a'.repeat(129), `${'a'.repeat(42)}+`, `${'a'.repeat(42)}é`, `${'a'.repeat(43)}\n`]
  for (const verifier of MALFORMED) {
    test(`[RFC7636 4.1] malformed, even with its own challenge: ${verifier.length} ending in ${JSON.stringify(verifier.slice(-1))}`, () => {
      assertRefused(() => verify(verifier, sha256(verifier)), 'invalid_grant', /malformed/)
    })
  }

  test('a refusal tells neither the verifier nor the challenge', () => {
    const error = refusal(() => verify('s'.repeat(43)))
    assert.doesNotMatch(`${error.message} ${JSON.stringify(error.failed)}`, new RegExp(`sss|${CODE_CHALLENGE}`))
  })
})
