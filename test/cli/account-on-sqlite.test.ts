import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { authenticateByPassword } from '../../src/accounts/sign-in.ts'
import { accountCommand } from '../../src/cli/account.ts'
import { openStorage } from '../../src/storage/prisma/client.ts'
import { FREE } from '../../src/throttling/guesses.ts'
import { SOME_CONFIG } from '../fixtures/account-config.ts'
import { START } from '../fixtures/clock.ts'
import { cheapHasher } from '../fixtures/password-hashing.ts'
import { fakeRandom } from '../fixtures/random.ts'
import { fakeTerminal } from '../fixtures/terminal.ts'

test('an account of the command line signs in, is disabled with all its sessions, and is removed', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-account-'))
  t.after(() => rm(folder, { recursive: true }))
  const storage = await openStorage({ url: `file:${join(folder, 'test.db')}` })
  t.after(() => storage.close())
  const opened = { config: SOME_CONFIG, storage, record: async () => {}, close: async () => {} }
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
