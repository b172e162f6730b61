/** A remembered signature never outlives the belief in its key, and is good for nothing but the very same token. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DAY } from '../../src/base/duration.ts'
import type { VerificationKey } from '../../src/keys/snapshot.ts'
import { verifiedTokens } from '../../src/keys/verified-tokens.ts'
import { aRing } from '../fixtures/signing-keys.ts'

const typ = 'at+jwt'
const kidOf = (token: string): string => JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()).kid

describe('what the ring remembers', () => {
  test('a token that is presented again gives the same claims, without another look at its signature', async () => {
    const { ring } = await aRing()
    const token = await ring.sign('ES256', typ, { sub: 'anna' })
    const first = await ring.verify(token, { typ })
    assert.deepEqual(first, { sub: 'anna' })
    assert.equal(await ring.verify(token, { typ }), first, 'it was verified twice')
  })

  test('[RFC8725 3.11] it stays a token of its typ', async () => {
    const { ring } = await aRing()
    const token = await ring.sign('ES256', typ, { sub: 'anna' })
    assert.ok(await ring.verify(token, { typ }))
    assert.equal(await ring.verify(token, { typ: 'JWT' }), undefined)
  })

  test('another spelling or signature of it is another token', async () => {
    const { ring } = await aRing()
    const token = await ring.sign('ES256', typ, { sub: 'anna' })
    assert.ok(await ring.verify(token, { typ }))
    for (const text of [`${token}A`, token.slice(0, -1), ` ${token}`, `${token.slice(0, -4)}AAAA`]) {
      assert.equal(await ring.verify(text, { typ }), undefined, text)
    }
  })

  test('a revoked key: what was believed a moment ago is not any more', async () => {
    const { ring, store, clock } = await aRing()
    const token = await ring.sign('ES256', typ, { sub: 'anna' })
    assert.ok(await ring.verify(token, { typ }))
    await store.revoke(kidOf(token), clock.now())
    await ring.reload()
    assert.equal(await ring.verify(token, { typ }), undefined)
    assert.equal(await ring.verify(token, { typ, allowWithdrawn: true }), undefined)
  })

  test('a withdrawn key: as an old hint it is remembered, as a token of today it is not', async () => {
    const { ring, store, clock } = await aRing()
    const token = await ring.sign('ES256', typ, { sub: 'anna' })
    assert.ok(await ring.verify(token, { typ }))
    clock.advance(91 * DAY)
    await ring.tick()
    clock.advance(91 * DAY)
    await ring.tick()
    assert.equal(store.rows.get(kidOf(token))?.state, 'withdrawn')
    for (let time = 0; time < 2; time++) {
      assert.deepEqual(await ring.verify(token, { typ, allowWithdrawn: true }), { sub: 'anna' })
      assert.equal(await ring.verify(token, { typ }), undefined)
    }
  })
})

describe('how much it remembers', () => {
  const key = { algorithm: 'ES256' } as VerificationKey
  const fill = (entries: number, count: number) => {
    const memory = verifiedTokens(entries)
    for (let i = 0; i < count; i++) memory.remember(`token-${i}`, { typ, key, claims: { i } })
    return memory
  }

  test('the last entries at least, and twice as many at most', () => {
    const memory = fill(10, 100)
    const known = Array.from({ length: 100 }, (_, i) => i).filter((i) => memory.find(`token-${i}`))
    assert.ok(known.length >= 10 && known.length <= 20, `${known}`)
    assert.ok(known.includes(99) && known.includes(90))
  })

  test('what is asked for stays', () => {
    const memory = fill(10, 10)
    for (let i = 0; i < 100; i++) {
      assert.ok(memory.find('token-3'), `forgotten after ${i} others`)
      memory.remember(`other-${i}`, { typ, key, claims: {} })
    }
    assert.equal(memory.find('token-4'), undefined)
  })
})
