import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { COMMON_PASSWORD_COUNT, isCommonPassword } from '../../src/accounts/common-passwords.ts'
import { normalizedPassword, passwordFault } from '../../src/accounts/password-rules.ts'

describe('a new password', () => {
  test('[SP800-63B-4 3.1.1.2] has 8 characters at least, each code point counting as one', () => {
    assert.match(passwordFault('kq7-vzu', 'anna') ?? '', /shorter than 8/)
    assert.equal(passwordFault('kq7-vzub', 'anna'), undefined)
    assert.match(passwordFault('\u{1f600}\u{1f601}\u{1f602}\u{1f603}', 'anna') ?? '', /shorter than 8/)
    assert.match(passwordFault(`${'e\u0308'.repeat(3)}abcd`, 'anna') ?? '', /shorter than 8/)
  })

  test('[SP800-63B-4 3.1.1.2] may be long and is never cut: up to 1024 bytes, before and after normalisation', () => {
    assert.equal(passwordFault('ab c'.repeat(255).concat('xyz!'), 'anna'), undefined)
    assert.match(passwordFault(`${'ab'.repeat(512)}cd`, 'anna') ?? '', /longer than 1024 bytes/)
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

  test('[ASVS 6.2.4] the block list has many times the 3000 that are asked for, and is sorted as it is searched', () => {
    assert.ok(COMMON_PASSWORD_COUNT > 20_000)
    for (const listed of [
      'sunshine',
      'jennifer',
      'trustno1',
      'motdepasse',
      'contrase\u00f1a',
      'changeme',
      '1qaz2wsx',
    ]) {
      assert.ok(isCommonPassword(listed), listed)
    }
    for (const free of ['kettle river', 'nurkleinebuchstaben', 'zq8w-vurm', ''])
      assert.equal(isCommonPassword(free), false)
  })

  test('[SP800-63B-4 3.1.1.2] a common word is the same with digits and signs around it, or in the place of its letters', () => {
    for (const password of ['dragon2024!', '!!sunshine', 'P@ssw0rd2026', 'p4ssw0rd', 'Summer2031', 'w3lc0me!!']) {
      assert.match(passwordFault(password, 'anna') ?? '', /most common/, password)
    }
    for (const password of ['dragon-kettle', 'sunshine over the mill', 'xx31dragon88127']) {
      assert.equal(passwordFault(password, 'anna'), undefined, password)
    }
  })

  test('is no row and no repetition', () => {
    for (const password of [
      '98765432',
      '56789012',
      'abcdefghij',
      'mnopqrst',
      '12121212',
      'xyzxyzxyz',
      'abcdabcdabcd1',
    ]) {
      assert.match(passwordFault(password, 'anna') ?? '', /over and over|one after the other/, password)
    }
    for (const password of ['abcdwxyz-1', '13579248', 'kettlekettle']) {
      assert.equal(passwordFault(password, 'anna'), undefined, password)
    }
  })

  test('[SP800-63B-4 3.1.1.2] is not the e-mail address and not the name of this login', () => {
    const context = { email: 'ada.lovelace@example.org', installation: 'Acme Team' }
    assert.match(passwordFault('ada.lovelace42', 'al', context) ?? '', /e-mail address/)
    assert.match(passwordFault('AcmeTeam2026!', 'al', context) ?? '', /name of this login/)
    assert.match(passwordFault('acme team 1', 'al', context) ?? '', /name of this login/)
    assert.equal(passwordFault('acme team drinks tea', 'al', context), undefined)
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
