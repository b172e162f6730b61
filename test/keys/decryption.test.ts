/** The keys that others encrypt to us with: what is published, what decrypts, and that nothing else is read. */
import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { CompactEncrypt, type CompactJWEHeaderParameters, CompactSign, importJWK, type JWK } from 'jose'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/base/duration.ts'
import { revokeByHand } from '../../src/keys/by-hand.ts'
import { type KeyRing, openKeyRing } from '../../src/keys/key-ring.ts'
import { CONTENT_ENCRYPTION_ALGORITHMS, ENCRYPTION_ALGORITHMS } from '../../src/protocol/vocabulary.ts'
import { aPolicy, aRing, pooledKeys } from '../fixtures/signing-keys.ts'

const policy = aPolicy({ algorithms: ['RS256', 'ES256', ...ENCRYPTION_ALGORITHMS], reloadWithin: 5 * SECOND })
const encryptionKeys = (ring: KeyRing): JWK[] => JSON.parse(ring.jwks.body).keys.filter((key: JWK) => key.use === 'enc')
const keyFor = (ring: KeyRing, alg: string): JWK => {
  const found = encryptionKeys(ring).find((key) => key.alg === alg)
  assert.ok(found, `no key for ${alg}`)
  return found
}

async function encrypt(
  jwk: JWK,
  header: Partial<CompactJWEHeaderParameters> = {},
  text = 'a secret ä',
): Promise<string> {
  const { alg = '', kid } = jwk
  const full = { alg, enc: 'A256GCM', ...(kid !== undefined && { kid }), ...header }
  const { alg: _, ...bare } = jwk
  return new CompactEncrypt(Buffer.from(text)).setProtectedHeader(full).encrypt(await importJWK(bare, full.alg))
}

