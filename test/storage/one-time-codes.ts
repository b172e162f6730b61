/** What the storage must do with one-time codes, asked of each database alike. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY, HOUR, MINUTE } from '../../src/base/duration.ts'
import type { OneTimeCode, Storage } from '../../src/storage/storage.ts'
import { START } from '../fixtures/clock.ts'
import { anAccount } from './records.ts'

export const aOneTimeCode = (id: string, different: Partial<OneTimeCode> = {}): OneTimeCode => ({
  id,
  purpose: 'reset_password',
  accountId: 'ada',
  address: 'ada@example.test',
  codeHash: 'hash of the code',
  linkHash: 'hash of the link',
  interactionId: 'interaction',
  browserHash: 'browser',
  details: { client: 'wiki “the”', 'odd\u0000': '🔑' },
  createdAt: START,
  codeExpiresAt: START + 10 * MINUTE,
  expiresAt: START + HOUR,
  attemptsLeft: 5,
  usedAt: undefined,
  usedBy: undefined,
  takenUpAt: undefined,
  ...different,
})

async function winners(attempt: () => Promise<boolean>): Promise<number> {
  return (await Promise.all(Array.from({ length: 50 }, attempt))).filter(Boolean).length
}

/** @param ask the database that others use, too: each has its connections */
export function oneTimeCodes(ask: () => Storage, fresh: () => Promise<Storage>): void {
  const store = () => ask().oneTimeCodes

  test('a code comes back as it went in', async () => {
    const bare = { accountId: undefined, interactionId: undefined, browserHash: undefined, details: {} }
    const over = { usedAt: START + 1, usedBy: 'link', takenUpAt: START + 2 } as const
    for (const code of [aOneTimeCode('full', over), aOneTimeCode('bare', bare)]) {
      await store().insert(code)
      assert.deepEqual(await store().find(code.id), code)
    }
    assert.equal(await store().find('nobody’s'), undefined)
  })

  test('those of a purpose that are still good are listed, the oldest first', async () => {
    const invitation = (id: string, different: Partial<OneTimeCode> = {}) =>
      aOneTimeCode(id, { purpose: 'invitation', accountId: undefined, ...different })
    const storage = await fresh()
    await storage.oneTimeCodes.insert(invitation('b'))
    await storage.oneTimeCodes.insert(invitation('a'))
    await storage.oneTimeCodes.insert(invitation('old', { expiresAt: START }))
    await storage.oneTimeCodes.insert(invitation('used', { usedAt: START, usedBy: 'link' }))
    await storage.oneTimeCodes.insert(aOneTimeCode('reset'))
    const idsOf = async (limit: number) =>
      (await storage.oneTimeCodes.ofPurpose('invitation', { now: START, limit })).map(({ id }) => id)
    assert.deepEqual(await idsOf(9), ['a', 'b'])
    assert.deepEqual(await idsOf(1), ['a'])
  })

  test('of 50 attempts at once as many are let in as are left, and none after its time or its use', async () => {
    await store().insert(aOneTimeCode('tries'))
    assert.equal(await winners(() => store().takeAttempt('tries', START)), 5)
    assert.equal((await store().find('tries'))?.attemptsLeft, 0)
    await store().insert(aOneTimeCode('late'))
    assert.equal(await store().takeAttempt('late', START + 10 * MINUTE - 1), true)
    assert.equal(await store().takeAttempt('late', START + 10 * MINUTE), false)
    await store().use('late', { by: 'code', now: START })
    assert.equal(await store().takeAttempt('late', START), false)
    assert.equal(await store().takeAttempt('nobody’s', START), false)
  })

  test('[ASVS 6.5.1] of 50 uses at once one succeeds, and none after its end', async () => {
    await store().insert(aOneTimeCode('once'))
    assert.equal(await winners(() => store().use('once', { by: 'code', now: START + 1 })), 1)
    const { usedAt, usedBy } = (await store().find('once')) ?? {}
    assert.deepEqual([usedAt, usedBy], [START + 1, 'code'])
    await store().insert(aOneTimeCode('ended'))
    assert.equal(await store().use('ended', { by: 'link', now: START + HOUR }), false)
    assert.equal((await store().find('ended'))?.usedAt, undefined)
  })

  test('one page goes on after a code was typed or a link was used, and none before', async () => {
    for (const by of ['link', 'code'] as const) {
      await store().insert(aOneTimeCode(`by ${by}`))
      assert.equal(await store().takeUp(`by ${by}`, START), false)
      await store().use(`by ${by}`, { by, now: START })
      assert.equal(await winners(() => store().takeUp(`by ${by}`, START + 1)), 1)
    }
  })

  test('what waits for an account is withdrawn, of these purposes, and nobody else’s', async () => {
    const of = (id: string, different: Partial<OneTimeCode>) => store().insert(aOneTimeCode(id, different))
    await of('eve-1', { accountId: 'eve' })
    await of('eve-2', { accountId: 'eve', usedAt: START, usedBy: 'code' })
    await of('eve-3', { accountId: 'eve', purpose: 'verify_email' })
    await of('bob-1', { accountId: 'bob' })
    assert.equal(await store().withdraw('eve', ['reset_password'], START + 5), 1)
    const { usedAt, usedBy } = (await store().find('eve-1')) ?? {}
    assert.deepEqual([usedAt, usedBy], [START + 5, 'nobody'])
    assert.equal(await store().takeUp('eve-1', START + 6), false)
    for (const id of ['eve-3', 'bob-1']) assert.equal((await store().find(id))?.usedAt, undefined)
  })

  test('an account that is removed takes its codes with it', async () => {
    await ask().accounts.insert(anAccount('owner'))
    await store().insert(aOneTimeCode('of owner', { accountId: 'owner' }))
    await ask().accounts.remove('owner')
    assert.equal(await store().find('of owner'), undefined)
  })

  test('a code is swept a day after its end', async () => {
    const alone = await fresh()
    await alone.oneTimeCodes.insert(aOneTimeCode('old'))
    assert.equal(await alone.sweep(START + HOUR + DAY, 100), 0)
    assert.equal(await alone.sweep(START + HOUR + DAY + 1, 100), 1)
  })
}
