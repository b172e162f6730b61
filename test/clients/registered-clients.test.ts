/** Looking up clients that registered themselves: how often the database is asked, and what is made of a row. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DAY, SECOND } from '../../src/base/duration.ts'
import { registeredClients } from '../../src/clients/registered-clients.ts'
import { type ClientLookup, clientRegistry } from '../../src/clients/registry.ts'
import type { RegisteredClient } from '../../src/storage/storage.ts'
import { aClient, LIFETIMES } from '../fixtures/client.ts'
import { fakeClock, START } from '../fixtures/clock.ts'
import { silentLog } from '../fixtures/signing-keys.ts'
import { NO_REGISTRATION } from '../fixtures/test-app.ts'
import { aRegisteredClient } from '../storage/records.ts'

const idOf = (number: number): string => `reg_${String(number).padStart(22, '0')}`
const ID = idOf(1)

function aLookup(rows: readonly RegisteredClient[], registration = {}) {
  const clock = fakeClock()
  const stored = new Map(rows.map((row) => [row.id, row]))
  const asked: string[] = []
  const touched: string[] = []
  const failing = { next: false, touch: false }
  const lookup = registeredClients({
    store: {
      async find(id) {
        asked.push(id)
        if (failing.next) throw new Error('not now')
        return stored.get(id)
      },
      async touch(id, { now, expiresAt }) {
        if (failing.touch) throw new Error('not now')
        touched.push(id)
        const row = stored.get(id)
        if (row) stored.set(id, { ...row, lastUsedAt: now, expiresAt })
      },
    },
    config: {
      registration: { ...NO_REGISTRATION, ...registration },
      lifetimes: LIFETIMES,
      keys: {
        ...{
          sealingKey: { kind: 'value', value: '' },
          rotateEvery: 1,
          publishBeforeUse: 1,
          jwksMaxAge: 1,
          rsaBits: 2048,
        },
        ...{ signingAlgorithms: ['RS256'], encryptionAlgorithms: [] },
      },
      implicitFlow: false,
    },
    secrets: { seal: (_, secret) => secret, open: (_, sealed) => sealed },
    clock,
    steady: clock.steady,
    log: silentLog,
  })
  const use = async () => {
    const client = await lookup.find(ID)
    if (client) await lookup.sayUsed?.(client)
  }
  return { lookup, use, clock, stored, asked, touched, failing }
}

const row = (id = ID, more: Partial<RegisteredClient> = {}): RegisteredClient =>
  aRegisteredClient(id, {
    metadata: { redirect_uris: ['https://tool.example/cb'], scope: 'openid email admin' },
    sealedSecret: undefined,
    expiresAt: START + 90 * DAY,
    ...more,
  })

describe('a client that registered itself', () => {
  test('is looked up once a second, however often and by however many it is asked for', async () => {
    const { lookup, clock, asked } = aLookup([row()])
    await Promise.all(Array.from({ length: 20 }, () => lookup.find(ID)))
    for (let i = 0; i < 10; i++) assert.ok(await lookup.find(ID))
    assert.equal(asked.length, 1)
    assert.equal(lookup.find(ID) instanceof Promise, false, 'what is known costs no promise')
    clock.advance(SECOND)
    await lookup.find(ID)
    assert.equal(asked.length, 2)
  })

  test('that is not there is asked for each time, and so is one whose look-up failed', async () => {
    const { lookup, stored, asked, failing } = aLookup([])
    assert.equal(await lookup.find(ID), undefined)
    failing.next = true
    await assert.rejects(async () => lookup.find(ID), /not now/)
    failing.next = false
    stored.set(ID, row())
    assert.ok(await lookup.find(ID))
    assert.equal(asked.length, 3)
  })

  test('is forgotten when it was changed here', async () => {
    const { lookup, asked } = aLookup([row()])
    await lookup.find(ID)
    lookup.forget(ID)
    await lookup.find(ID)
    assert.equal(asked.length, 2)
  })

  test('is not used by being looked up', async () => {
    const { lookup, clock, touched } = aLookup([row()])
    await lookup.find(ID)
    clock.advance(DAY + SECOND)
    await lookup.find(ID)
    assert.deepEqual(touched, [])
  })

  test('says that it is used once a day at most, and more often where it would end before', async () => {
    for (const [registration, wait] of [
      [{}, DAY],
      [{ expiresAfter: 2 * DAY }, DAY / 2],
    ] as const) {
      const { use, clock, touched } = aLookup([row()], registration)
      await use()
      assert.equal(touched.length, 1)
      clock.advance(wait)
      await use()
      await use()
      assert.equal(touched.length, 1)
      clock.advance(SECOND)
      await use()
      assert.equal(touched.length, 2)
    }
  })

  test('a use that could not be kept is no fault of who used it, and is said again', async () => {
    const { use, clock, touched, failing } = aLookup([row()])
    failing.touch = true
    await use()
    failing.touch = false
    clock.advance(SECOND)
    await use()
    assert.deepEqual(touched, [ID])
  })

  test('memory is bounded', async () => {
    const rows = Array.from({ length: 1500 }, (_, i) => row(idOf(i)))
    const { lookup, asked } = aLookup(rows)
    for (const { id } of rows) await lookup.find(id)
    await lookup.find(idOf(1499))
    assert.equal(asked.length, 1500)
    await lookup.find(idOf(0))
    assert.equal(asked.length, 1501)
  })

  test('[RFC9700 2.1.1] [RFC9700 4.14.2] is never trusted more than that', async () => {
    const isPublic = row(ID, {
      metadata: { redirect_uris: ['https://tool.example/cb'], scope: 'openid', token_endpoint_auth_method: 'none' },
      secretHash: undefined,
    })
    const { lookup } = aLookup([isPublic, row(idOf(2))], { requiresPkce: false })
    const client = await lookup.find(ID)
    assert.deepEqual([client?.isPublic, client?.requiresPkce, client?.rotatesRefreshTokens], [true, true, true])
    assert.deepEqual([client?.isFirstParty, client?.introspects, client?.accessTokenAudience], [false, 'own', []])
    assert.equal(client?.accessTokenAlgorithm, 'RS256', 'there are keys for nothing else')
    const confidential = await lookup.find(idOf(2))
    assert.deepEqual([confidential?.requiresPkce, confidential?.metadata.scope], [false, ['openid', 'email']])
  })

  test('whose metadata this version refuses is not served', async () => {
    const { lookup } = aLookup([row(ID, { metadata: { redirect_uris: ['http://tool.example/'], scope: 'openid' } })])
    assert.equal(await lookup.find(ID), undefined)
  })
})

describe('the registry', () => {
  const lookup = (covers: (id: string) => boolean, found: string[]): ClientLookup => ({
    covers,
    find: (id) => void found.push(id),
    forget: () => {},
  })

  test('an id of the configuration file is the file’s, and costs neither a query nor a promise', () => {
    const found: string[] = []
    const file = aClient({ id: ID })
    const registry = clientRegistry([file], [lookup(() => true, found)])
    assert.equal(registry.find(ID), file)
    assert.equal(registry.sayUsed(file), undefined)
    assert.deepEqual(found, [])
  })

  test('nothing is asked for an id that none of the others could know', () => {
    const { lookup: registered, asked } = aLookup([])
    const registry = clientRegistry([], [registered])
    for (const id of ['wiki', 'reg_short', `${ID}x`, `x${ID}`, 'reg_0000000000000000000 00', '']) {
      assert.equal(registry.find(id), undefined)
    }
    assert.deepEqual(asked, [])
  })
})
