/** The key ring of one process: what it signs verifies from what it publishes, before, during and after rotations. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/base/duration.ts'
import { type KeyRing, openKeyRing } from '../../src/keys/key-ring.ts'
import { SealingKeyError } from '../../src/keys/sealing-key.ts'
import { SIGNING_ALGORITHMS } from '../../src/protocol/vocabulary.ts'
import { START } from '../fixtures/clock.ts'
import { aPolicy, aRing, aSealingKey, pooledKeys, ringDeps } from '../fixtures/signing-keys.ts'

const typ = 'at+jwt'
const kidOf = (token: string) => decodeProtectedHeader(token).kid
const published = (ring: KeyRing): Record<string, unknown>[] => JSON.parse(ring.jwks.body).keys

describe('the first start', () => {
  test('publishes a current and a next key for each algorithm, and signs with the current ones', async () => {
    const { ring, store } = await aRing({ policy: aPolicy({ algorithms: SIGNING_ALGORITHMS }) })
    assert.deepEqual(
      published(ring).map((key) => [key['alg'], store.rows.get(String(key['kid']))?.state]),
      [
        ['RS256', 'current'],
        ['RS256', 'next'],
        ['ES256', 'current'],
        ['ES256', 'next'],
        ['PS256', 'current'],
        ['PS256', 'next'],
        ['EdDSA', 'current'],
        ['EdDSA', 'next'],
      ],
    )
    for (const algorithm of SIGNING_ALGORITHMS) {
      const token = await ring.sign(algorithm, typ, { sub: 'anna' })
      assert.deepEqual(decodeProtectedHeader(token), { alg: algorithm, typ, kid: kidOf(token) })
      assert.equal(store.rows.get(String(kidOf(token)))?.state, 'current')
      assert.deepEqual((await jwtVerify(token, createLocalJWKSet(JSON.parse(ring.jwks.body)))).payload, { sub: 'anna' })
      assert.deepEqual(await ring.verify(token, { typ }), { sub: 'anna' })
    }
  })

  test('the database never sees a private key in the clear', async () => {
    const { store } = await aRing()
    for (const key of store.rows.values()) assert.doesNotMatch(JSON.stringify(key), /\\?"d\\?"/)
  })

  test('[RFC7517 9.2] no private member is published', async () => {
    const { ring } = await aRing()
    for (const key of published(ring)) {
      assert.deepEqual(
        Object.keys(key).filter((name) => !['kty', 'n', 'e', 'crv', 'x', 'y', 'kid', 'alg', 'use'].includes(name)),
        [],
      )
    }
  })

  test('two processes that start on an empty store at the same moment end with the same keys', async () => {
    const { deps, store } = ringDeps()
    const rings = await Promise.all([1, 2, 3].map(() => openKeyRing(deps)))
    assert.equal(store.rows.size, 4)
    for (const ring of rings) await ring.reload()
    assert.equal(new Set(rings.map((ring) => ring.jwks.body)).size, 1)
    const token = await rings[0]!.sign('ES256', typ, {})
    for (const ring of rings) assert.ok(await ring.verify(token, { typ }))
  })
})

describe('a restart', () => {
  test('goes on with the same keys', async () => {
    const { ring, deps, store } = await aRing()
    const token = await ring.sign('RS256', typ, { n: 1 })
    const again = await openKeyRing(deps)
    assert.equal(again.jwks.etag, ring.jwks.etag)
    assert.equal(store.rows.size, 4)
    assert.deepEqual(await again.verify(token, { typ }), { n: 1 })
  })

  test('with another sealing key is refused, names where it came from, and changes nothing', async () => {
    const { deps, store } = await aRing()
    const before = [...store.rows.values()]
    const sealingKey = { ...aSealingKey(2), source: 'the file /srv/sealing.key' }
    await assert.rejects(openKeyRing({ ...deps, sealingKey }), (error: unknown) => {
      assert.ok(error instanceof SealingKeyError)
      return /the file \/srv\/sealing\.key is not the one/.test(error.message)
    })
    assert.deepEqual([...store.rows.values()], before)
  })

  test('two first starts with different sealing keys: one goes on, the other is told; no key is left that the first cannot open', async () => {
    const { deps, store } = ringDeps()
    const settled = await Promise.allSettled([openKeyRing(deps), openKeyRing({ ...deps, sealingKey: aSealingKey(2) })])
    assert.deepEqual(settled.map((each) => each.status).sort(), ['fulfilled', 'rejected'])
    const winner = settled.findIndex((each) => each.status === 'fulfilled')
    await openKeyRing({ ...deps, sealingKey: aSealingKey(winner + 1) })
    assert.equal(store.rows.size, 4)
  })

  test('a stored row that was changed stops the start', async () => {
    const { deps, store } = await aRing()
    const key = [...store.rows.values()].find((row) => row.algorithm === 'ES256' && row.state === 'current')!
    const { publicJwk } = await pooledKeys()('ES256')
    store.put({ ...key, publicJwk: publicJwk.replace(/"x":"(.)/, (_, x) => `"x":"${x === 'A' ? 'B' : 'A'}`) })
    await assert.rejects(openKeyRing(deps), /not the key that its kid names/)
  })
})

describe('a rotation', () => {
  test('tokens verify from the published set before, during and after it, until they expire', async () => {
    const { ring, clock, store } = await aRing()
    const old = await ring.sign('ES256', typ, { n: 1 })
    const next = [...store.rows.values()].find((key) => key.algorithm === 'ES256' && key.state === 'next')!
    const cachedByAnApp = createLocalJWKSet(JSON.parse(ring.jwks.body))
    clock.advance(90 * DAY)
    const last = await ring.sign('ES256', typ, { n: 2 })
    await ring.tick()
    const fresh = await ring.sign('ES256', typ, { n: 3 })
    assert.equal(kidOf(old), kidOf(last))
    assert.equal(kidOf(fresh), next.kid)
    await jwtVerify(fresh, cachedByAnApp)
    const now = createLocalJWKSet(JSON.parse(ring.jwks.body))
    for (const token of [last, fresh]) await jwtVerify(token, now)
    clock.advance(HOUR)
    await ring.tick()
    assert.ok(published(ring).some((key) => key['kid'] === kidOf(last)))
    clock.advance(3 * MINUTE)
    await ring.tick()
    assert.ok(!published(ring).some((key) => key['kid'] === kidOf(last)))
    assert.equal(await ring.verify(last, { typ }), undefined)
    assert.deepEqual(await ring.verify(last, { typ, allowWithdrawn: true }), { n: 2 })
    assert.equal(store.rows.get(String(kidOf(last)))?.sealedPrivateJwk, undefined)
  })

  for (const algorithm of SIGNING_ALGORITHMS) {
    test(`of ${algorithm}: what was cached before it verifies what comes after it, and the other way round`, async () => {
      const { ring, clock } = await aRing({ policy: aPolicy({ algorithms: SIGNING_ALGORITHMS }) })
      const cachedByAnApp = createLocalJWKSet(JSON.parse(ring.jwks.body))
      const old = await ring.sign(algorithm, typ, { n: 1 })
      clock.advance(90 * DAY)
      await ring.tick()
      const fresh = await ring.sign(algorithm, typ, { n: 2 })
      assert.notEqual(kidOf(old), kidOf(fresh))
      await jwtVerify(fresh, cachedByAnApp)
      await jwtVerify(old, createLocalJWKSet(JSON.parse(ring.jwks.body)))
      for (const token of [old, fresh]) assert.ok(await ring.verify(token, { typ }))
      clock.advance(HOUR + 3 * MINUTE)
      await ring.tick()
      assert.equal(await ring.verify(old, { typ }), undefined)
      assert.ok(await ring.verify(fresh, { typ }))
    })
  }

  test('restarting at every step changes nothing about it', async () => {
    const { deps, clock, store } = ringDeps()
    for (let day = 0; day <= 200; day += 10) {
      await openKeyRing(deps)
      await openKeyRing(deps)
      clock.advance(10 * DAY)
    }
    const es = [...store.rows.values()].filter((key) => key.algorithm === 'ES256')
    assert.deepEqual(
      es.map((key) => [key.state, (key.activatedAt ?? 0) && ((key.activatedAt ?? 0) - START) / DAY]),
      [
        ['withdrawn', 0],
        ['withdrawn', 90],
        ['current', 180],
        ['next', 0],
      ],
    )
  })

  test('an etag changes with the set and with nothing else', async () => {
    const { ring, clock } = await aRing()
    const { etag } = ring.jwks
    clock.advance(DAY)
    await ring.tick()
    assert.equal(ring.jwks.etag, etag)
    clock.advance(90 * DAY)
    await ring.tick()
    assert.notEqual(ring.jwks.etag, etag)
    assert.match(ring.jwks.etag, /^"[\w-]{43}"$/)
  })

  test('a snapshot is swapped only when something changed', async () => {
    const { ring } = await aRing()
    const { jwks } = ring
    await ring.reload()
    await ring.tick()
    assert.equal(ring.jwks, jwks)
  })

  test('a clock that jumps a year ahead and back: tokens from before are verified all the while it is right', async () => {
    const { ring, clock } = await aRing()
    clock.advance(90 * DAY - MINUTE)
    const before = await ring.sign('ES256', typ, {})
    clock.advance(MINUTE)
    await ring.tick()
    clock.advance(365 * DAY)
    await ring.tick()
    const during = await ring.sign('ES256', typ, {})
    clock.advance(-365 * DAY)
    await ring.tick()
    const after = await ring.sign('ES256', typ, {})
    for (const token of [before, during, after]) {
      assert.ok(await ring.verify(token, { typ }))
      await jwtVerify(token, createLocalJWKSet(JSON.parse(ring.jwks.body)))
    }
  })
})

describe('several processes', () => {
  test('a key that another process promoted signs here after a reload, and verified here before it', async () => {
    const { ring, deps, clock } = await aRing()
    const other = await openKeyRing(deps)
    clock.advance(90 * DAY)
    await other.tick()
    const theirs = await other.sign('ES256', typ, {})
    assert.ok(await ring.verify(theirs, { typ }), 'it was published here as the next key')
    await ring.reload()
    assert.equal(kidOf(await ring.sign('ES256', typ, {})), kidOf(theirs))
  })

  test('a ring that has not reloaded for too long reads before it signs, once for all who wait', async () => {
    const { ring, deps, clock, store } = await aRing()
    const other = await openKeyRing(deps)
    const old = kidOf(await ring.sign('ES256', typ, {}))
    clock.advance(90 * DAY)
    await other.tick()
    const reads = store.reads
    const tokens = await Promise.all(Array.from({ length: 50 }, () => ring.sign('ES256', typ, {})))
    assert.ok(tokens.every((token) => kidOf(token) !== old))
    assert.equal(store.reads, reads + 1)
  })

  test('when that read fails it does not sign', async () => {
    const { ring, clock, store } = await aRing()
    clock.advance(MINUTE)
    store.failure = new Error('the database is away')
    await ring.sign('ES256', typ, {})
    clock.advance(2 * MINUTE)
    await assert.rejects(ring.sign('ES256', typ, {}), /away/)
    store.failure = undefined
    await ring.sign('ES256', typ, {})
  })

  test('a token with a key that is not known yet is looked up, at most once in five seconds', async () => {
    const { ring, deps, clock, store } = await aRing()
    const other = await openKeyRing({ ...deps, policy: aPolicy({ reloadWithin: 0 }) })
    for (const key of store.rows.values()) if (key.algorithm === 'ES256') await store.revoke(key.kid, clock.now())
    await other.tick()
    const theirs = await other.sign('ES256', typ, {})
    assert.equal(await ring.verify(theirs, { typ }), undefined)
    clock.advance(6 * SECOND)
    assert.ok(await ring.verify(theirs, { typ }))
    const reads = store.reads
    const header = Buffer.from(JSON.stringify({ alg: 'ES256', typ, kid: 'unknown' })).toString('base64url')
    for (let n = 0; n < 10; n++) assert.equal(await ring.verify(`${header}.e30.AAAA`, { typ }), undefined)
    assert.equal(store.reads, reads)
  })

  test('a database that is away makes an unknown kid unknown, not an error', async () => {
    const { ring, clock, store } = await aRing()
    clock.advance(MINUTE)
    store.failure = new Error('the database is away')
    const header = Buffer.from(JSON.stringify({ alg: 'ES256', typ, kid: 'unknown' })).toString('base64url')
    assert.equal(await ring.verify(`${header}.e30.AAAA`, { typ }), undefined)
  })

  test('a revoked key: nothing that it signed is believed, not even as an old one, and it is not published', async () => {
    const { ring, store, clock } = await aRing()
    const token = await ring.sign('RS256', typ, {})
    await store.revoke(String(kidOf(token)), clock.now())
    await ring.tick()
    assert.equal(await ring.verify(token, { typ }), undefined)
    assert.equal(await ring.verify(token, { typ, allowWithdrawn: true }), undefined)
    assert.ok(!ring.jwks.body.includes(String(kidOf(token))))
    assert.notEqual(kidOf(await ring.sign('RS256', typ, {})), kidOf(token))
  })

  test('where every key of an algorithm was revoked, the next signature finds new ones', async () => {
    const { ring, store, clock } = await aRing()
    for (const key of store.rows.values()) await store.revoke(key.kid, clock.now())
    await ring.reload()
    assert.ok(await ring.verify(await ring.sign('ES256', typ, {}), { typ }))
  })

  test('an answer that comes late never takes the place of a newer one', async () => {
    const { deps, clock, store } = ringDeps()
    let isSlow = false
    const list = async () => {
      const rows = await store.list()
      if (!isSlow) return rows
      isSlow = false
      for (let turn = 0; turn < 50; turn++) await setImmediate()
      return rows
    }
    const ring = await openKeyRing({ ...deps, store: { ...store, list } })
    clock.advance(90 * DAY)
    isSlow = true
    await Promise.all([ring.reload(), ring.tick()])
    assert.equal(published(ring).length, 6)
  })

  test('a tick and a reload at once leave the newer answer standing', async () => {
    const { ring, clock } = await aRing({ policy: aPolicy() })
    clock.advance(90 * DAY)
    await Promise.all([ring.reload(), ring.tick(), ring.reload(), ring.tick()])
    assert.equal(published(ring).length, 6)
  })
})
