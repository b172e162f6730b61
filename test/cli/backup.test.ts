/** Backups and restores with real processes: on a running server, on both databases and between them, whole or not at all. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { gunzipSync, gzipSync } from 'node:zlib'
import { systemClock } from '../../src/base/clock.ts'
import { sha256 } from '../../src/base/hash.ts'
import { systemRandom } from '../../src/base/random.ts'
import { backupText } from '../../src/cli/backup/format.ts'
import { CommandError, UsageError } from '../../src/cli/command.ts'
import { commands } from '../../src/cli/index.ts'
import { tablesOf } from '../../src/storage/prisma/archive.ts'
import { openStorage } from '../../src/storage/prisma/client.ts'
import { migrationsOf } from '../../src/storage/prisma/committed-migrations.ts'
import { type CountersignProcess, countersignInstallation, type Installation } from '../fixtures/countersign.ts'
import { type HttpBrowser, httpBrowser } from '../fixtures/http-browser.ts'
import { NO_POSTGRESQL, startPostgresql } from '../fixtures/postgresql.ts'
import { fakeTerminal } from '../fixtures/terminal.ts'
import { aGrant, aRegisteredClient } from '../storage/records.ts'

const ALICE = { username: 'alice', password: 'correct horse battery staple' }
const A_PASSKEY = {
  ...{ userHandle: 'u', publicKey: 'k', signCount: 1, transports: ['internal'], aaguid: 'a', name: 'Phone' },
  ...{ isBackupEligible: true, isBackedUp: true, createdAt: 1, lastUsedAt: undefined },
}

const BOB = { username: 'bob', password: 'another battery staple horse' }
const CALLBACK = 'https://app.example/callback'
const VERIFIER = 'a-code-verifier-of-forty-three-characters-ok'
const SPA = {
  client_id: 'spa',
  token_endpoint_auth_method: 'none',
  redirect_uris: [CALLBACK],
  grant_types: ['authorization_code', 'refresh_token'],
  scope: 'openid offline_access',
  first_party: true,
}

const folder = mkdtempSync(join(tmpdir(), 'countersign-backup-'))
const server = await startPostgresql()
after(async () => {
  rmSync(folder, { recursive: true, force: true })
  await server?.stop()
})

interface Run {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** A command as the command line runs it, in this process: a hundred of their own would take minutes. */
async function command(
  [name, ...args]: readonly string[],
  { input = '', ...config }: { url: string; input?: string; keys?: object },
): Promise<Run> {
  const terminal = { ...fakeTerminal({ piped: input }), clock: systemClock, random: systemRandom }
  const path = configFile(config)
  const result = (status: number, more = ''): Run => ({ status, stdout: terminal.out(), stderr: terminal.err() + more })
  try {
    const found = await commands[name ?? '']?.()
    assert.ok(found)
    return result(await found.run([...args, '--config', path], terminal))
  } catch (error) {
    if (error instanceof UsageError) return result(2, `countersign ${name}: ${error.message}\n`)
    if (error instanceof CommandError) return result(1, `countersign ${name}: ${error.message}\n`)
    throw error
  }
}

function configFile({ url, keys }: { url: string; keys?: object }): string {
  const path = join(folder, `${files++}.yaml`)
  const config = {
    issuer: 'https://login.example',
    database: { url },
    keys: keys ?? { sealing_key_file: join(folder, 'unused.key') },
    password_hashing: { memory: '7MiB', iterations: 1 },
    clients: [],
  }
  writeFileSync(path, JSON.stringify(config))
  return path
}

let files = 0
const freshFile = (): string => join(folder, `${files++}.backup`)
const freshSqlite = (): string => `file:${join(folder, `${files++}.db`)}`
const linesOf = (path: string): readonly string[] => gunzipSync(readFileSync(path)).toString().trimEnd().split('\n')

