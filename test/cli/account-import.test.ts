import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { accountCommand } from '../../src/cli/account.ts'
import { CommandError, UsageError } from '../../src/cli/command.ts'
import { SOME_CONFIG } from '../fixtures/account-config.ts'
import { START } from '../fixtures/clock.ts'
import { FOREIGN_HASHES, FOREIGN_PASSWORD } from '../fixtures/foreign-hashes.ts'
import { anAccount, type MemoryAccounts, memoryAccounts } from '../fixtures/memory-accounts.ts'
import { cheapHasher } from '../fixtures/password-hashing.ts'
import { fakeTerminal } from '../fixtures/terminal.ts'

async function run(storage: MemoryAccounts, input: string, ...args: string[]) {
  const terminal = fakeTerminal({ piped: input })
  const command = accountCommand(async () => ({
    config: SOME_CONFIG,
    storage,
    record: async () => {},
    tell: async () => {},
    close: async () => {},
  }))
  let error: Error | undefined
  const status = await command.run(['import', ...args], terminal).catch((thrown: unknown) => {
    assert.ok(thrown instanceof UsageError || thrown instanceof CommandError, String(thrown))
    error = thrown
    return undefined
  })
  return { status, error, out: terminal.out(), err: terminal.err() }
}

const lines = (...records: unknown[]) => records.map((one) => JSON.stringify(one)).join('\n')
const only = ({ byId }: MemoryAccounts) => [...byId.values()][0]
const names = ({ byId }: MemoryAccounts) => [...byId.values()].map(({ username }) => username).toSorted()

