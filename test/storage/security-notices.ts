/** What the storage must do when a theft is noticed, asked of each database alike. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { DAY, HOUR } from '../../src/base/duration.ts'
import type { SecurityNotice, Storage } from '../../src/storage/storage.ts'
import { START } from '../fixtures/clock.ts'
import { aGrant, anAccount } from './records.ts'

const NOW = START + 1000
const theft = { because: 'code_reused', now: NOW, isSent: false } as const

const aNotice = (id: string, different: Partial<SecurityNotice> = {}): SecurityNotice => ({
  ...{ id, accountId: 'ada', clientId: 'wiki', kind: 'code_reused', createdAt: NOW, dismissedAt: undefined },
  ...different,
})

export function securityNotices(fresh: () => Promise<Storage>): void {
  let storage: Storage
  before(async () => {
    storage = await fresh()
    await storage.accounts.insert(anAccount('ada'))
  })
  const begin = (id: string, different: Parameters<typeof aGrant>[1] = {}) =>
    storage.grants.insert(aGrant(id, different))

  test('a theft revokes the grant and tells its owner, once', async () => {
    await begin('stolen')
    assert.equal(await storage.securityNotices.revokeStolen('stolen', theft), true)
    assert.equal(
      await storage.securityNotices.revokeStolen('stolen', { ...theft, because: 'refresh_token_reused', now: NOW + 1 }),
      false,
    )
    const grant = (await storage.grants.find('stolen'))?.grant
    assert.deepEqual([grant?.revokedAt, grant?.revokedBecause], [NOW, 'code_reused'])
    assert.deepEqual(await storage.securityNotices.find('stolen'), aNotice('stolen'))
    assert.equal(await storage.securityNotices.find('unknown'), undefined)
    assert.equal(await storage.deliveries.find('security_notice/stolen'), undefined)
  })

  test('of many who notice it at once, one is told that it was first', async () => {
    await begin('race', { accountId: 'racer' })
    const sent = { ...theft, isSent: true }
    const noticed = await Promise.all(
      Array.from({ length: 20 }, () => storage.securityNotices.revokeStolen('race', sent)),
    )
    assert.equal(noticed.filter(Boolean).length, 1)
    assert.deepEqual(await storage.securityNotices.find('race'), aNotice('race', { accountId: 'racer' }))
    const delivery = await storage.deliveries.find('security_notice/race')
    assert.deepEqual(
      [delivery?.kind, delivery?.clientId, delivery?.accountId, delivery?.payload, delivery?.nextAttemptAt],
      ['security_notice', undefined, 'racer', { notice: 'race' }, NOW],
    )
  })

  test('what was revoked for another reason, or is not there, is no news', async () => {
    await begin('over')
    await storage.grants.revoke('over', NOW, 'client_revoked')
    for (const id of ['over', 'nowhere']) {
      assert.equal(await storage.securityNotices.revokeStolen(id, { ...theft, isSent: true }), false)
      assert.equal(await storage.securityNotices.find(id), undefined)
      assert.equal(await storage.deliveries.find(`security_notice/${id}`), undefined)
    }
  })

  test('an account has its own, newest first, until it dismisses them', async () => {
    for (const [n, id] of ['b-1', 'b-2', 'b-3'].entries()) {
      await begin(id, { accountId: 'ben', clientId: id })
      await storage.securityNotices.revokeStolen(id, { ...theft, now: NOW + n })
    }
    const idsOf = async (accountId: string, limit = 10) =>
      (await storage.securityNotices.ofAccount(accountId, limit)).map(({ id }) => id)
    assert.deepEqual(await idsOf('ben'), ['b-3', 'b-2', 'b-1'])
    assert.deepEqual(await idsOf('ben', 2), ['b-3', 'b-2'])
    assert.equal(await storage.securityNotices.dismiss('b-2', 'ada', NOW), false)
    assert.equal(await storage.securityNotices.dismiss('b-2', 'ben', NOW + 5), true)
    assert.equal(await storage.securityNotices.dismiss('b-2', 'ben', NOW + 6), false)
    assert.deepEqual(await idsOf('ben'), ['b-3', 'b-1'])
    assert.equal((await storage.securityNotices.find('b-2'))?.dismissedAt, NOW + 5)
  })

  test('of one account and client, one is told within an hour; each grant is revoked all the same', async () => {
    await storage.accounts.insert(anAccount('cem'))
    const steal = async (id: string, now: number, clientId = 'wiki') => {
      await begin(id, { accountId: 'cem', clientId })
      assert.equal(await storage.securityNotices.revokeStolen(id, { ...theft, now, isSent: true }), true)
      assert.equal((await storage.grants.find(id))?.grant.revokedAt, now)
      const isTold = (await storage.securityNotices.find(id)) !== undefined
      assert.equal((await storage.deliveries.find(`security_notice/${id}`)) !== undefined, isTold)
      return isTold
    }
    assert.equal(await steal('c-1', NOW), true)
    assert.equal(await steal('c-2', NOW + HOUR - 1), false)
    assert.equal(await steal('c-3', NOW + HOUR - 1, 'blog'), true)
    assert.equal(await steal('c-4', NOW + HOUR), true)
    const ids = Array.from({ length: 10 }, (_, i) => `at-once-${i}`)
    const told = await Promise.all(ids.map((id) => steal(id, NOW + 3 * HOUR)))
    assert.equal(told.filter(Boolean).length, 1)
  })

  test('they go with their account, and when they are old', async () => {
    const own = await fresh()
    for (const id of ['ada', 'eve']) await own.accounts.insert(anAccount(id))
    for (const [id, accountId] of [
      ['of-ada', 'ada'],
      ['of-eve', 'eve'],
    ] as const) {
      await own.grants.insert(aGrant(id, { accountId, expiresAt: START + 900 * DAY }))
      await own.securityNotices.revokeStolen(id, theft)
    }
    await own.accounts.remove('eve')
    assert.equal(await own.securityNotices.find('of-eve'), undefined)
    await own.sweep(NOW + 365 * DAY, 100)
    assert.ok(await own.securityNotices.find('of-ada'))
    await own.sweep(NOW + 400 * DAY + 1, 100)
    assert.equal(await own.securityNotices.find('of-ada'), undefined)
  })
}