/** Without the head, which has the time, and the end, whose checksum is over it. */
/** Without the audit log, which goes on by itself. */
const rowsOf = (path: string): readonly string[] =>
  tableLines(path)
    .filter(({ table }) => !table.startsWith('audit_'))
    .map(({ line }) => line)
    .toSorted()

const auditEventsOf = (path: string): readonly string[] =>
  tableLines(path)
    .filter(({ table, line }) => table === 'audit_events' && line.startsWith('['))
    .map(({ line }) => line)

function tableLines(path: string): readonly { readonly table: string; readonly line: string }[] {
  let table = ''
  return linesOf(path)
    .slice(1, -1)
    .map((line) => {
      if (line.startsWith('{"table"')) table = JSON.parse(line).table
      return { table, line }
    })
}

async function postToken({ origin }: CountersignProcess, fields: Readonly<Record<string, string>>) {
  const body = new URLSearchParams({ client_id: 'spa', ...fields })
  const response = await fetch(`${origin}/token`, { method: 'POST', body })
  const answer: Record<string, string> = JSON.parse(await response.text())
  return { status: response.status, body: answer }
}

const authorizeAt = ({ origin }: CountersignProcess, more: Readonly<Record<string, string>> = {}): string =>
  `${origin}/authorize?${new URLSearchParams({
    client_id: 'spa',
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'openid offline_access',
    code_challenge: sha256(VERIFIER),
    code_challenge_method: 'S256',
    ...more,
  })}`

const redeem = (at: CountersignProcess, code: string) =>
  postToken(at, { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: VERIFIER })
const refresh = (at: CountersignProcess, token = '') =>
  postToken(at, { grant_type: 'refresh_token', refresh_token: token })

async function signOn(at: CountersignProcess, browser: HttpBrowser, person = ALICE) {
  const { fields } = await browser.authorize(authorizeAt(at), person)
  const answer = await redeem(at, fields.get('code') ?? '')
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  return answer.body
}

const jwks = async ({ origin }: CountersignProcess): Promise<string> => (await fetch(`${origin}/jwks`)).text()

/** A running server looks at the keys each second. */
async function untilJwks(at: CountersignProcess, isSo: (now: string) => boolean): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (isSo(await jwks(at))) return
    await delay(100)
  }
  assert.fail('the key set stayed as it was for ten seconds')
}

