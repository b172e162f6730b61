import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { authenticateByPassword } from '../../src/accounts/sign-in.ts'
import { accountCommand } from '../../src/cli/account.ts'
import { openStorage } from '../../src/storage/prisma/client.ts'
import { FREE } from '../../src/throttling/guesses.ts'
import { SOME_CONFIG } from '../fixtures/account-config.ts'
import { START } from '../fixtures/clock.ts'
import { FOREIGN_HASHES, FOREIGN_PASSWORD } from '../fixtures/foreign-hashes.ts'
import { anAccount } from '../fixtures/memory-accounts.ts'
import { cheapHasher } from '../fixtures/password-hashing.ts'
import { fakeRandom } from '../fixtures/random.ts'
import { fakeTerminal } from '../fixtures/terminal.ts'
import { aProvider } from '../fixtures/upstream.ts'

test('the authenticator app of an account is shown, and taken away with its recovery codes', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-account-'))
  t.after(() => rm(folder, { recursive: true }))
  const storage = await openStorage({ url: `file:${join(folder, 'test.db')}` })
  t.after(() => storage.close())
  const recorded: unknown[] = []
  const record = async (event: unknown) => void recorded.push(event)
  const command = accountCommand(async () => ({
    config: SOME_CONFIG,
    storage,
    record,
    tell: async () => {},
    close: async () => {},
  }))
  const run = async (...args: string[]): Promise<string> => {
    const terminal = { ...fakeTerminal({ piped: 'kettle river 42\n' }), random: fakeRandom() }
    assert.equal(await command.run(args, terminal), 0)
    return terminal.out()
  }
  await run('add', 'zoe')
  const accountId = (await storage.accounts.findByUsername('zoe'))?.id ?? ''
  assert.match(await run('show', 'zoe'), /second factor +none/)
  await storage.totps.add({
    accountId,
    sealedSecret: 'canary-sealed',
    lastStep: 1,
    createdAt: START,
    lastUsedAt: START,
  })
  await storage.recoveryCodes.replace(accountId, ['h1', 'h2'], START)
  await storage.rememberedDevices.insert({ id: 'd', accountId, createdAt: START, expiresAt: START + 1000 })
  const shown = `${await run('show', 'zoe')}${await run('show', 'zoe', '--json')}`
  assert.match(shown, /authenticator app since \d{4}-.*, 2 recovery codes left/)
  assert.match(shown, /"recovery_codes_left": 2/)
  assert.doesNotMatch(shown, /canary/)
  // Nobody is there to confirm it.
  const asked = command.run(['totp', 'remove', 'zoe'], fakeTerminal({ piped: '' }))
  await assert.rejects(async () => asked, /use --yes/)
  await assert.rejects(async () => command.run(['totp', 'zoe'], fakeTerminal()), /wants remove/)
  assert.match(await run('totp', 'remove', 'ZOE', '--yes'), /zoe has no authenticator app/)
  assert.equal(await storage.totps.find(accountId), undefined)
  assert.deepEqual(await storage.recoveryCodes.count(accountId), { made: 0, left: 0 })
  assert.deepEqual(await storage.rememberedDevices.ofAccount(accountId, START), [])
  assert.deepEqual(recorded.at(-1), { kind: 'second_factor_removed', accountId, factor: 'totp' })
  await assert.rejects(run('totp', 'remove', 'zoe', '--yes'), /has no authenticator app/)
})

