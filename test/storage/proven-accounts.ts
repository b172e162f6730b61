/** What the storage must do with accounts whose address is proven, asked of each database alike. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Account, Storage } from '../../src/storage/storage.ts'
import { anAccount } from './records.ts'

const proven = (id: string, address: string, different: Partial<Account> = {}): Account =>
  anAccount(id, {
    emailKey: address,
    claims: { email: address, email_verified: true },
    origin: 'sign_up',
    ...different,
  })

const counts = (answers: readonly string[]): Record<string, number> => {
  const count: Record<string, number> = {}
  for (const answer of answers) count[answer] = (count[answer] ?? 0) + 1
  return count
}

export function provenAccounts(ask: () => Storage): void {
  test('an account whose address is proven comes back as it went in', async () => {
    const account = proven('proven', 'proven@proven.test')
    assert.equal(await ask().accounts.insertProven(account), 'inserted')
    assert.deepEqual(await ask().accounts.find('proven'), account)
  })

  test('of 50 at once with one proven address exactly one is in, whatever their user names', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        ask().accounts.insertProven(proven(`same-address-${i}`, 'same@proven.test')),
      ),
    )
    assert.deepEqual(counts(answers), { inserted: 1, address_taken: 49 })
    assert.equal((await ask().accounts.findByEmail('same@proven.test')).length, 1)
  })

  test('of 50 at once with one user name exactly one is in, and the others hear that it is taken', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        ask().accounts.insertProven(
          proven(`same-name-${i}`, `name-${i}@proven.test`, { usernameKey: 'same-name', username: 'Same-Name' }),
        ),
      ),
    )
    assert.deepEqual(counts(answers), { inserted: 1, username_taken: 49 })
  })

  test('an address that is not verified keeps nobody out, one that is does, and so does one that is a user name', async () => {
    const unverified = (id: string) =>
      proven(id, 'claimed@proven.test', {
        claims: { email: 'claimed@proven.test', email_verified: false, name: '"email_verified":true' },
      })
    for (const id of ['claims-1', 'claims-2', 'claims-3']) await ask().accounts.insert(unverified(id))
    assert.equal(await ask().accounts.insertProven(proven('owner', 'claimed@proven.test')), 'inserted')
    const [owner] = await ask().accounts.findByEmail('claimed@proven.test')
    assert.equal(owner?.id, 'owner', 'the verified one is first, however many only say so')
    assert.equal(await ask().accounts.insertProven(proven('too-late', 'claimed@proven.test')), 'address_taken')

    await ask().accounts.insert(anAccount('an-address@proven.test', { emailKey: undefined, claims: {} }))
    assert.equal(await ask().accounts.insertProven(proven('namesake', 'an-address@proven.test')), 'address_taken')
  })
}