/** `databaseUrl` gives a new, empty database. */
function onDatabase(databaseUrl: () => Promise<string>, otherUrl: () => Promise<string>): void {
  let countersign: Installation
  let running: CountersignProcess
  let ownUrl: string
  let keys: { sealing_key_file: string }

  before(async () => {
    ownUrl = await databaseUrl()
    countersign = await countersignInstallation({ clients: [SPA], databaseUrl: ownUrl })
    keys = { sealing_key_file: join(countersign.folder, 'keys/sealing.key') }
    running = await countersign.start()
    await countersign.addAccounts(ALICE, BOB)
  })
  after(() => countersign?.remove())

  /** On another database, with the same sealing key. */
  const on = (url: string) => ({ url })

  async function run(args: readonly string[], options: { url?: string; input?: string; keys?: object } = {}) {
    const { status, stdout, stderr } = await command(args, { url: ownUrl, keys, ...options })
    assert.equal(status, 0, stderr)
    return { stdout, stderr }
  }

  async function newBackup(url?: string): Promise<string> {
    const path = freshFile()
    await run(['backup', path], url === undefined ? {} : on(url))
    return path
  }

  test('under a load of writes: all that was answered before is in it, and it is one moment', async () => {
    const url = await databaseUrl()
    const storage = await openStorage({ url })
    const answered: string[] = []
    let isOver = false
    const writing = (async () => {
      for (let i = 0; !isOver; i++) {
        await storage.grants.insert(aGrant(`grant ${i}`))
        answered.push(`grant ${i}`)
      }
    })()
    while (answered.length < 300) await delay(10)
    const before = [...answered]
    // The command line itself, in a process of its own.
    const path = freshFile()
    const done = await countersign.run(['backup', path], { config: { database: { url } } })
    assert.equal(done.status, 0, done.stderr)
    assert.ok(answered.length > before.length, 'the writer stood still')
    isOver = true
    await writing
    await storage.close()
    const ids = new Set(linesOf(path).flatMap((line) => (line.startsWith('["') ? [JSON.parse(line)[0]] : [])))
    for (const id of before) assert.ok(ids.has(id), `${id} is missing`)

    const restoredUrl = await databaseUrl()
    await run(['restore', path], on(restoredUrl))
    const restored = await openStorage({ url: restoredUrl })
    const facts = await restored.grants.find(before[0] ?? '')
    assert.equal(facts?.grant.revokedBecause, 'restored')
    await restored.close()
  })

  test('restored into either database and back, every row of every table is the same', async () => {
    await signOn(running, httpBrowser())
    await httpBrowser().open(authorizeAt(running))
    const original = await newBackup()
    const there = await otherUrl()
    await run(['restore', original, '--exact'], on(there))
    const copy = await newBackup(there)
    assert.deepEqual(rowsOf(copy), rowsOf(original))
    // The audit log goes along, and goes on.
    const log = auditEventsOf(original)
    assert.ok(log.length > 0)
    assert.deepEqual(auditEventsOf(copy).slice(0, log.length), log)
    assert.match(auditEventsOf(copy).at(-1) ?? '', /database_restored/)
    assert.match((await run(['audit', 'verify'], on(there))).stdout, /each is as it was written/)
    const back = await databaseUrl()
    await run(['restore', copy, '--exact'], on(back))
    assert.deepEqual(rowsOf(await newBackup(back)), rowsOf(original))
    const tables = linesOf(original)
      .filter((line) => line.startsWith('{"table"'))
      .map((line) => JSON.parse(line).table)
    assert.deepEqual(tables, tablesOf('sqlite'))
  })

  test('the keys are the same, people sign in again, and nothing that was issued before is alive', async () => {
    const browser = httpBrowser()
    const tokens = await signOn(running, browser)
    const { fields } = await browser.authorize(authorizeAt(running, { prompt: 'none' }))
    const keysBefore = await jwks(running)
    const path = await newBackup()
    await run(['keys', 'rotate', 'ES256', '--now'])
    await untilJwks(running, (now) => now !== keysBefore)
    const { stdout, stderr } = await run(['restore', path, '--replace', '--yes'])
    assert.match(stdout, /Ended \d+ sessions and \d+ grants/)
    assert.doesNotMatch(stderr, /Attention/)

    // The server has been running all the while.
    await untilJwks(running, (now) => now === keysBefore)
    assert.equal((await refresh(running, tokens['refresh_token'])).body['error'], 'invalid_grant')
    assert.equal((await redeem(running, fields.get('code') ?? '')).body['error'], 'invalid_grant')
    const info = await fetch(`${running.origin}/userinfo`, {
      headers: { authorization: `Bearer ${tokens['access_token']}` },
    })
    assert.equal(info.status, 401)
    const silent = await browser.authorize(authorizeAt(running, { prompt: 'none' }))
    assert.equal(silent.fields.get('error'), 'login_required')
    await signOn(running, browser)
  })

  test('--exact: sessions, codes and refresh tokens go on at the new place', async () => {
    const browser = httpBrowser()
    const tokens = await signOn(running, browser)
    const { fields } = await browser.authorize(authorizeAt(running, { prompt: 'none' }))
    const url = await otherUrl()
    await run(['restore', await newBackup(), '--exact'], on(url))
    const moved = await countersignInstallation({
      clients: [SPA],
      databaseUrl: url,
      issuer: countersign.issuer,
      config: { keys: { sealing_key_file: join(countersign.folder, 'keys/sealing.key') } },
    })
    try {
      const there = await moved.start()
      assert.equal((await redeem(there, fields.get('code') ?? '')).status, 200)
      assert.equal((await refresh(there, tokens['refresh_token'])).status, 200)
      assert.ok((await browser.authorize(authorizeAt(there, { prompt: 'none' }))).fields.get('code'))
      assert.equal(await jwks(there), await jwks(running))
    } finally {
      await moved.remove()
    }
  })

  test('a database that holds something is left alone without --replace', async () => {
    const path = await newBackup()
    const { status, stderr } = await command(['restore', path], { url: ownUrl, keys })
    assert.equal(status, 1)
    assert.match(stderr, /not empty, and nothing was changed/)
    // The server that runs beside it writes down how often clients are used, some time later.
    const without = (rows: readonly string[]) => rows.filter((row) => !row.startsWith('["spa","sign_on"'))
    assert.deepEqual(without(rowsOf(await newBackup())), without(rowsOf(path)))
    const unasked = await command(['restore', path, '--replace'], { url: ownUrl, keys })
    assert.equal(unasked.status, 1)
    assert.match(unasked.stderr, /--yes/)
  })

  test('--replace: trust that was withdrawn since the backup stays withdrawn', async () => {
    const url = await databaseUrl()
    const there = on(url)
    await run(['restore', await newBackup()], there)
    await run(['account', 'import', '-'], { ...there, input: `${JSON.stringify({ ...BOB, username: 'carol' })}\n` })
    const before = await openStorage({ url })
    for (const id of ['reg_kept', 'reg_removed']) await before.registeredClients.insert(aRegisteredClient(id), 10)
    const idOf = async (name: string) => (await before.accounts.findByUsername(name))?.id ?? assert.fail(name)
    const [aliceId, bobId] = [await idOf('alice'), await idOf('bob')]
    for (const accountId of [aliceId, bobId]) {
      await before.totps.add({ accountId, sealedSecret: 'sealed', lastStep: 1, createdAt: 1, lastUsedAt: 1 })
    }
    for (const [id, accountId] of [
      ['kept', aliceId],
      ['removed since', aliceId],
    ] as const) {
      await before.passkeys.add({ ...A_PASSKEY, id, accountId })
    }
    await before.recoveryCodes.replace(aliceId, ['used since', 'not used'], 1)
    await before.rememberedDevices.insert({ id: 'd', accountId: aliceId, createdAt: 1, expiresAt: 4_000_000_000_000 })
    await before.close()
    const path = await newBackup(url)

    await run(['account', 'totp', 'remove', 'bob', '--yes'], there)
    await run(['account', 'disable', 'bob'], there)
    await run(['account', 'remove', 'carol', '--yes'], there)
    await run(['account', 'set-password', 'alice'], { ...there, input: 'quite another password\n' })
    const storage = await openStorage({ url })
    const [key] = (await storage.signingKeys.list()).filter(({ state }) => state === 'current')
    await storage.signingKeys.revoke(key?.kid ?? '', 1)
    await storage.revokedTokens.insert('a token', 4_000_000_000_000)
    await storage.usedTokens.use('an assertion', 4_000_000_000_000)
    await storage.registeredClients.remove('reg_removed')
    await storage.recoveryCodes.use(aliceId, 'used since', 2)
    await storage.passkeys.remove({ id: 'removed since', accountId: aliceId }, { keepsOne: false })
    await storage.passkeys.use({ id: 'kept', signCount: 7, isBackedUp: true, now: 2 })
    const changed = { ...aRegisteredClient('reg_kept'), secretHash: 'another', metadata: { client_name: 'Now' } }
    await storage.registeredClients.update('reg_kept', changed, { consentsEnd: false })
    const alice = await storage.accounts.findByUsername('alice')
    await storage.grants.insert(aGrant('stolen', { accountId: alice?.id ?? '' }))
    await storage.securityNotices.revokeStolen('stolen', { because: 'code_reused', now: 1, isSent: false })
    await storage.close()

    const { stdout } = await run(['restore', path, '--replace', '--yes'], there)
    assert.match(stdout, /^2 accounts are disabled/m)
    assert.match(stdout, /1 signing key stays revoked/)
    // What happened since the backup is not forgotten.
    const { stdout: listed } = await run(['audit', 'list'], there)
    assert.match(listed, /account_disabled[\s\S]*account_removed[\s\S]*password_changed[\s\S]*database_restored/)
    assert.match((await run(['audit', 'verify'], there)).stdout, /each is as it was written/)
    const again = await openStorage({ url })
    assert.equal((await again.totps.find(aliceId))?.sealedSecret, 'sealed')
    assert.equal(await again.totps.find(bobId), undefined)
    const passkeys = await again.passkeys.ofAccount(aliceId)
    assert.deepEqual(
      passkeys.map(({ id, signCount }) => [id, signCount]),
      [['kept', 7]],
    )
    assert.equal(await again.recoveryCodes.use(aliceId, 'used since', 3), false)
    assert.equal(await again.recoveryCodes.use(aliceId, 'not used', 3), true)
    assert.deepEqual(await again.rememberedDevices.ofAccount(aliceId, 2), [])
    try {
      assert.ok((await again.accounts.findByUsername('bob'))?.disabledAt)
      assert.ok((await again.accounts.findByUsername('carol'))?.disabledAt)
      assert.equal((await again.accounts.findByUsername('alice'))?.passwordHash, alice?.passwordHash)
      assert.equal((await again.accounts.findByUsername('alice'))?.disabledAt, undefined)
      const revoked = (await again.signingKeys.list()).find(({ kid }) => kid === key?.kid)
      assert.deepEqual([revoked?.state, revoked?.revokedAt, revoked?.sealedPrivateJwk], ['withdrawn', 1, undefined])
      assert.equal(await again.registeredClients.find('reg_removed'), undefined)
      const client = await again.registeredClients.find('reg_kept')
      assert.deepEqual([client?.secretHash, client?.metadata], ['another', { client_name: 'Now' }])
      assert.equal(await again.revokedTokens.has('a token'), true)
      assert.equal(await again.usedTokens.use('an assertion', 4_000_000_000_000), false)
      const notices = await again.securityNotices.ofAccount(alice?.id ?? '', 10)
      assert.deepEqual(
        notices.map(({ id }) => id),
        ['stolen'],
      )
    } finally {
      await again.close()
    }
  })

  test('kill -9 in the middle of a restore: nothing was changed', async () => {
    const url = await databaseUrl()
    const many = freshFile()
    writeFileSync(many, gzipSync(await textOf(grants(20_000))))
    await run(['account', 'import', '-'], { ...on(url), input: `${JSON.stringify(ALICE)}\n` })
    const before = rowsOf(await newBackup(url)).join()
    const config = configFile({ url })
    const grantsIn = (lines: readonly string[]): number => lines.filter((line) => line.startsWith('["g')).length
    // While it checks, in its transaction, near its end: which is which depends on the machine.
    for (const moment of [300, 700, 1100]) {
      const child = start(['restore', many, '--replace', '--yes', '--config', config])
      const ended = new Promise((resolve) => child.once('exit', resolve))
      await Promise.race([delay(moment), ended])
      child.kill('SIGKILL')
      await ended
      // PostgreSQL may still be undoing it.
      const now = rowsOf(await newBackup(url))
      if (now.join() === before) continue
      assert.equal(grantsIn(now), 20_000, 'half of it was restored')
      break
    }
    await run(['restore', many, '--replace', '--yes'], on(url))
    assert.equal(grantsIn(rowsOf(await newBackup(url))), 20_000)
  })

  test('the sealing key that is here does not open it: told', async () => {
    const path = await newBackup()
    const url = await databaseUrl()
    const { stderr } = await run(['restore', path], { url, keys: { sealing_key: '00'.repeat(32) } })
    assert.match(stderr, /^Attention: the sealing key that is here does not open/)
    const none = { url, keys: { sealing_key_file: join(folder, 'none.key') } }
    assert.match((await run(['restore', path, '--replace', '--yes'], none)).stderr, /^Attention/)
    assert.equal(existsSync(join(folder, 'none.key')), false)
  })
}

