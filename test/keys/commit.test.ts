/** Taking rotation steps while others take them too. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commitRotation } from '../../src/keys/commit.ts'
import { START } from '../fixtures/clock.ts'
import { fakeRandom } from '../fixtures/random.ts'
import { fakeSigningKeyStore } from '../fixtures/signing-key-store.ts'
import { aStoredKey, countedKeys, silentLog } from '../fixtures/signing-keys.ts'

const commit = (store: ReturnType<typeof fakeSigningKeyStore>, steps: Parameters<typeof commitRotation>[0]) =>
  commitRotation(
    steps,
    { store, key: Buffer.alloc(32), generate: countedKeys(), random: fakeRandom(), log: silentLog },
    START,
  )

test('a step that another process was first with ends the round: what follows was decided from what is gone', async () => {
  const store = fakeSigningKeyStore([aStoredKey({ kid: 'theirs' })])
  const done = await commit(store, [
    { kind: 'create', algorithm: 'ES256', state: 'current' },
    { kind: 'create', algorithm: 'ES256', state: 'next' },
  ])
  assert.equal(done, false)
  assert.deepEqual([...store.rows.keys()], ['theirs'])
})

test('a promotion that another process took is not taken twice', async () => {
  const store = fakeSigningKeyStore([
    aStoredKey({ kid: 'old', state: 'retired' }),
    aStoredKey({ kid: 'new', state: 'current' }),
  ])
  const done = await commit(store, [{ kind: 'promote', next: 'new', current: 'old', withdrawAt: START }])
  assert.equal(done, false)
  assert.equal(store.rows.get('new')?.state, 'current')
})

test('a new current key signs from now on, a new next one has not signed yet', async () => {
  const store = fakeSigningKeyStore()
  await commit(store, [
    { kind: 'create', algorithm: 'ES256', state: 'current' },
    { kind: 'create', algorithm: 'ES256', state: 'next' },
  ])
  assert.deepEqual(
    [...store.rows.values()].map((key) => [key.state, key.publishedAt, key.activatedAt]),
    [
      ['current', START, START],
      ['next', START, undefined],
    ],
  )
})
