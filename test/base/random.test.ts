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

  test('no byte of the system’s is given out twice, whatever the portions', () => {
    const seen = new Set<string>()
    for (let i = 0; i < 3000; i++) {
      const length = 16 + (i % 50)
      const bytes = systemRandom.bytes(length)
      assert.equal(bytes.length, length)
      // Any eight bytes in a row of 100,000: a collision by chance happens once in a thousand million runs.
      for (let at = 0; at + 8 <= length; at++) {
        const part = bytes.toString('hex', at, at + 8)
        assert.ok(!seen.has(part), `${part} came twice`)
        seen.add(part)
      }
    }
    assert.equal(systemRandom.bytes(100_000).length, 100_000)
  })

  test('who keeps the bytes and writes to them changes nobody else’s', () => {
    const one = systemRandom.bytes(16)
    const copy = Buffer.from(one)
    systemRandom.bytes(16).fill(0)
    assert.deepEqual(one, copy)
  })

  test('[RFC7519 2] seconds are whole and never ahead of the time', () => {
    assert.equal(toSeconds(1999), 1)
    assert.equal(toSeconds(2000), 2)
  })

  test('the system clock counts milliseconds since 1970', () => {
    assert.ok(systemClock.now() > Date.UTC(2024, 0) && systemClock.now() < Date.UTC(2200, 0))
  })
})