test('an account of the command line signs in, is disabled with all its sessions, and is removed', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-account-'))
  t.after(() => rm(folder, { recursive: true }))
  const storage = await openStorage({ url: `file:${join(folder, 'test.db')}` })
  t.after(() => storage.close())
  const opened = { config: SOME_CONFIG, storage, record: async () => {}, tell: async () => {}, close: async () => {} }
  const command = accountCommand(async () => opened)
  const random = fakeRandom()
  const run = async (input: string, ...args: string[]): Promise<string> => {
    const terminal = { ...fakeTerminal({ piped: input }), random }
    assert.equal(await command.run(args, terminal), 0)
    return terminal.out()
  }
  const signIn = (login: string, password: string) =>
    authenticateByPassword(
      { accounts: storage.accounts, hasher: cheapHasher(), admit: async () => FREE },
      { login, password },
    )

  await run(
    'kettle river 42\n',
    'add',
    'Zo\u00eb',
    '--email',
    'zoe@example.org',
    '--email-verified',
    '--group',
    'staff',
  )
  for (const login of ['ZOE\u0308', 'Zoe@Example.org']) {
    assert.equal((await signIn(login, 'kettle river 42')).kind, 'authenticated', login)
  }
  // Text that PostgreSQL and SQLite would not take is refused like any wrong name.
  assert.deepEqual(await signIn('zo\u0000e', 'kettle river 42'), { kind: 'refused' })

  const account = await storage.accounts.findByUsername('zo\u00eb')
  const times = { authenticatedAt: START, createdAt: START, lastSeenAt: START, expiresAt: START + 1000 }
  const session = {
    id: 's1',
    secretHash: 'x',
    accountId: account?.id ?? '',
    amr: ['pwd'],
    endedAt: undefined,
    userAgent: undefined,
    address: undefined,
    ...times,
  }
  await storage.sessions.insert(session)
  assert.match(await run('', 'disable', 'zo\u00eb'), /1 sessions? ended/)
  assert.equal((await storage.sessions.find('s1'))?.session.endedAt, START)
  assert.equal((await signIn('zo\u00eb', 'kettle river 42')).kind, 'disabled')

  await run('', 'enable', 'zo\u00eb')
  await run('another river 43', 'set-password', 'zo\u00eb')
  assert.equal((await signIn('zo\u00eb', 'kettle river 42')).kind, 'refused')
  assert.equal((await signIn('zo\u00eb', 'another river 43')).kind, 'authenticated')

  await run('{"username": "berta"}\n{"username": "carla"}\n', 'import', '-')
  await run('', 'remove', 'zo\u00eb', '--yes')
  const left = JSON.parse(await run('', 'list', '--json')).map(({ username }: { username: string }) => username)
  assert.deepEqual(left, ['berta', 'carla'])
})

test('what is exported and imported into an empty database is the same, and so are the passwords', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-export-'))
  t.after(() => rm(folder, { recursive: true }))
  const [before, after] = await Promise.all(
    ['before', 'after'].map((name) => openStorage({ url: `file:${join(folder, `${name}.db`)}` })),
  )
  assert.ok(before && after)
  t.after(() => Promise.all([before.close(), after.close()]))
  const run = async (storage: typeof before, ...args: string[]) => {
    const terminal = { ...fakeTerminal(), random: fakeRandom() }
    const command = accountCommand(async () => ({
      config: SOME_CONFIG,
      storage,
      record: async () => {},
      tell: async () => {},
      close: async () => {},
    }))
    assert.equal(await command.run(args, terminal), 0, terminal.err())
    return { out: terminal.out(), err: terminal.err() }
  }
  const imported = FOREIGN_HASHES.map(([, hash], at) => ({
    sub: `Sub-${at}`,
    username: `User${at}`,
    password_hash: hash,
  }))
  const others = [
    {
      username: 'plain',
      password: 'another river 43',
      email: 'p@example.org',
      email_verified: true,
      groups: ['a', 'b'],
    },
    { username: 'gone', disabled_at: '2024-01-02T03:04:05.678Z', created_at: '2020-01-02T03:04:05.678Z' },
    { username: 'Zo\u00eb', address: { country: 'DE' }, updated_at: 12, name: 'Zo\u00eb "\u{1f600}"\\' },
  ]
  const file = join(folder, 'in.jsonl')
  await writeFile(file, [...imported, ...others].map((one) => JSON.stringify(one)).join('\n'))
  await run(before, 'import', file)

  const out = join(folder, 'out.jsonl')
  const told = await run(before, 'export', out)
  assert.match(told.err, /Exported 24 accounts into .*out\.jsonl\. It holds password hashes/)
  assert.equal((await stat(out)).mode & 0o777, 0o600)
  await run(after, 'import', out)
  const page = { after: undefined, limit: 100 }
  assert.deepEqual(await after.accounts.list(page), await before.accounts.list(page))
  assert.deepEqual(await after.accounts.importedHashes(), await before.accounts.importedHashes())

  for (const storage of [before, after]) {
    const deps = { accounts: storage.accounts, hasher: cheapHasher(), admit: async () => FREE }
    const outcome = await authenticateByPassword(deps, { login: 'user0', password: FOREIGN_PASSWORD })
    assert.equal(outcome.kind === 'authenticated' && outcome.account.id, 'Sub-0')
    assert.match((await storage.accounts.find('Sub-0'))?.passwordHash ?? '', /^\$argon2id\$v=19\$m=64,t=2,p=1\$/)
    assert.equal(
      (await authenticateByPassword(deps, { login: 'p@example.org', password: 'another river 43' })).kind,
      'authenticated',
    )
  }
  assert.match((await run(after, 'hashes')).out, /\$2b\$06 +4 +3\n/)

  await run(before, 'export', join(folder, 'bare.jsonl'), '--without-hashes')
  const bare = await readFile(join(folder, 'bare.jsonl'), 'utf8')
  assert.equal(bare.trimEnd().split('\n').length, 24)
  assert.doesNotMatch(bare, /\$|password_hash/)
  await assert.rejects(run(before, 'export', out), /is there already; it is not overwritten/)
})

