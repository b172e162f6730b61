import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { newRecoveryCode, readRecoveryCode } from '../../../src/accounts/authenticators/recovery-code.ts'
import { fakeRandom } from '../../fixtures/random.ts'

describe('recovery codes', () => {
  test('have 80 bits, in letters that nobody mistakes for others', () => {
    const random = fakeRandom()
    const codes = Array.from({ length: 100 }, () => newRecoveryCode(random))
    for (const code of codes) assert.match(code, /^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/)
    assert.equal(new Set(codes).size, codes.length)
  })

  test('are read as people type them', () => {
    for (const typed of ['k1vq-81ma-x0ht-7pzd', 'K1VQ81MAX0HT7PZD', ' kIvq 8lma xOht 7pzd ', 'k1vq–81ma–x0ht–7pzd']) {
      assert.equal(readRecoveryCode(typed), 'k1vq81max0ht7pzd', typed)
    }
    for (const typed of ['', 'k1vq-81ma-x0ht-7pz', 'k1vq-81ma-x0ht-7pzdd', 'k1vq-81ma-x0ht-7pzu', '123456']) {
      assert.equal(readRecoveryCode(typed), undefined, typed)
    }
  })
})