describe('keys to encrypt to us with', () => {
  test('[RFC7517 4.2] the current one of each algorithm is published, for encryption alone, after those that sign', async () => {
    const { ring, store } = await aRing({ policy })
    const keys: JWK[] = JSON.parse(ring.jwks.body).keys
    assert.deepEqual(
      keys.slice(4).map(({ alg, use, kty, crv, kid }) => [alg, use, kty, crv, store.rows.get(String(kid))?.state]),
      [
        ['RSA-OAEP-256', 'enc', 'RSA', undefined, 'current'],
        ['ECDH-ES', 'enc', 'EC', 'P-256', 'current'],
      ],
    )
    assert.ok(keys.slice(0, 4).every(({ use }) => use === 'sig'))
    for (const key of keys) assert.ok(!('d' in key))
    for (const row of store.rows.values()) assert.doesNotMatch(JSON.stringify(row), /\\?"d\\?"/)
  })

  test('there are none unless the configuration names them', async () => {
    const { ring } = await aRing()
    assert.deepEqual(encryptionKeys(ring), [])
  })

  for (const alg of ENCRYPTION_ALGORITHMS) {
    for (const enc of CONTENT_ENCRYPTION_ALGORITHMS) {
      test(`[RFC7518 4, 5] ${alg} with ${enc} is read`, async () => {
        const { ring } = await aRing({ policy })
        assert.equal(await ring.decrypt(await encrypt(keyFor(ring, alg), { enc })), 'a secret ä')
      })
    }

    test(`[OpenID Connect Core 10.2.1] ${alg}: a key that was replaced still decrypts for as long as others may keep it, and is not shown`, async () => {
      const { ring, clock, store } = await aRing({ policy })
      const old = keyFor(ring, alg)
      const jwe = await encrypt(old)
      clock.advance(90 * DAY)
      await ring.tick()
      const fresh = keyFor(ring, alg)
      assert.notEqual(fresh.kid, old.kid)
      assert.equal(encryptionKeys(ring).length, 2)
      assert.equal(await ring.decrypt(jwe), 'a secret ä')
      assert.equal(await ring.decrypt(await encrypt(fresh)), 'a secret ä')
      clock.advance(policy.keepRetired)
      await ring.tick()
      assert.equal(await ring.decrypt(jwe), undefined)
      assert.equal(store.rows.get(String(old.kid))?.sealedPrivateJwk, undefined)
    })
  }

  test('a restart reads what was encrypted before it', async () => {
    const { ring, deps } = await aRing({ policy })
    const jwe = await encrypt(keyFor(ring, 'ECDH-ES'))
    assert.equal(await (await openKeyRing(deps)).decrypt(jwe), 'a secret ä')
  })

  test('a revoked one decrypts nothing any more; the next one is there at once', async () => {
    const { ring, deps, clock } = await aRing({ policy })
    clock.advance(DAY)
    const key = keyFor(ring, 'RSA-OAEP-256')
    const jwe = await encrypt(key)
    await revokeByHand(deps, String(key.kid))
    await ring.reload()
    assert.equal(await ring.decrypt(jwe), undefined)
    assert.equal(await ring.decrypt(await encrypt(keyFor(ring, 'RSA-OAEP-256'))), 'a secret ä')
  })

  test('a new one is shown when every process can decrypt with it, and known to all by then', async () => {
    const { ring, deps, clock, store } = await aRing({ policy })
    const other = await openKeyRing(deps)
    clock.advance(DAY)
    for (const state of ['current', 'next']) {
      const row = [...store.rows.values()].find((key) => key.algorithm === 'ECDH-ES' && key.state === state)
      await store.revoke(String(row?.kid), clock.now())
    }
    await ring.tick()
    assert.equal(encryptionKeys(ring).length, 1)
    clock.advance(5 * SECOND + 1)
    await ring.reload()
    const jwe = await encrypt(keyFor(ring, 'ECDH-ES'))
    assert.equal(await other.decrypt(jwe), 'a secret ä')
  })

  test('one that is taken out of the configuration goes like a replaced one, and so for good', async () => {
    const { ring, deps, clock, store } = await aRing({ policy })
    const jwe = await encrypt(keyFor(ring, 'ECDH-ES'))
    clock.advance(2 * DAY)
    const without = await openKeyRing({ ...deps, policy: { ...policy, algorithms: ['RS256', 'ES256'] } })
    assert.deepEqual(encryptionKeys(without), [])
    assert.equal(await without.decrypt(jwe), 'a secret ä')
    clock.advance(policy.keepRetired)
    await without.tick()
    assert.equal(await without.decrypt(jwe), undefined)
    const left = [...store.rows.values()].filter(({ algorithm }) => algorithm === 'ECDH-ES')
    assert.ok(left.every(({ sealedPrivateJwk }) => sealedPrivateJwk === undefined))
  })

  test('they never sign, and nothing that they signed is believed', async () => {
    const { ring } = await aRing({ policy })
    const { kid, privateJwk } = await pooledKeys()('ECDH-ES')
    const jwk = { ...JSON.parse(privateJwk), alg: 'ES256' }
    const forged = await new CompactSign(Buffer.from('{}'))
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid })
      .sign(createPrivateKey({ key: jwk, format: 'jwk' }))
    assert.equal(encryptionKeys(ring)[1]?.kid, kid)
    assert.equal(await ring.verify(forged, { typ: 'JWT' }), undefined)
  })
})

