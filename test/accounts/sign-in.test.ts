import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { PasswordHasher } from '../../src/accounts/authenticators/password.ts'
import { HashingQueueFull } from '../../src/accounts/hashing-queue.ts'
import { authenticateByPassword } from '../../src/accounts/sign-in.ts'
import type { Account } from '../../src/storage/storage.ts'
import { FREE } from '../../src/throttling/guesses.ts'
import { START } from '../fixtures/clock.ts'
import { anAccount, memoryAccounts } from '../fixtures/memory-accounts.ts'
import { cheapHasher } from '../fixtures/password-hashing.ts'

const admit = async () => FREE

const RIGHT = 'canary-kettle-river'

/** Hashes are the passwords with a mark; counts what is asked of it. */
function fakeHasher(overrides: Partial<PasswordHasher> = {}) {
  const verified: (string | undefined)[] = []
  const hasher: PasswordHasher = {
    hash: async (password) => `new:${password}`,
    async verify(hash, password) {
      verified.push(hash)
      return hash === `hash:${password}` || hash === `new:${password}`
    },
    needsRehash: (hash) => !hash.startsWith('hash:'),
    ...overrides,
  }
  return { hasher, verified }
}

const anna = (overrides: Partial<Account> = {}): Account => anAccount({ passwordHash: `hash:${RIGHT}`, ...overrides })

describe('signing in with a password', () => {
  test('the right one gives the account and how it was proven [RFC8176 2]', async () => {
    const { accounts } = memoryAccounts([anna()])
    const outcome = await authenticateByPassword(
      { accounts, hasher: fakeHasher().hasher, admit },
      { login: 'anna', password: RIGHT },
    )
    assert.deepEqual(outcome, { kind: 'authenticated', account: anna(), amr: ['pwd'] })
  })

  test('the user name is known in any case, width and composition', async () => {
    const { accounts } = memoryAccounts([
      anna(),
      anna({ id: '2', username: 'Zo\u00eb', usernameKey: 'zo\u00eb', emailKey: undefined }),
    ])
    for (const [login, id] of [
      [' ANNA ', 'sub-of-anna'],
      ['\uff41nna', 'sub-of-anna'],
      ['zoe\u0308', '2'],
    ] as const) {
      const outcome = await authenticateByPassword(
        { accounts, hasher: fakeHasher().hasher, admit },
        { login, password: RIGHT },
      )
      assert.equal(outcome.kind === 'authenticated' && outcome.account.id, id, login)
    }
  })

  test('[ASVS 6.3.8] unknown, wrong, without a password, disabled, impossible: the same answer for the same work', async () => {
    const cases: readonly (readonly [string, Account, string])[] = [
      ['unknown', anna(), 'nobody'],
      ['wrong', anna(), 'anna'],
      ['without a password', anna({ passwordHash: undefined }), 'anna'],
      ['with the empty hash of none', anna({ passwordHash: '' }), 'anna'],
      ['disabled', anna({ disabledAt: START }), 'anna'],
      [
        'address not proven',
        anna({ claims: { email: 'anna@example.org', email_verified: false } }),
        'anna@example.org',
      ],
      ['address', anna(), 'Anna@Example.org'],
    ]
    for (const [title, account, login] of cases) {
      const { accounts, calls } = memoryAccounts([account])
      const { hasher, verified } = fakeHasher()
      const outcome = await authenticateByPassword(
        { accounts, hasher, admit },
        { login, password: 'not the right one' },
      )
      assert.equal(outcome.kind, 'refused', title)
      assert.equal(verified.length, 1, title)
      assert.deepEqual(calls, ['findByUsername', 'findByEmail'], title)
    }
  })

  test('a name that no account can have is refused for one hash, and never asked of the database', async () => {
    for (const login of ['', 'an\0na', '\ud800', 'x'.repeat(5000), 'an na']) {
      const { accounts, calls } = memoryAccounts([anna()])
      const { hasher, verified } = fakeHasher()
      assert.deepEqual(await authenticateByPassword({ accounts, hasher, admit }, { login, password: RIGHT }), {
        kind: 'refused',
      })
      assert.equal(verified.length, 1)
      assert.deepEqual(calls, [])
    }
  })

  test('a disabled account is called disabled only after the right password', async () => {
    const account = anna({ disabledAt: START })
    const { accounts } = memoryAccounts([account])
    const outcome = await authenticateByPassword(
      { accounts, hasher: fakeHasher().hasher, admit },
      { login: 'anna', password: RIGHT },
    )
    assert.deepEqual(outcome, { kind: 'disabled', account })
  })
})

