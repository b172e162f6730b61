/** What the storage must do about the configuration in force and the use of clients, asked of each database alike. */
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { DAY } from '../../src/base/duration.ts'
import type { DailyUse, Ending, EndingKind, Storage } from '../../src/storage/storage.ts'
import { START } from '../fixtures/clock.ts'
import { aConsent, aDelivery, aGrant, anAccount, aSessionClient } from './records.ts'

const NOW = START + 1000
const WIKI = {
  kind: 'client',
  id: 'wiki',
  entry: { client_name: 'Wiki “Löwe”', redirect_uris: ['a', 'b'], jwks: null },
} as const

export function configEntries(fresh: () => Promise<Storage>): void {
  describe('configuration entries', () => entries(fresh))
  describe('the end of what a client had', () => endings(fresh))
  describe('use counts', () => uses(fresh))
}

function entries(fresh: () => Promise<Storage>): void {
  let storage: Storage
  before(async () => {
    storage = await fresh()
  })
  const put = (digest: string, from: string | undefined, since = START) =>
    storage.configEntries.put({ ...WIKI, digest, since }, from)

  test('one comes back as it went in, and is put once', async () => {
    assert.deepEqual(await storage.configEntries.states(), [])
    assert.equal(await put('one', undefined), true)
    assert.equal(await put('one', undefined), false, 'put by somebody else already')
    assert.equal(await put('one', 'one'), false, 'nothing changed')
    const state = { kind: 'client', id: 'wiki', digest: 'one', removedAt: undefined, endsBefore: undefined }
    assert.deepEqual(await storage.configEntries.states(), [state])
    assert.deepEqual(await storage.configEntries.find('client', 'wiki'), { ...state, ...WIKI, since: START })
    assert.equal(await storage.configEntries.find('api', 'wiki'), undefined)
  })

  test('a change names what it changes', async () => {
    assert.equal(await put('two', 'other', NOW), false)
    assert.equal(await put('two', 'one', NOW), true)
    const found = await storage.configEntries.find('client', 'wiki')
    assert.deepEqual([found?.digest, found?.since], ['two', NOW])
  })

  test('one that is removed and comes back is still to be ended, up to when it was removed', async () => {
    const of = { kind: 'client', id: 'wiki', digest: 'two' } as const
    assert.equal(await storage.configEntries.remove({ ...of, digest: 'one' }, NOW), false)
    assert.equal(await storage.configEntries.remove(of, NOW), true)
    assert.equal(await storage.configEntries.remove(of, NOW + 1), false)
    assert.equal(await put('two', 'two', NOW + 2), true, 'the same entry, back again')
    const found = await storage.configEntries.find('client', 'wiki')
    assert.deepEqual([found?.removedAt, found?.endsBefore, found?.since], [undefined, NOW, NOW + 2])
  })

  test('once all is ended, what is in the file stays, and what is not is forgotten', async () => {
    const of = { kind: 'client', id: 'wiki' } as const
    assert.equal(await storage.configEntries.ended({ ...of, endsBefore: NOW - 1 }), false)
    assert.equal(await storage.configEntries.ended({ ...of, endsBefore: NOW }), true)
    assert.equal((await storage.configEntries.find('client', 'wiki'))?.endsBefore, undefined)
    await storage.configEntries.remove({ ...of, digest: 'two' }, NOW + 3)
    assert.equal(await storage.configEntries.ended({ ...of, endsBefore: NOW + 3 }), true)
    assert.deepEqual(await storage.configEntries.states(), [])
  })
}

