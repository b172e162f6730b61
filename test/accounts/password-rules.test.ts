import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { COMMON_PASSWORDS } from '../../src/accounts/common-passwords.ts'
import { MIN_PASSWORD_LENGTH, normalizedPassword, passwordFault } from '../../src/accounts/password-rules.ts'

describe('a new password', () => {
  test('[SP800-63B-4 3.1.1.2] has 8 characters at least, each code point counting as one', () => {
    assert.match(passwordFault('kq7-vzu', 'anna') ?? '', /shorter than 8/)
    assert.equal(passwordFault('kq7-vzub', 'anna'), undefined)
    assert.match(passwordFault('\u{1f600}\u{1f601}\u{1f602}\u{1f603}', 'anna') ?? '', /shorter than 8/)
    assert.match(passwordFault(`${'e\u0308'.repeat(3)}abcd`, 'anna') ?? '', /shorter than 8/)
  })

  test('[SP800-63B-4 3.1.1.2] may be long and is never cut: up to 1024 bytes, before and after normalisation', () => {
    assert.equal(passwordFault('ab'.repeat(512), 'anna'), undefined)
    assert.match(passwordFault(`${'ab'.repeat(512)}c`, 'anna') ?? '', /longer than 1024 bytes/)
    assert.match(passwordFault('\u00e4\u00f6'.repeat(257), 'anna') ?? '', /longer than 1024 bytes/)
    assert.match(passwordFault('\ufdfa'.repeat(200), 'anna') ?? '', /longer than 1024 bytes/)
    assert.equal(normalizedPassword('\ufdfa'.repeat(200)), undefined)
    // 1200 bytes that would be 800 after normalisation: judged before the work is done.
    assert.equal(normalizedPassword('e\u0308'.repeat(400)), undefined)
  })

  test('[SP800-63B-4 3.1.1.2] needs no kinds of characters, and may have blanks and any script', () => {
    for (const password of [
      'kettle river',
      'nurkleinebuchstaben',
      '49571036482',
      '\u043f\u0430\u0440\u043e\u043b\u044c\u0434\u043e\u043c',
    ]) {
      assert.equal(passwordFault(password, 'anna'), undefined, password)
    }
  })

  test('[SP800-63B-4 3.1.1.2] is none of the commonest, in whatever case or width', () => {
    for (const password of [
      'password',
      'PassWord1',
      '\uff50assword',
      'qwertyuiop',
      'iloveyou',
      '123456789',
      'aaaaaaaaaa',
      '\u{1f600}'.repeat(9),
    ]) {
      assert.notEqual(passwordFault(password, 'anna'), undefined, password)
    }
  })

  test('the block list has no entry that could not match', () => {
    assert.ok(COMMON_PASSWORDS.size >= 100)
    for (const entry of COMMON_PASSWORDS) {
      assert.equal(entry, normalizedPassword(entry)?.toLowerCase(), entry)
      assert.ok(entry.length >= MIN_PASSWORD_LENGTH, entry)
    }
  })

  test('is not the user name in disguise', () => {
    for (const password of [
      'annabella',
      'ANNABELLA',
      'allebanna',
      'annabella1984',
      '!annabella!',
      'annabellaannabella',
      'annabella@example.org',
    ]) {
      assert.match(passwordFault(password, 'Annabella@example.org') ?? '', /like the user name/, password)
    }
    assert.equal(passwordFault('annabella likes tea', 'annabella'), undefined)
    assert.equal(passwordFault('93756204', '12'), undefined)
  })

  test('is well-formed text, and is never in the message', () => {
    assert.match(passwordFault('canary-\ud800-xyz', 'anna') ?? '', /not valid Unicode/)
    for (const password of ['canary', 'canarycanary', `canary${'x'.repeat(2000)}`]) {
      assert.doesNotMatch(passwordFault(password, 'canary') ?? '', /canary/)
    }
  })
})
