/** No process signs with a key that another one does not publish yet, and what one does all follow. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { decodeProtectedHeader } from 'jose'
import { DAY, HOUR, SECOND } from '../../src/base/duration.ts'
import { revokeAllByHand, revokeByHand, rotateByHand } from '../../src/keys/by-hand.ts'
import { type KeyRing, type KeyRingDeps, openKeyRing } from '../../src/keys/key-ring.ts'
import type { SigningAlgorithm } from '../../src/protocol/vocabulary.ts'
import type { SigningKeyStore } from '../../src/storage/storage.ts'
import { type FakeClock, fakeClock } from '../fixtures/clock.ts'
import { aPolicy, pooledKeys, ringDeps } from '../fixtures/signing-keys.ts'

const WITHIN = 5 * SECOND
const policy = aPolicy({ reloadWithin: WITHIN })
const typ = 'at+jwt'
const kidOf = (token: string): string => String(decodeProtectedHeader(token).kid)
const kidsIn = (jwks: { body: string }): string[] => JSON.parse(jwks.body).keys.map((key: { kid: string }) => key.kid)

interface Process {
  ring: KeyRing
  readonly clock: FakeClock
  readonly deps: KeyRingDeps
  reaches: boolean
}

/** Processes on one store. Each has a wall clock of its own; time goes by for all alike, also while one of them waits. */
async function world(count: number) {
  const { deps, store } = ringDeps({ policy, generate: pooledKeys() })
  const all: Process[] = []
  const pass = async (ms: number) => {
    for (const { clock } of all) clock.advance(ms)
  }
  async function begin(clock: FakeClock = fakeClock(), algorithms = policy.algorithms): Promise<Process> {
    const reach = async <T>(question: () => Promise<T>): Promise<T> => {
      if (!made.reaches) throw new Error('the database is away')
      return question()
    }
    const own: SigningKeyStore = {
      ...store,
      list: () => reach(() => store.list()),
      version: () => reach(() => store.version()),
    }
    const ownDeps = { ...deps, policy: { ...policy, algorithms }, store: own, clock, steady: clock.steady, pause: pass }
    const made: Process = { clock, deps: ownDeps, reaches: true, ring: undefined as unknown as KeyRing }
    all.push(made)
    made.ring = await openKeyRing(ownDeps)
    return made
  }
  for (let i = 0; i < count; i++) await begin()

  /** The promise: what signs is in what every other process publishes, unless it publishes nothing. */
  async function sign({ ring }: Process, algorithm: SigningAlgorithm = 'ES256'): Promise<string> {
    const kid = kidOf(await ring.sign(algorithm, typ, {}))
    // Others may know already that it was revoked.
    if (store.rows.get(kid)?.revokedAt !== undefined) return kid
    for (const other of all) {
      const jwks = await Promise.resolve()
        .then(() => other.ring.freshJwks())
        .catch(() => undefined)
      assert.ok(jwks === undefined || kidsIn(jwks).includes(kid), `${kid} signs, and one process does not show it`)
    }
    return kid
  }
  return { store, all, begin, pass, sign, deps }
}

describe('a key that is new', () => {
  test('a forced rotation: the key before goes on until all know the new one, and nobody waits', async () => {
    const { all, sign, pass, deps } = await world(2)
    const [one, other] = [all[0]!, all[1]!]
    const first = await sign(one)
    for (let i = 0; i < 2; i++) {
      await rotateByHand({ ...deps, clock: one.clock }, { algorithms: policy.algorithms, force: true })
    }
    const before = one.clock.now()
    await one.ring.reload()
    const during = await sign(one)
    assert.equal(one.clock.now(), before)
    await pass(WITHIN + 1)
    await one.ring.reload()
    const after = await sign(one)
    assert.notEqual(during, after)
    assert.notEqual(first, after)
    await sign(other)
  })

  test('revoking twice in a row: a signature waits rather than that one process does not know its key', async () => {
    const { all, sign, store, deps, pass } = await world(2)
    const [one, other] = [all[0]!, all[1]!]
    await pass(DAY)
    const current = () => [...store.rows.values()].find((key) => key.algorithm === 'ES256' && key.state === 'current')!
    for (let i = 0; i < 2; i++) await revokeByHand({ ...deps, clock: one.clock }, current().kid)
    await one.ring.reload()
    assert.equal(one.ring.state(), 'settling')
    const before = one.clock.now()
    assert.equal(await sign(one), current().kid)
    assert.equal(one.clock.now() - before, WITHIN + 1)
    assert.equal(await sign(other), current().kid)
    assert.equal(one.ring.state(), 'usable')
  })

  test('all revoked: whoever sees it first makes new ones, and signs once all show them', async () => {
    const { all, sign, store, pass } = await world(3)
    await pass(DAY)
    for (const { ring } of all) await ring.reload()
    await revokeAllByHand({ store, clock: all[0]!.clock })
    await all[0]!.ring.reload()
    assert.equal(all[0]!.ring.state(), 'missing')
    await Promise.all(all.map(({ ring }) => ring.tick()))
    const kids = new Set([await sign(all[0]!), await sign(all[1]!), await sign(all[2]!)])
    assert.equal(kids.size, 1)
    assert.equal([...store.rows.values()].filter((key) => key.state === 'current').length, 2)
  })

  test('a clock that jumps a year right after a rotation rotates again, and signs when all show the key', async () => {
    const { all, sign, pass } = await world(2)
    const [one, other] = [all[0]!, all[1]!]
    await pass(90 * DAY)
    await one.ring.tick()
    await other.ring.reload()
    one.clock.set(one.clock.now() + 365 * DAY)
    await one.ring.tick()
    await sign(one)
    await pass(WITHIN)
    await one.ring.reload()
    await sign(one)
    await sign(other)
  })

  test('the first start of several processes: nobody waits', async () => {
    const { all, sign } = await world(3)
    const before = all[0]!.clock.now()
    for (const each of all) await sign(each)
    assert.equal(all[0]!.clock.now(), before)
  })

  test('a restart with keys of yesterday: nobody waits', async () => {
    const { all, begin, sign, pass } = await world(1)
    await pass(DAY)
    const clock = fakeClock(all[0]!.clock.now())
    const again = await begin(clock)
    const before = clock.now()
    await sign(again)
    assert.equal(clock.now(), before)
  })
})

