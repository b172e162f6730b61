/** Encryption at rest. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { deriveKey, open, SealingError, seal } from '../../src/keys/sealing.ts'
import { fakeRandom } from '../fixtures/random.ts'

const key = deriveKey(Buffer.alloc(32, 1), 'signing-keys')
const sealed = seal(key, 'a secret', { kid: 'kid-1', random: fakeRandom() })
const refused = (reason: string) => (error: unknown) => error instanceof SealingError && error.reason === reason

describe('sealing', () => {
  test('what was sealed opens again, and shows nothing of itself', () => {
    assert.equal(open(key, sealed, { kid: 'kid-1' }), 'a secret')
    assert.match(sealed, /^v1\./)
    assert.ok(!Buffer.from(sealed.split('.')[2]!, 'base64url').includes('secret'))
  })

  test('the same text sealed twice gives two different texts', () => {
    const random = fakeRandom()
    assert.notEqual(seal(key, 'x', { kid: 'k', random }), seal(key, 'x', { kid: 'k', random }))
  })

  test('another key is told as another key', () => {
    const other = deriveKey(Buffer.alloc(32, 2), 'signing-keys')
    assert.throws(() => open(other, sealed, { kid: 'kid-1' }), refused('wrong_key'))
  })

  test('a sealed key moved to another row does not open', () => {
    assert.throws(() => open(key, sealed, { kid: 'kid-2' }), refused('damaged'))
  })

  test('not one bit of the nonce, the ciphertext or the tag can change', () => {
    const [version, fingerprint, body] = sealed.split('.')
    const bytes = Buffer.from(body!, 'base64url')
    for (let index = 0; index < bytes.length; index++) {
      const tampered = Buffer.from(bytes)
      tampered[index]! ^= 1
      const text = `${version}.${fingerprint}.${tampered.toString('base64url')}`
      assert.throws(() => open(key, text, { kid: 'kid-1' }), refused('damaged'), `byte ${index}`)
    }
  })

  test('a tag cut short is no tag', () => {
    const [version, fingerprint, body] = sealed.split('.')
    const short = Buffer.from(body!, 'base64url').subarray(0, -4).toString('base64url')
    assert.throws(() => open(key, `${version}.${fingerprint}.${short}`, { kid: 'kid-1' }), refused('damaged'))
  })

  test('garbage is refused with the same kind of error', () => {
    for (const text of ['', 'v1', 'v1.x', 'v1.x.', `v2${sealed.slice(2)}`, `${sealed}.x`, '{"kty":"RSA"}']) {
      assert.throws(() => open(key, text, { kid: 'kid-1' }), refused('damaged'), text)
    }
  })
})

describe('deriveKey', () => {
  test('[RFC5869] each purpose has its own key, always the same one', () => {
    const root = Buffer.alloc(32, 7)
    const signing = deriveKey(root, 'signing-keys')
    assert.equal(signing.length, 32)
    assert.deepEqual(signing, deriveKey(root, 'signing-keys'))
    assert.notDeepEqual(signing, deriveKey(root, 'refresh-tokens'))
    assert.notDeepEqual(signing, root)
  })

  test('a derived key never changes: what was sealed by an earlier version opens', () => {
    assert.equal(
      deriveKey(Buffer.alloc(32, 1), 'signing-keys').toString('hex'),
      'ada48cb176f9f50d04db23585daf090510091d6d1939779b13c8ecb814a96c9b',
    )
    assert.equal(
      deriveKey(Buffer.alloc(32, 1), 'refresh-tokens').toString('hex'),
      '5bdf95eed1b3fb68ea12d469d1d0b11ed0b6365f52537fbd181c3726ee906370',
    )
  })

  test('anything but 32 bytes is refused', () => {
    assert.throws(() => deriveKey(Buffer.alloc(31), 'signing-keys'), RangeError)
  })
})
