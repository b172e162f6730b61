import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { acrOf, isWithinReach, reaches } from '../../src/protocol/acr.ts'

describe('[OpenID Connect Core 2] acr', () => {
  test('of a password is aal1, whatever else is wanted', () => {
    assert.equal(acrOf(['pwd']), 'aal1')
    assert.equal(acrOf(['pwd'], ['aal1']), 'aal1')
    assert.equal(acrOf(['pwd'], ['phr', 'constructor', '']), 'aal1')
  })

  test('of a passkey is its level, and phr for who asks [EAP ACR Values 2]', () => {
    for (const amr of [
      ['pop', 'user', 'mfa'],
      ['pwd', 'pop', 'mfa'],
    ]) {
      assert.equal(acrOf(amr), 'aal2')
      assert.equal(acrOf(amr, ['phr']), 'phr')
      assert.equal(acrOf(amr, ['loa9', 'phr', 'aal2']), 'phr')
      assert.equal(reaches(amr, ['phr']), true)
    }
    assert.equal(acrOf(['pwd', 'otp', 'mfa'], ['phr']), 'aal2')
  })

  test('of nothing is none', () => assert.equal(acrOf([], ['aal1']), undefined))

  test('[OpenID Connect Core 5.5.1.1] what is required is reached by one of its values', () => {
    assert.equal(reaches(['pwd'], ['phr', 'aal1']), true)
    assert.equal(reaches(['pwd'], ['phr']), false)
    assert.equal(reaches(['pwd'], []), false)
    assert.equal(reaches([], ['aal1']), false)
  })

  test('what no sign-in here can be is out of reach', () => {
    assert.equal(isWithinReach(['loa9', 'aal1']), true)
    assert.equal(isWithinReach(['loa9', 'AAL1', 'aal1 ']), false)
    assert.equal(isWithinReach([]), false)
  })
})