function endings(fresh: () => Promise<Storage>): void {
  let storage: Storage
  before(async () => {
    storage = await fresh()
    for (let i = 0; i < 7; i++) {
      await storage.accounts.insert(anAccount(`a${i}`))
      for (const clientId of ['gone', 'back', 'stays']) {
        const at = { accountId: `a${i}`, clientId }
        await storage.grants.insert(aGrant(`${i}-${clientId}`, { ...at, createdAt: START + i }))
        await storage.consents.add(aConsent({ ...at, consentedAt: START + i }))
        await storage.sessionClients.remember(aSessionClient(`s${i}`, { clientId }))
        await storage.deliveries.insert(aDelivery(`${i}-${clientId}`, { clientId, nextAttemptAt: START }))
      }
    }
    await storage.grants.revoke('0-gone', START, 'code_reused')
    await storage.deliveries.insert(
      aDelivery('arrived', { clientId: 'gone', nextAttemptAt: undefined, deliveredAt: START }),
    )
  })
  const what: readonly Ending[] = [
    { clientId: 'gone', before: undefined },
    { clientId: 'back', before: START + 3 },
  ]
  /** Gives how many ended, and in how many parts. */
  async function end(kind: EndingKind, limit = 5): Promise<readonly [ended: number, parts: number]> {
    let [ended, parts] = [0, 0]
    for (let after: string | undefined = ''; after !== undefined; parts++) {
      const step = await storage.configEntries.end({ kind, endings: what, after, limit, now: NOW })
      ended += step.ended
      after = step.after
    }
    return [ended, parts]
  }

  test('its grants are revoked, a part at a time, and no others; of one that came back those from before', async () => {
    const [ended, parts] = await end('grants')
    assert.equal(ended, 6 + 3)
    assert.ok(parts > 4, 'in parts')
    const revoked: string[] = []
    for (let i = 0; i < 7; i++) {
      for (const id of [`${i}-gone`, `${i}-back`, `${i}-stays`]) {
        const grant = (await storage.grants.find(id))?.grant
        if (grant?.revokedBecause === 'client_removed') revoked.push(id)
      }
    }
    const gone = [1, 2, 3, 4, 5, 6].map((i) => `${i}-gone`)
    assert.deepEqual(revoked.toSorted(), [...gone, '0-back', '1-back', '2-back'].toSorted())
    assert.deepEqual(await end('grants', 100), [0, 2], 'again: nothing more')
  })

  test('its consents are forgotten', async () => {
    assert.equal((await end('consents', 4))[0], 7 + 3)
    const left = await Promise.all(['gone', 'back', 'stays'].map((id) => storage.consents.find('a3', id)))
    assert.deepEqual(
      left.map((consent) => consent !== undefined),
      [false, true, true],
    )
  })

  test('it is told of nothing more; one that came back is', async () => {
    assert.equal((await end('session_clients'))[0], 7)
    assert.deepEqual(
      (await storage.sessionClients.ofSession('s2')).map(({ clientId }) => clientId),
      ['back', 'stays'],
    )
    assert.equal((await end('deliveries', 4))[0], 7)
    const [gone, back, arrived] = await Promise.all(
      ['1-gone', '1-back', 'arrived'].map((id) => storage.deliveries.find(id)),
    )
    assert.deepEqual([gone?.nextAttemptAt, gone?.givenUpAt], [undefined, NOW])
    assert.match(gone?.lastFailure ?? '', /taken out of the configuration/)
    assert.deepEqual([back?.nextAttemptAt, back?.givenUpAt], [START, undefined])
    assert.equal(arrived?.givenUpAt, undefined)
  })
}

function uses(fresh: () => Promise<Storage>): void {
  let storage: Storage
  before(async () => {
    storage = await fresh()
  })
  const today = START - (START % DAY)
  const use = (different: Partial<DailyUse> = {}): DailyUse => ({
    ...{
      clientId: 'wiki',
      kind: 'sign_on',
      redirectUri: 'https://wiki.example/cb',
      day: today,
      count: 1,
      lastAt: START,
    },
    ...different,
  })

  test('they add up, by client, kind and redirect URI, over days and processes', async () => {
    assert.equal(await storage.clientUses.countedSince(), undefined)
    await storage.clientUses.add([use({ count: 3 }), use({ day: today - DAY, lastAt: START - DAY, count: 2 })])
    await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        storage.clientUses.add([
          use({ lastAt: START + i }),
          use({ clientId: 'blog', kind: 'refresh_token', redirectUri: '' }),
        ]),
      ),
    )
    const blog = { clientId: 'blog', kind: 'refresh_token', redirectUri: '', count: 10, lastAt: START }
    const wiki = { clientId: 'wiki', kind: 'sign_on', redirectUri: 'https://wiki.example/cb', lastAt: START + 9 }
    assert.equal(await storage.clientUses.countedSince(), today - DAY)
    assert.deepEqual(await storage.clientUses.since(0), [blog, { ...wiki, count: 15 }])
    assert.deepEqual(await storage.clientUses.since(today), [blog, { ...wiki, count: 13 }])
  })

  test('many at once', async () => {
    const many = Array.from({ length: 350 }, (_, i) => use({ clientId: `many-${String(i).padStart(3, '0')}` }))
    await storage.clientUses.add(many)
    assert.equal((await storage.clientUses.since(0)).filter(({ clientId }) => clientId.startsWith('many')).length, 350)
    await storage.clientUses.add([])
  })

  test('the sweep forgets those of 90 days ago', async () => {
    await storage.clientUses.add([
      use({ clientId: 'old', day: today - 91 * DAY }),
      use({ clientId: 'kept', day: today - 89 * DAY }),
    ])
    await storage.sweep(START, 100)
    const ids = (await storage.clientUses.since(0)).map(({ clientId }) => clientId)
    assert.deepEqual([ids.includes('old'), ids.includes('kept')], [false, true])
  })
}
