/** Whatever is wrong with a token, verifying it says so and never throws. */
import assert from 'node:assert/strict'
import { constants, createPrivateKey, createPublicKey, verify } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { CompactEncrypt, CompactSign, compactVerify, exportSPKI, importJWK, importPKCS8, type JWK } from 'jose'
import { buildJwks } from '../../src/keys/jwks.ts'
import { sideBySide } from '../../src/keys/token.ts'
import { SIGNING_ALGORITHMS } from '../../src/protocol/vocabulary.ts'
import { aPolicy, aRing, pooledKeys } from '../fixtures/signing-keys.ts'

const typ = 'at+jwt'
const { ring, store } = await aRing()
const token = await ring.sign('ES256', typ, { sub: 'anna', text: 'ä' })
const rsaToken = await ring.sign('RS256', typ, { sub: 'anna' })
const [header = '', payload = '', signature = ''] = token.split('.')
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const kid = (text: string): string => JSON.parse(Buffer.from(text.split('.')[0]!, 'base64url').toString()).kid
const publicJwk = (text: string): JWK => JSON.parse(store.rows.get(kid(text))!.publicJwk)
const refused = async (text: string, expected = { typ }) => assert.equal(await ring.verify(text, expected), undefined)

/** The private half of the current ES256 key: the first one that the pool hands out. */
const { privateJwk } = await pooledKeys()('ES256')
const privateKey = await importJWK(JSON.parse(privateJwk), 'ES256')
/** A signature of our own key over a header that we would never write. */
const signed = (protectedHeader: object, body = Buffer.from('{"sub":"eve"}')) =>
  new CompactSign(body)
    .setProtectedHeader({ alg: 'ES256', typ, kid: kid(token), ...protectedHeader })
    .sign(privateKey, { crit: { b64: true, x: true } })

