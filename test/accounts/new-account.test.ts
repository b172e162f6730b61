import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseAccountClaims } from '../../src/accounts/account-claims.ts'
import { conflictingAccount, newAccount } from '../../src/accounts/new-account.ts'
import { START } from '../fixtures/clock.ts'
import { anAccount, memoryAccounts } from '../fixtures/memory-accounts.ts'
import { fakeRandom } from '../fixtures/random.ts'

const make = (username: string, claims: Record<string, unknown> = {}) =>
  newAccount({ username, claims, passwordHash: undefined, isDisabled: false }, { now: START, random: fakeRandom() })

describe('a new account', () => {
  test('has canonical keys, default claims, and what was entered', () => {
    const made = make(' Ann\uff41 ', { email: 'Anna@Example.org', given_name: 'Anna', groups: ['staff'] })
    assert.ok('account' in made)
    const { id, ...account } = made.account
    assert.match(id, /^[A-Za-z0-9_-]{22}$/)
    assert.deepEqual(account, {
      username: 'Anna',
      usernameKey: 'anna',
      emailKey: 'anna@example.org',
      passwordHash: undefined,
      claims: {
        preferred_username: 'Anna',
        updated_at: START / 1000,
        email: 'Anna@Example.org',
        email_verified: false,
        given_name: 'Anna',
        groups: ['staff'],
      },
      disabledAt: undefined,
      origin: undefined,
      createdAt: START,
      updatedAt: START,
    })
  })

  test('keeps claims that the defaults would set', () => {
    const made = make('anna', { preferred_username: 'annie', email: 'a@b.org', email_verified: true, updated_at: 5 })
    assert.ok('account' in made)
    assert.deepEqual(made.account.claims, {
      preferred_username: 'annie',
      updated_at: 5,
      email: 'a@b.org',
      email_verified: true,
    })
  })

  test('has a subject that nothing can be read from: other bytes, other subject, whatever the time', () => {
    const random = fakeRandom()
    const input = { username: 'anna', claims: {}, passwordHash: undefined, isDisabled: true }
    const made = [START, START, START + 1].map((now) => newAccount(input, { now, random }))
    const ids = made.map((one) => ('account' in one ? one.account.id : ''))
    assert.equal(new Set(ids.map((id) => id.slice(0, 4))).size, 3)
  })

  test('tells every fault at once', () => {
    const made = make('an na', { email: 'nowhere', birthdate: '2001-02-29', shoe_size: 43 })
    assert.ok('faults' in made)
    assert.deepEqual(
      made.faults.map((fault) => fault.split(' ')[0]),
      ['username', 'email', 'birthdate', '"shoe_size"'],
    )
  })
})

describe('[OIDC Core 5.1] claims', () => {
  const good: Record<string, readonly unknown[]> = {
    name: ['Anna', 'Zo\u00eb \u738b'],
    profile: ['https://example.org/anna', 'http://example.org'],
    picture: ['https://example.org/a%20b.png?x=1'],
    website: ['https://example.org'],
    birthdate: ['1990-12-31', '2000-02-29', '0000-02-29', '1990'],
    zoneinfo: ['Europe/Berlin', 'UTC', 'America/Argentina/Buenos_Aires'],
    locale: ['en', 'de-AT', 'zh-Hant-TW'],
    updated_at: [0, 1_768_478_400],
    email: ['anna@example.org'],
    phone_number: ['+4930123456', '+1 (425) 555-1212', '+1 (604) 555-1234;ext=5678'],
    address: [{ locality: 'Berlin', country: 'DE' }, { formatted: 'A 1\r\nBerlin' }],
    groups: [[], ['staff', 'ops']],
  }
  const bad: Record<string, readonly unknown[]> = {
    name: ['', ' ', 7, null, 'a\u0007b', 'a\nb', 'x'.repeat(1001), '\ud800', ['a']],
    given_name: [false],
    profile: [
      'javascript:alert(1)',
      'data:text/html,x',
      'example.org',
      '/anna',
      'https://example.org/a b',
      'ftp://example.org',
      5,
    ],
    picture: ['https://'],
    birthdate: ['1990-13-01', '1990-00-10', '1990-04-31', '1990-01-00', '1900-02-29', '31.12.1990', '0000', 1990],
    zoneinfo: ['Europe/Nowhere', '+01:00', 'now', 3],
    locale: ['en_US', 'english language', '', 1],
    updated_at: ['5', -1, 1.5, Number.NaN],
    email: ['anna', 'a b@c.org', 5],
    email_verified: ['true', 1],
    phone_number: ['030123456', '+0301234', '+1', '+49 30 123456 789012 3456', 'call me', 4930123456],
    phone_number_verified: ['yes'],
    address: ['Berlin', [], {}, null, { town: 'Berlin' }, { locality: 5 }, { locality: 'a\u0000b' }],
    groups: [
      'staff',
      [5],
      [''],
      [' staff'],
      ['a\nb'],
      ['a', 'a'],
      ['x'.repeat(256)],
      Array.from({ length: 501 }, (_, i) => `g${i}`),
    ],
  }
  for (const [name, values] of Object.entries(good)) {
    test(`${name}: takes what is right`, () => {
      for (const value of values)
        assert.deepEqual(parseAccountClaims({ [name]: value }), { claims: { [name]: value }, faults: [] })
    })
  }
  for (const [name, values] of Object.entries(bad)) {
    test(`${name}: refuses what is wrong`, () => {
      for (const value of values) {
        const { claims, faults } = parseAccountClaims({ email: 'a@b.org', phone_number: '+4930123456', [name]: value })
        assert.equal(faults.length, 1, `${name} ${JSON.stringify(value)}`)
        assert.ok(faults[0]?.startsWith(`${name} `))
        assert.deepEqual(claims, {})
      }
    })
  }

  test('nothing is verified that is not there, and nothing else is a claim', () => {
    assert.equal(parseAccountClaims({ email_verified: true }).faults.length, 1)
    assert.equal(parseAccountClaims({ phone_number_verified: true }).faults.length, 1)
    for (const name of ['sub', 'iss', 'constructor', '__proto__', 'toString']) {
      assert.equal(parseAccountClaims(JSON.parse(`{${JSON.stringify(name)}: "x"}`)).faults.length, 1, name)
    }
  })
})

describe('a new account is in the way of another', () => {
  const { accounts } = memoryAccounts([
    anAccount(),
    anAccount({ id: '2', usernameKey: 'berta@example.org', emailKey: undefined }),
  ])
  const reason = async (usernameKey: string, emailKey?: string) =>
    (await conflictingAccount(accounts, { usernameKey, emailKey }))?.reason

  test('when its user name is taken', async () => assert.equal(await reason('anna'), 'username is taken'))
  test('when its user name is the e-mail address of another', async () => {
    assert.equal(await reason('anna@example.org'), 'username is the e-mail address of another account')
  })
  test('when its e-mail address is the user name of another', async () => {
    assert.equal(await reason('carla', 'berta@example.org'), 'email is the user name of another account')
  })
  test('but not when it shares an address, or its name is its own address', async () => {
    assert.equal(await reason('carla', 'anna@example.org'), undefined)
    assert.equal(await reason('carla@example.org', 'carla@example.org'), undefined)
  })
})
