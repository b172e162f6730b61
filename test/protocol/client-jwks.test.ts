import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { type ClientKey, mayEncrypt, mayVerify, readClientJwks } from '../../src/protocol/client-jwks.ts'
import { CLIENT_SIGNING_ALGORITHMS, KEY_MANAGEMENT_ALGORITHMS } from '../../src/protocol/vocabulary.ts'
import { ecPair, ed25519Pair, jwkOf, rsaPair, weakRsaPair, x25519Pair } from '../fixtures/client-keys.ts'

function keysOf(...keys: readonly unknown[]): readonly ClientKey[] {
  const reading = readClientJwks({ keys })
  assert.ok('keys' in reading, JSON.stringify(reading))
  return reading.keys
}

function faultOf(jwks: unknown): string {
  const reading = readClientJwks(jwks)
  assert.ok('fault' in reading, 'it was read without a fault')
  return reading.fault
}

const rsa = rsaPair()
const ec = ecPair()

describe('a whole set is refused', () => {
  for (const jwks of [undefined, null, 'x', [], {}, { keys: {} }, { keys: [1] }, { keys: [null] }, { keys: [[]] }]) {
    test(`[RFC7517 5] when it is ${JSON.stringify(jwks)}`, () => void faultOf(jwks))
  }

  for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']) {
    test(`[RFC7518 6.3.2] when a key has the private member ${member}`, () => {
      assert.match(faultOf({ keys: [jwkOf(rsa), { ...jwkOf(ec), [member]: 'AQAB' }] }), /private key/)
    })
  }

  test('[RFC7518 6.4] when it has a symmetric key', () => {
    assert.match(faultOf({ keys: [{ kty: 'oct' }] }), /symmetric/)
    assert.match(faultOf({ keys: [{ kty: 'oct', k: 'c2VjcmV0' }] }), /symmetric/)
  })

  test('[RFC7517 4.5] when two keys have one name', () => {
    const other = jwkOf(ecPair(), { kid: 'a' })
    assert.match(faultOf({ keys: [jwkOf(ec, { kid: 'a' }), other] }), /two keys with one kid/)
    const same = { kid: 'a', use: 'sig', alg: 'ES256' }
    assert.match(faultOf({ keys: [jwkOf(ec, same), jwkOf(ecPair(), same)] }), /two keys with one kid/)
  })

  test('when it has more than 100 keys', () => {
    const keys = Array.from({ length: 101 }, () => ({ kty: 'unknown' }))
    assert.match(faultOf({ keys }), /more than 100/)
    assert.deepEqual(keysOf(...keys.slice(1)), [])
  })
})

describe('a set is read', () => {
  test('[RFC7517 4.5] when keys of different kinds, or for different things, share a name', () => {
    const keys = [jwkOf(rsa, { kid: 'a' }), jwkOf(ec, { kid: 'a' }), jwkOf(ecPair(), { kid: 'a', use: 'enc' })]
    assert.equal(keysOf(...keys).length, 3)
  })

  test('when keys have no names', () => assert.equal(keysOf(jwkOf(ec), jwkOf(ecPair())).length, 2))

  test('when it has members that nobody knows', () => {
    const reading = readClientJwks({ keys: [jwkOf(ec, { x5c: ['AAAA'], ext: true })], other: 1 })
    assert.ok('keys' in reading && reading.keys.length === 1)
  })
})

