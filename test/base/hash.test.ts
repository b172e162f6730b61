import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { constantTimeEqual, isHashedIn, sha256 } from '../../src/base/hash.ts'

describe('digests and comparisons', () => {
  test('[RFC7636 B] sha256 is base64url without padding', () => {
    assert.equal(sha256('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'), 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')
  })

  test('sha256 hashes the UTF-8 bytes', () => {
    assert.equal(sha256('ü'), sha256(Buffer.from([0xc3, 0xbc]).toString('utf8')))
    assert.notEqual(sha256('ü'), sha256('u'))
  })

  test('isHashedIn finds a secret wherever its hash stands, and no other', () => {
    const hashes = [sha256('first'), sha256('second')]
    assert.ok(isHashedIn(hashes, 'first'))
    assert.ok(isHashedIn(hashes, 'second'))
    assert.equal(isHashedIn(hashes, 'third'), false)
    assert.equal(isHashedIn(hashes, hashes[0] ?? ''), false)
    assert.equal(isHashedIn([], ''), false)
  })

  test('constantTimeEqual says what === says of well-formed texts', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 6 })
    fc.assert(fc.property(text, text, (a, b) => assert.equal(constantTimeEqual(a, b), a === b)))
    fc.assert(fc.property(text, (a) => assert.ok(constantTimeEqual(a, `${a}`))))
  })

  for (const [a, b] of [
    ['', 'a'],
    ['a', ''],
    ['ab', 'aB'],
    ['ab', 'abc'],
    ['\u00e9', 'e\u0301'],
  ] as const) {
    test(`${JSON.stringify(a)} is not ${JSON.stringify(b)}`, () => assert.equal(constantTimeEqual(a, b), false))
  }
})
