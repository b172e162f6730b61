import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  emailFault,
  emailKey,
  isPossibleKey,
  tidyUsername,
  usernameFault,
  usernameKey,
} from '../../src/accounts/username.ts'

describe('the key of a user name', () => {
  test('is the same however the name is spelled: case, blanks around it, composed or decomposed, full width', () => {
    for (const [one, other] of [
      ['Anna', 'anna'],
      ['  anna\t', 'anna'],
      ['Zo\u00eb', 'zoe\u0308'],
      ['\uff21\uff4e\uff4e\uff41', 'anna'],
      ['\ufb01nn', 'finn'],
      ['\u3000anna\u00a0', 'anna'],
      ['\u212a\u0061\u0069', 'kai'],
      ['H\u0331', '\u1e96'],
      ['ANNA\uff20Example.ORG', 'anna@example.org'],
    ] as const) {
      assert.equal(usernameKey(one), usernameKey(other), one)
      assert.equal(emailKey(one), emailKey(other), one)
    }
  })

  test('is its own key, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.equal(usernameKey(usernameKey(text)), usernameKey(text))
      }),
      { seed: 1, numRuns: 2000 },
    )
    for (let point = 0; point < 0x20000; point++) {
      const key = usernameKey(String.fromCodePoint(point))
      assert.equal(usernameKey(key), key, `U+${point.toString(16)}`)
    }
  })

  test('may differ from what is shown only in case', () => {
    assert.equal(tidyUsername(' \uff21nna '), 'Anna')
  })
})

describe('a user name', () => {
  test('has 1 to 64 code points after normalisation', () => {
    assert.equal(usernameFault('a'), undefined)
    assert.equal(usernameFault('\u{1f642}'.repeat(64)), undefined)
    assert.equal(usernameFault('e\u0308'.repeat(64)), undefined)
    assert.equal(usernameFault(''), 'is empty')
    assert.equal(usernameFault(' \u3000 '), 'is empty')
    assert.match(usernameFault('a'.repeat(65)) ?? '', /longer than 64/)
    assert.match(usernameFault('\ufdfa'.repeat(10)) ?? '', /longer than 64/)
    assert.match(usernameFault(' '.repeat(2000)) ?? '', /longer than 64/)
  })

  test('has no white space inside', () => {
    for (const name of ['an na', 'an\u00a0na', 'an\tna', 'an\u3000na', 'an\nna']) {
      assert.equal(usernameFault(name), 'has white space in it', JSON.stringify(name))
    }
  })

  test('[RFC8265 3.3] has no control characters and nothing that cannot be seen', () => {
    for (const name of [
      'an\u0000na',
      'an\u0007na',
      'an\u200bna',
      'an\u200dna',
      '\u202eanna',
      'an\u00adna',
      'an\u3164na',
      'an\ufe0fna',
      'an\ud800na',
      '\u{e0001}anna',
      'an\ue000na',
    ]) {
      assert.equal(usernameFault(name), 'has a control character or an invisible character in it', JSON.stringify(name))
      assert.equal(isPossibleKey(usernameKey(name)), false, JSON.stringify(name))
    }
  })

  test('may be an e-mail address, and may have any letters', () => {
    for (const name of [
      'anna@example.org',
      'zo\u00eb',
      '\u0430\u043d\u043d\u0430',
      '\u738b\u82b3',
      "o'brien",
      'a.b-c_d+e',
    ]) {
      assert.equal(usernameFault(name), undefined, name)
      assert.equal(isPossibleKey(usernameKey(name)), true, name)
    }
  })
})

test('an e-mail address has one @, something on both sides, no blanks, and at most 254 characters', () => {
  for (const address of ['anna@example.org', 'Anna+x@localhost', 'zo\u00eb@b\u00fccher.example']) {
    assert.equal(emailFault(address), undefined, address)
  }
  for (const address of [
    'anna',
    '@example.org',
    'anna@',
    'a@b@c',
    'an na@example.org',
    'anna@example..org',
    'anna@.org',
    'anna@example.org ',
    'anna\r\n@example.org',
    `${'a'.repeat(65)}@example.org`,
    `a@${'b'.repeat(260)}`,
  ]) {
    assert.notEqual(emailFault(address), undefined, JSON.stringify(address))
  }
})