describe('the list of algorithms changes, one process after the other', () => {
  const MORE: readonly SigningAlgorithm[] = ['RS256', 'ES256', 'PS256', 'EdDSA']

  test('an added one: its first keys sign when those that serve already show them', async () => {
    const { all, begin, sign, pass } = await world(2)
    await pass(DAY)
    for (const { ring } of all) await ring.reload()
    const clock = fakeClock(all[0]!.clock.now())
    const added = await begin(clock, MORE)
    assert.equal(added.ring.state(), 'settling')
    const before = clock.now()
    for (const algorithm of ['PS256', 'EdDSA'] as const) await sign(added, algorithm)
    assert.equal(clock.now() - before, WITHIN + 1)
    assert.equal(added.ring.state(), 'usable')
    assert.equal(kidsIn(added.ring.jwks).length, 8)
  })

  test('the same right after the first start, and with a clock that is behind', async () => {
    for (const behind of [0, HOUR]) {
      const { all, begin, sign, pass } = await world(1)
      await pass(1)
      for (const { ring } of all) await ring.reload()
      const clock = fakeClock(all[0]!.clock.now() - behind)
      const added = await begin(clock, MORE)
      const before = clock.now()
      await sign(added, 'EdDSA')
      assert.equal(clock.now() - before, WITHIN + 1)
    }
  })

  test('one that is taken out: the process that still has it signs on, and what it signed is believed until it is over', async () => {
    const { all, begin, sign, pass, store, deps } = await world(1)
    const still = all[0]!
    await pass(10 * DAY)
    await still.ring.tick()
    const token = await still.ring.sign('ES256', typ, {})
    const without = await begin(fakeClock(still.clock.now()), ['RS256'])
    assert.deepEqual(without.ring.algorithms, ['RS256'])
    assert.equal(store.rows.get(kidOf(token))?.state, 'retired')
    const before = still.clock.now()
    await still.ring.reload()
    await sign(still)
    assert.equal(still.clock.now(), before, 'nobody waits')
    await pass(6 * SECOND)
    await still.ring.reload()
    await without.ring.tick()
    // Each does its part again and again: no more keys than these are made.
    for (let minute = 0; minute < 60; minute++) {
      await pass(60 * SECOND)
      await still.ring.tick()
      await without.ring.tick()
      await sign(still)
      assert.ok(await without.ring.verify(token, { typ }))
    }
    assert.equal([...store.rows.values()].filter(({ algorithm }) => algorithm === 'ES256').length, 4)
    await pass(deps.policy.keepRetired)
    await without.ring.tick()
    assert.equal(await without.ring.verify(token, { typ }), undefined)
    assert.ok(!kidsIn(without.ring.jwks).includes(kidOf(token)))
  })

  test('new keys of an algorithm that a process does not have keep it from nothing', async () => {
    const { all, begin, pass, store } = await world(1)
    await pass(DAY)
    const without = await begin(fakeClock(all[0]!.clock.now()), ['RS256'])
    for (const key of store.rows.values()) {
      if (key.algorithm === 'ES256') await store.revoke(key.kid, all[0]!.clock.now())
    }
    await all[0]!.ring.tick()
    await without.ring.reload()
    assert.equal(all[0]!.ring.state(), 'settling')
    assert.equal(without.ring.state(), 'usable')
  })

  test('once nobody has it, its keys go, and come anew when it is added again', async () => {
    const { all, begin, pass, store } = await world(1)
    await pass(10 * DAY)
    const clock = fakeClock(all[0]!.clock.now())
    all.pop()
    const without = await begin(clock, ['RS256'])
    await assert.rejects(without.ring.sign('ES256', typ, {}), /add it to keys.signing_algorithms/)
    clock.advance(2 * DAY)
    await without.ring.tick()
    const es = () => [...store.rows.values()].filter(({ algorithm }) => algorithm === 'ES256')
    assert.ok(es().every(({ state, sealedPrivateJwk }) => state === 'withdrawn' && sealedPrivateJwk === undefined))
    const again = await begin(clock, ['RS256', 'ES256'])
    assert.equal(again.ring.state(), 'settling')
    assert.deepEqual(
      es().map(({ state }) => state),
      ['withdrawn', 'withdrawn', 'current', 'next'],
    )
  })
})