const start = (args: readonly string[]): ChildProcess =>
  spawn(process.execPath, [join(import.meta.dirname, '../../src/cli.ts'), ...args], { stdio: 'ignore' })

/** Whole backups made by hand: `pieces` as openArchive gives them. */
async function textOf(
  pieces: AsyncIterable<Parameters<typeof backupText>[1] extends AsyncIterable<infer Piece> ? Piece : never>,
  head: Partial<Parameters<typeof backupText>[0]> = {},
): Promise<string> {
  const migrations = migrationsOf('sqlite').map(({ name }) => name)
  const parts: string[] = []
  const whole = { countersign: '0.1.0', migrations, at: '2026-11-24T12:00:00.000Z', ...head }
  for await (const part of backupText(whole, pieces, () => {})) parts.push(part)
  return parts.join('')
}

const GRANT_COLUMNS =
  'id client_id account_id session_id scopes authenticated_at amr redirect_uri code_hash code_expires_at refresh_salt refresh_generation expires_at created_at revoked_at revoked_because'

async function* grants(count: number) {
  yield { table: 'grants', columns: GRANT_COLUMNS.split(' ') }
  const { id, clientId, accountId, sessionId, redirectUri, codeHash, refreshSalt, expiresAt } = aGrant('g')
  for (let from = 0; from < count; from += 500) {
    const rows = Array.from({ length: Math.min(500, count - from) }, (_, i) => [
      `${id}${from + i}`,
      ...[clientId, accountId, sessionId, 'openid', 1, 'pwd', redirectUri, codeHash, 1, refreshSalt, 0, expiresAt, 1],
      ...[null, null],
    ])
    yield { rows }
  }
}

