import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { accountCommand } from '../../src/cli/account.ts'
import { CommandError, UsageError } from '../../src/cli/command.ts'
import { deriveKey } from '../../src/keys/sealing.ts'
import { subjectOf } from '../../src/protocol/subject.ts'
import { SOME_CONFIG } from '../fixtures/account-config.ts'
import { aClient } from '../fixtures/client.ts'
import { START } from '../fixtures/clock.ts'
import { anAccount, type MemoryAccounts, memoryAccounts } from '../fixtures/memory-accounts.ts'
import { cheapHasher } from '../fixtures/password-hashing.ts'
import { type FakeTerminal, fakeTerminal } from '../fixtures/terminal.ts'

const CANARY = 'canary-kettle-river'

interface Run {
  status: number | undefined
  error: Error | undefined
  /** Everything that came out, errors included. */
  output: string
  opened: (string | undefined)[]
  closed: number
}

/** Runs `countersign account …` on the storage; what it throws is caught as the command line does it. */
async function run(storage: MemoryAccounts, terminal: FakeTerminal, ...args: string[]): Promise<Run> {
  const opened: (string | undefined)[] = []
  let closed = 0
  const command = accountCommand(async (configPath) => {
    opened.push(configPath)
    const close = async () => {
      closed++
    }
    return { config: SOME_CONFIG, storage, record: async () => {}, tell: async () => {}, close }
  })
  let status: number | undefined
  let error: Error | undefined
  try {
    status = await command.run(args, terminal)
  } catch (thrown) {
    assert.ok(thrown instanceof UsageError || thrown instanceof CommandError, String(thrown))
    error = thrown
  }
  assert.equal(closed, opened.length)
  return { status, error, output: `${terminal.out()}${terminal.err()}${error?.message ?? ''}`, opened, closed }
}

const piped = (text: string | Buffer) => fakeTerminal({ piped: text })
const only = ({ byId }: MemoryAccounts) => [...byId.values()][0]

