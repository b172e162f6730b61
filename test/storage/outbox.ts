/** What the storage must do about those who are to be told of something, asked of each database alike. */
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { DAY } from '../../src/base/duration.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { START } from '../fixtures/clock.ts'
import { aDelivery, anAccount, aSession, aSessionClient } from './records.ts'

const LATER = START + 1000

export function outbox(fresh: () => Promise<Storage>): void {
  describe('the clients of a session', () => sessionClients(fresh))
  describe('deliveries', () => deliveries(fresh))
}

function sessionClients(fresh: () => Promise<Storage>): void {
  let storage: Storage
  before(async () => {
    storage = await fresh()
    for (const id of ['ada', 'eve']) await storage.accounts.insert(anAccount(id))
  })
  const begin = async (id: string, different: Parameters<typeof aSession>[1] = {}) =>
    storage.sessions.insert(aSession(id, different))

  test('a client comes back as it went in, the first time that it took part', async () => {
    await begin('s')
    await storage.sessionClients.remember(aSessionClient('s', { hasFrontChannel: true }))
    await storage.sessionClients.remember(aSessionClient('s', { subject: 'another', expiresAt: LATER }))
    await storage.sessionClients.remember(aSessionClient('s', { clientId: 'blog', hasBackChannel: false }))
    assert.deepEqual(await storage.sessionClients.ofSession('s'), [
      aSessionClient('s', { clientId: 'blog', hasBackChannel: false }),
      aSessionClient('s', { hasFrontChannel: true }),
    ])
    assert.deepEqual(await storage.sessionClients.ofSession('none'), [])
  })

  test('[Back-Channel Logout 2.3] the end of a session makes the deliveries to its clients, and no others', async () => {
    for (const id of ['one', 'two']) {
      await begin(id)
      await storage.sessionClients.remember(aSessionClient(id))
      await storage.sessionClients.remember(aSessionClient(id, { clientId: 'front', hasBackChannel: false }))
    }
    assert.equal(await storage.sessions.end('one', LATER), true)
    const made = aDelivery('logout/one/wiki', {
      payload: { sub: 'ada “the subject”', sid: 'one' },
      createdAt: LATER,
      nextAttemptAt: LATER,
    })
    assert.deepEqual(await storage.deliveries.find('logout/one/wiki'), made)
    assert.equal(await storage.deliveries.find('logout/one/front'), undefined)
    assert.equal(await storage.deliveries.find('logout/two/wiki'), undefined)
    assert.deepEqual(await storage.sessionClients.ofSession('one'), [])
    assert.equal((await storage.sessionClients.ofSession('two')).length, 2)
    assert.equal(await storage.sessions.end('one', LATER + 1), false)
    assert.deepEqual(await storage.deliveries.find('logout/one/wiki'), made)
  })

  test('of 50 who end it at once, one is told that it was first, and one delivery is made', async () => {
    await begin('race')
    await storage.sessionClients.remember(aSessionClient('race'))
    const ended = await Promise.all(Array.from({ length: 50 }, () => storage.sessions.end('race', LATER)))
    assert.equal(ended.filter(Boolean).length, 1)
    assert.equal((await storage.deliveries.find('logout/race/wiki'))?.attempts, 0)
  })

  test('all sessions of an account: each of its clients, and nobody else’s', async () => {
    await begin('eve-1', { accountId: 'eve' })
    await begin('eve-2', { accountId: 'eve' })
    await begin('ada-1')
    for (const id of ['eve-1', 'eve-2', 'ada-1']) await storage.sessionClients.remember(aSessionClient(id))
    assert.equal(await storage.sessions.endByAccount('eve', LATER), 2)
    for (const id of ['eve-1', 'eve-2']) assert.ok(await storage.deliveries.find(`logout/${id}/wiki`), id)
    assert.equal(await storage.deliveries.find('logout/ada-1/wiki'), undefined)
  })

  test('what is over in any other way is found, and told once', async () => {
    const own = await fresh()
    const { sessions, sessionClients: clients } = own
    for (const id of ['ada', 'off']) await own.accounts.insert(anAccount(id))
    await own.accounts.setDisabled('off', START, START)
    await sessions.insert(aSession('a-alive', { expiresAt: LATER + 1 }))
    await sessions.insert(aSession('b-over', { expiresAt: LATER }))
    await sessions.insert(aSession('c-off', { accountId: 'off' }))
    await sessions.insert(aSession('d-ended', { endedAt: START }))
    await sessions.insert(aSession('f-orphan', { accountId: 'nobody' }))
    for (const id of ['a-alive', 'b-over', 'c-off', 'd-ended', 'e-gone', 'f-orphan']) {
      await clients.remember(aSessionClient(id, { expiresAt: id === 'b-over' ? LATER : START + DAY }))
      await clients.remember(aSessionClient(id, { clientId: 'blog', expiresAt: START + DAY }))
    }
    const walked = await clients.walk({ after: '', limit: 100 }, LATER)
    assert.deepEqual(
      walked.map(({ sessionId, isOver }) => `${sessionId} ${isOver}`),
      ['a-alive false', 'b-over true', 'c-off true', 'd-ended true', 'e-gone true', 'f-orphan true'],
    )
    assert.deepEqual(
      walked.map(({ expiresAt }) => expiresAt),
      [LATER + 1, LATER, START + DAY, START + DAY, undefined, START + DAY],
    )
    assert.deepEqual(await clients.walk({ after: 'b-over', limit: 1 }, LATER), [walked[2]])
    assert.deepEqual(await clients.findExpired(LATER, 100), [walked[1]])
    assert.deepEqual(await clients.findExpired(LATER - 1, 100), [])
    await clients.tell(['b-over', 'e-gone'], LATER)
    await clients.tell(['b-over', 'e-gone'], LATER + 1)
    await clients.tell([], LATER)
    const made = await own.deliveries.list({ clientId: undefined, limit: 100 })
    assert.deepEqual(
      made.map(({ id, createdAt }) => [id, createdAt]),
      ['b-over/blog', 'b-over/wiki', 'e-gone/blog', 'e-gone/wiki'].map((id) => [`logout/${id}`, LATER]),
    )
    assert.deepEqual(await clients.ofSession('b-over'), [])
    await clients.postpone('a-alive', LATER + 7)
    assert.deepEqual(
      (await clients.ofSession('a-alive')).map(({ expiresAt }) => expiresAt),
      [LATER + 7, LATER + 7],
    )
  })
}

