/** The rules of rotation as plain functions, and two years of them. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DAY, HOUR, MINUTE } from '../../src/base/duration.ts'
import { commitRotation } from '../../src/keys/commit.ts'
import { decideEarlyRotation, decideRevocation, decideRotation, isPublished } from '../../src/keys/rotation.ts'
import { rotationPolicy } from '../../src/keys/rotation-policy.ts'
import { fakeClock, START } from '../fixtures/clock.ts'
import { fakeRandom } from '../fixtures/random.ts'
import { fakeSigningKeyStore } from '../fixtures/signing-key-store.ts'
import { aPolicy, aStoredKey, countedKeys, silentLog } from '../fixtures/signing-keys.ts'

const policy = aPolicy()
const current = aStoredKey({ kid: 'c' })
const next = aStoredKey({ kid: 'n', state: 'next' })
const RSA = [
  aStoredKey({ kid: 'rc', algorithm: 'RS256', activatedAt: START + 200 * DAY, publishedAt: START + 100 * DAY }),
  aStoredKey({ kid: 'rn', algorithm: 'RS256', state: 'next', publishedAt: START + 200 * DAY }),
]
/** The steps for ES256 alone, beside an RS256 pair that needs nothing. */
const decide = (keys: Parameters<typeof decideRotation>[0], now: number) =>
  decideRotation(
    [...keys, ...RSA.map((key) => ({ ...key, publishedAt: now, activatedAt: key.activatedAt && now }))],
    policy,
    now,
  )
const createNext = { kind: 'create', algorithm: 'ES256', state: 'next' }

describe('decideRotation', () => {
  test('the first start makes a current and a next key for each algorithm', () => {
    assert.deepEqual(decideRotation([], policy, START), [
      { kind: 'create', algorithm: 'ES256', state: 'current' },
      { kind: 'create', algorithm: 'ES256', state: 'next' },
      { kind: 'create', algorithm: 'RS256', state: 'current' },
      { kind: 'create', algorithm: 'RS256', state: 'next' },
    ])
  })

  test('nothing is due before the current key has signed for rotateEvery', () => {
    assert.deepEqual(decide([current, next], START + 90 * DAY - 1), [])
  })

  test('then the next key takes over, the old one stays published for keepRetired, and a new next is made', () => {
    const now = START + 90 * DAY
    assert.deepEqual(decide([current, next], now), [
      { kind: 'promote', next: 'n', current: 'c', withdrawAt: now + policy.keepRetired },
      createNext,
    ])
  })

  test('a next key never signs before it has been published for publishBeforeUse', () => {
    const now = START + 200 * DAY
    assert.deepEqual(decide([current, { ...next, publishedAt: now - DAY + 1 }], now), [])
    assert.equal(decide([current, { ...next, publishedAt: now - DAY }], now).length, 2)
  })

  test('a missing next key is made at once', () => {
    assert.deepEqual(decide([current], START), [createNext])
  })

  test('where the current key is missing, the next one takes over at once, however new', () => {
    assert.deepEqual(decide([next], START), [
      { kind: 'promote', next: 'n', current: undefined, withdrawAt: START + policy.keepRetired },
      createNext,
    ])
  })

  test('a retired key is withdrawn when the last token that it signed has expired, not a moment before', () => {
    const retired = aStoredKey({ kid: 'r', state: 'retired', withdrawAt: START + HOUR })
    assert.deepEqual(decide([current, next, retired], START + HOUR - 1), [])
    assert.deepEqual(decide([current, next, retired], START + HOUR), [{ kind: 'withdraw', kid: 'r' }])
  })

  test('retired, withdrawn and revoked keys take no part', () => {
    const others = [
      aStoredKey({ kid: 'r', state: 'retired', withdrawAt: START + 9 * DAY }),
      aStoredKey({ kid: 'w', state: 'withdrawn', withdrawAt: START }),
      aStoredKey({ kid: 'x', state: 'withdrawn', withdrawAt: START, revokedAt: START }),
    ]
    assert.deepEqual(decide([current, next, ...others], START), [])
  })

  test('a clock that goes back: times that lie ahead are clamped, nothing is promoted', () => {
    const now = START - 365 * DAY
    assert.deepEqual(decide([current, next], now), [
      { kind: 'clamp', kid: 'c' },
      { kind: 'clamp', kid: 'n' },
    ])
  })

  test('a clock that jumps ahead by a year makes one promotion, not four', () => {
    const now = START + 365 * DAY
    assert.equal(decide([current, next], now).filter((step) => step.kind === 'promote').length, 1)
    const after = [
      { ...current, state: 'retired' as const, retiredAt: now, withdrawAt: now + policy.keepRetired },
      { ...next, state: 'current' as const, activatedAt: now },
      aStoredKey({ kid: 'n2', state: 'next', publishedAt: now }),
    ]
    assert.deepEqual(decide(after, now), [])
  })
})

