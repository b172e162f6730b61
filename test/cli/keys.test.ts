/** countersign keys list, rotate and revoke. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DAY, HOUR, MINUTE } from '../../src/base/duration.ts'
import { CommandError, UsageError } from '../../src/cli/command.ts'
import { keysCommand } from '../../src/cli/keys.ts'
import { splitConfigOption } from '../../src/cli/open.ts'
import { openKeyRing } from '../../src/keys/key-ring.ts'
import { signingKeyGenerator } from '../../src/keys/signing-key.ts'
import type { Client } from '../../src/protocol/client.ts'
import type { EncryptionAlgorithm, SigningAlgorithm } from '../../src/protocol/vocabulary.ts'
import type { ClientAddress, JwksFetch, StoredSigningKey } from '../../src/storage/storage.ts'
import { aClient } from '../fixtures/client.ts'
import { START } from '../fixtures/clock.ts'
import { fakeSigningKeyStore } from '../fixtures/signing-key-store.ts'
import { aPolicy, aSealingKey, pooledKeys, ringDeps } from '../fixtures/signing-keys.ts'
import { type FakeTerminal, fakeTerminal } from '../fixtures/terminal.ts'
import { aFetch } from '../storage/jwks-fetches.ts'

/** An installation whose keys were made at START, and the command on it. */
async function anInstallation({
  seed = 1,
  isEmpty = false,
  signingAlgorithms = ['RS256', 'ES256'],
  encryptionAlgorithms = [],
  clients = [],
}: {
  seed?: number
  isEmpty?: boolean
  signingAlgorithms?: readonly SigningAlgorithm[]
  encryptionAlgorithms?: readonly EncryptionAlgorithm[]
  clients?: readonly Client[]
} = {}) {
  const store = fakeSigningKeyStore()
  const fetches: JwksFetch[] = []
  const addresses: ClientAddress[] = []
  const broken = { yes: false }
  const answer = async <T>(value: T): Promise<T> => (broken.yes ? Promise.reject(new Error('away')) : value)
  const generate = pooledKeys()
  const { clock, deps } = ringDeps({
    store,
    generate,
    policy: aPolicy({ algorithms: [...signingAlgorithms, ...encryptionAlgorithms] }),
  })
  const ring = isEmpty ? undefined : await openKeyRing(deps)
  let closed = 0
  const lifetimes = { accessToken: 5 * MINUTE, idToken: 5 * MINUTE }
  const config = {
    keys: {
      sealingKey: { kind: 'value', value: aSealingKey(seed).bytes.toString('hex') },
      signingAlgorithms,
      encryptionAlgorithms,
      rotateEvery: 90 * DAY,
      publishBeforeUse: DAY,
      jwksMaxAge: 10 * MINUTE,
      rsaBits: 2048,
    },
    lifetimes,
    clients,
    apis: [],
  }
  const command = keysCommand(
    async () =>
      ({
        config,
        storage: {
          signingKeys: store,
          jwksFetches: { list: () => answer(fetches), addresses: () => answer(addresses) },
          grants: { countLive: () => answer([{ clientId: 'wiki', count: 12 }]) },
        },
        close: async () => void closed++,
      }) as never,
    generate,
  )
  const runAt = async (terminal: FakeTerminal, ...args: string[]) => {
    const before = closed
    const status = await command
      .run(args, { ...terminal, clock })
      .finally(() => assert.equal(closed, before + 1, 'closed'))
    return { status, out: terminal.out(), err: terminal.err() }
  }
  const run = (...args: string[]) => runAt(fakeTerminal(), ...args)
  const find = (algorithm: string, state: string): StoredSigningKey =>
    [...store.rows.values()].find((key) => key.algorithm === algorithm && key.state === state)!
  return { run, runAt, command, store, clock, find, ring, fetches, addresses, broken }
}

describe('keys list', () => {
  test('shows each key, its times in ISO 8601 and when the next rotation is due', async () => {
    const { run, find } = await anInstallation()
    const { status, out } = await run('list')
    assert.equal(status, 0)
    const lines = out.trimEnd().split('\n')
    assert.equal(lines.length, 7)
    assert.equal(lines[6], 'No app has been seen to fetch the keys regularly.')
    assert.match(lines[0]!, /^KID +ALGORITHM +STATE +PUBLISHED +SIGNS SINCE +RETIRED +WITHDRAWN AT +NEXT ROTATION$/)
    const current = find('RS256', 'current').kid
    assert.match(
      lines[1]!,
      new RegExp(
        `^${current} +RS256 +current +2026-01-15T12:00:00Z +2026-01-15T12:00:00Z +- +- +2026-04-15T12:00:00Z$`,
      ),
    )
    assert.match(lines[2]!, /RS256 +next +2026-01-15T12:00:00Z +- +- +- +-$/)
  })

  test('a database without keys', async () => {
    const { run } = await anInstallation({ isEmpty: true })
    assert.match((await run('list')).out, /no signing keys yet/)
  })
})