function deliveries(fresh: () => Promise<Storage>): void {
  let storage: Storage
  const store = () => storage.deliveries
  before(async () => {
    storage = await fresh()
  })

  test('a delivery comes back as it went in; one with its id is not made again', async () => {
    const full = aDelivery('full', { attempts: 3, deliveredAt: LATER, givenUpAt: LATER, lastFailure: 'status 500' })
    const bare = aDelivery('bare', { clientId: undefined, accountId: undefined, payload: {}, nextAttemptAt: undefined })
    for (const delivery of [full, bare]) {
      await store().insert(delivery)
      await store().insert({ ...delivery, attempts: 9 })
      assert.deepEqual(await store().find(delivery.id), delivery)
    }
    assert.equal(await store().find('none'), undefined)
  })

  test('due is what has its time, longest first, without the clients that are named', async () => {
    const own = await fresh()
    const insert = (id: string, at: number | undefined, clientId: string | undefined = 'wiki') =>
      own.deliveries.insert(aDelivery(id, { nextAttemptAt: at, clientId }))
    await insert('later', LATER + 1)
    await insert('second', LATER)
    await insert('first', START)
    await insert('done', undefined)
    await insert('blog', LATER - 1, 'blog')
    await own.deliveries.insert(aDelivery('nobody', { nextAttemptAt: LATER - 2, clientId: undefined }))
    const due = async (limit: number, ...without: string[]) =>
      (await own.deliveries.due(LATER, { kinds: ['logout'], limit, without })).map(({ id }) => id)
    assert.deepEqual(await due(10), ['first', 'nobody', 'blog', 'second'])
    assert.deepEqual(await due(2), ['first', 'nobody'])
    assert.deepEqual(await due(10, 'wiki'), ['nobody', 'blog'])
    assert.deepEqual(await due(10, 'wiki', 'blog'), ['nobody'])
    assert.deepEqual(await own.deliveries.due(LATER, { kinds: ['other'], limit: 10, without: [] }), [])
  })

  test('the backlog: what has neither arrived nor been given up, and since when', async () => {
    const own = await fresh()
    assert.deepEqual(await own.deliveries.backlog(), { pending: 0, oldestAt: undefined })
    const ended = { nextAttemptAt: undefined, createdAt: START - DAY }
    await own.deliveries.insert(aDelivery('arrived', { ...ended, deliveredAt: START }))
    await own.deliveries.insert(aDelivery('given-up', { ...ended, givenUpAt: START }))
    await own.deliveries.insert(aDelivery('new', { createdAt: LATER }))
    await own.deliveries.insert(aDelivery('failed', { createdAt: START, attempts: 3, nextAttemptAt: LATER + DAY }))
    assert.deepEqual(await own.deliveries.backlog(), { pending: 2, oldestAt: START })
  })

  test('of 50 who claim an attempt at once, one gets it', async () => {
    await store().insert(aDelivery('claimed'))
    const claims = Array.from({ length: 50 }, () => store().claim('claimed', { attempt: 1, until: LATER }))
    assert.equal((await Promise.all(claims)).filter(Boolean).length, 1)
    assert.deepEqual(await store().find('claimed'), aDelivery('claimed', { attempts: 1, nextAttemptAt: LATER }))
    assert.equal(await store().claim('claimed', { attempt: 3, until: LATER }), false)
    assert.equal(await store().claim('claimed', { attempt: 2, until: LATER }), true)
  })

  test('an attempt that another one has overtaken changes nothing by failing; by arriving it does', async () => {
    await store().insert(aDelivery('slow'))
    await store().claim('slow', { attempt: 1, until: LATER })
    await store().claim('slow', { attempt: 2, until: LATER + 1 })
    assert.equal(await store().failed('slow', { attempt: 1, reason: 'late', nextAttemptAt: START }), false)
    assert.equal(await store().giveUp('slow', { attempt: 1, reason: 'late', now: START }), false)
    assert.equal(await store().failed('slow', { attempt: 2, reason: 'status 503', nextAttemptAt: LATER + 9 }), true)
    const failed = aDelivery('slow', { attempts: 2, nextAttemptAt: LATER + 9, lastFailure: 'status 503' })
    assert.deepEqual(await store().find('slow'), failed)
    await store().delivered('slow', LATER + 10)
    await store().delivered('slow', LATER + 11)
    const arrived = { ...failed, nextAttemptAt: undefined, deliveredAt: LATER + 10 }
    assert.deepEqual(await store().find('slow'), arrived)
    assert.equal(await store().failed('slow', { attempt: 2, reason: 'late', nextAttemptAt: START }), false)
    assert.equal(await store().claim('slow', { attempt: 3, until: START }), false)
    assert.deepEqual(await store().find('slow'), arrived)
  })

  test('what is given up is never due again', async () => {
    await store().insert(aDelivery('lost'))
    await store().claim('lost', { attempt: 1, until: LATER })
    assert.equal(await store().giveUp('lost', { attempt: 1, reason: 'status 400', now: LATER }), true)
    const lost = { attempts: 1, nextAttemptAt: undefined, givenUpAt: LATER, lastFailure: 'status 400' }
    assert.deepEqual(await store().find('lost'), aDelivery('lost', lost))
    assert.equal(await store().claim('lost', { attempt: 2, until: LATER }), false)
  })

  test('the list is by time, newest first, of one client or of all', async () => {
    const own = await fresh()
    for (const [id, createdAt, clientId] of [
      ['a', START, 'wiki'],
      ['b', LATER, 'blog'],
      ['c', LATER + 1, 'wiki'],
    ] as const)
      await own.deliveries.insert(aDelivery(id, { createdAt, clientId }))
    const list = async (clientId: string | undefined, limit = 10) =>
      (await own.deliveries.list({ clientId, limit })).map(({ id }) => id)
    assert.deepEqual(await list(undefined), ['c', 'b', 'a'])
    assert.deepEqual(await list(undefined, 2), ['c', 'b'])
    assert.deepEqual(await list('wiki'), ['c', 'a'])
  })

  test('the sweep takes what was settled a week ago, and never what is still to be sent', async () => {
    const own = await fresh()
    const now = START + 7 * DAY
    await own.deliveries.insert(
      aDelivery('old', { createdAt: START - 1, nextAttemptAt: undefined, deliveredAt: START }),
    )
    await own.deliveries.insert(aDelivery('kept', { createdAt: START, nextAttemptAt: undefined, deliveredAt: START }))
    await own.deliveries.insert(aDelivery('waiting', { createdAt: START - 1 }))
    assert.equal(await own.sweep(now, 100), 1)
    assert.equal(await own.deliveries.find('old'), undefined)
    for (const id of ['kept', 'waiting']) assert.ok(await own.deliveries.find(id), id)
  })
}