describe('an algorithm that was added', () => {
  test('gets a current and a next key, before anything else is made', () => {
    const all = aPolicy({ algorithms: ['RS256', 'ES256', 'EdDSA'] })
    const others = [current, next, ...RSA].map((key) => ({ ...key, publishedAt: START, activatedAt: START }))
    assert.deepEqual(decideRotation(others, all, START), [
      { kind: 'create', algorithm: 'EdDSA', state: 'current' },
      { kind: 'create', algorithm: 'EdDSA', state: 'next' },
    ])
  })
})

describe('an algorithm that was taken out', () => {
  const left = aPolicy({ algorithms: ['RS256'] })
  const now = START + 2 * DAY
  const rsa = RSA.map((key) => ({ ...key, publishedAt: now, activatedAt: key.activatedAt && now }))
  const decideWithout = (keys: Parameters<typeof decideRotation>[0], at = now) =>
    decideRotation([...keys, ...rsa.map((key) => ({ ...key, publishedAt: Math.min(key.publishedAt, at) }))], left, at)

  test('its current key stays published until its tokens are over; its next one, which signed nothing, goes', () => {
    assert.deepEqual(decideWithout([current, next]), [
      { kind: 'retire', kid: 'c', withdrawAt: now + left.keepRetired },
      { kind: 'discard', kid: 'n' },
    ])
  })

  test('no new ones are made, and the retired one is withdrawn in its time', () => {
    const retired = { ...current, state: 'retired' as const, retiredAt: now, withdrawAt: now + HOUR }
    assert.deepEqual(decideWithout([retired]), [])
    assert.deepEqual(decideWithout([next]), [{ kind: 'discard', kid: 'n' }])
    const later = decideWithout([retired], now + HOUR)
    assert.deepEqual(later, [{ kind: 'withdraw', kid: 'c' }])
  })

  test('a key that another process made moments ago, because it still has the algorithm, is left alone for a while', () => {
    const young = { ...current, activatedAt: now - left.publishBeforeUse + 1 }
    assert.deepEqual(decideWithout([young, next]), [])
    assert.equal(decideWithout([{ ...young, activatedAt: young.activatedAt - 1 }, next]).length, 2)
  })

  test('revoking one of its keys makes no other', () => {
    assert.deepEqual(decideRevocation([current, next], current, left, START), [{ kind: 'revoke', kid: 'c' }])
    assert.deepEqual(decideRevocation([current, next], next, left, START), [{ kind: 'revoke', kid: 'n' }])
  })
})

describe('isPublished', () => {
  test('next, current and retired keys are; withdrawn and revoked ones are not', () => {
    for (const state of ['next', 'current', 'retired'] as const) assert.ok(isPublished(aStoredKey({ state }), START))
    assert.ok(!isPublished(aStoredKey({ state: 'withdrawn', withdrawAt: START }), START))
  })

  test('a key that was withdrawn by a clock running ahead is published again, a revoked one never', () => {
    const withdrawn = aStoredKey({ state: 'withdrawn', withdrawAt: START + DAY })
    assert.ok(isPublished(withdrawn, START))
    assert.ok(!isPublished({ ...withdrawn, revokedAt: START + DAY }, START))
  })
})

describe('by hand', () => {
  test('an early rotation is safe once no cached JWKS can lack the key', () => {
    const { safeFrom, steps } = decideEarlyRotation([current, next], 'ES256', policy, START)
    assert.equal(safeFrom, START + policy.publishBeforeEarlyUse)
    assert.deepEqual(steps, [
      { kind: 'promote', next: 'n', current: 'c', withdrawAt: START + policy.keepRetired },
      createNext,
    ])
  })

  test('without a next key there is nothing to rotate to', () => {
    assert.deepEqual(decideEarlyRotation([current], 'ES256', policy, START).steps, [])
  })

  test('revoking the current key puts the next one in its place first, so that there is always one to sign', () => {
    assert.deepEqual(
      decideRevocation([current, next], current, policy, START).map((step) => step.kind),
      ['promote', 'revoke', 'create'],
    )
  })

  test('revoking the current key without a next one makes both anew', () => {
    assert.deepEqual(decideRevocation([current], current, policy, START), [
      { kind: 'revoke', kid: 'c' },
      { kind: 'create', algorithm: 'ES256', state: 'current' },
      createNext,
    ])
  })

  test('revoking the next key makes a new one; revoking a retired one is all there is to it', () => {
    assert.deepEqual(decideRevocation([current, next], next, policy, START), [{ kind: 'revoke', kid: 'n' }, createNext])
    const retired = aStoredKey({ kid: 'r', state: 'retired' })
    assert.deepEqual(decideRevocation([current, next, retired], retired, policy, START), [{ kind: 'revoke', kid: 'r' }])
  })
})

