/** What the owner of an account asks of the apps that have access, and how they take it away: asked of each database alike. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { DAY, HOUR } from '../../src/base/duration.ts'
import type { Grant, Session, Storage } from '../../src/storage/storage.ts'
import { START } from '../fixtures/clock.ts'
import { aConsent, aGrant, anAccount, aSession, aSessionClient } from './records.ts'

const NOW = START + HOUR

export function accountApps(fresh: () => Promise<Storage>): void {
  let storage: Storage
  before(async () => {
    storage = await fresh()
    for (const id of ['ada', 'bob']) await storage.accounts.insert(anAccount(id))
  })
  const session = (id: string, different: Partial<Session> = {}) => storage.sessions.insert(aSession(id, different))
  const grant = (id: string, different: Partial<Grant>) => storage.grants.insert(aGrant(id, different))
  const appsOf = (accountId: string, limit = 10) => storage.grants.appsOf(accountId, { now: NOW, limit })

  test('an account’s apps, all sessions together: what is live alone, the last used first', async () => {
    await session('open')
    await session('over', { endedAt: NOW })
    const scopes = ['openid']
    await grant('a1', { clientId: 'wiki', sessionId: 'open', scopes, createdAt: START + 1 })
    await grant('a2', { clientId: 'wiki', sessionId: 'open', scopes: ['openid', 'email'], createdAt: START + 9 })
    await grant('a3', { clientId: 'mail', sessionId: 'over', scopes, createdAt: START + 20 })
    await grant('a4', { clientId: 'sync', sessionId: 'over', createdAt: START + 2, refreshRotatedAt: START + 30 })
    await grant('a5', { clientId: 'gone', sessionId: 'open', scopes, revokedAt: NOW, revokedBecause: 'code_reused' })
    await grant('a6', { clientId: 'old', sessionId: 'open', scopes, expiresAt: NOW })
    await grant('a7', { clientId: 'wiki', accountId: 'bob', sessionId: 'open', scopes: ['secret'] })
    const apps = await appsOf('ada')
    assert.deepEqual(
      apps.map(({ scopes: all, ...rest }) => ({ ...rest, scopes: all.toSorted() })),
      [
        { clientId: 'sync', firstAt: START + 2, lastAt: START + 30, scopes: ['offline_access', 'openid'] },
        { clientId: 'wiki', firstAt: START + 1, lastAt: START + 9, scopes: ['email', 'openid'] },
      ],
    )
    assert.equal((await appsOf('ada', 1)).length, 1)
    assert.deepEqual(await appsOf('nobody'), [])
  })

  test('all grants of one client are revoked, and nobody else’s', async () => {
    const revoke = (accountId: string, clientId: string) =>
      storage.grants.revokeByClient({ accountId, clientId }, NOW, 'access_removed')
    assert.equal(await revoke('ada', 'wiki'), 2)
    assert.equal(await revoke('ada', 'wiki'), 0)
    const revoked = (await storage.grants.find('a1'))?.grant
    assert.deepEqual([revoked?.revokedAt, revoked?.revokedBecause], [NOW, 'access_removed'])
    assert.deepEqual(
      (await appsOf('ada')).map(({ clientId }) => clientId),
      ['sync'],
    )
    assert.equal((await appsOf('bob')).length, 1)
  })

  test('consents of one account, by client, and one is taken away', async () => {
    for (const clientId of ['c', 'a', 'b']) await storage.consents.add(aConsent({ clientId }))
    await storage.consents.add(aConsent({ accountId: 'bob', clientId: 'a' }))
    const list = async (page: { after?: string; limit: number }) =>
      (await storage.consents.ofAccount('ada', page)).map(({ clientId }) => clientId)
    assert.deepEqual(await list({ limit: 2 }), ['a', 'b'])
    assert.deepEqual(await list({ after: 'b', limit: 2 }), ['c'])
    assert.deepEqual((await storage.consents.ofAccount('ada', { limit: 1 }))[0], aConsent({ clientId: 'a' }))
    assert.equal(await storage.consents.remove('ada', 'a'), true)
    assert.equal(await storage.consents.remove('ada', 'a'), false)
    assert.ok(await storage.consents.find('bob', 'a'))
  })

  test('a client that loses its access is told, in each session of the account that is open, and again later', async () => {
    const { sessionClients, deliveries, sessions } = storage
    for (const id of ['s1', 's2']) await session(id)
    await session('s3', { endedAt: NOW })
    await session('s4', { accountId: 'bob' })
    for (const id of ['s1', 's2', 's3']) await sessionClients.remember(aSessionClient(id))
    await sessionClients.remember(aSessionClient('s4', { accountId: 'bob' }))
    await sessionClients.remember(aSessionClient('s1', { clientId: 'other' }))
    const tell = (now: number) => sessionClients.tellClient({ accountId: 'ada', clientId: 'wiki' }, now)
    assert.equal(await tell(NOW), 2)
    assert.equal(await tell(NOW), 0)
    const told = await deliveries.find(`logout/s1/wiki/${NOW}`)
    assert.deepEqual(told?.payload, { sub: 'ada “the subject”', sid: 's1' })
    assert.equal(told?.nextAttemptAt, NOW)
    const left = async (id: string) => (await sessionClients.ofSession(id)).map(({ clientId }) => clientId)
    assert.deepEqual([await left('s1'), await left('s2'), await left('s4')], [['other'], [], ['wiki']])
    // It is signed on to again, in the same session, and that ends.
    await sessionClients.remember(aSessionClient('s1'))
    await sessions.end('s1', NOW + DAY)
    assert.ok(await deliveries.find('logout/s1/wiki'))
    assert.ok(await deliveries.find('logout/s1/other'))
  })

  test('one with a page to be opened at the sign-out stays to be opened', async () => {
    const { sessionClients } = storage
    await session('s5')
    await sessionClients.remember(aSessionClient('s5', { clientId: 'front', hasFrontChannel: true }))
    await sessionClients.remember(aSessionClient('s5', { clientId: 'silent', hasBackChannel: false }))
    const tell = (clientId: string) => sessionClients.tellClient({ accountId: 'ada', clientId }, NOW)
    assert.deepEqual([await tell('front'), await tell('silent')], [1, 0])
    assert.deepEqual(
      (await sessionClients.ofSession('s5')).map(({ clientId }) => clientId),
      ['front'],
    )
  })
}
