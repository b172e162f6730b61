import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  base32,
  latestPossibleStep,
  matchingStep,
  newTotpSecret,
  readTotpCode,
  totpCode,
  totpStep,
  totpUri,
} from '../../../src/accounts/authenticators/totp.ts'
import { SECOND } from '../../../src/base/duration.ts'
import { fakeRandom } from '../../fixtures/random.ts'

const SECRET = Buffer.from('12345678901234567890')

describe('[RFC 6238] codes of an authenticator app', () => {
  // Appendix B; the last six of its eight digits.
  const VECTORS: readonly (readonly [seconds: number, code: string])[] = [
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ]
  for (const [seconds, code] of VECTORS) {
    test(`[Appendix B] at ${seconds} it is ${code}`, () => {
      assert.equal(totpCode(SECRET, totpStep(seconds * SECOND)), code)
    })
  }

  test('[RFC 4226 Appendix D] and by counter', () => {
    const codes = ['755224', '287082', '359152', '969429', '338314', '254676', '287922', '162583', '399871', '520489']
    assert.deepEqual(
      codes.map((_, count) => totpCode(SECRET, count)),
      codes,
    )
  })

  test('[5.2] the step before and the one after count, no other', () => {
    const now = 1_234_567_890 * SECOND
    const step = totpStep(now)
    const found = [-2, -1, 0, 1, 2].map((distance) => matchingStep(SECRET, totpCode(SECRET, step + distance), now))
    assert.deepEqual(found, [undefined, step - 1, step, step + 1, undefined])
    assert.equal(matchingStep(SECRET, '', now), undefined)
    assert.ok(latestPossibleStep(now) > step + 2)
  })

  test('[RFC 4226 4, R6] secrets have 160 bits, and no two are alike', () => {
    const random = fakeRandom()
    const [one, two] = [newTotpSecret(random), newTotpSecret(random)]
    assert.equal(one.length, 20)
    assert.notDeepEqual(one, two)
  })

  test('what people type is read as they mean it', () => {
    for (const typed of ['123456', ' 123 456', '123-456', '１２３４５６', '١٢٣٤٥٦', '۱۲۳۴۵۶', '१२३४५६']) {
      assert.equal(readTotpCode(typed), '123456', typed)
    }
    for (const typed of ['', '12345', '1234567', '12345a', '0x1234', '123.456', '-12345', '1e5000']) {
      assert.equal(readTotpCode(typed), undefined, typed)
    }
  })

  test('[RFC 4648 10] base32', () => {
    for (const [text, encoded] of [
      ['', ''],
      ['f', 'MY'],
      ['fo', 'MZXQ'],
      ['foo', 'MZXW6'],
      ['foob', 'MZXW6YQ'],
      ['fooba', 'MZXW6YTB'],
      ['foobar', 'MZXW6YTBOI'],
    ] as const) {
      assert.equal(base32(Buffer.from(text)), encoded)
    }
  })

  test('the address for the app holds together whatever the names are', () => {
    const uri = new URL(totpUri(SECRET, { issuer: 'A:B & Ö', username: 'a:b@c?d#e' }))
    assert.equal(uri.protocol, 'otpauth:')
    assert.equal(decodeURIComponent(uri.pathname), '/A B & Ö:a b@c?d#e')
    assert.deepEqual(
      [...uri.searchParams],
      [
        ['secret', 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'],
        ['issuer', 'A B & Ö'],
      ],
    )
  })

  test('and is never longer than a QR code that is easily scanned', () => {
    for (const name of ['x'.repeat(300), 'Ж'.repeat(300), '😀'.repeat(99), '\ud800'.repeat(9), 'a b '.repeat(99)]) {
      const uri = totpUri(SECRET, { issuer: name, username: name })
      assert.ok(uri.length <= 134, uri)
      assert.doesNotThrow(() => decodeURIComponent(new URL(uri).pathname))
      assert.equal(new URL(uri).searchParams.get('secret'), 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')
    }
  })
})