describe('rotationPolicy', () => {
  const lifetimes = { accessToken: 5 * MINUTE, idToken: HOUR }
  const keys = {
    ...{ signingAlgorithms: ['RS256', 'EdDSA'], encryptionAlgorithms: ['ECDH-ES'] },
    ...{ rotateEvery: 90 * DAY, publishBeforeUse: 10 * MINUTE, jwksMaxAge: 10 * MINUTE },
  }
  const make = (client: object, apis: readonly object[] = []): ReturnType<typeof rotationPolicy> =>
    rotationPolicy({ keys, lifetimes, clients: [{ lifetimes: { ...lifetimes, ...client } }], apis } as never)

  test('retired keys are kept for the longest token of any client, and a day at the least', () => {
    assert.ok(make({}).keepRetired > DAY)
    assert.ok(make({ accessToken: 30 * DAY }).keepRetired >= 30 * DAY + 2 * MINUTE + MINUTE)
    assert.ok(make({}, [{}, { accessTokenLifetime: 30 * DAY }]).keepRetired >= 30 * DAY + 3 * MINUTE)
    assert.ok(make({ idToken: 40 * DAY }).keepRetired >= 40 * DAY + 3 * MINUTE)
  })

  test('what there are keys for is what the configuration names; all are kept for as long as others may keep them', () => {
    assert.deepEqual(make({}).algorithms, ['RS256', 'EdDSA', 'ECDH-ES'])
    const lazy = rotationPolicy({ keys: { ...keys, jwksMaxAge: 7 * DAY }, lifetimes, clients: [], apis: [] } as never)
    assert.ok(lazy.keepRetired > 7 * DAY)
  })

  test('a key is published for the cache time and the time that all processes take to see it, at least', () => {
    assert.equal(make({}).publishBeforeUse, 13 * MINUTE)
    assert.equal(make({}).publishBeforeEarlyUse, 13 * MINUTE)
  })
})

describe('two years', () => {
  /** Ticks every `step`, signs a token each time, and looks at each tick whether every living token's kid is published. */
  async function live(step: number, jump: (tick: number) => number = () => 0) {
    const clock = fakeClock()
    const store = fakeSigningKeyStore()
    const deps = { store, key: Buffer.alloc(32), generate: countedKeys(), random: fakeRandom(), log: silentLog }
    const counts = { promotions: 0, waits: [] as number[] }
    // By the true time: what a clock that ran ahead wrote into `exp` binds nobody.
    let tokens: { kid: string; expiresAt: number }[] = []
    let real = START
    for (let tick = 0; real < START + 730 * DAY; tick++) {
      const now = clock.now()
      const rows = [...store.rows.values()]
      const steps = decideRotation(rows, policy, now)
      for (const each of steps) {
        if (each.kind === 'promote') {
          counts.promotions++
          counts.waits.push(now - (store.rows.get(each.next)?.publishedAt ?? now))
        }
      }
      assert.ok(await commitRotation(steps, deps, now))
      assert.deepEqual(decideRotation([...store.rows.values()], policy, now), [], 'one tick settles everything')
      tokens = tokens.filter((token) => token.expiresAt > real)
      const keys = [...store.rows.values()]
      for (const algorithm of ['RS256', 'ES256']) {
        const signing = keys.filter((key) => key.algorithm === algorithm && key.state === 'current')
        assert.equal(signing.length, 1)
        tokens.push({ kid: signing[0]!.kid, expiresAt: real + HOUR })
      }
      for (const token of tokens) assert.ok(isPublished(store.rows.get(token.kid)!, now), `${token.kid} at ${now}`)
      const moved = jump(tick)
      clock.advance(step + moved)
      real += step
    }
    return { ...counts, store }
  }

  test('in steps of a day: every token resolves until it expires, eight rotations for each algorithm', async () => {
    const { promotions, waits } = await live(DAY)
    assert.equal(promotions, 16)
    assert.ok(waits.every((wait) => wait >= 89 * DAY))
  })

  test('in steps of an hour: the same', async () => {
    const { promotions } = await live(HOUR)
    assert.equal(promotions, 16)
  })

  test('a clock that jumps a year ahead and back again: at most one rotation more, and every token resolves', async () => {
    const jump = (tick: number) => (tick === 100 ? 365 * DAY : tick === 110 ? -365 * DAY : 0)
    const { promotions, waits } = await live(HOUR, jump)
    assert.equal(promotions, 18)
    assert.ok(waits.every((wait) => wait >= DAY))
  })

  test('a clock that goes back a year: rotation goes on, a year is not waited for', async () => {
    const { promotions } = await live(DAY, (tick) => (tick === 100 ? -365 * DAY : 0))
    assert.ok(promotions >= 14 && promotions <= 16, String(promotions))
  })
})
