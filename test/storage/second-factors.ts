/** What the storage must do for second factors, asked of each database alike. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DAY, HOUR } from '../../src/base/duration.ts'
import type { Storage, Totp } from '../../src/storage/storage.ts'
import { START } from '../fixtures/clock.ts'
import { anAccount, anInteraction } from './records.ts'

const aTotp = (accountId: string, different: Partial<Totp> = {}): Totp => ({
  accountId,
  sealedSecret: `sealed for ${accountId}`,
  lastStep: 100,
  createdAt: START,
  lastUsedAt: START,
  ...different,
})

const useOf = (accountId: string, step: number, different = {}) => ({
  accountId,
  sealedSecret: `sealed for ${accountId}`,
  step,
  possible: 200,
  now: START + 1,
  ...different,
})

const trues = (answers: readonly boolean[]): number => answers.filter(Boolean).length
const fifty = (attempt: () => Promise<boolean>) => Promise.all(Array.from({ length: 50 }, attempt))

export function secondFactors(ask: () => Storage): void {
  describe('authenticator apps', () => {
    test('one comes back as it went in, and an account has one', async () => {
      const { totps } = ask()
      assert.equal(await totps.find('one'), undefined)
      assert.equal(await totps.add(aTotp('one')), true)
      assert.equal(await totps.add(aTotp('one', { sealedSecret: 'another' })), false)
      assert.deepEqual(await totps.find('one'), aTotp('one'))
    })

    test('[RFC 6238 5.2] of 50 who use one step at once, one does', async () => {
      const { totps } = ask()
      await totps.add(aTotp('fifty'))
      assert.equal(trues(await fifty(() => totps.useStep(useOf('fifty', 101)))), 1)
      assert.deepEqual(await totps.find('fifty'), aTotp('fifty', { lastStep: 101, lastUsedAt: START + 1 }))
    })

    test('no step before the last one counts, nor one of another secret, nor one of nobody', async () => {
      const { totps } = ask()
      await totps.add(aTotp('steps'))
      assert.equal(await totps.useStep(useOf('steps', 100)), false)
      assert.equal(await totps.useStep(useOf('steps', 99)), false)
      assert.equal(await totps.useStep(useOf('steps', 101, { sealedSecret: 'replaced meanwhile' })), false)
      assert.equal(await totps.useStep(useOf('nobody', 101)), false)
      assert.equal(await totps.useStep(useOf('steps', 101)), true)
    })

    test('a clock that ran ahead and is set right shuts nobody out', async () => {
      const { totps } = ask()
      await totps.add(aTotp('ahead', { lastStep: 10_000 }))
      assert.equal(await totps.useStep(useOf('ahead', 101)), true)
      assert.equal(await totps.useStep(useOf('ahead', 101)), false)
    })

    test('what is being set up belongs to one place, the last one counts, and goes with the app', async () => {
      const { totps } = ask()
      const setup = { id: 'session/1', accountId: 'setting', sealedSecret: 'a', expiresAt: START + HOUR }
      assert.equal(await totps.findSetup('session/1'), undefined)
      await totps.putSetup(setup)
      await totps.putSetup({ ...setup, sealedSecret: 'b' })
      assert.deepEqual(await totps.findSetup('session/1'), { ...setup, sealedSecret: 'b' })
      assert.equal(await totps.remove('setting'), false)
      assert.equal(await totps.findSetup('session/1'), undefined)
      await totps.add(aTotp('setting'))
      assert.equal(await totps.remove('setting'), true)
      assert.equal(await totps.find('setting'), undefined)
    })
  })

  describe('recovery codes', () => {
    test('each counts once, of 50 at once for one', async () => {
      const { recoveryCodes } = ask()
      assert.deepEqual(await recoveryCodes.count('ada'), { made: 0, left: 0 })
      await recoveryCodes.replace('ada', ['h1', 'h2', 'h3'], START)
      assert.equal(trues(await fifty(() => recoveryCodes.use('ada', 'h1', START + 1))), 1)
      assert.equal(await recoveryCodes.use('ada', 'h1', START + 2), false)
      assert.equal(await recoveryCodes.use('ada', 'h4', START + 2), false)
      assert.equal(await recoveryCodes.use('ben', 'h2', START + 2), false)
      assert.deepEqual(await recoveryCodes.count('ada'), { made: 3, left: 2 })
    })

    test('new ones take the place of all that there were', async () => {
      const { recoveryCodes } = ask()
      await recoveryCodes.replace('eve', ['h1', 'h2'], START)
      await recoveryCodes.replace('eve', ['h3'], START + 1)
      assert.equal(await recoveryCodes.use('eve', 'h2', START + 2), false)
      assert.deepEqual(await recoveryCodes.count('eve'), { made: 1, left: 1 })
      await recoveryCodes.replace('eve', [], START + 3)
      assert.deepEqual(await recoveryCodes.count('eve'), { made: 0, left: 0 })
    })
  })

  describe('remembered devices', () => {
    const aDevice = (id: string, accountId: string) => ({ id, accountId, createdAt: START, expiresAt: START + DAY })

    test('are found for their account alone, and forgotten all at once', async () => {
      const { rememberedDevices } = ask()
      const [one, two, other] = [aDevice('d1', 'ada'), aDevice('d2', 'ada'), aDevice('d3', 'ben')]
      for (const device of [one, two, other]) await rememberedDevices.insert(device)
      assert.deepEqual(await rememberedDevices.find('ada', ['d1', 'd3', 'nothing']), [one])
      assert.deepEqual(await rememberedDevices.find('ada', []), [])
      assert.deepEqual(
        (await rememberedDevices.ofAccount('ada', START)).map(({ id }) => id),
        ['d1', 'd2'],
      )
      assert.deepEqual(await rememberedDevices.ofAccount('ada', START + DAY), [])
      assert.equal(await rememberedDevices.forgetAll('ada'), 2)
      assert.deepEqual(await rememberedDevices.find('ada', ['d1', 'd2']), [])
      assert.deepEqual(await rememberedDevices.find('ben', ['d3']), [other])
    })
  })

  test('what was proven at an interaction is kept, replaced and forgotten', async () => {
    const { interactions } = ask()
    const proven = { accountId: 'ada', amr: ['pwd'], at: START, version: START - 1, hash: 'h “1”' }
    await interactions.insert(anInteraction('proves'))
    await interactions.keepProven('proves', proven)
    assert.deepEqual((await interactions.find('proves'))?.proven, proven)
    await interactions.keepProven('proves', { ...proven, accountId: 'ben' })
    assert.equal((await interactions.find('proves'))?.proven?.accountId, 'ben')
    await interactions.keepProven('proves', undefined)
    assert.equal((await interactions.find('proves'))?.proven, undefined)
  })

  test('an account takes its second factors along when it is removed', async () => {
    const { accounts, totps, recoveryCodes, rememberedDevices } = ask()
    const accountId = 'second-factors-go'
    await accounts.insert(anAccount(accountId))
    await totps.add(aTotp(accountId))
    await totps.putSetup({ id: 'goes', accountId, sealedSecret: 'a', expiresAt: START + HOUR })
    await recoveryCodes.replace(accountId, ['h1'], START)
    await rememberedDevices.insert({ id: 'goes', accountId, createdAt: START, expiresAt: START + DAY })
    await accounts.remove(accountId)
    assert.equal(await totps.find(accountId), undefined)
    assert.equal(await totps.findSetup('goes'), undefined)
    assert.deepEqual(await recoveryCodes.count(accountId), { made: 0, left: 0 })
    assert.deepEqual(await rememberedDevices.find(accountId, ['goes']), [])
  })
}