describe('a process that was out of reach', () => {
  test('publishes nothing rather than an old set', async () => {
    const { all, pass } = await world(1)
    all[0]!.reaches = false
    await pass(WITHIN)
    assert.ok(await all[0]!.ring.freshJwks())
    await pass(1)
    assert.equal(all[0]!.ring.state(), 'stale')
    await assert.rejects(async () => all[0]!.ring.freshJwks(), /away/)
    all[0]!.reaches = true
    assert.ok(await all[0]!.ring.freshJwks())
  })

  test('asleep with its clocks standing still, it reads before it publishes, signs or believes', async () => {
    const { all, store, sign } = await world(2)
    const [one, asleep] = [all[0]!, all[1]!]
    const token = await one.ring.sign('ES256', typ, {})
    await revokeByHand(one.deps, kidOf(token))
    // The steady clock slept, too; the other one says so.
    asleep.clock.set(asleep.clock.now() + HOUR)
    assert.equal(await asleep.ring.verify(token, { typ }), undefined)
    assert.ok(!kidsIn(await asleep.ring.freshJwks()).includes(kidOf(token)))
    assert.notEqual(await sign(asleep), kidOf(token))
    assert.equal(store.rows.get(kidOf(token))?.revokedAt !== undefined, true)
  })
})

describe('within a second', () => {
  test('what one does holds at the other after its next look, which reads the keys only when they changed', async () => {
    const { all, store, pass } = await world(2)
    const [one, other] = [all[0]!, all[1]!]
    const token = await one.ring.sign('ES256', typ, {})
    const reads = store.reads
    for (let second = 0; second < 60; second++) {
      await pass(SECOND)
      await other.ring.reload()
    }
    assert.equal(store.reads, reads)
    assert.ok(await other.ring.verify(token, { typ }))
    await revokeByHand(one.deps, kidOf(token))
    await pass(SECOND)
    await other.ring.reload()
    assert.equal(await other.ring.verify(token, { typ }), undefined)
  })
})

test('any interleaving of rotations, revocations, jumps, outages and restarts: what signs is what all show', async () => {
  const who = fc.nat(2)
  const act = fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('sign' as const, 'reload' as const), who }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constantFrom('tick' as const, 'out' as const, 'back' as const), who }),
    },
    fc.record({ kind: fc.constantFrom('rotate' as const, 'revoke' as const, 'revoke_all' as const), who }),
    fc.record({ kind: fc.constant('jump' as const), who, by: fc.constantFrom(-400 * DAY, -HOUR, HOUR, 400 * DAY) }),
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('pass' as const), by: fc.constantFrom(1, 999, 2000, 6000) }),
    },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 10, maxLength: 50 }), async (acts) => {
      const { all, sign, pass, store } = await world(3)
      for (const each of acts) {
        if (each.kind === 'pass') {
          await pass(each.by)
          continue
        }
        const process = all[each.who]!
        const byHand = { ...process.deps, store }
        const current = [...store.rows.values()].find((key) => key.algorithm === 'ES256' && key.state === 'current')
        if (each.kind === 'jump') process.clock.set(process.clock.now() + each.by)
        else if (each.kind === 'out' || each.kind === 'back') process.reaches = each.kind === 'back'
        else if (each.kind === 'rotate') await rotateByHand(byHand, { algorithms: policy.algorithms, force: true })
        else if (each.kind === 'revoke') current && (await revokeByHand(byHand, current.kid))
        else if (each.kind === 'revoke_all') await revokeAllByHand(byHand)
        else if (each.kind === 'sign') await sign(process).catch(onlyAway)
        else await process.ring[each.kind]().catch(onlyAway)
      }
    }),
    { numRuns: 100, seed: 7 },
  )
})

/** A process that does not reach the database may refuse; it may not be wrong. */
function onlyAway(error: unknown): void {
  if (!(error instanceof Error) || error.message !== 'the database is away') throw error
}
