/** What the storage must do for passkeys, asked of each database alike. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Passkey, Storage } from '../../src/storage/storage.ts'
import { START } from '../fixtures/clock.ts'
import { anAccount } from './records.ts'

const aPasskey = (id: string, different: Partial<Passkey> = {}): Passkey => ({
  id,
  accountId: 'ada',
  userHandle: 'handle',
  publicKey: 'key',
  signCount: 0,
  transports: ['internal', 'hybrid'],
  isBackupEligible: true,
  isBackedUp: false,
  aaguid: '00000000-0000-0000-0000-000000000000',
  name: 'Adas “Telefon” 📱',
  createdAt: START,
  lastUsedAt: undefined,
  ...different,
})

const trues = (answers: readonly boolean[]): number => answers.filter(Boolean).length
const fifty = (attempt: () => Promise<boolean>) => Promise.all(Array.from({ length: 50 }, attempt))

export function passkeys(ask: () => Storage): void {
  describe('passkeys', () => {
    test('one comes back as it went in, and belongs to one account', async () => {
      const store = ask().passkeys
      const [one, two] = [
        aPasskey('p1'),
        aPasskey('p2', { createdAt: START + 1, isBackupEligible: false, transports: [] }),
      ]
      assert.equal(await store.find('p1'), undefined)
      for (const passkey of [two, one]) assert.equal(await store.add(passkey), true)
      assert.equal(await store.add(aPasskey('p1', { accountId: 'ben' })), false)
      assert.deepEqual(await store.find('p1'), one)
      assert.deepEqual(await store.ofAccount('ada'), [one, two])
      assert.deepEqual(await store.ofAccount('ben'), [])
    })

    test('[WebAuthn 6.1.1] a count only grows, and of 50 who use the same one does', async () => {
      const store = ask().passkeys
      await store.add(aPasskey('counts', { accountId: 'counts' }))
      const use = (signCount: number) =>
        store.use({ id: 'counts', signCount, isBackedUp: true, now: START + signCount })
      assert.deepEqual([await use(0), await use(0)], [true, true])
      assert.equal(trues(await fifty(() => use(5))), 1)
      assert.deepEqual([await use(5), await use(4), await use(0), await use(6)], [false, false, false, true])
      const { signCount, isBackedUp, lastUsedAt } = (await store.find('counts')) ?? assert.fail()
      assert.deepEqual([signCount, isBackedUp, lastUsedAt], [6, true, START + 6])
      assert.equal(await store.use({ id: 'nothing', signCount: 1, isBackedUp: true, now: START }), false)
    })

    test('its owner names it and takes it away; nobody else does', async () => {
      const store = ask().passkeys
      await store.add(aPasskey('named', { accountId: 'eve' }))
      assert.equal(await store.rename({ id: 'named', accountId: 'ben', name: 'Mine' }), false)
      assert.equal(await store.rename({ id: 'named', accountId: 'eve', name: 'New' }), true)
      assert.equal((await store.find('named'))?.name, 'New')
      assert.equal(await store.remove({ id: 'named', accountId: 'ben' }, { keepsOne: false }), false)
      assert.equal(await store.remove({ id: 'named', accountId: 'eve' }, { keepsOne: false }), true)
      assert.equal(await store.remove({ id: 'named', accountId: 'eve' }, { keepsOne: false }), false)
    })

    test('where one has to stay, one stays, however many are taken away at once', async () => {
      const { accounts, passkeys: store } = ask()
      const accountId = 'keeps-one'
      await accounts.insert(anAccount(accountId))
      const ids = Array.from({ length: 6 }, (_, at) => `kept-${at}`)
      for (const id of ids) await store.add(aPasskey(id, { accountId }))
      const removed = await Promise.all(ids.map((id) => store.remove({ id, accountId }, { keepsOne: true })))
      assert.equal(trues(removed), 5)
      assert.equal((await store.ofAccount(accountId)).length, 1)
      await accounts.remove(accountId)
      assert.deepEqual(await store.ofAccount(accountId), [])
    })
  })
}