describe('a key is passed over', () => {
  const { x, y } = jwkOf(ec)
  const strong = jwkOf(rsa)
  const huge = 'f'.repeat(1026) // 4104 bits
  for (const [rule, jwk] of [
    ['[RFC7517 5] of an unknown kind', { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA' }],
    ['[RFC7517 4.1] without a kind', { x, y, crv: 'P-256' }],
    ['[RFC7518 3.3] RSA below 2048 bits', jwkOf(weakRsaPair())],
    ['RSA beyond 4096 bits', { kty: 'RSA', n: Buffer.from(huge, 'hex').toString('base64url'), e: 'AQAB' }],
    ['RSA with the exponent 1', { ...strong, e: 'AQ' }],
    ['RSA with an even exponent', { ...strong, e: 'Ag' }],
    ['RSA with a huge exponent', { ...strong, e: strong.n }],
    ['RSA without an exponent', { kty: 'RSA', n: strong.n }],
    ['EC with a point off its curve', { kty: 'EC', crv: 'P-256', x, y: x }],
    ['EC with a half point', { kty: 'EC', crv: 'P-256', x }],
    ['EC on another curve', jwkOf(ecPair('secp256k1'))],
    ['EC with a curve that is not its own', { kty: 'EC', crv: 'P-384', x, y }],
    ['[RFC8037 2] OKP on another curve', jwkOf({ ...generateKeyPairSync('ed448') })],
    ['OKP with too few bytes', { kty: 'OKP', crv: 'Ed25519', x: 'AAAA' }],
    ['with a number for a name', { ...jwkOf(ec), kid: 1 }],
    ['with a list for a use', { ...jwkOf(ec), use: ['sig'] }],
    ['with a text for key_ops', { ...jwkOf(ec), key_ops: 'verify' }],
    ['[RFC7518 6.2.1.2] in base64 with padding', { ...jwkOf(ec), x: `${x}=` }],
  ] as const) {
    test(rule, () => assert.equal(keysOf(jwk, jwkOf(ec, { kid: 'good' })).length, 1))
  }
})

/** The names of the algorithms that the one key may be used with. */
const verifies = (jwk: unknown): readonly string[] =>
  [...CLIENT_SIGNING_ALGORITHMS, 'none', 'HS256', 'ES384', ''].filter((alg) =>
    keysOf(jwk).some((key) => mayVerify(key, alg)),
  )
const encrypts = (jwk: unknown): readonly string[] =>
  [...KEY_MANAGEMENT_ALGORITHMS, 'dir', 'RSA1_5'].filter((alg) => keysOf(jwk).some((key) => mayEncrypt(key, alg)))

const ECDH = ['ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW']
const OAEP = ['RSA-OAEP', 'RSA-OAEP-256']

describe('[RFC7518 3.1, 4.1] what a key is good for', () => {
  for (const [rule, jwk, signatures, encryption] of [
    ['RSA', jwkOf(rsa), ['RS256', 'PS256'], OAEP],
    ['P-256', jwkOf(ec), ['ES256'], ECDH],
    ['P-384', jwkOf(ecPair('P-384')), [], ECDH],
    ['P-521', jwkOf(ecPair('P-521')), [], ECDH],
    ['[RFC8037 3.1] Ed25519', jwkOf(ed25519Pair()), ['EdDSA'], []],
    ['[RFC8037 3.2] X25519', jwkOf(x25519Pair()), [], ECDH],
    ['[RFC7517 4.2] use sig', jwkOf(rsa, { use: 'sig' }), ['RS256', 'PS256'], []],
    ['[RFC7517 4.2] use enc', jwkOf(rsa, { use: 'enc' }), [], OAEP],
    ['[RFC7517 4.2] another use', jwkOf(rsa, { use: 'tls' }), [], []],
    ['[RFC7517 4.3] key_ops verify', jwkOf(rsa, { key_ops: ['verify'] }), ['RS256', 'PS256'], []],
    ['[RFC7517 4.3] key_ops sign', jwkOf(rsa, { key_ops: ['sign'] }), [], []],
    ['[RFC7517 4.3] key_ops encrypt', jwkOf(rsa, { key_ops: ['encrypt'] }), [], OAEP],
    ['[RFC7517 4.3] key_ops wrapKey', jwkOf(rsa, { key_ops: ['wrapKey'] }), [], OAEP],
    ['[RFC7517 4.3] RSA without any key_ops', jwkOf(rsa, { key_ops: [] }), [], []],
    ['[RFC7517 4.3] key_ops deriveBits', jwkOf(ec, { key_ops: ['deriveBits'] }), [], ECDH],
    ['EC with the empty key_ops of Web Crypto', jwkOf(ec, { key_ops: [] }), [], ECDH],
    ['[RFC7517 4.4] alg PS256', jwkOf(rsa, { alg: 'PS256' }), ['PS256'], []],
    ['[RFC7517 4.4] alg RSA-OAEP-256', jwkOf(rsa, { alg: 'RSA-OAEP-256' }), [], ['RSA-OAEP-256']],
    ['[RFC7517 4.4] an alg of another kind of key', jwkOf(rsa, { alg: 'ES256' }), [], []],
    ['[RFC7517 4.4] a symmetric alg', jwkOf(rsa, { alg: 'HS256' }), [], []],
    ['[RFC9864 2.2] alg Ed25519', jwkOf(ed25519Pair(), { alg: 'Ed25519' }), ['EdDSA'], []],
    ['alg EdDSA', jwkOf(ed25519Pair(), { alg: 'EdDSA' }), ['EdDSA'], []],
  ] as const) {
    test(rule, () => assert.deepEqual([verifies(jwk), encrypts(jwk)], [signatures, encryption]))
  }
})
