/** The key ring on the embedded database, as two processes use it. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { decodeProtectedHeader } from 'jose'
import { DAY, HOUR } from '../../src/base/duration.ts'
import { openKeyRing } from '../../src/keys/key-ring.ts'
import { openStorage } from '../../src/storage/prisma/client.ts'
import { ringDeps } from '../fixtures/signing-keys.ts'

test('two processes on one database: first start, rotation, revocation and withdrawal happen once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-ring-'))
  const url = `file:${join(folder, 'test.db')}`
  const storages = [await openStorage({ url }), await openStorage({ url })]
  try {
    const { deps, clock } = ringDeps()
    const rings = await Promise.all(storages.map(({ signingKeys }) => openKeyRing({ ...deps, store: signingKeys })))
    const states = async () =>
      (await storages[0]!.signingKeys.list()).map((key) => `${key.algorithm} ${key.state}`).sort()
    const tick = () => Promise.all(rings.map((ring) => ring.tick()))
    const pair = ['ES256 current', 'ES256 next', 'RS256 current', 'RS256 next']
    assert.deepEqual(await states(), pair)

    const token = await rings[0]!.sign('ES256', 'JWT', { n: 1 })
    clock.advance(90 * DAY)
    await tick()
    assert.deepEqual(await states(), [...pair, 'ES256 retired', 'RS256 retired'].sort())
    for (const ring of rings) assert.deepEqual(await ring.verify(token, { typ: 'JWT' }), { n: 1 })
    assert.equal(rings[0]!.jwks.etag, rings[1]!.jwks.etag)

    clock.advance(2 * HOUR)
    await tick()
    assert.deepEqual(await states(), [...pair, 'ES256 withdrawn', 'RS256 withdrawn'].sort())

    const fresh = await rings[0]!.sign('RS256', 'JWT', {})
    await storages[1]!.signingKeys.revoke(String(decodeProtectedHeader(fresh).kid), clock.now())
    await tick()
    for (const ring of rings) assert.equal(await ring.verify(fresh, { typ: 'JWT' }), undefined)

    clock.advance(-400 * DAY)
    await tick()
    await tick()
    assert.deepEqual(await states(), [...pair, 'ES256 withdrawn', 'RS256 withdrawn', 'RS256 withdrawn'].sort())
    for (const ring of rings) assert.ok(await ring.verify(token, { typ: 'JWT' }), 'its key is back with the clock')
  } finally {
    for (const storage of storages) await storage.close()
    await rm(folder, { recursive: true })
  }
})