describe('decrypt reads nothing but what was encrypted to us as we say', async () => {
  const { ring, clock, store } = await aRing({ policy })
  const rsa = keyFor(ring, 'RSA-OAEP-256')
  const ec = keyFor(ring, 'ECDH-ES')
  const refused = async (jwe: string) => assert.equal(await ring.decrypt(jwe), undefined)

  test('[RFC8725 3.1] the algorithm is the key’s own', async () => {
    await refused(await encrypt(rsa, { alg: 'RSA-OAEP' }))
    await refused(await encrypt(rsa, { alg: 'RSA-OAEP-512' }))
    await refused(await encrypt(ec, { alg: 'ECDH-ES+A128KW' }))
    await refused(await encrypt(rsa, { kid: String(ec.kid) }))
    await refused(await encrypt(ec, { kid: String(rsa.kid) }))
  })

  test('[RFC7518 5.1] content encryption that we do not name', async () => {
    await refused(await encrypt(ec, { enc: 'A192GCM' }))
    await refused(await encrypt(rsa, { enc: 'A192CBC-HS384' }))
  })

  test('[RFC8725 3.6] compression, which may grow without end', async () => {
    await refused(await encrypt(ec, { zip: 'DEF' }, 'x'.repeat(100_000)))
  })

  test('[RFC7516 4.1.13] crit', async () => {
    const jwe = await encrypt(ec)
    const [head = '', ...rest] = jwe.split('.')
    const header = { ...JSON.parse(Buffer.from(head, 'base64url').toString()), crit: ['exp'], exp: 1 }
    await refused([Buffer.from(JSON.stringify(header)).toString('base64url'), ...rest].join('.'))
  })

  test('a kid that nobody has, none, and that of a key that signs', async () => {
    await refused(await encrypt(ec, { kid: 'x' }))
    const { kid: _, ...nameless } = ec
    await refused(await encrypt(nameless))
    const signing: JWK = JSON.parse(ring.jwks.body).keys[0]
    await refused(await encrypt(signing, { alg: 'RSA-OAEP-256' }))
  })

  test('strangers’ kids cost one look at the database in five seconds', async () => {
    const jwe = await encrypt(ec, { kid: 'x' })
    await ring.reload()
    const { reads } = store
    for (let i = 0; i < 20; i++) await refused(jwe)
    assert.equal(store.reads, reads)
    clock.advance(MINUTE)
  })

  test('[RFC7518 4.6.2] an ephemeral key that is not on our curve, or no point at all', async () => {
    const jwe = await encrypt(ec)
    const [head = '', ...rest] = jwe.split('.')
    const header = JSON.parse(Buffer.from(head, 'base64url').toString())
    for (const epk of [
      undefined,
      { ...header.epk, crv: 'P-384' },
      { ...header.epk, x: header.epk.y },
      { kty: 'oct', k: 'AAAA' },
      'x',
    ]) {
      await refused([Buffer.from(JSON.stringify({ ...header, epk })).toString('base64url'), ...rest].join('.'))
    }
  })

  test('whatever was changed on the way', async () => {
    for (const key of [rsa, ec]) {
      const jwe = await encrypt(key)
      for (let index = 0; index < jwe.length; index += 5) {
        if (jwe[index] === '.') continue
        await refused(jwe.slice(0, index) + (jwe[index] === 'A' ? 'B' : 'A') + jwe.slice(index + 1))
      }
      for (const other of [`${jwe}=`, `${jwe}.`, ` ${jwe}`, jwe.slice(0, -1), jwe.split('.').slice(1).join('.')])
        await refused(other)
    }
  })

  test('what is too long, without taking long', async () => {
    const started = process.hrtime.bigint()
    await refused(await encrypt(ec, {}, 'x'.repeat(40_000)))
    await refused('.'.repeat(5_000_000))
    await refused(`${'A'.repeat(5_000_000)}....`)
    assert.equal((await ring.decrypt(await encrypt(ec, {}, 'x'.repeat(20_000))))?.length, 20_000)
    assert.ok(process.hrtime.bigint() - started < 2_000_000_000n)
  })

  test('anything at all', async () => {
    const real = (await encrypt(ec)).split('.')
    const part = fc.oneof(fc.base64String(), fc.string(), fc.constantFrom('', ...real))
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 3, maxLength: 6 }), async (parts) => {
        const text = parts.join('.')
        if (text !== real.join('.')) await refused(text)
      }),
      { numRuns: 300, seed: 3 },
    )
  })

  test('a database that is away is no reason to read less than is known', async () => {
    const jwe = await encrypt(keyFor(ring, 'ECDH-ES'))
    await ring.reload()
    store.failure = new Error('the database is away')
    assert.equal(await ring.decrypt(jwe), 'a secret ä')
    clock.advance(HOUR)
    await assert.rejects(ring.decrypt(jwe), /away/)
    store.failure = undefined
  })
})
