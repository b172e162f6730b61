/** How keys are made, named and read back. */
import assert from 'node:assert/strict'
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { calculateJwkThumbprint, type JWK } from 'jose'
import { importPrivateKey, readPublicJwk, SigningKeyError, signingKeyGenerator } from '../../src/keys/signing-key.ts'
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../../src/protocol/vocabulary.ts'
import { pooledKeys } from '../fixtures/signing-keys.ts'

const generate = pooledKeys()
const pairs = {
  RS256: await generate('RS256'),
  ES256: await generate('ES256'),
  PS256: await generate('PS256'),
  EdDSA: await generate('EdDSA'),
}
const MEMBERS = { RS256: ['n', 'e'], ES256: ['crv', 'x', 'y'], PS256: ['n', 'e'], EdDSA: ['crv', 'x'] }

/** A stored row for a foreign JWK, with the right thumbprint, so that nothing but its kind is wrong. */
async function stored(jwk: JWK): Promise<{ json: string; kid: string }> {
  return { json: JSON.stringify(jwk), kid: await calculateJwkThumbprint(jwk) }
}
const rsaJwk = (bits: number): JWK => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: bits })
  return publicKey.export({ format: 'jwk' })
}

describe('a signing key', () => {
  for (const algorithm of SIGNING_ALGORITHMS) {
    test(`[RFC7638 3] ${algorithm}: the kid is the thumbprint`, async () => {
      const { kid, publicJwk } = pairs[algorithm]
      assert.equal(kid, await calculateJwkThumbprint(JSON.parse(publicJwk)))
    })

    test(`[RFC7517 4] ${algorithm}: the public half has kid, alg and use, and no private member`, () => {
      const jwk = JSON.parse(pairs[algorithm].publicJwk)
      assert.deepEqual(Object.keys(jwk).sort(), ['alg', 'kid', 'kty', 'use', ...MEMBERS[algorithm]].sort())
      assert.equal(jwk.alg, algorithm)
      assert.equal(jwk.use, 'sig')
      assert.ok('d' in JSON.parse(pairs[algorithm].privateJwk))
    })
  }

  test('[RFC7518 3.4] ES256 keys are on P-256', () => {
    assert.equal(JSON.parse(pairs.ES256.publicJwk).crv, 'P-256')
  })

  test('[RFC8037 2] EdDSA keys are on Ed25519, of the kind OKP', () => {
    const { kty, crv } = JSON.parse(pairs.EdDSA.publicJwk)
    assert.deepEqual([kty, crv], ['OKP', 'Ed25519'])
  })

  test('[RFC7518 3.3] RSA keys have the number of bits that was chosen, 2048 at least', async () => {
    const bitsOf = (json: string) =>
      createPrivateKey({ key: JSON.parse(json), format: 'jwk' }).asymmetricKeyDetails?.modulusLength
    assert.equal(bitsOf(pairs.RS256.privateJwk), 2048)
    assert.equal(bitsOf((await signingKeyGenerator(3072)('RS256')).privateJwk), 3072)
    assert.equal(bitsOf(pairs.PS256.privateJwk), 2048)
    assert.throws(() => signingKeyGenerator(1024), RangeError)
    assert.throws(() => signingKeyGenerator(2047), RangeError)
  })
})

describe('reading a stored key', () => {
  const read = async (jwk: JWK, algorithm: SigningAlgorithm) => {
    const { json, kid } = await stored(jwk)
    return readPublicJwk(json, { kid, algorithm })
  }

  test('[RFC7518 3.3] an RSA key of 1024 bits is refused, and one of 2040', async () => {
    await assert.rejects(read(rsaJwk(1024), 'RS256'), /1024 bits; nothing below 2048/)
    await assert.rejects(read(rsaJwk(2040), 'RS256'), /2040 bits/)
    await read(rsaJwk(2048), 'RS256')
    // RFC 7518 §3.5
    await assert.rejects(read(rsaJwk(1024), 'PS256'), /1024 bits; nothing below 2048/)
  })

  test('leading zeros do not make a weak key strong', async () => {
    const jwk = rsaJwk(1024)
    const n = Buffer.concat([Buffer.alloc(128), Buffer.from(jwk.n!, 'base64url')]).toString('base64url')
    await assert.rejects(read({ ...jwk, n }, 'RS256'), /1024 bits/)
  })

  test('another curve, another kind of key, or none at all is refused', async () => {
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' })
    await assert.rejects(read(p384, 'ES256'), SigningKeyError)
    await assert.rejects(read(rsaJwk(2048), 'ES256'), SigningKeyError)
    const ed448 = generateKeyPairSync('ed448').publicKey.export({ format: 'jwk' })
    await assert.rejects(read(ed448, 'EdDSA'), /not on Ed25519/)
    await assert.rejects(read(JSON.parse(pairs.EdDSA.publicJwk), 'ES256'), SigningKeyError)
    await assert.rejects(read(JSON.parse(pairs.ES256.publicJwk), 'RS256'), SigningKeyError)
    await assert.rejects(read({ kty: 'oct', k: 'c2VjcmV0' }, 'ES256'), SigningKeyError)
    for (const json of ['', 'null', '{', '[]', '"x"']) {
      await assert.rejects(readPublicJwk(json, { kid: 'k', algorithm: 'ES256' }), SigningKeyError)
    }
  })

  test('a key under the name of another one is refused', async () => {
    const { publicJwk } = pairs.ES256
    const other = await generate('ES256')
    await assert.rejects(readPublicJwk(publicJwk, { kid: other.kid, algorithm: 'ES256' }), /not the key that its kid/)
  })

  test('a private half that belongs to another public half is refused; so is one without its secret', async () => {
    const other = await generate('ES256')
    const jwk = await readPublicJwk(pairs.ES256.publicJwk, pairs.ES256)
    await assert.rejects(importPrivateKey(other.privateJwk, jwk), /belongs to another key/)
    await assert.rejects(importPrivateKey(pairs.ES256.publicJwk, jwk), /belongs to another key/)
    assert.equal((await importPrivateKey(pairs.ES256.privateJwk, jwk)).type, 'private')
  })

  test('a damaged private half is refused, and not quoted', async () => {
    const jwk = await readPublicJwk(pairs.ES256.publicJwk, pairs.ES256)
    const damaged = JSON.stringify({ ...JSON.parse(pairs.ES256.privateJwk), d: 987654321 })
    await assert.rejects(importPrivateKey(damaged, jwk), (error) => {
      assert.ok(error instanceof SigningKeyError)
      assert.match(error.message, /is damaged/)
      assert.doesNotMatch(`${error.stack} ${error.cause}`, /987654321/)
      return true
    })
  })

  test('a faulty row is never quoted', async () => {
    const error = await importPrivateKey(
      '{"d":"very-secret"',
      await readPublicJwk(pairs.ES256.publicJwk, pairs.ES256),
    ).catch((reason: unknown) => reason)
    assert.ok(error instanceof SigningKeyError && !error.message.includes('very-secret'))
  })
})
