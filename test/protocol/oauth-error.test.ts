import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { OAuthError } from '../../src/protocol/oauth-error.ts'

describe('a refusal', () => {
  test('has a code, words for the wire, and for the operator the check that failed', () => {
    const error = new OAuthError('invalid_grant', 'the code has expired', { check: 'code_expired', came: 'grant 1' })
    assert.deepEqual(
      [error.name, error.code, error.description, error.failed, error.message],
      [
        'OAuthError',
        'invalid_grant',
        'the code has expired',
        { check: 'code_expired', came: 'grant 1' },
        'invalid_grant: the code has expired',
      ],
    )
    assert.ok(error instanceof Error)
    assert.deepEqual(new OAuthError('invalid_grant', 'x', 'code').failed, { check: 'code' })
  })

  test('[RFC6749 5.2] its description never has a quote, a backslash, a control character or anything beyond ASCII', () => {
    assert.equal(
      new OAuthError('invalid_request', 'a"b\\c\r\nd\u007fé!#[]~ ', 'parameter').description,
      'a?b?c??d??!#[]~ ',
    )
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.match(
          new OAuthError('invalid_request', text, 'parameter').description,
          /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/,
        )
      }),
    )
  })
})