describe('keys rotate', () => {
  test('not before every app knows the next key: says when, changes nothing', async () => {
    const { run, store, clock } = await anInstallation()
    const before = [...store.rows.values()]
    clock.advance(13 * MINUTE - 1)
    await assert.rejects(run('rotate'), (error: unknown) => {
      assert.ok(error instanceof CommandError)
      assert.match(error.message, /RS256: from 2026-01-15T12:13:00Z on\n {2}ES256: from 2026-01-15T12:13:00Z on/)
      return /--now.*refuses every new token/s.test(error.message)
    })
    assert.deepEqual([...store.rows.values()], before)
  })

  test('from then on it does: the next key signs, the old one stays published, a new next one is there', async () => {
    const { run, clock, find, ring } = await anInstallation()
    const [old, next] = [find('ES256', 'current').kid, find('ES256', 'next').kid]
    clock.advance(13 * MINUTE)
    const { status, out } = await run('rotate', 'ES256')
    assert.equal(status, 0)
    assert.match(
      out,
      new RegExp(`ES256: ${next} signs from now on.\n  ${old} stays published until 2026-01-16T12:16:00Z`),
    )
    assert.ok(!out.includes('RS256'))
    assert.equal(find('ES256', 'current').kid, next)
    assert.notEqual(find('ES256', 'next').kid, next)
    await ring!.tick()
    assert.ok(ring!.jwks.body.includes(old))
  })

  test('--now does it at once and says what may break', async () => {
    const { run, find } = await anInstallation()
    const next = find('RS256', 'next').kid
    const { out } = await run('rotate', '--now')
    assert.equal(find('RS256', 'current').kid, next)
    assert.match(out, /some apps refuse its tokens/)
  })

  test('with another sealing key nothing is changed: a key that no server can open would lock them out', async () => {
    const { run, store } = await anInstallation({ seed: 2 })
    const before = [...store.rows.values()]
    await assert.rejects(run('rotate', '--now'), CommandError)
    await assert.rejects(run('revoke', before[0]!.kid, '--yes'), /value of keys\.sealing_key is not the one/)
    assert.deepEqual([...store.rows.values()], before)
  })
})

