import assert from 'node:assert/strict'
import { createHash, createSecretKey } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { parseRefreshToken, refreshToken, verifyRefreshToken } from '../../../src/protocol/tokens/refresh-token.ts'
import { aGrant, GRANT_ID, OTHER_GRANT_ID } from '../../fixtures/records.ts'

const KEY = createSecretKey(createHash('sha256').update('a key').digest())
const OTHER_KEY = createSecretKey(createHash('sha256').update('another key').digest())
const GRANT = aGrant()
const TOKEN = refreshToken(KEY, GRANT, 3)

/** As the token endpoint does it: the grant that the token names. */
const verifies = (text: string, grant = GRANT, key = KEY): boolean => {
  const token = parseRefreshToken(text)
  return token !== undefined && verifyRefreshToken(key, grant, token)
}

describe('a refresh token', () => {
  test('has 70 base64url characters and verifies', () => {
    assert.match(TOKEN, /^[A-Za-z0-9_-]{70}$/)
    assert.ok(verifies(TOKEN))
  })

  test('names its grant and its generation', () => {
    const token = parseRefreshToken(TOKEN)
    assert.deepEqual([token?.grantId, token?.generation], [GRANT_ID, 3])
  })

  test('is the same however often it is made', () => assert.equal(refreshToken(KEY, aGrant(), 3), TOKEN))

  test('of each generation is another one, up to the last', () => {
    const generations = [0, 1, 2, 3, 255, 256, 65_536, 2 ** 32 - 1]
    const tokens = generations.map((generation) => refreshToken(KEY, GRANT, generation))
    assert.equal(new Set(tokens).size, generations.length)
    assert.deepEqual(
      tokens.map((token) => parseRefreshToken(token)?.generation),
      generations,
    )
    for (const token of tokens) assert.ok(verifies(token))
  })

  test('of another grant does not verify, even with the same salt', () => {
    assert.equal(verifies(TOKEN, aGrant({ id: OTHER_GRANT_ID })), false)
    assert.equal(verifies(refreshToken(KEY, aGrant({ id: OTHER_GRANT_ID }), 3)), false)
  })

  test('needs the key: a copy of the database makes none', () => {
    assert.equal(verifies(refreshToken(OTHER_KEY, GRANT, 3)), false)
  })

  test('needs the salt: the key alone makes none', () => {
    assert.equal(verifies(refreshToken(KEY, aGrant({ refreshSalt: 'another salt' }), 3)), false)
  })

  test('does not tell the salt', () => {
    const salted = refreshToken(KEY, aGrant({ refreshSalt: 'canary' }), 1)
    assert.doesNotMatch(Buffer.from(salted, 'base64url').toString('latin1'), /canary/)
  })
})

describe('no other string verifies', () => {
  const bytes = Buffer.from(TOKEN, 'base64url')

  test('not one with any bit flipped', () => {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      assert.equal(verifies(flipped.toString('base64url')), false, `bit ${bit}`)
    }
  })

  test('not another generation under the same MAC', () => {
    for (const generation of [0, 1, 2, 4, 2 ** 32 - 1]) {
      const forged = Buffer.from(bytes)
      forged.writeUInt32BE(generation, 16)
      assert.equal(verifies(forged.toString('base64url')), false)
    }
  })

  test('not a shorter or a longer one', () => {
    for (let length = 0; length < TOKEN.length; length++) assert.equal(verifies(TOKEN.slice(0, length)), false)
    for (const more of ['A', '=', '==', ' ', '\n', '.', TOKEN]) {
      assert.equal(verifies(TOKEN + more), false)
      assert.equal(verifies(more + TOKEN), false)
    }
  })

  test('not another spelling of the same bytes', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const same = [...alphabet]
      .map((last) => TOKEN.slice(0, -1) + last)
      .filter((text) => Buffer.from(text, 'base64url').equals(bytes))
    assert.ok(same.length > 1, 'there are spare bits')
    assert.deepEqual(
      same.filter((text) => verifies(text)),
      [TOKEN],
    )
    const otherAlphabet = refreshTokenWith(/[-_]/)
    assert.equal(verifies(otherAlphabet.replaceAll('-', '+').replaceAll('_', '/')), false)
  })

  test('not the MAC of nothing', () => {
    const head = bytes.subarray(0, 20)
    for (const mac of [Buffer.alloc(32), Buffer.alloc(32, 0xff), KEY.export()]) {
      assert.equal(verifies(Buffer.concat([head, mac]).toString('base64url')), false)
    }
  })

  test('not whatever else is tried', () => {
    const character = fc.constantFrom(...'ABYZabyz0189-_+/=. \n')
    const random = fc.string({ unit: character, minLength: 60, maxLength: 80 })
    const spliced = fc
      .tuple(fc.nat(TOKEN.length), fc.nat(TOKEN.length), fc.string({ unit: character, maxLength: 6 }))
      .map(([from, to, text]) => TOKEN.slice(0, from) + text + TOKEN.slice(to))
    const any = fc.oneof(
      random,
      spliced,
      fc.uint8Array({ minLength: 52, maxLength: 52 }).map((one) => Buffer.from(one).toString('base64url')),
    )
    fc.assert(
      fc.property(any, (text) => assert.equal(verifies(text), text === TOKEN)),
      { numRuns: 5000, seed: 9700 },
    )
  })
})

/** A token that has one of these characters in it. */
function refreshTokenWith(character: RegExp): string {
  for (let generation = 1; ; generation++) {
    const token = refreshToken(KEY, GRANT, generation)
    if (character.test(token)) return token
  }
}
