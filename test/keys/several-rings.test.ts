/** Several processes on one database, in every order that chance finds. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeProtectedHeader } from 'jose'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/base/duration.ts'
import { type KeyRing, openKeyRing } from '../../src/keys/key-ring.ts'
import { START } from '../fixtures/clock.ts'
import { aPolicy, ringDeps } from '../fixtures/signing-keys.ts'

const TOKEN_LIFETIME = HOUR
const typ = 'at+jwt'

type Act =
  | { readonly kind: 'advance'; readonly by: number }
  | { readonly kind: 'tick' | 'reload' | 'restart' | 'sign'; readonly ring: number }
  | { readonly kind: 'tick_all' }

const ring = fc.nat({ max: 2 })
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('sign' as const), ring }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('tick' as const, 'reload' as const), ring }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), ring }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'tick_all' as const }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('advance' as const),
      by: fc.constantFrom(30 * SECOND, 100 * SECOND, 10 * MINUTE, 50 * MINUTE, 6 * HOUR, 2 * DAY, 9 * DAY),
    }),
  },
)

test('any interleaving of ticks, reloads, restarts and signatures on three rings keeps every promise', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 10, maxLength: 60 }), async (acts) => {
      const world = await aWorld()
      for (const each of acts) {
        await world.take(each)
        await world.holds()
      }
    }),
    { numRuns: 150, seed: 7 },
  )
})

async function aWorld() {
  const { deps, clock, store } = ringDeps({ policy: aPolicy({ rotateEvery: 10 * DAY }) })
  const rings: KeyRing[] = await Promise.all([1, 2, 3].map(() => openKeyRing(deps)))
  const loadedAt = rings.map(() => clock.now())
  let tokens: { token: string; kid: string; expiresAt: number }[] = []
  const kidsOf = (each: KeyRing): string[] => JSON.parse(each.jwks.body).keys.map((key: { kid: string }) => key.kid)

  async function take(each: Act): Promise<void> {
    switch (each.kind) {
      case 'advance':
        return clock.advance(each.by)
      case 'tick':
      case 'reload':
        await rings[each.ring]![each.kind]()
        loadedAt[each.ring] = clock.now()
        return
      case 'restart':
        rings[each.ring] = await openKeyRing(deps)
        loadedAt[each.ring] = clock.now()
        return
      case 'tick_all':
        await Promise.all(rings.map((one) => one.tick()))
        return void loadedAt.fill(clock.now())
      case 'sign': {
        const token = await rings[each.ring]!.sign('ES256', typ, {})
        const kid = String(decodeProtectedHeader(token).kid)
        assert.ok(kidsOf(rings[each.ring]!).includes(kid), 'what signs is in the set of its own ring')
        tokens.push({ token, kid, expiresAt: clock.now() + TOKEN_LIFETIME })
      }
    }
  }

  async function holds(): Promise<void> {
    const now = clock.now()
    const rows = [...store.rows.values()]
    for (const algorithm of deps.policy.algorithms) {
      for (const state of ['current', 'next']) {
        const found = rows.filter((key) => key.algorithm === algorithm && key.state === state)
        assert.equal(found.length, 1, `one ${state} key for ${algorithm}`)
      }
    }
    for (const key of rows) {
      const isFirst = key.activatedAt === START
      const waited = key.activatedAt === undefined || key.activatedAt - key.publishedAt >= deps.policy.publishBeforeUse
      assert.ok(isFirst || waited, 'no key signs before it was published for a day')
      if (key.activatedAt !== undefined && key.retiredAt !== undefined) {
        assert.ok(key.retiredAt - key.activatedAt >= deps.policy.rotateEvery, 'no step is doubled')
      }
    }
    tokens = tokens.filter((token) => token.expiresAt > now)
    for (const [index, one] of rings.entries()) {
      if (now - loadedAt[index]! > deps.policy.reloadWithin) continue
      const kids = kidsOf(one)
      for (const { kid, token } of tokens) {
        assert.ok(kids.includes(kid), 'every kid resolves at every ring until its tokens expire')
        assert.ok(await one.verify(token, { typ }))
      }
    }
  }

  return { take, holds }
}