describe('verify', () => {
  test('gives the claims of a token of ours, whatever they say of time', async () => {
    assert.deepEqual(await ring.verify(token, { typ }), { sub: 'anna', text: 'ä' })
    const expired = await ring.sign('ES256', typ, { exp: 1 })
    assert.deepEqual(await ring.verify(expired, { typ }), { exp: 1 })
    assert.deepEqual(await ring.verify(await signed({}), { typ }), { sub: 'eve' })
  })

  test('[RFC8725 3.11] another typ is another kind of token', async () => {
    await refused(token, { typ: 'JWT' })
    await refused(token, { typ: 'AT+JWT' })
    await refused(token, { typ: '' })
  })

  test('every truncation of it', async () => {
    for (let length = 0; length < token.length; length++) await refused(token.slice(0, length))
  })

  test('every single changed character, in the spare bits of the last one too', async () => {
    for (const text of [token, rsaToken]) {
      for (let index = 0; index < text.length; index++) {
        const replacement = text[index] === 'A' ? 'B' : 'A'
        await refused(text.slice(0, index) + replacement + text.slice(index + 1))
      }
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
      for (const last of alphabet.replace(text.at(-1)!, '')) await refused(text.slice(0, -1) + last)
    }
  })

  test('other spellings of the same bytes: padding, white space, a plain base64 alphabet', async () => {
    for (const text of [
      `${token}=`,
      ` ${token}`,
      `${token}\n`,
      `${token}.`,
      `.${token}`,
      `${header}=.${payload}.${signature}`,
    ]) {
      await refused(text)
    }
  })

  test('[RFC8725 3.1] alg none, with and without a signature', async () => {
    for (const alg of ['none', 'None', 'NONE', '']) {
      const forged = encode({ alg, typ, kid: kid(token) })
      await refused(`${forged}.${payload}.`)
      await refused(`${forged}.${payload}.${signature}`)
    }
  })

  test('[RFC8725 3.1] HS256 with our public key as the secret, in every form of it', async () => {
    const jwk = publicJwk(rsaToken)
    const key = await importJWK(jwk, 'RS256', { extractable: true })
    assert.ok(!(key instanceof Uint8Array))
    const pem = await exportSPKI(key)
    for (const secret of [pem, pem.trim(), JSON.stringify(jwk), String(jwk.n)]) {
      const forged = await new CompactSign(Buffer.from('{"sub":"eve"}'))
        .setProtectedHeader({ alg: 'HS256', typ, kid: kid(rsaToken) })
        .sign(Buffer.from(secret))
      await refused(forged)
    }
  })

  test('the kid of another algorithm: the key decides, not the header', async () => {
    await refused(`${encode({ alg: 'RS256', typ, kid: kid(token) })}.${payload}.${signature}`)
    await refused(await signed({ kid: kid(rsaToken) }))
    await refused(await signed({ kid: kid(rsaToken), alg: 'ES256' }))
    const rsa = createPrivateKey({ key: JSON.parse((await pooledKeys()('RS256')).privateJwk), format: 'jwk' })
    const pem = rsa.export({ format: 'pem', type: 'pkcs8' }).toString()
    const ps256 = await new CompactSign(Buffer.from('{}'))
      .setProtectedHeader({ alg: 'PS256', typ, kid: kid(rsaToken) })
      .sign(await importPKCS8(pem, 'PS256'))
    await refused(ps256)
  })

  test('[RFC8725 3.10] a key in the header, or a place to fetch one from, even under our own signature', async () => {
    for (const extra of [
      { jwk: publicJwk(token) },
      { jku: 'https://eve.example/jwks' },
      { x5u: 'https://eve.example' },
      { x5c: ['AAAA'] },
    ]) {
      await refused(await signed(extra))
    }
  })

  test('[RFC7515 4.1.11] crit, and [RFC7797] b64, even under our own signature', async () => {
    await refused(await signed({ crit: ['b64'], b64: true }))
    await refused(await signed({ crit: ['x'], x: 1 }))
    await refused(await signed({ b64: false }))
    const detached = `${encode({ alg: 'ES256', typ, kid: kid(token), b64: false, crit: ['b64'] })}.${payload}.${signature}`
    await refused(detached)
  })

  test('a kid that nobody has, one of odd type, none', async () => {
    for (const odd of ['x', '', 1, null, ['a'], {}, '__proto__', 'constructor']) {
      await refused(`${encode({ alg: 'ES256', typ, kid: odd })}.${payload}.${signature}`)
    }
    await refused(`${encode({ alg: 'ES256', typ })}.${payload}.${signature}`)
  })

  test('a payload that is not an object of claims', async () => {
    for (const body of ['[]', '"x"', 'null', '1', '', '{', '\u00ff'])
      await refused(await signed({}, Buffer.from(body, 'latin1')))
  })

  test('a JWE', async () => {
    const jwe = await new CompactEncrypt(Buffer.from('{}'))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .encrypt(Buffer.alloc(32))
    await refused(jwe)
  })

  test('a huge one, and a deeply nested one, without taking long', async () => {
    const started = process.hrtime.bigint()
    await refused(await ring.sign('ES256', typ, { text: 'x'.repeat(20_000) }))
    await refused('a'.repeat(10_000_000))
    await refused(`${header}.${'A'.repeat(10_000_000)}.${signature}`)
    await refused('.'.repeat(1_000_000))
    await refused(`${Buffer.from('['.repeat(10_000)).toString('base64url')}.e30.AA`)
    assert.ok(process.hrtime.bigint() - started < 2_000_000_000n)
  })

  test('what is not even text', async () => {
    for (const value of [undefined, null, 1, {}, [], Buffer.from(token)]) {
      // @ts-expect-error: callers in plain JavaScript, or a cast gone wrong
      await refused(value)
    }
  })

  test('anything at all', async () => {
    const part = fc.oneof(
      fc.base64String(),
      fc.string(),
      fc.json().map((json) => Buffer.from(json).toString('base64url')),
      fc.constantFrom(header, payload, signature),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 6 }), async (parts) => {
        const text = parts.join('.')
        if (text !== token) await refused(text)
      }),
      { numRuns: 500, seed: 1 },
    )
  })
})

describe('buildJwks', () => {
  test('[RFC7517 9.2] a private member is refused, whatever put it there', () => {
    const jwk = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', kid: 'k', alg: 'ES256', use: 'sig' } as const
    for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) {
      assert.throws(() => buildJwks([{ ...jwk, [member]: 'secret' }]), /private half/)
    }
    assert.equal(buildJwks([jwk]).body, JSON.stringify({ keys: [jwk] }))
  })
})

