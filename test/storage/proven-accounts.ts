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

  test('of 50 accounts that prove one address at once exactly one has it', async () => {
    const account = (id: string) => anAccount(id, { emailKey: undefined, claims: {} })
    for (let i = 0; i < 50; i++) await ask().accounts.insert(account(`prover-${i}`))
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => proves(`prover-${i}`, 'disputed@proven.test', account('x').updatedAt)),
    )
    assert.deepEqual(counts(answers), { set: 1, address_taken: 49 })
    const owners = await ask().accounts.findByEmail('disputed@proven.test')
    assert.deepEqual(
      owners.map(({ claims }) => claims.email_verified),
      [true],
    )
  })

  test('an address is proven for an account as it was read, again for the same one, and for no other', async () => {
    const { updatedAt: version } = anAccount('x')
    await ask().accounts.insert(
      anAccount('first', { emailKey: 'own@proven.test', claims: { email: 'own@proven.test' } }),
    )
    assert.equal(await proves('first', 'own@proven.test', version - 1), 'changed')
    assert.equal(await proves('gone', 'own@proven.test', version), 'changed')
    assert.equal(await proves('first', 'own@proven.test', version), 'set')
    assert.equal(await proves('first', 'own@proven.test', version + 1), 'set')
    const { claims, emailKey } = (await ask().accounts.find('first')) ?? {}
    assert.deepEqual([claims, emailKey], [{ email: 'own@proven.test', email_verified: true }, 'own@proven.test'])
    await ask().accounts.insert(anAccount('second', { emailKey: undefined, claims: {} }))
    assert.equal(await proves('second', 'own@proven.test', version), 'address_taken')
    // The user name of another; one's own is no matter.
    await ask().accounts.insert(anAccount('name@proven.test', { emailKey: undefined, claims: {} }))
    assert.equal(await proves('second', 'name@proven.test', version), 'address_taken')
    assert.equal(await proves('name@proven.test', 'name@proven.test', version), 'set')
  })

  const proves = (id: string, address: string, version: number) =>
    ask().accounts.setProvenEmail(id, {
      emailKey: address,
      claims: { email: address, email_verified: true },
      updatedAt: version + 1,
      version,
    })
}
