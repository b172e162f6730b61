/** What the storage must do where somebody changes their own account, asked of each database alike. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Storage } from '../../src/storage/storage.ts'
import { START } from '../fixtures/clock.ts'
import { aGrant, anAccount, aSession } from './records.ts'

const LATER = START + 1000

export function ownAccounts(ask: () => Storage): void {
  test('claims change only while nothing else has: no change of another is undone', async () => {
    const account = anAccount('own-claims', { passwordHash: 'kept' })
    await ask().accounts.insert(account)
    const change = { claims: { name: 'New' }, updatedAt: LATER, from: account.updatedAt }
    const both = await Promise.all([
      ask().accounts.changeClaims(account.id, change),
      ask().accounts.changeClaims(account.id, { ...change, updatedAt: LATER + 1 }),
    ])
    assert.deepEqual(both.toSorted(), [false, true])
    const changed = await ask().accounts.find(account.id)
    assert.deepEqual({ ...changed, updatedAt: 0 }, { ...account, claims: { name: 'New' }, updatedAt: 0 })
    assert.equal(await ask().accounts.changeClaims('nobody', change), false)
  })

  test('a password is replaced only while it is the one that was shown to be known', async () => {
    await ask().accounts.insert(anAccount('own-password', { passwordHash: 'old' }))
    const { accounts } = ask()
    assert.equal(await accounts.setPasswordHash('own-password', 'x', LATER, 'another'), false)
    assert.equal(await accounts.setPasswordHash('own-password', 'x', LATER, ''), false)
    const both = await Promise.all(
      ['one', 'two'].map((hash) => accounts.setPasswordHash('own-password', hash, LATER, 'old')),
    )
    assert.deepEqual(both.toSorted(), [false, true])
    for (const [id, passwordHash] of [
      ['no-password', undefined],
      ['empty-password', ''],
    ] as const) {
      await accounts.insert(anAccount(id, { passwordHash }))
      assert.equal(await accounts.setPasswordHash(id, 'x', LATER, 'old'), false)
      assert.equal(await accounts.setPasswordHash(id, 'first', LATER, ''), true)
      assert.equal((await accounts.find(id))?.passwordHash, 'first')
    }
  })

  test('all sessions but one end, and all grants but those of one are revoked', async () => {
    const { sessions, grants } = ask()
    for (const id of ['own-a', 'own-b', 'own-c']) {
      await sessions.insert(aSession(id, { accountId: 'owner' }))
      await grants.insert(aGrant(`grant ${id}`, { accountId: 'owner', sessionId: id }))
    }
    assert.equal(await sessions.endByAccount('owner', LATER, 'own-b'), 2)
    assert.equal(await grants.revokeByAccount('owner', LATER, 'signed_out_everywhere', 'own-b'), 2)
    const left = await sessions.ofAccount('owner', { now: LATER, limit: 9 })
    assert.deepEqual(
      left.map(({ id, userAgent, address }) => ({ id, userAgent, address })),
      [{ id: 'own-b', userAgent: 'Firefox/120.0', address: '192.0.2.0' }],
    )
    assert.equal((await grants.find('grant own-b'))?.grant.revokedAt, undefined)
    assert.equal((await grants.find('grant own-a'))?.grant.revokedAt, LATER)
  })

  test('deliveries of one kind that tell of an account: the newest first, and no older ones', async () => {
    const delivery = (id: string, at: number, kind: 'logout' | 'mail', accountId: string) => ({
      ...{ id, kind, accountId, clientId: 'wiki', payload: {}, createdAt: at, nextAttemptAt: at, attempts: 0 },
      ...{ deliveredAt: undefined, givenUpAt: undefined, lastFailure: undefined },
    })
    for (const [id, at, kind, whose] of [
      ['d-old', LATER - 1, 'logout', 'told'],
      ['d-1', LATER, 'logout', 'told'],
      ['d-2', LATER + 1, 'logout', 'told'],
      ['d-mail', LATER + 1, 'mail', 'told'],
      ['d-other', LATER + 1, 'logout', 'other'],
    ] as const) {
      await ask().deliveries.insert(delivery(id, at, kind, whose))
    }
    const found = await ask().deliveries.ofAccount('told', { kind: 'logout', since: LATER, limit: 5 })
    assert.deepEqual(
      found.map(({ id }) => id),
      ['d-2', 'd-1'],
    )
    assert.equal((await ask().deliveries.ofAccount('told', { kind: 'logout', since: LATER, limit: 1 })).length, 1)
  })
}