describe('signing in with an e-mail address', () => {
  const signIn = async (login: string, ...given: Account[]) => {
    const { accounts } = memoryAccounts(given)
    const outcome = await authenticateByPassword(
      { accounts, hasher: fakeHasher().hasher, admit },
      { login, password: RIGHT },
    )
    return outcome.kind === 'authenticated' ? outcome.account.id : outcome.kind
  }

  test('works for the one account that has proven it', async () => {
    assert.equal(await signIn(' ANNA@example.org', anna()), 'sub-of-anna')
  })

  test('is refused while it is not proven', async () => {
    assert.equal(await signIn('anna@example.org', anna({ claims: { email_verified: false } })), 'refused')
    assert.equal(await signIn('anna@example.org', anna({ claims: {} })), 'refused')
  })

  test('is refused when two accounts have it', async () => {
    assert.equal(await signIn('anna@example.org', anna(), anna({ id: '2', usernameKey: 'berta' })), 'refused')
  })

  test('gives way to the account whose user name it is', async () => {
    const named = anna({ id: '2', usernameKey: 'anna@example.org', emailKey: undefined })
    assert.equal(await signIn('anna@example.org', anna(), named), '2')
  })
})

describe('rehashing at sign-in', () => {
  const old = anna({ passwordHash: `new:${RIGHT}` })
  const credentials = { login: 'anna', password: RIGHT }

  test('replaces a hash of other parameters, with the real argon2id', async () => {
    const weak = cheapHasher({ memoryKib: 32, iterations: 1 })
    const { accounts, byId } = memoryAccounts([anna({ passwordHash: await weak.hash(RIGHT) })])
    const hasher = cheapHasher()
    assert.equal((await authenticateByPassword({ accounts, hasher, admit }, credentials)).kind, 'authenticated')
    const stored = byId.get('sub-of-anna')?.passwordHash ?? ''
    assert.match(stored, /m=64,t=2,p=1/)
    assert.equal(await hasher.verify(stored, RIGHT), true)
    assert.equal((await authenticateByPassword({ accounts, hasher, admit }, credentials)).kind, 'authenticated')
    assert.equal(byId.get('sub-of-anna')?.passwordHash, stored)
  })

  test('is not done for a wrong password, a disabled account or a hash that is as configured', async () => {
    for (const [account, password] of [
      [old, 'wrong'],
      [{ ...old, disabledAt: START }, RIGHT],
      [anna(), RIGHT],
    ] as const) {
      const { accounts, calls } = memoryAccounts([account])
      await authenticateByPassword({ accounts, hasher: fakeHasher().hasher, admit }, { login: 'anna', password })
      assert.equal(calls.includes('replacePasswordHash'), false)
    }
  })

  test('does not undo a change of password that came in between', async () => {
    const { accounts, byId } = memoryAccounts([old])
    const { hasher } = fakeHasher({
      async hash() {
        await accounts.setPasswordHash('sub-of-anna', 'hash:changed', START)
        return 'hash:late'
      },
    })
    assert.equal((await authenticateByPassword({ accounts, hasher, admit }, credentials)).kind, 'authenticated')
    assert.equal(byId.get('sub-of-anna')?.passwordHash, 'hash:changed')
  })

  test('that fails, also because the queue is full, does not fail the sign-in, and the log has no password', async () => {
    for (const error of [new HashingQueueFull(3), new Error(`database away ${RIGHT}`)]) {
      const logged: unknown[] = []
      const { accounts } = memoryAccounts([old])
      const { hasher } = fakeHasher({ hash: () => Promise.reject(error) })
      const log = { warn: (...line: unknown[]) => logged.push(line) }
      assert.equal((await authenticateByPassword({ accounts, hasher, admit, log }, credentials)).kind, 'authenticated')
      assert.equal(logged.length, 1)
      assert.doesNotMatch(JSON.stringify(logged), new RegExp(RIGHT))
    }
  })
})

test('a full queue at the verification itself reaches the caller', async () => {
  const { accounts } = memoryAccounts([anna()])
  const { hasher } = fakeHasher({ verify: () => Promise.reject(new HashingQueueFull(3)) })
  for (const login of ['anna', 'nobody']) {
    await assert.rejects(
      authenticateByPassword({ accounts, hasher, admit }, { login, password: RIGHT }),
      HashingQueueFull,
    )
  }
})