describe('[RFC7518 3.4] an ES256 signature', () => {
  /** DER of two integers, as OpenSSL writes them: shortest form, a zero before a first bit that is set. */
  function der(r: Buffer, s: Buffer): Buffer {
    const integer = (bytes: Buffer): Buffer => {
      const first = bytes.findIndex((byte) => byte !== 0)
      const short = bytes.subarray(first)
      const body = (short[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), short]) : short
      return Buffer.concat([Buffer.from([2, body.length]), body])
    }
    const both = Buffer.concat([integer(r), integer(s)])
    return Buffer.concat([Buffer.from([0x30, both.length]), both])
  }

  test('is r and s side by side, with their leading zeros', () => {
    const coordinate = fc
      .tuple(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.integer({ min: 0, max: 31 }))
      .map(([bytes, zeros]) => Buffer.from(bytes).fill(0, 0, zeros))
      .filter((bytes) => bytes.some((byte) => byte !== 0))
    fc.assert(
      fc.property(coordinate, coordinate, (r, s) => sideBySide(der(r, s)).equals(Buffer.concat([r, s]))),
      { numRuns: 2000 },
    )
  })

  test('verifies with another library, each of 600', async () => {
    const key = await importJWK(publicJwk(token), 'ES256')
    for (let i = 0; i < 600; i++) {
      const made = await ring.sign('ES256', typ, { i })
      assert.equal(made.split('.')[2]?.length, 86)
      await compactVerify(made, key)
    }
  })
})

describe('every algorithm', async () => {
  const { ring: all, store: rows } = await aRing({ policy: aPolicy({ algorithms: SIGNING_ALGORITHMS }) })

  for (const algorithm of SIGNING_ALGORITHMS) {
    test(`[RFC7518 3.1] [RFC8037 3.1] ${algorithm}: verifies with another library and by us, and no byte may change`, async () => {
      const made = await all.sign(algorithm, typ, { sub: 'anna' })
      const jwk = JSON.parse(rows.rows.get(kid(made))!.publicJwk)
      const { protectedHeader } = await compactVerify(made, await importJWK(jwk, algorithm), {
        algorithms: [algorithm],
      })
      assert.deepEqual(protectedHeader, { alg: algorithm, typ, kid: kid(made) })
      assert.deepEqual(await all.verify(made, { typ }), { sub: 'anna' })
      const [head = '', body = '', sign = ''] = made.split('.')
      for (let index = 0; index < sign.length; index += 7) {
        const changed = sign.slice(0, index) + (sign[index] === 'A' ? 'B' : 'A') + sign.slice(index + 1)
        assert.equal(await all.verify(`${head}.${body}.${changed}`, { typ }), undefined)
      }
      // RFC 8725 §3.1: no other name in the header makes it another token.
      for (const other of SIGNING_ALGORITHMS.filter((one) => one !== algorithm)) {
        const renamed = encode({ alg: other, typ, kid: kid(made) })
        assert.equal(await all.verify(`${renamed}.${body}.${sign}`, { typ }), undefined)
      }
    })
  }

  test('[RFC7518 3.5] the salt of PS256 has 32 bytes', async () => {
    const made = await all.sign('PS256', typ, {})
    const key = createPublicKey({ key: JSON.parse(rows.rows.get(kid(made))!.publicJwk), format: 'jwk' })
    const [head, body, sign = ''] = made.split('.')
    const verifies = (saltLength: number) =>
      verify(
        'sha256',
        Buffer.from(`${head}.${body}`),
        { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength },
        Buffer.from(sign, 'base64url'),
      )
    assert.deepEqual([verifies(32), verifies(20), verifies(64)], [true, false, false])
  })

  test('[RFC7518 3.3, 3.5] a PS256 signature of a key for RS256 is refused, and the other way round', async () => {
    for (const [algorithm, other] of [
      ['RS256', 'PS256'],
      ['PS256', 'RS256'],
    ] as const) {
      const pair = (await pooledKeys()(algorithm)).privateJwk
      const { kid: name } = JSON.parse(pair)
      const forged = await new CompactSign(Buffer.from('{}'))
        .setProtectedHeader({ alg: other, typ, kid: name })
        .sign(createPrivateKey({ key: JSON.parse(pair), format: 'jwk' }))
      assert.equal(await all.verify(forged, { typ }), undefined)
      const asIfOurs = await new CompactSign(Buffer.from('{}'))
        .setProtectedHeader({ alg: algorithm, typ, kid: name })
        .sign(createPrivateKey({ key: JSON.parse(pair), format: 'jwk' }))
      assert.deepEqual(await all.verify(asIfOurs, { typ }), {})
    }
  })
})