async function folderOf(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-import-'))
  t.after(() => rm(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return folder
}

describe('what a line may say', () => {
  test('every kind of hash comes in, is told by its cost, and lets its owner in', async () => {
    const storage = memoryAccounts()
    const input = lines(...FOREIGN_HASHES.map(([, hash], at) => ({ username: `u${at}`, password_hash: hash })))
    const result = await run(storage, input, '-')
    assert.equal(result.status, 0, result.err)
    assert.equal(storage.byId.size, FOREIGN_HASHES.length)
    for (const { passwordHash } of storage.byId.values()) {
      assert.equal(await cheapHasher().verify(passwordHash, FOREIGN_PASSWORD), true)
    }
    assert.match(result.err, / 4 of \$2b\$06: weaker than what is recommended/)
    const { costs } = await storage.accounts.importedHashes()
    assert.ok(costs.some(({ cost, accounts }) => cost === '$2b$06' && accounts === 4))
  })

  test('[OIDC Core 2] the sub that apps know, and the times of the account', async () => {
    const storage = memoryAccounts()
    const record = {
      sub: 'f:8a1c:anna',
      username: 'anna',
      created_at: '2020-02-03T04:05:06.007Z',
      updated_at: '2021-02-03T04:05:06Z',
      disabled_at: '2022-02-03T04:05:06+01:00',
      has_password: true,
      claims: { preferred_username: 'Anna', updated_at: 5 },
    }
    assert.equal((await run(storage, lines(record), '-')).status, 0)
    const account = only(storage)
    assert.equal(account?.id, 'f:8a1c:anna')
    assert.equal(account?.createdAt, Date.UTC(2020, 1, 3, 4, 5, 6, 7))
    assert.equal(account?.updatedAt, Date.UTC(2021, 1, 3, 4, 5, 6))
    assert.equal(account?.disabledAt, Date.UTC(2022, 1, 3, 3, 5, 6))
    assert.deepEqual(account?.claims, { preferred_username: 'Anna', updated_at: 5 })
  })

  test('updated_at beside the claims is the claim, in seconds', async () => {
    const storage = memoryAccounts()
    assert.equal((await run(storage, lines({ username: 'anna', updated_at: 5 }), '-')).status, 0)
    assert.equal(only(storage)?.claims.updated_at, 5)
    assert.equal(only(storage)?.updatedAt, START)
  })

  for (const [record, fault] of [
    [{ username: 'a', sub: '' }, /sub is empty/],
    [{ username: 'a', sub: 5 }, /sub is not a string/],
    [{ username: 'a', sub: 'x'.repeat(256) }, /sub is longer than 255/],
    [{ username: 'a', sub: 'an na' }, /sub has a character/],
    [{ username: 'a', sub: 'z\u00fcrich' }, /sub has a character/],
    [{ username: 'a', sub: 'wiki' }, /sub is the client_id of a client/],
    [{ username: 'a', created_at: 'yesterday' }, /created_at is not a time/],
    [{ username: 'a', created_at: 5 }, /created_at is not a time/],
    [{ username: 'a', disabled_at: '1969-02-03T04:05:06Z' }, /disabled_at is not a time/],
    [{ username: 'a', claims: [] }, /claims is not an object/],
    [{ username: 'a', claims: {}, name: 'A' }, /claims are in "claims" and beside it/],
    [{ username: 'a', claims: { nmae: 'A' } }, /"nmae" is not a claim/],
    [{ username: 'a', password_hash: 5 }, /password_hash is not a string/],
    [{ username: 'a', password_hash: '{SSHA}abcdefghijklmnop' }, /password_hash is a plain digest/],
    [{ username: 'a', name: 'x'.repeat(70_000) }, /is longer than 65536 characters/],
    [{ username: 'a', name: 'x'.repeat(700_000) }, /is longer than 65536 characters/],
  ] as const) {
    test(`a fault: ${fault.source}`, async () => {
      const storage = memoryAccounts()
      const result = await run(storage, lines({ username: 'ok' }, record, { username: 'ok2' }), '-')
      assert.match(result.err, fault)
      assert.match(result.err, /^line 2: /)
      assert.equal(result.error?.message, 'nothing was imported: 1 of 3 lines are faulty')
      assert.equal(storage.byId.size, 0)
    })
  }

  test('a hash that is not let in can be left behind: the account comes without a password', async () => {
    const storage = memoryAccounts()
    const input = lines({ username: 'a', password_hash: '{SSHA}abcdefghijklmnop' })
    assert.equal((await run(storage, input, '-', '--drop-unusable-hashes')).status, 0)
    assert.equal(only(storage)?.passwordHash, undefined)
  })

  test('a sub that two lines say is a fault, and one that another account has', async () => {
    const storage = memoryAccounts([anAccount({ id: 's1', usernameKey: 'there', username: 'there' })])
    const input = lines(
      { username: 'a', sub: 's2' },
      { username: 'b', sub: 's2' },
      { username: 'c', sub: 's1' },
      { username: 'there', sub: 's3' },
    )
    for (const policy of ['fail', 'skip', 'update']) {
      const result = await run(storage, input, '-', '--existing', policy)
      assert.match(result.err, /line 2: sub is the same as in line 1/)
      assert.match(result.err, /line 3: sub is that of an account with another user name/)
      assert.match(result.err, /line 4: username is taken by an account with another sub/)
      assert.match(result.error?.message ?? '', /3 of 4 lines/)
    }
  })
})

describe('accounts that are there already', () => {
  const there = () =>
    memoryAccounts([
      anAccount({ id: 's1', username: 'anna', usernameKey: 'anna', passwordHash: 'kept', claims: { name: 'Anna' } }),
    ])
  const input = lines(
    { username: 'anna', sub: 's1', name: 'Anna New', password: 'kettle river 42' },
    { username: 'berta' },
  )

  test('are a fault unless it is said what becomes of them', async () => {
    const storage = there()
    assert.match((await run(storage, input, '-')).err, /line 1: username is taken/)
    assert.equal(storage.byId.size, 1)
  })

  test('--existing skip leaves them, so that a run that was cut short is taken up', async () => {
    const storage = there()
    const result = await run(storage, input, '-', '--existing', 'skip')
    assert.match(result.out, /Imported 1 of 2 accounts\. 1 was there already/)
    assert.deepEqual(storage.byId.get('s1'), only(there()))
    const again = await run(storage, input, '-', '--existing', 'skip')
    assert.match(again.out, /Imported 0 of 2 accounts\. 2 were there already/)
  })

  test('--existing update changes claims, never the password, and says what was as it is', async () => {
    const storage = there()
    const result = await run(storage, input, '-', '--existing', 'update')
    assert.match(result.out, /Imported 1 of 2 accounts\. Updated 1, of which 0 are disabled/)
    assert.equal(storage.byId.get('s1')?.claims.name, 'Anna New')
    assert.equal(storage.byId.get('s1')?.passwordHash, 'kept')
    assert.deepEqual(storage.ended, [])
    assert.match((await run(storage, input, '-', '--existing', 'update')).out, /Updated 0, .* 2 were as they are/)
  })

  test('--existing update cuts off whom the other side has let go, and lets nobody in again', async () => {
    const storage = there()
    const line = { username: 'anna', sub: 's1', claims: { name: 'Anna' } }
    await run(storage, lines({ ...line, disabled: true }), '-', '--existing', 'update')
    assert.equal(storage.byId.get('s1')?.disabledAt, START)
    assert.deepEqual(storage.ended, ['sessions s1', 'grants s1 account_changed'])
    await run(storage, lines(line), '-', '--existing', 'update')
    assert.equal(storage.byId.get('s1')?.disabledAt, START)
  })
})

describe('how it runs', () => {
  test('--dry-run tells everything and writes nothing', async () => {
    const storage = memoryAccounts([anAccount()])
    const input = lines({ username: 'anna' }, { username: 'b' }, { username: 'c d' })
    const result = await run(storage, input, '-', '--dry-run', '--existing', 'skip')
    assert.equal(result.status, 1)
    assert.match(result.out, /Nothing was written\. Of 3 accounts 1 would be new, 1 is there already, 1 is faulty/)
    assert.match(result.err, /line 3: username has white space/)
    assert.equal(storage.byId.size, 1)
    assert.equal((await run(storage, lines({ username: 'b' }), '-', '--dry-run')).status, 0)
  })

  test('several files are one import: names are compared across them, and faults say which file', async (t) => {
    const folder = await folderOf(t, {
      'a.jsonl': lines({ username: 'a' }),
      'b.jsonl': lines({ username: 'b' }, { username: 'A' }),
    })
    const storage = memoryAccounts()
    const result = await run(storage, '', join(folder, 'a.jsonl'), join(folder, 'b.jsonl'))
    assert.match(result.err, /b\.jsonl, line 2: username is the same as in .*a\.jsonl, line 1/)
    assert.equal(storage.byId.size, 0)
  })

  test('more accounts than are written at once, the faulty ones left out', async () => {
    const storage = memoryAccounts()
    const many = Array.from({ length: 1203 }, (_, at) => ({ username: at % 100 === 7 ? 'x y' : `user${at}` }))
    const result = await run(storage, lines(...many), '-', '--skip-faulty')
    assert.match(result.out, /Imported 1191 of 1203 accounts/)
    assert.equal(storage.byId.size, 1191)
  })

  test('a file that changes between checking and writing is noticed', async (t) => {
    const folder = await folderOf(t, { 'a.jsonl': lines({ username: 'a' }) })
    const path = join(folder, 'a.jsonl')
    const storage = memoryAccounts()
    let looks = 0
    const findAny = storage.accounts.findAny
    const accounts: MemoryAccounts['accounts'] = {
      ...storage.accounts,
      async findAny(keys) {
        if (looks++ === 0) await writeFile(path, lines({ username: 'a b' }))
        return findAny(keys)
      },
    }
    const result = await run({ ...storage, accounts }, '', path)
    assert.match(result.error?.message ?? '', /changed while it was imported/)
  })

  test('an empty file says so', async () => {
    assert.match((await run(memoryAccounts(), '\n\n', '-')).err, /There is no account in it/)
  })

  for (const args of [
    [],
    ['a', '-'],
    ['a', '--from', 'nobody'],
    ['a', '--existing', 'maybe'],
    ['a', '--groups', 'names'],
    ['a', '--from', 'keycloak', '--groups', 'both'],
    ['-', '--from', 'dex'],
    ['a', '--identifiers', 'b'],
  ]) {
    test(`wrong usage: ${args.join(' ') || 'nothing'}`, async () => {
      assert.ok((await run(memoryAccounts(), '', ...args)).error instanceof UsageError)
    })
  }
})

describe('from Keycloak', () => {
  const SALT = 'En2h1hA6fCpS8bgxjCo95g=='
  const credential = (data: object, secret: object) => ({
    type: 'password',
    secretData: JSON.stringify(secret),
    credentialData: JSON.stringify(data),
  })
  const SHA1 = credential(
    { hashIterations: 2000, algorithm: 'pbkdf2', additionalParameters: {} },
    { salt: SALT, value: '/Jt6LTg/Y4mKceePUL6Ss25cpCedXWbAZ/AvVc/qTd6sD4AduUXi08DVfZp2KD7+TjwUpwQKbTXxzh8ackqE7w==' },
  )
  const SHA256 = credential(
    { hashIterations: 2750, algorithm: 'pbkdf2-sha256', additionalParameters: {} },
    {
      salt: 'D27CflcgJqswq40dy9L5kQ==',
      value: 'MIyiWyKn6Vuyj+0s27d8zXRDqxBRe1ON8+DYnVbg4fXlNoNtARmZzfK1w8SkfZuY1OJEqMGI8L2d6w73lJTcvA==',
    },
  )
  const SHA512 = credential(
    { hashIterations: 2100, algorithm: 'pbkdf2-sha512', additionalParameters: {} },
    {
      salt: '28EdDV70224RJDNWI9LRqQ==',
      value: 'ex152Qm3d89kv24bLDdpbHxoEcmBDvdMVdHBJgVZ4ECMoT2tNADVqfm9B66hOKzDCDTwlsarrqaTUmz1r1+H1A==',
    },
  )
  const ARGON2 = credential(
    {
      hashIterations: 5,
      algorithm: 'argon2',
      additionalParameters: {
        ...{ hashLength: ['32'], memory: ['7168'], type: ['id'], version: ['1.3'], parallelism: ['1'] },
      },
    },
    {
      salt: 'Wlyu3/FqVyLxj35IckjSXg==',
      value: 'G64RPssnNq2Tk3sUA05R0hq7HvnjCBsx0sXw57yso5g=',
      additionalParameters: {},
    },
  )
  const OLD = {
    ...{ type: 'password', algorithm: 'pbkdf2', hashIterations: 2000, salt: SALT },
    hashedSaltedValue: JSON.parse(SHA1.secretData).value,
  }
  const realm = (...users: object[]) =>
    JSON.stringify({ realm: 'staff', roles: { realm: [{ users: ['no'] }] }, users, clients: [{ users: [1] }] }, null, 2)

  test('every kind of password that Keycloak makes lets its owner in', async () => {
    const storage = memoryAccounts()
    const users = [SHA1, SHA256, SHA512, ARGON2, OLD, { type: 'password', value: FOREIGN_PASSWORD }].map((one, at) => ({
      id: `id-${at}`,
      username: `user${at}`,
      credentials: [one],
    }))
    const result = await run(storage, realm(...users), '-', '--from', 'keycloak')
    assert.equal(result.status, 0, result.err)
    assert.equal(storage.byId.size, 6)
    for (const account of storage.byId.values()) {
      assert.equal(await cheapHasher().verify(account.passwordHash, FOREIGN_PASSWORD), true, account.username)
    }
  })

  test('[OIDC Core 5.1] what is known of a person becomes claims; the id stays the sub', async () => {
    const storage = memoryAccounts()
    const user = {
      id: '3f0c2f6e-0d5c-4b0b-9a53-0d2c1d6f7a11',
      createdTimestamp: 1_600_000_000_123,
      username: 'anna',
      enabled: false,
      emailVerified: true,
      firstName: 'Anna',
      lastName: 'E',
      email: 'anna@example.org',
      groups: ['/staff/ops', '/all'],
      attributes: {
        ...{ locale: ['de'], phoneNumber: ['+49 30 123456'], phoneNumberVerified: ['true'], street: ['Weg 1'] },
        ...{ country: ['DE'], zoneinfo: ['nowhere'], department: ['x'] },
      },
      realmRoles: ['default-roles-staff', 'admin'],
      clientRoles: { account: ['view-profile'] },
      federatedIdentities: [{ identityProvider: 'github' }],
      requiredActions: ['UPDATE_PASSWORD'],
      credentials: [{ type: 'otp' }, { type: 'webauthn' }],
    }
    const result = await run(storage, realm(user), '-', '--from', 'keycloak')
    assert.equal(result.status, 0, result.err)
    const account = only(storage)
    assert.equal(account?.id, user.id)
    assert.equal(account?.createdAt, user.createdTimestamp)
    assert.equal(account?.disabledAt, START)
    assert.deepEqual(account?.claims, {
      preferred_username: 'anna',
      updated_at: START / 1000,
      given_name: 'Anna',
      family_name: 'E',
      name: 'Anna E',
      email: 'anna@example.org',
      email_verified: true,
      groups: ['/staff/ops', '/all'],
      locale: 'de',
      phone_number: '+49 30 123456',
      phone_number_verified: true,
      address: { street_address: 'Weg 1', country: 'DE' },
    })
    for (const kind of [
      'values that are no zoneinfo',
      'attribute "department"',
      'realm roles',
      'client roles',
      'links to identity providers',
      'required actions',
      'one-time password devices',
      'security keys and passkeys',
    ]) {
      assert.ok(result.err.includes(`  1 time: ${kind}`), `${kind}: ${result.err}`)
    }
  })

  test('service accounts are none of a person, and unknown hashes are faults of their user', async () => {
    const storage = memoryAccounts()
    const text = realm(
      { username: 'service-account-x', serviceAccountClientId: 'x' },
      {
        username: 'anna',
        credentials: [credential({ algorithm: 'bcrypt-plugin', hashIterations: 5 }, { value: 'canary', salt: '' })],
      },
      { username: 'berta' },
    )
    const result = await run(storage, text, '-', '--from', 'keycloak')
    assert.match(result.err, /user 2: password_hash is not a hash that is known here/)
    assert.doesNotMatch(result.err, /canary/)
    assert.match(result.error?.message ?? '', /1 of 3 users/)
    const dropped = await run(storage, text, '-', '--from', 'keycloak', '--drop-unusable-hashes')
    assert.match(dropped.out, /Imported 2 of 3 accounts\. 1 is none of a person\./)
    assert.deepEqual(names(storage), ['anna', 'berta'])
  })

  test('groups by their last part, unless two groups would become one', async () => {
    const storage = memoryAccounts()
    const text = realm({ username: 'a', groups: ['/staff/ops'] }, { username: 'b', groups: ['/x/ops'] })
    const result = await run(storage, text, '-', '--from', 'keycloak', '--groups', 'names', '--skip-faulty')
    assert.match(result.err, /user 2: groups has one with the name of another group/)
    assert.deepEqual(only(storage)?.claims.groups, ['ops'])
  })

  test('a file that is no realm export is a plain error', async () => {
    for (const [text, message] of [
      ['', /empty/],
      ['[{"realm": "a"}]', /export one realm at a time/],
      ['{"users": [{"username": "a"}', /cut short/],
      ['hello', /not JSON/],
    ] as const) {
      const { error } = await run(memoryAccounts(), text, '-', '--from', 'keycloak')
      assert.match(error?.message ?? '', message)
    }
  })
})

describe('from Authelia and Dex', () => {
  const HASH = FOREIGN_HASHES.find(([title]) => title === 'argon2id')?.[1] ?? ''
  const BCRYPT = FOREIGN_HASHES[0]?.[1] ?? ''

  test('Authelia: its users with their claims, and what apps know them by', async (t) => {
    const folder = await folderOf(t, {
      'users.yml': `users:
  anna:
    disabled: false
    displayname: Anna E
    password: '${HASH}'
    email: anna@example.org
    groups: [admins, dev]
    locale: de
    picture: https://example.org/a.png
    extra: {department: x}
  berta:
    disabled: true
    displayname: Berta
    password: '{CRYPT}${BCRYPT}'
`,
      'ids.yml': `identifiers:
  - {service: openid, sector_id: '', username: anna, identifier: f0919359-9d15-4e15-bcba-83b41620a073}
  - {service: openid, sector_id: example.com, username: berta, identifier: f0919359-9d15-4e15-bcba-83b41620a074}
`,
    })
    const storage = memoryAccounts()
    const args = [join(folder, 'users.yml'), '--from', 'authelia', '--identifiers', join(folder, 'ids.yml')]
    const result = await run(storage, '', ...args)
    assert.equal(result.status, 0, result.err)
    const [anna, berta] = [...storage.byId.values()]
    assert.equal(anna?.id, 'f0919359-9d15-4e15-bcba-83b41620a073')
    assert.deepEqual(anna?.claims.groups, ['admins', 'dev'])
    assert.equal(anna?.claims.email_verified, true)
    assert.equal(anna?.claims.name, 'Anna E')
    assert.equal(berta?.disabledAt, START)
    assert.match(result.err, /1 time: attribute "extra"/)
    for (const account of [anna, berta]) {
      assert.equal(await cheapHasher().verify(account?.passwordHash, FOREIGN_PASSWORD), true)
    }
  })

  test('Dex: its static passwords, with the sub that it makes of id and connector', async (t) => {
    const hash = `"${BCRYPT}"`
    const folder = await folderOf(t, {
      'dex.yaml': `issuer: https://dex.example
staticPasswords:
  - {email: admin@example.com, hash: ${hash}, username: admin, userID: 98b080b5-24e4-4b0f-979c-43a9c42e3c17}
`,
    })
    const storage = memoryAccounts()
    assert.equal((await run(storage, '', join(folder, 'dex.yaml'), '--from', 'dex')).status, 0)
    const account = only(storage)
    assert.equal(account?.id, 'CiQ5OGIwODBiNS0yNGU0LTRiMGYtOTc5Yy00M2E5YzQyZTNjMTcSBWxvY2Fs')
    assert.equal(account?.username, 'admin@example.com')
    assert.equal(account?.claims.name, 'admin')
    assert.equal(await cheapHasher().verify(account?.passwordHash, FOREIGN_PASSWORD), true)
  })

  test('YAML with a fault: where, and nothing of what is in it', async (t) => {
    const folder = await folderOf(t, { 'users.yml': 'users:\n  anna: {password: "canary\n' })
    const { error } = await run(memoryAccounts(), '', join(folder, 'users.yml'), '--from', 'authelia')
    assert.match(error?.message ?? '', /users\.yml:\d+:\d+: it is not YAML/)
    assert.doesNotMatch(error?.message ?? '', /canary/)
  })
})