describe('backup and restore on SQLite', { skip: server ? false : NO_POSTGRESQL }, () => {
  onDatabase(
    async () => freshSqlite(),
    async () => (await server?.url('restored')) ?? '',
  )
})

describe('backup and restore on PostgreSQL', { skip: server ? false : NO_POSTGRESQL }, () => {
  onDatabase(
    async () => (await server?.url('backup')) ?? '',
    async () => freshSqlite(),
  )
})

describe('a backup file', () => {
  let url: string
  let path: string
  let text: string

  before(async () => {
    url = freshSqlite()
    const added = await command(['account', 'import', '-'], { url, input: `${JSON.stringify(ALICE)}\n` })
    assert.equal(added.status, 0, added.stderr)
    path = freshFile()
    const { status, stderr } = await command(['backup', path], { url })
    assert.equal(status, 0, stderr)
    assert.match(stderr, /sealing key is not in it/)
    text = gunzipSync(readFileSync(path)).toString()
  })

  test('is readable by its owner alone, and is not overwritten', async () => {
    assert.equal(statSync(path).mode & 0o777, 0o600)
    const bytes = readFileSync(path)
    const { status, stderr } = await command(['backup', path], { url })
    assert.equal(status, 1)
    assert.match(stderr, /is there already/)
    assert.deepEqual(readFileSync(path), bytes)
  })

  test('that cannot be written leaves nothing', async () => {
    const { status, stderr } = await command(['backup', join(folder, 'not-there', 'x.backup')], { url })
    assert.equal(status, 1)
    assert.match(stderr, /^countersign backup: cannot write/)
  })

  test('kill -9 in the middle: there is no file of that name', async () => {
    const directory = mkdtempSync(join(folder, 'killed-'))
    const many = { url: freshSqlite() }
    const file = freshFile()
    writeFileSync(file, gzipSync(await textOf(grants(20_000))))
    const { status, stderr } = await command(['restore', file], many)
    assert.equal(status, 0, stderr)
    const child = start(['backup', join(directory, 'x.backup'), '--config', configFile(many)])
    const ended = new Promise((resolve) => child.once('exit', resolve))
    while (!readdirSync(directory).some((name) => name.includes('partial'))) await delay(1)
    child.kill('SIGKILL')
    await ended
    assert.equal(existsSync(join(directory, 'x.backup')), false)
  })

  const faulty: Readonly<Record<string, { bytes(): Buffer | Promise<Buffer>; message: RegExp }>> = {
    'cut short': { bytes: () => readFileSync(path).subarray(0, -40), message: /cut short/ },
    'cut short inside': {
      bytes: () => gzipSync(`${text.trimEnd().split('\n').slice(0, -1).join('\n')}\n`),
      message: /cut short: its last line is missing/,
    },
    'changed by one letter': { bytes: () => gzipSync(text.replace('alice', 'alicf')), message: /checksum/ },
    'with a row less': {
      bytes: () => gzipSync(text.replace(/^\[.*\n/m, '')),
      message: /checksum/,
    },
    'with something after its end': { bytes: () => gzipSync(`${text}[]\n`), message: /follows its last line/ },
    'that is something else': { bytes: () => Buffer.from('Dear diary'), message: /damaged, or no backup/ },
    'that is other JSON': { bytes: () => gzipSync('{"a":1}\n'), message: /no backup of Countersign/ },
    empty: { bytes: () => gzipSync(''), message: /empty/ },
    'of a newer format': {
      bytes: () => gzipSync(text.replace('"version":1', '"version":2')),
      message: /a newer Countersign \(0\.1\.0\) wrote it/,
    },
    'of a newer version': {
      bytes: async () =>
        gzipSync(await textOf(grants(1), { migrations: ['29990101000000_newer'], countersign: '9.0.0' })),
      message: /a newer Countersign \(9\.0\.0\) wrote it, .*29990101000000_newer/,
    },
  }
  for (const [name, { bytes, message }] of Object.entries(faulty)) {
    test(`${name} is refused before anything is opened`, async () => {
      const bad = freshFile()
      writeFileSync(bad, await bytes())
      const url = freshSqlite()
      const { status, stderr } = await command(['restore', bad], { url })
      assert.equal(status, 1)
      assert.match(stderr, message)
      assert.match(stderr, /^countersign restore: [^\n]*\n$/)
      assert.equal(existsSync(url.slice('file:'.length)), false)
    })
  }

  test('of an older version is taken: what it lacks gets its default, what is gone since is left out', async () => {
    async function* older() {
      yield { table: 'a_table_of_old', columns: ['x'] }
      yield { rows: [[1]] }
      for await (const piece of grants(3)) yield piece
    }
    const old = freshFile()
    writeFileSync(old, gzipSync(await textOf(older(), { migrations: ['20261123000000_init'] })))
    const url = freshSqlite()
    const { status, stderr } = await command(['restore', old], { url })
    assert.equal(status, 0, stderr)
    const storage = await openStorage({ url })
    assert.equal((await storage.grants.find('g2'))?.grant.nonce, undefined)
    await storage.close()
  })

  test('a database that is not there is not made by a backup', async () => {
    const url = freshSqlite()
    const { status, stderr } = await command(['backup', freshFile()], { url })
    assert.equal(status, 1)
    assert.match(stderr, /there is no database at/)
    assert.equal(existsSync(url.slice('file:'.length)), false)
  })

  for (const args of [
    ['restore'],
    ['restore', 'a', 'b'],
    ['restore', '-'],
    ['backup', 'a', 'b'],
    ['backup', '--what'],
  ]) {
    test(`wrong usage: ${args.join(' ')}`, async () => {
      const { status, stderr } = await command(args, { url })
      assert.equal(status, 2)
      assert.match(stderr, /^countersign (backup|restore): /)
    })
  }
})