describe('account add', () => {
  test('takes the password from standard input, without the end of its line', async () => {
    for (const input of [CANARY, `${CANARY}\n`, `${CANARY}\r\n`]) {
      const storage = memoryAccounts()
      const result = await run(storage, piped(input), 'add', 'Anna', '--config', 'x.yaml')
      assert.equal(result.status, 0)
      assert.deepEqual(result.opened, ['x.yaml'])
      assert.match(result.output, /^Added Anna \(sub [\w-]{22}\)\.\n$/)
      assert.equal(await cheapHasher().verify(only(storage)?.passwordHash, CANARY), true)
    }
  })

  test('says that an e-mail address is not verified, and what to do; nothing of one that is', async () => {
    const added = async (...options: string[]) =>
      (await run(memoryAccounts(), piped(CANARY), 'add', 'Anna', ...options)).output
    assert.match(
      await added('--email', 'anna@example.org'),
      /^Added Anna.*\n.*not verified, so nobody signs in by it.*--email-verified at once\.\n$/,
    )
    assert.match(await added('--email', 'anna@example.org', '--email-verified'), /^Added Anna.*\n$/)
  })

  test('keeps every claim that it was given', async () => {
    const storage = memoryAccounts()
    const claims = [
      '--name',
      'Anna E',
      '--given-name',
      'Anna',
      '--family-name',
      'E',
      '--email',
      'anna@example.org',
      '--email-verified',
      '--phone',
      '+4930123456',
      '--group',
      'staff',
      '--group',
      'ops',
      '--claim',
      'locale=de',
      '--claim',
      'address={"country":"DE"}',
      '--claim',
      'website=https://a.org/?b=c',
    ]
    assert.equal((await run(storage, piped(CANARY), 'add', 'anna', ...claims)).status, 0)
    assert.deepEqual(only(storage)?.claims, {
      preferred_username: 'anna',
      updated_at: START / 1000,
      phone_number_verified: false,
      name: 'Anna E',
      given_name: 'Anna',
      family_name: 'E',
      email: 'anna@example.org',
      email_verified: true,
      phone_number: '+4930123456',
      groups: ['staff', 'ops'],
      locale: 'de',
      address: { country: 'DE' },
      website: 'https://a.org/?b=c',
    })
  })

  test('asks on a terminal without showing what is typed, with the usual keys', async () => {
    const storage = memoryAccounts()
    const terminal = fakeTerminal({ isTTY: true })
    terminal.type('wrong', '\u0015', 'kettlf', '\u007f', 'e', '\u001b[D', ' r\u00efver', '\r')
    const result = await run(storage, terminal, 'add', 'anna')
    assert.equal(result.status, 0)
    assert.deepEqual(terminal.rawModes, [true, false])
    assert.equal(terminal.err(), 'New password for anna: \n')
    assert.equal(await cheapHasher().verify(only(storage)?.passwordHash, 'kettle r\u00efver'), true)
  })

  test('gives the terminal back when it is cancelled', async () => {
    const storage = memoryAccounts()
    const terminal = fakeTerminal({ isTTY: true })
    terminal.type('kettle', '\u0003')
    assert.match((await run(storage, terminal, 'add', 'anna')).error?.message ?? '', /cancelled/)
    assert.deepEqual(terminal.rawModes, [true, false])
    assert.equal(storage.byId.size, 0)
  })

  test('never takes a password as an argument, and does not repeat what may be one', async () => {
    for (const args of [
      ['anna', CANARY],
      ['anna', '--password', CANARY],
      [`--password=${CANARY}`, 'anna'],
      ['anna', '-p', CANARY],
      ['anna', `-p${CANARY}`],
      ['anna', `--pass=${CANARY}`],
      ['anna', `--password-stdin=${CANARY}`],
      ['anna', '--passphrase', CANARY],
    ]) {
      const storage = memoryAccounts()
      const result = await run(storage, piped('other-good-words'), 'add', ...args)
      assert.ok(result.error instanceof UsageError, args.join(' '))
      assert.match(result.error.message, /never an argument|password-stdin' does not take an argument/)
      assert.doesNotMatch(result.output, new RegExp(CANARY), args.join(' '))
      assert.deepEqual(result.opened, [])
    }
  })

  test('tells all faults at once, before it opens or asks anything', async () => {
    const result = await run(
      memoryAccounts(),
      piped(''),
      'add',
      'an na',
      '--email',
      'x',
      '--claim',
      'locale=?',
      '--claim',
      'shoe=43',
    )
    assert.deepEqual(result.error?.message.match(/^ {2}\S+/gm), ['  username', '  email', '  locale', '  "shoe"'])
    assert.deepEqual(result.opened, [])
  })

  test('refuses a bad password without repeating it', async () => {
    for (const [input, reason] of [
      ['canary', /shorter/],
      ['', /no password/],
      ['canaryuser', /user name/],
      ['canary-1234\ncanary-5678', /more than one line/],
      ['canary'.repeat(9999), /longer than 1024/],
      [Buffer.concat([Buffer.from('canary'), Buffer.alloc(1020, 'x')]), /longer than 1024/],
    ] as const) {
      const storage = memoryAccounts()
      const result = await run(storage, piped(input), 'add', 'CanaryUser')
      assert.match(result.error?.message ?? '', reason)
      assert.doesNotMatch(result.output.replaceAll('CanaryUser', ''), /canary/)
      assert.equal(storage.byId.size, 0)
    }
  })

  test('refuses a user name that is taken, however it is spelled, and one that is the address of another', async () => {
    for (const name of ['anna', 'ANNA', '\uff41nna', 'anna@example.org']) {
      const storage = memoryAccounts([anAccount()])
      assert.match((await run(storage, piped(CANARY), 'add', name)).error?.message ?? '', /nothing was added: username/)
      assert.equal(storage.byId.size, 1)
    }
  })

  test('makes an account without a password, or a disabled one, only when told to', async () => {
    const storage = memoryAccounts()
    assert.equal((await run(storage, piped(''), 'add', 'anna', '--no-password', '--disabled')).status, 0)
    assert.equal(only(storage)?.passwordHash, undefined)
    assert.equal(only(storage)?.disabledAt, START)
  })
})

describe('account list and show', () => {
  const hash = `$argon2id$v=19$m=64,t=2,p=1$${'A'.repeat(22)}$${'B'.repeat(43)}`
  const storage = memoryAccounts([
    anAccount({ passwordHash: hash }),
    anAccount({
      id: '2',
      username: 'Berta',
      usernameKey: 'berta',
      claims: { name: 'B\u001b[31m', groups: ['a', 'b'] },
      disabledAt: START,
    }),
  ])

  test('list is a table that cannot steer the terminal', async () => {
    const { output } = await run(storage, fakeTerminal(), 'list')
    assert.equal(
      output,
      'USERNAME  SUB          NAME          EMAIL             STATE     GROUPS\n' +
        'Anna      sub-of-anna  Anna Example  anna@example.org  active\n' +
        'Berta     2            B\uFFFD[31m                          disabled  a, b\n',
    )
  })

  test('list and show tell of an e-mail address that nobody can sign in by, and not of one that is verified', async () => {
    const claims = { email: 'anna@example.org' }
    const unverified = memoryAccounts([anAccount({ claims })])
    for (const words of [['list'], ['show', 'anna']]) {
      assert.match((await run(unverified, fakeTerminal(), ...words)).output, /not verified/)
      assert.doesNotMatch((await run(storage, fakeTerminal(), ...words)).output, /not verified/)
    }
  })

  test('list reads every page', async () => {
    const many = Array.from({ length: 1001 }, (_, n) =>
      anAccount({ id: `${n}`, usernameKey: `u${String(n).padStart(4, '0')}` }),
    )
    const { output } = await run(memoryAccounts(many), fakeTerminal(), 'list', '--json')
    assert.equal(JSON.parse(output).length, 1001)
  })

  test('show has the claims and the state, in text and in JSON', async () => {
    const { output } = await run(storage, fakeTerminal(), 'show', 'berta')
    assert.match(output, /^state +disabled since 2026-01-15T12:00:00\.000Z$/m)
    assert.match(output, /^groups +a, b$/m)
    const json = JSON.parse((await run(storage, fakeTerminal(), 'show', 'ANNA', '--json')).output)
    assert.equal(json.sub, 'sub-of-anna')
    assert.equal(json.has_password, true)
    assert.equal(json.claims.email, 'anna@example.org')
  })

  test('[OpenID Connect Core 8] show says what a client calls the account', async () => {
    const show = (...args: string[]) => run(storage, fakeTerminal(), 'show', 'anna', ...args)
    const expected = subjectOf(
      aClient({ metadata: { subject_type: 'pairwise' } }),
      'sub-of-anna',
      createSecretKey(deriveKey(Buffer.alloc(32), 'pairwise-subjects')),
    )
    assert.match((await show('--client', 'wiki')).output, new RegExp(`^sub at wiki +${expected}$`, 'm'))
    assert.match((await show('--client', 'app')).output, /^sub at app +sub-of-anna$/m)
    assert.deepEqual(JSON.parse((await show('--client', 'wiki', '--json')).output).sub_at, { wiki: expected })
    assert.match((await show('--client', 'nobody')).output, /no client with this client_id/)
    assert.doesNotMatch((await show()).output, /sub at|sub_at/)
  })

  test('list has the sub, too, and takes names and subs to look for', async () => {
    const list = (...args: string[]) => run(storage, fakeTerminal(), 'list', ...args)
    assert.match((await list()).output, /^Anna +sub-of-anna +/m)
    assert.match((await list('sub-of-anna')).output, /^USERNAME.*\nAnna .*\n$/)
    assert.deepEqual(
      JSON.parse((await list('2', 'anna', '--json')).output).map(({ sub }: { sub: string }) => sub),
      ['2', 'sub-of-anna'],
    )
    assert.ok((await list('carla')).error instanceof CommandError)
  })

  test('a sub in place of the user name; one that begins with a hyphen, too', async () => {
    const sub = `-p${'x'.repeat(20)}`
    const some = memoryAccounts([anAccount(), anAccount({ id: sub, username: 'Zoe', usernameKey: 'zoe' })])
    const show = (...args: string[]) => run(some, fakeTerminal(), 'show', ...args)
    assert.match((await show('sub-of-anna')).output, /^username +Anna$/m)
    assert.match((await show(sub)).output, /^username +Zoe$/m)
    assert.match((await show(sub, '--json')).output, /"username": "Zoe"/)
    assert.ok((await show('SUB-OF-ANNA')).error instanceof CommandError, 'a sub is compared to the letter')
    assert.equal((await run(some, fakeTerminal(), 'disable', 'sub-of-anna')).status, 0)
  })

  test('what is the name of one and the sub of another is refused, and each has another name', async () => {
    const both = memoryAccounts([
      anAccount(),
      anAccount({ id: 'b', username: 'sub-of-anna', usernameKey: 'sub-of-anna' }),
    ])
    for (const command of ['show', 'remove', 'disable']) {
      const { error } = await run(both, piped(''), command, 'sub-of-anna')
      assert.match(error?.message ?? '', /the user name of the account with the sub b, and the sub of Anna/)
    }
    assert.match((await run(both, fakeTerminal(), 'show', 'b')).output, /^username +sub-of-anna$/m)
    assert.match((await run(both, fakeTerminal(), 'show', 'anna')).output, /^sub +sub-of-anna$/m)
    // A name of its own is no two accounts.
    const one = memoryAccounts([anAccount({ id: 'anna' })])
    assert.match((await run(one, fakeTerminal(), 'show', 'anna')).output, /^username +Anna$/m)
  })

  test('no password hash is ever shown', async () => {
    for (const args of [['list'], ['list', '--json'], ['show', 'anna'], ['show', 'anna', '--json']]) {
      assert.doesNotMatch((await run(storage, fakeTerminal(), ...args)).output, /argon2|BBBB/)
    }
  })

  test('a name that nobody has is an error', async () => {
    for (const args of [
      ['show', 'carla'],
      ['show', 'a\0b'],
      ['disable', 'carla'],
      ['set-password', 'carla'],
      ['remove', 'carla'],
    ]) {
      assert.ok((await run(storage, piped(CANARY), ...args)).error instanceof CommandError)
    }
  })
})

describe('changes to an account', () => {
  const ENDED = ['sessions sub-of-anna', 'grants sub-of-anna account_changed']

  test('set-password: the new password is right, and everyone who was signed in is out', async () => {
    const storage = memoryAccounts([anAccount({ passwordHash: 'old' })])
    const result = await run(storage, piped(CANARY), 'set-password', 'ANNA', '--password-stdin')
    assert.equal(result.output, 'Anna has a new password; 2 sessions ended, 3 grants revoked.\n')
    assert.equal(await cheapHasher().verify(only(storage)?.passwordHash, CANARY), true)
    assert.deepEqual(storage.ended, ENDED)
  })

  test('set-password with a bad one changes nothing', async () => {
    const storage = memoryAccounts([anAccount({ passwordHash: 'old' })])
    assert.ok((await run(storage, piped('password'), 'set-password', 'anna')).error instanceof CommandError)
    assert.equal(only(storage)?.passwordHash, 'old')
    assert.deepEqual(storage.ended, [])
  })

  test('sign-out ends everything and changes nothing else', async () => {
    const storage = memoryAccounts([anAccount({ passwordHash: 'old' })])
    const { status, output } = await run(storage, fakeTerminal(), 'sign-out', 'anna')
    assert.equal(status, 0)
    assert.match(output, /^Anna is signed out everywhere; \d+ sessions ended, \d+ grants revoked\.$/m)
    assert.deepEqual(
      storage.ended,
      ENDED.map((one) => one.replace('account_changed', 'signed_out_everywhere')),
    )
    assert.deepEqual([only(storage)?.passwordHash, only(storage)?.disabledAt], ['old', undefined])
  })

  test('disable ends everything, enable brings nothing back but the account', async () => {
    const storage = memoryAccounts([anAccount()])
    assert.equal((await run(storage, fakeTerminal(), 'disable', 'anna')).status, 0)
    assert.equal(only(storage)?.disabledAt, START)
    assert.deepEqual(storage.ended, ENDED)
    assert.equal((await run(storage, fakeTerminal(), 'enable', 'anna')).status, 0)
    assert.equal(only(storage)?.disabledAt, undefined)
    assert.deepEqual(storage.ended, ENDED)
  })

  test('remove asks; only y or yes is a yes', async () => {
    for (const [answer, left] of [
      ['y\n', 0],
      ['YES\n', 0],
      ['n\n', 1],
      ['\n', 1],
      ['anna\n', 1],
    ] as const) {
      const storage = memoryAccounts([anAccount()])
      const terminal = fakeTerminal({ isTTY: true })
      const running = run(storage, terminal, 'remove', 'anna')
      terminal.type(answer)
      const result = await running
      assert.equal(storage.byId.size, left, answer)
      assert.equal(result.status, left === 0 ? 0 : undefined)
      assert.deepEqual(storage.ended, left === 0 ? ENDED : [])
      assert.match(terminal.err(), /Remove Anna for good\?.*\[y\/N\]/)
    }
  })

  test('remove without a terminal wants --yes', async () => {
    const storage = memoryAccounts([anAccount()])
    assert.match((await run(storage, piped('y\n'), 'remove', 'anna')).error?.message ?? '', /--yes/)
    assert.equal(storage.byId.size, 1)
    assert.equal((await run(storage, fakeTerminal(), 'remove', 'anna', '--yes')).status, 0)
    assert.equal(storage.byId.size, 0)
  })
})

describe('account import', () => {
  const HASH = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
  const lines = (...records: unknown[]) =>
    records.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join('\n')
  const GOOD = lines(
    { username: 'Anna', password: CANARY, email: 'anna@example.org', email_verified: true, groups: ['staff'] },
    '',
    { username: 'berta', password_hash: HASH, disabled: true },
    { username: 'carla' },
  )

  test('makes an account of every line, from standard input and from a file, with a byte order mark or CRLF', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-import-'))
    t.after(() => rm(folder, { recursive: true }))
    const file = join(folder, 'accounts.jsonl')
    await writeFile(file, `\uFEFF${GOOD.replaceAll('\n', '\r\n')}\r\n`)
    for (const [path, input] of [
      ['-', GOOD],
      [file, ''],
    ] as const) {
      const storage = memoryAccounts()
      const result = await run(storage, piped(input), 'import', path)
      assert.match(result.output, /^Imported 3 of 3 accounts\.\n/)
      assert.match(result.output, /1 of \$argon2id\$v=19\$m=65536,t=2,p=1\n$/)
      const [anna, berta, carla] = [...storage.byId.values()]
      assert.deepEqual(anna?.claims.groups, ['staff'])
      assert.equal(await cheapHasher().verify(anna?.passwordHash, CANARY), true)
      assert.equal(await cheapHasher().verify(berta?.passwordHash, 'password'), true)
      assert.equal(berta?.disabledAt, START)
      assert.equal(carla?.passwordHash, undefined)
    }
  })

  const FAULTY = lines(
    { username: 'anna', password: `${CANARY}-1` },
    { username: 'ok1', password: `${CANARY}-2` },
    `{"username": "x", "password": "${CANARY}-3"`,
    '["canary"]',
    { username: 'an na', email: 'canary', password: 'canary' },
    { password: 5, groups: 'canary' },
    { username: 'OK1', password: `${CANARY}-4` },
    { username: 'y', password: `${CANARY}-5`, password_hash: HASH },
    { username: 'z', password_hash: '$2b$10$canarycanarycanarycana' },
    { username: 'w', password_hash: HASH.replace('m=65536', 'm=131073') },
    { username: 'v', disabled: 'yes', canary: 1 },
    { username: 'bad\uFFFD', password: `${CANARY}-6` },
    { username: 'ok2', email: 'ok2@example.org' },
    { username: 'ok2@example.org' },
    { username: 'canary', password: 'canary1234' },
  )
  const FAULTS = [
    /^line 1: username is taken$/,
    /^line 3: is not JSON$/,
    /^line 4: is not a JSON object$/,
    /^line 5: password is shorter/,
    /^line 5: username has white space/,
    /^line 5: email is not an e-mail/,
    /^line 6: username is missing$/,
    /^line 6: password is not a string$/,
    /^line 6: groups is not a list/,
    /^line 7: username is the same as in line 2$/,
    /^line 8: password and password_hash are both there$/,
    /^line 9: password_hash is not a hash that is known here/,
    /^line 10: password_hash needs more memory/,
    /^line 11: disabled is not true or false$/,
    /^line 11: "canary" is not a claim/,
    /^line 12: is not UTF-8$/,
    /^line 14: username is the e-mail address in line 13$/,
    /^line 15: password is too much like the user name$/,
  ]

  test('imports nothing when a line is faulty, and tells every fault with its line', async () => {
    const storage = memoryAccounts([anAccount()])
    const terminal = piped(FAULTY)
    const result = await run(storage, terminal, 'import', '-')
    const told = terminal.err().trimEnd().split('\n')
    assert.equal(told.length, FAULTS.length, terminal.err())
    FAULTS.forEach((pattern, position) => {
      assert.match(told[position] ?? '', pattern)
    })
    assert.match(result.error?.message ?? '', /nothing was imported: 13 of 15 lines are faulty/)
    assert.equal(storage.byId.size, 1)
  })

  test('never repeats a password that is in the file', async () => {
    for (const options of [[], ['--skip-faulty']]) {
      const result = await run(memoryAccounts([anAccount()]), piped(FAULTY), 'import', '-', ...options)
      assert.doesNotMatch(result.output.replace('"canary" is not a claim', ''), /canary/)
    }
  })

  test('imports the good lines with --skip-faulty', async () => {
    const storage = memoryAccounts([anAccount()])
    const result = await run(storage, piped(FAULTY), 'import', '-', '--skip-faulty')
    assert.equal(result.status, 0)
    assert.match(result.output, /Imported 2 of 15 accounts/)
    assert.deepEqual(
      [...storage.byId.values()].map(({ username }) => username),
      ['Anna', 'ok1', 'ok2'],
    )
  })

  test('tells when a name was taken while the passwords were hashed', async () => {
    const storage = memoryAccounts()
    const racing = { ...storage, accounts: { ...storage.accounts, insertAll: async () => new Set<string>() } }
    const result = await run(racing, piped(GOOD), 'import', '-')
    assert.equal(result.status, 1)
    assert.match(result.output, /line 4: username is taken/)
  })

  test('a file that is not there is a plain error', async () => {
    const result = await run(memoryAccounts(), fakeTerminal(), 'import', '/nowhere/at/all.jsonl')
    assert.equal(result.error?.message, 'the file cannot be read: ENOENT')
    assert.match((await run(memoryAccounts(), fakeTerminal(), 'import', tmpdir())).error?.message ?? '', /EISDIR/)
  })
})

test('wrong usage is told as such', async () => {
  for (const args of [
    [],
    ['constructor'],
    ['ad'],
    ['add'],
    ['list', '--x'],
    ['show'],
    ['add', 'a', '--nmae', 'b'],
    ['add', 'a', '--claim', 'b'],
    ['add', 'a', '--claim', 'address={'],
    ['add', 'a', '--email', 'a@b.c', '--claim', 'email=a@b.c'],
    ['add', 'a', '--no-password', '--password-stdin'],
    ['import'],
  ]) {
    const result = await run(memoryAccounts(), piped(CANARY), ...args)
    assert.ok(result.error instanceof UsageError, args.join(' '))
    assert.deepEqual(result.opened, [])
  }
})
