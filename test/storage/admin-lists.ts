/** What the admin's pages ask: bounded lists and counts, asked of each database alike. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { DAY } from '../../src/base/duration.ts'
import type { Before, Storage } from '../../src/storage/storage.ts'
import { START } from '../fixtures/clock.ts'
import { aDelivery, aGrant, anAccount, aSession } from './records.ts'
import { aRefusal } from './refusals.ts'

const LATER = START + DAY

const ids = (rows: readonly { id: string }[]): readonly string[] => rows.map(({ id }) => id)

/** One database for all of them, in their order: each connection that is left open is missing elsewhere. */
export function adminLists(fresh: () => Promise<Storage>): void {
  let storage: Storage
  before(async () => {
    storage = await fresh()
  })

  test('an account’s sessions: the last seen first, none that is over, never more than asked for', async () => {
    const { sessions, accounts } = storage
    await accounts.insert(anAccount('ada'))
    const insert = (id: string, seen: number, different = {}) =>
      sessions.insert(aSession(id, { lastSeenAt: START + seen, ...different }))
    await insert('first', 1)
    await insert('last', 3)
    await insert('middle', 2)
    await insert('ended', 9, { endedAt: START })
    await insert('expired', 9, { expiresAt: START + 5 })
    await insert('other', 9, { accountId: 'bob' })
    const list = async (limit: number) => ids(await sessions.ofAccount('ada', { now: START + 5, limit }))
    assert.deepEqual(await list(10), ['last', 'middle', 'first'])
    assert.deepEqual(await list(2), ['last', 'middle'])
    assert.deepEqual(
      (await sessions.ofAccount('bob', { now: START, limit: 1 }))[0],
      aSession('other', { lastSeenAt: START + 9, accountId: 'bob' }),
    )
  })

  test('an account’s sign-ons: by session and client, the last first, none that is revoked or over', async () => {
    const { grants } = storage
    const insert = (id: string, at: number, different = {}) =>
      grants.insert(aGrant(id, { createdAt: START + at, ...different }))
    await insert('1', 1)
    await insert('2', 2, { clientId: 'blog' })
    await insert('3', 3)
    await insert('4', 4, { sessionId: 'another' })
    await insert('5', 5, { revokedAt: START, revokedBecause: 'client_revoked' })
    await insert('6', 6, { expiresAt: START + 10 })
    await insert('7', 7, { accountId: 'bob' })
    const all = await grants.signOnsOf('ada', { now: START + 10, limit: 10 })
    assert.deepEqual(all, [
      { sessionId: 'another', clientId: 'wiki', count: 1, lastAt: START + 4 },
      { sessionId: 'session', clientId: 'wiki', count: 2, lastAt: START + 3 },
      { sessionId: 'session', clientId: 'blog', count: 1, lastAt: START + 2 },
    ])
    assert.equal((await grants.signOnsOf('ada', { now: START + 10, limit: 2 })).length, 2)
  })

  test('[OpenID Connect Core 11] without offline_access a sign-on is over when its session is', async () => {
    const { grants, sessions } = storage
    await sessions.insert(aSession('open', { accountId: 'eve' }))
    await sessions.insert(aSession('signed-out', { accountId: 'eve', endedAt: START + 1 }))
    await sessions.insert(aSession('over', { accountId: 'eve', expiresAt: START + 5 }))
    const all = ['open', 'signed-out', 'over', 'swept']
    for (const sessionId of all) {
      const bound = { accountId: 'eve', sessionId, scopes: ['openid', 'offline'], createdAt: START + 7 }
      await grants.insert(aGrant(`x-bound-${sessionId}`, { ...bound, clientId: 'bound' }))
      await grants.insert(aGrant(`x-free-${sessionId}`, { ...bound, clientId: 'free', scopes: ['offline_access'] }))
    }
    const live = await grants.signOnsOf('eve', { now: START + 5, limit: 10 })
    const of = (client: string) => live.filter(({ clientId }) => clientId === client).map((one) => one.sessionId)
    assert.deepEqual(of('bound'), ['open'])
    assert.deepEqual(of('free').toSorted(), all.toSorted())
    assert.deepEqual(await grants.countNewest({ now: START + 5, newest: 8 }), [
      { clientId: 'bound', count: 4, live: 1, lastAt: START + 7 },
      { clientId: 'free', count: 4, live: 4, lastAt: START + 7 },
    ])
  })

  test('how the newest grants are spread over the clients', async () => {
    const { grants } = storage
    await grants.insert(aGrant('z1', { clientId: 'old' }))
    await grants.insert(aGrant('z2', { createdAt: START + 2 }))
    await grants.insert(aGrant('z3', { createdAt: START + 3, revokedAt: START, revokedBecause: 'client_revoked' }))
    await grants.insert(aGrant('z4', { clientId: 'blog', expiresAt: START + 1 }))
    assert.deepEqual(await grants.countNewest({ now: START + 1, newest: 3 }), [
      { clientId: 'blog', count: 1, live: 0, lastAt: START },
      { clientId: 'wiki', count: 2, live: 1, lastAt: START + 3 },
    ])
    assert.equal((await grants.countNewest({ now: START, newest: 4 })).length, 3)
  })

  test('refusals by client, by check and by both, page by page, and one by its id', async () => {
    const { refusals } = storage
    const rows = [
      aRefusal('a', { at: START + 1 }),
      // Of one moment: the later id comes first, and no page loses or repeats one.
      aRefusal('b', { at: START + 2 }),
      aRefusal('c', { at: START + 2, clientId: undefined, check: 'password' }),
      aRefusal('d', { at: START + 2, clientId: 'blog' }),
      aRefusal('e', { at: START + 3, check: 'password' }),
    ]
    await refusals.insert(rows)
    const list = async (of: { clientId?: string; check?: 'password'; before?: Before }, limit = 10) =>
      ids(await refusals.list({ clientId: undefined, limit, ...of }))
    assert.deepEqual(await list({}), ['e', 'd', 'c', 'b', 'a'])
    assert.deepEqual(await list({ before: { at: START + 2, id: 'd' } }), ['c', 'b', 'a'])
    assert.deepEqual(await list({ before: { at: START + 2, id: 'd' } }, 1), ['c'])
    assert.deepEqual(await list({ check: 'password' }), ['e', 'c'])
    assert.deepEqual(await list({ clientId: 'wiki' }), ['e', 'b', 'a'])
    assert.deepEqual(await list({ clientId: 'wiki', check: 'password' }), ['e'])
    assert.deepEqual(await refusals.find('c'), rows[2])
    assert.equal(await refusals.find('none'), undefined)
  })

  test('refusals are counted by check, with those that were only counted; of the newest alone', async () => {
    const { refusals } = storage
    await refusals.insert([
      aRefusal('k', { at: LATER - 1, check: 'session' }),
      aRefusal('l', { at: LATER, check: 'password' }),
      aRefusal('m', { at: LATER + 1, more: 10 }),
      aRefusal('n', { at: LATER + 2, check: 'password' }),
    ])
    assert.deepEqual(await refusals.countByCheck(LATER, 10), [
      { check: 'code_expired', count: 11 },
      { check: 'password', count: 2 },
    ])
    assert.deepEqual(await refusals.countByCheck(LATER, 1), [{ check: 'password', count: 1 }])
  })

  test('deliveries by state and client, page by page, and how many there are', async () => {
    const { deliveries } = storage
    const insert = (id: string, at: number, different = {}) =>
      deliveries.insert(aDelivery(id, { createdAt: START + at, ...different }))
    const lost = { nextAttemptAt: undefined, givenUpAt: START, lastFailure: 'status 500' }
    await insert('a', 1)
    await insert('b', 2, lost)
    await insert('c', 2, { clientId: 'blog', ...lost })
    await insert('d', 3, { nextAttemptAt: undefined, deliveredAt: START })
    await insert('e', 4, { clientId: 'blog', lastFailure: 'status 500', attempts: 2 })
    const list = async (of: { clientId?: string; state?: 'waiting' | 'given_up'; before?: Before }, limit = 10) =>
      ids(await deliveries.list({ clientId: undefined, limit, ...of }))
    assert.deepEqual(await list({ state: 'waiting' }), ['e', 'a'])
    assert.deepEqual(await list({ state: 'given_up' }), ['b', 'c'])
    assert.deepEqual(await list({ state: 'given_up', clientId: 'blog' }), ['c'])
    assert.deepEqual(await list({ before: { at: START + 2, id: 'b' } }), ['c', 'a'])
    assert.deepEqual(await list({ before: { at: START + 3, id: 'd' } }, 2), ['b', 'c'])
    assert.deepEqual(await deliveries.count(10), { waiting: 2, givenUp: 2 })
    assert.deepEqual(await deliveries.count(1), { waiting: 1, givenUp: 1 })
  })

  test('what was given up is due once more when somebody asks, for one caller, and keeps its history', async () => {
    const { deliveries } = storage
    const lost = aDelivery('lost', {
      attempts: 9,
      nextAttemptAt: undefined,
      givenUpAt: START,
      lastFailure: 'status 500',
    })
    await deliveries.insert(lost)
    await deliveries.insert(aDelivery('arrived', { nextAttemptAt: undefined, deliveredAt: START }))
    const now = START + 2 * DAY
    const asked = await Promise.all(Array.from({ length: 20 }, () => deliveries.retry('lost', now)))
    assert.equal(asked.filter(Boolean).length, 1)
    assert.deepEqual(await deliveries.find('lost'), { ...lost, givenUpAt: undefined, nextAttemptAt: now })
    assert.equal(await deliveries.claim('lost', { attempt: 10, until: now + 1 }), true)
    for (const id of ['arrived', 'none']) assert.equal(await deliveries.retry(id, now), false)
  })
}
