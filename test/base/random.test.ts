import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { systemClock, toSeconds } from '../../src/base/clock.ts'
import { randomSecret, systemRandom } from '../../src/base/random.ts'

describe('randomness and time', () => {
  test('a secret is 256 bits as 43 base64url characters', () => {
    const asked: number[] = []
    const secret = randomSecret({
      bytes(length) {
        asked.push(length)
        return Buffer.alloc(length, 0xfb)
      },
    })
    assert.deepEqual(asked, [32])
    assert.match(secret, /^[A-Za-z0-9_-]{43}$/)
    assert.deepEqual(Buffer.from(secret, 'base64url'), Buffer.alloc(32, 0xfb))
  })

  test('the system gives as many bytes as asked for, others each time', () => {
    const [one, other] = [systemRandom.bytes(16), systemRandom.bytes(16)]
    assert.equal(one.length, 16)
    assert.notDeepEqual(one, other)
  })

  test('[RFC7519 2] seconds are whole and never ahead of the time', () => {
    assert.equal(toSeconds(1999), 1)
    assert.equal(toSeconds(2000), 2)
  })

  test('the system clock counts milliseconds since 1970', () => {
    assert.ok(systemClock.now() > Date.UTC(2024, 0) && systemClock.now() < Date.UTC(2200, 0))
  })
})