describe('the apps that fetch keys', () => {
  const wiki = aClient({ id: 'wiki' })

  /** Of them, one has the next keys and the wiki has not. */
  async function withFetchers() {
    const made = await anInstallation({ clients: [wiki] })
    const [now, next] = [made.find('RS256', 'current').kid, made.find('RS256', 'next').kid]
    const seen = { firstSeenAt: START, lastSeenAt: START + 2 * HOUR }
    const esNext = made.find('ES256', 'next').kid
    made.fetches.push(
      aFetch('a', { ...seen, address: '10.0.3.8', kids: [now, next, esNext] }),
      aFetch('b', { ...seen, kids: [now] }),
      aFetch('c', { address: '192.0.2.1' }),
    )
    made.addresses.push({ clientId: 'wiki', address: '10.0.3.7', ...seen })
    made.clock.advance(3 * DAY + 2 * HOUR)
    return made
  }

  test('list names those that have not seen the next key, and counts for no algorithm that they do not need', async () => {
    const { run } = await withFetchers()
    const { out } = await run('list')
    assert.match(out, /^RS256: 1 of 2 apps that fetch keys have seen the next one\. Not yet:$/m)
    assert.match(out, /^ {2}wiki \(10\.0\.3\.7, Go-http-client\/2\.0\), last fetch 3d ago$/m)
    assert.match(out, /^ES256: 1 of 1 app that fetches keys has seen the next one\.$/m)
    assert.match(out, /^1 more came once and not again, and are not counted\.$/m)
  })

  test('rotate names them, and without a terminal goes on with --force alone', async () => {
    const { run, runAt, store } = await withFetchers()
    const before = [...store.rows.values()]
    const terminal = fakeTerminal()
    await assert.rejects(runAt(terminal, 'rotate'), /Nothing was rotated.*--force/)
    assert.match(terminal.err(), /Not yet:\n {2}wiki \(10\.0\.3\.7/)
    assert.deepEqual([...store.rows.values()], before)
    assert.match((await run('rotate', 'ES256')).out, /signs from now on/, 'the wiki does not need ES256')
    assert.match((await run('rotate', 'RS256', '--force')).out, /signs from now on/)
  })

  test('on a terminal rotate asks', async () => {
    const { runAt, find } = await withFetchers()
    const next = find('RS256', 'next').kid
    const no = fakeTerminal({ isTTY: true })
    no.type('\n')
    assert.equal((await runAt(no, 'rotate', 'RS256')).status, 1)
    assert.match(no.err(), /Rotate all the same\? \[y\/N\].*Nothing was changed/s)
    const yes = fakeTerminal({ isTTY: true })
    yes.type('y\n')
    assert.equal((await runAt(yes, 'rotate', 'RS256')).status, 0)
    assert.equal(find('RS256', 'current').kid, next)
  })

  test('revoke says what ends and who may believe it yet, asks, and says what to do next', async () => {
    const { runAt, find, fetches, clock, store } = await withFetchers()
    fetches.push(aFetch('d', { address: '10.0.3.9', firstSeenAt: START, lastSeenAt: clock.now() - MINUTE }))
    const { kid } = find('RS256', 'current')
    const before = [...store.rows.values()]
    const asked = fakeTerminal()
    await assert.rejects(runAt(asked, 'revoke', kid), /use --yes/)
    assert.deepEqual([...store.rows.values()], before)
    const { err, out } = await runAt(fakeTerminal(), 'revoke', kid, '--yes')
    for (const text of [asked.err(), err]) {
      assert.match(text, /\(RS256, current\): every token that it signed ends/)
      assert.match(text, /ID tokens of wiki are signed with RS256/)
      assert.match(text, /At most 12 sign-ons have live tokens now \(wiki 12\)/)
      assert.match(text, /within the last 10m may believe it for that long yet:\n.*10\.0\.3\.9.*1m ago/)
      assert.match(text, /nobody has to sign in again/)
      assert.doesNotMatch(text, /Access tokens of wiki/)
    }
    assert.match(out, /What to do next:/)
  })

  test('an emergency goes on when the database cannot count', async () => {
    const { run, find, broken } = await anInstallation({ clients: [wiki] })
    broken.yes = true
    const { status, err } = await run('revoke', find('RS256', 'current').kid, '--yes')
    assert.equal(status, 0)
    assert.match(err, /could not be counted.*could not be looked up/s)
  })

  test('revoke --all asks, too', async () => {
    const { runAt, store } = await anInstallation()
    const terminal = fakeTerminal({ isTTY: true })
    terminal.type('no\n')
    assert.equal((await runAt(terminal, 'revoke', '--all')).status, 1)
    assert.ok([...store.rows.values()].every(({ revokedAt }) => revokedAt === undefined))
  })
})

describe('other algorithms', () => {
  const signingAlgorithms = ['RS256', 'EdDSA'] as const

  test('rotate takes those of keys.signing_algorithms, and names them for any other', async () => {
    const { run, clock } = await anInstallation({ signingAlgorithms })
    clock.advance(20 * MINUTE)
    assert.match((await run('rotate', 'EdDSA')).out, /^EdDSA: \S+ signs from now on\./)
    await assert.rejects(run('rotate', 'PS256'), (error) => {
      assert.ok(error instanceof CommandError)
      return /no keys for PS256: keys\.signing_algorithms and \S+ have RS256, EdDSA/.test(error.message)
    })
    clock.advance(20 * MINUTE)
    const { out } = await run('rotate')
    assert.match(out, /^RS256: .*^EdDSA: /ms)
    assert.doesNotMatch(out, /ES256/)
  })

  test('keys to encrypt to us with are listed, rotated and revoked, in words of their own', async () => {
    const { run, find, clock } = await anInstallation({ encryptionAlgorithms: ['ECDH-ES'] })
    assert.match((await run('list')).out, /^\S+ +ECDH-ES +current/m)
    clock.advance(20 * MINUTE)
    const old = find('ECDH-ES', 'current').kid
    const { out } = await run('rotate', 'ECDH-ES')
    assert.match(out, new RegExp(`^ECDH-ES: \\S+ is published from now on\\.\n  ${old} decrypts until 2026`))
    const current = find('ECDH-ES', 'current').kid
    const revoked = (await run('revoke', current, '--yes')).out
    assert.match(revoked, /what is encrypted to it is not read any more/)
    assert.match(revoked, new RegExp(`${find('ECDH-ES', 'current').kid} is published in its place`))
    assert.doesNotMatch(revoked, /signed|signs/)
  })

  test('list shows the keys of one that was taken out, too; revoking one makes no other', async () => {
    const { run, find, store } = await anInstallation({ signingAlgorithms: ['RS256'] })
    store.put({ ...find('RS256', 'current'), kid: 'old', algorithm: 'ES256' })
    assert.match((await run('list')).out, /^old +ES256 +current/m)
    const before = store.rows.size
    assert.match((await run('revoke', 'old', '--yes')).out, /is revoked and no longer published/)
    assert.equal(store.rows.size, before)
  })
})

describe('keys revoke', () => {
  test('the current key: the next one signs in its place, a new next one is made, and it says what ends', async () => {
    const { run, find, store, ring } = await anInstallation()
    const [old, next] = [find('ES256', 'current').kid, find('ES256', 'next').kid]
    const token = await ring!.sign('ES256', 'JWT', {})
    const { status, out } = await run('revoke', old, '--yes')
    assert.equal(status, 0)
    assert.match(out, /What ends: every access token and ID token that it signed/)
    assert.match(out, new RegExp(`${next} signs in its place`))
    assert.match(out, /published only since/)
    assert.equal(find('ES256', 'current').kid, next)
    assert.equal(find('ES256', 'next').state, 'next')
    assert.equal(store.rows.get(old)?.sealedPrivateJwk, undefined)
    await ring!.tick()
    assert.equal(await ring!.verify(token, { typ: 'JWT', allowWithdrawn: true }), undefined)
    assert.match((await run('list')).out, new RegExp(`${old} +ES256 +revoked`))
  })

  test('the next key: nothing ends', async () => {
    const { run, find } = await anInstallation()
    const [current, next] = [find('RS256', 'current').kid, find('RS256', 'next').kid]
    assert.match((await run('revoke', next, '--yes')).out, /signed nothing, so nothing ends/)
    assert.equal(find('RS256', 'current').kid, current)
    assert.notEqual(find('RS256', 'next').kid, next)
  })

  test('a damaged key can be revoked, though it does not open', async () => {
    const { run, find, store } = await anInstallation()
    const damaged = find('ES256', 'current')
    store.put({ ...damaged, sealedPrivateJwk: `${damaged.sealedPrivateJwk?.slice(0, -4)}AAAA` })
    await assert.rejects(run('rotate', '--now'), /was changed after it was stored.*keys revoke/)
    assert.equal((await run('revoke', damaged.kid, '--yes')).status, 0)
    assert.notEqual(find('ES256', 'current').kid, damaged.kid)
  })

  test('--all takes every key out without the sealing key; a new one can then begin', async () => {
    const { run, store } = await anInstallation({ seed: 2 })
    assert.match((await run('revoke', '--all', '--yes')).out, /^4 keys are revoked/)
    assert.ok([...store.rows.values()].every((key) => key.revokedAt !== undefined && !key.sealedPrivateJwk))
    await openKeyRing(ringDeps({ store, sealingKey: aSealingKey(2), generate: signingKeyGenerator(2048) }).deps)
    assert.equal([...store.rows.values()].filter((key) => key.state === 'current').length, 2)
  })

  test('twice is once, and an unknown kid is told', async () => {
    const { run, find, store } = await anInstallation()
    const { kid } = find('RS256', 'next')
    await run('revoke', kid, '--yes')
    const before = [...store.rows.values()]
    assert.match((await run('revoke', kid, '--yes')).out, /was revoked at 2026-01-15T12:00:00Z. Nothing was changed/)
    await assert.rejects(run('revoke', 'nobody', '--yes'), /no signing key nobody/)
    assert.deepEqual([...store.rows.values()], before)
  })
})

describe('usage', () => {
  test('wrong words are told before anything is opened', async () => {
    const command = keysCommand(() => assert.fail('opened'))
    const wrong = [
      '',
      'show',
      'list x',
      'list --now',
      'list --all',
      'revoke --all a',
      'revoke',
      'revoke a b',
      'revoke a --now',
      'rotate HS256',
      'rotate --yes',
      'list --force',
      'revoke a --force',
    ]
    for (const words of wrong) {
      await assert.rejects(command.run(words === '' ? [] : words.split(' '), fakeTerminal()), UsageError, words)
    }
  })

  test('rotate and revoke on a database without keys say that the first start makes them', async () => {
    const { run } = await anInstallation({ isEmpty: true })
    await assert.rejects(run('rotate'), CommandError)
    await assert.rejects(run('revoke', 'x', '--yes'), CommandError)
  })
})

describe('--config', () => {
  test('may stand anywhere and be written in two ways', () => {
    assert.deepEqual(splitConfigOption(['list']), { path: undefined, rest: ['list'] })
    assert.deepEqual(splitConfigOption(['--config', 'a.yaml', 'list']), { path: 'a.yaml', rest: ['list'] })
    assert.deepEqual(splitConfigOption(['revoke', '--config=a.yaml', 'k']), { path: 'a.yaml', rest: ['revoke', 'k'] })
  })

  test('without a file it is wrong usage', () => {
    for (const args of [['--config'], ['--config='], ['--config', '--now']]) {
      assert.throws(() => splitConfigOption(args), UsageError)
    }
  })
})