test('show tells how an account came to be', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-account-'))
  t.after(() => rm(folder, { recursive: true }))
  const storage = await openStorage({ url: `file:${join(folder, 'test.db')}` })
  t.after(() => storage.close())
  const opened = { config: SOME_CONFIG, storage, record: async () => {}, tell: async () => {}, close: async () => {} }
  const command = accountCommand(async () => opened)
  for (const [username, origin, words] of [
    ['by-us', undefined, /created +\S+ by an operator/],
    ['by-herself', 'sign_up', /by its owner, who proved the address/],
    ['by-invitation', 'invitation', /by its owner, who was invited/],
    ['by-another', 'upstream', /sign-in by another provider/],
  ] as const) {
    await storage.accounts.insert(anAccount({ id: username, username, usernameKey: username, origin }))
    const terminal = fakeTerminal()
    assert.equal(await command.run(['show', username], terminal), 0)
    assert.match(terminal.out(), words)
    await command.run(['show', username, '--json'], terminal)
    assert.match(terminal.out(), new RegExp(`"origin": "${origin ?? 'operator'}"`))
  }
})

test('the providers of an account are shown, and unlinked', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-account-'))
  t.after(() => rm(folder, { recursive: true }))
  const storage = await openStorage({ url: `file:${join(folder, 'test.db')}` })
  t.after(() => storage.close())
  const recorded: unknown[] = []
  const command = accountCommand(async () => ({
    config: { ...SOME_CONFIG, upstream: [aProvider()] },
    storage,
    record: async (event: unknown) => void recorded.push(event),
    tell: async () => {},
    close: async () => {},
  }))
  const run = async (...args: string[]): Promise<string> => {
    const terminal = { ...fakeTerminal({ piped: '' }), random: fakeRandom() }
    assert.equal(await command.run(args, terminal), 0)
    return terminal.out()
  }
  await run('add', 'yan', '--no-password')
  const accountId = (await storage.accounts.findByUsername('yan'))?.id ?? ''
  await assert.rejects(run('unlink', 'yan', 'work', '--yes'), /is not linked to that provider, but to no provider/)
  const times = { linkedAt: START, lastUsedAt: START }
  await storage.upstreamIdentities.link({
    ...{ id: 'i', issuer: 'https://provider.example', subject: 'yan there', accountId, label: 'yan@work.example' },
    ...times,
  })
  assert.match(await run('show', 'yan'), /linked +https:\/\/provider.example yan there \(yan@work.example\), since/)
  assert.equal(JSON.parse(await run('show', 'yan', '--json')).linked[0].subject, 'yan there')
  await assert.rejects(run('unlink', 'yan', 'other', '--yes'), /but to work/)
  assert.match(await run('unlink', 'yan', 'work', '--yes'), /signs nobody in to yan any more/)
  assert.deepEqual(await storage.upstreamIdentities.ofAccount(accountId), [])
  assert.deepEqual(recorded.at(-1), { kind: 'upstream_unlinked', accountId, provider: 'work' })
})
