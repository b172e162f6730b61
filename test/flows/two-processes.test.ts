/** Two real processes on one database, killed and ended at the worst moments, and the faults that stop a start. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { type ClientRequest, request } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { sha256 } from '../../src/base/hash.ts'
import {
  type CountersignProcess,
  countersignInstallation,
  type Installation,
  newClientSecret,
  runCommand,
} from '../fixtures/countersign.ts'
import { freePort } from '../fixtures/free-port.ts'
import { formOf, type HttpBrowser, httpBrowser } from '../fixtures/http-browser.ts'
import { NO_POSTGRESQL, type PostgresqlServer, startPostgresql } from '../fixtures/postgresql.ts'

const ALICE = { username: 'alice', password: 'correct horse battery staple' }
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

async function postToken({ origin }: CountersignProcess, fields: Readonly<Record<string, string>>) {
  const response = await fetch(`${origin}/token`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: 'spa', ...fields }),
  })
  const body: Record<string, string> = JSON.parse(await response.text())
  return { status: response.status, body }
}

const redeem = (at: CountersignProcess, code: string) =>
  postToken(at, { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: VERIFIER })
const refresh = (at: CountersignProcess, token: string) =>
  postToken(at, { grant_type: 'refresh_token', refresh_token: token })

async function newCode(at: CountersignProcess, browser: HttpBrowser = httpBrowser()): Promise<string> {
  const { fields } = await browser.authorize(authorizeAt(at), ALICE)
  const code = fields.get('code')
  assert.ok(code, `no code but ${fields}`)
  return code
}

function beginPost(url: string): ClientRequest {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', expect: '100-continue' }
  const begun = request(url, { method: 'POST', headers, agent: false })
  begun.flushHeaders()
  return begun
}

function isListening({ origin }: CountersignProcess): Promise<boolean> {
  return fetch(`${origin}/livez`, { headers: { connection: 'close' } }).then(
    () => true,
    () => false,
  )
}

/** `databaseUrl` undefined: a SQLite file. */
function onOneDatabase(databaseUrl: () => Promise<string | undefined>): void {
  let countersign: Installation
  let one: CountersignProcess
  let other: CountersignProcess
  let otherPort: number

  before(async () => {
    const url = await databaseUrl()
    countersign = await countersignInstallation({ clients: [SPA], ...(url && { databaseUrl: url }) })
    otherPort = await freePort()
    // Both at once, on an empty database: who comes first makes the tables and the keys.
    ;[one, other] = await Promise.all([countersign.start(), countersign.start({ port: otherPort })])
    await countersign.addAccounts(ALICE)
  })
  after(() => countersign?.remove())

  test('both make the same key set, and accept each other’s tokens', async () => {
    const sets = await Promise.all([one, other].map(async ({ origin }) => (await fetch(`${origin}/jwks`)).text()))
    assert.equal(sets[0], sets[1])
    assert.equal(JSON.parse(sets[0] ?? '').keys.length, 4)
    const { body } = await redeem(one, await newCode(one))
    const answer = await fetch(`${other.origin}/userinfo`, {
      headers: { authorization: `Bearer ${body['access_token']}` },
    })
    assert.equal(answer.status, 200)
  })

  test('[RFC6749 4.1.2] of 50 redemptions of one code, spread over both, exactly one gets tokens', async () => {
    const code = await newCode(one)
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => redeem(i % 2 === 0 ? one : other, code)))
    const good = answers.filter(({ status }) => status === 200)
    assert.equal(good.length, 1)
    const refused = answers.filter(({ status, body }) => status === 400 && body['error'] === 'invalid_grant')
    assert.equal(refused.length, 49)
    // Somebody else had the code, so what it gave is worth nothing any more.
    const after = await refresh(other, good[0]?.body['refresh_token'] ?? '')
    assert.equal(after.body['error'], 'invalid_grant')
  })

  test('[RFC9700 4.14.2] 20 refreshes at once, spread over both, agree on one successor', async () => {
    const { body } = await redeem(one, await newCode(other))
    const token = body['refresh_token'] ?? ''
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => refresh(i % 2 === 0 ? one : other, token)))
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
    assert.equal(new Set(answers.map((answer) => answer.body['refresh_token'])).size, 1)
  })

  test('signed in at one, the other does not ask', async () => {
    const browser = httpBrowser()
    await browser.authorize(authorizeAt(one), ALICE)
    const { fields } = await browser.authorize(authorizeAt(other, { prompt: 'none' }))
    assert.ok(fields.get('code'), `${fields}`)
  })

  test('kill -9 in the middle of a sign-in: the other finishes it', async () => {
    const browser = httpBrowser()
    const page = await browser.open(authorizeAt(one, { state: 'mine' }))
    await one.kill()
    const { action, fields } = formOf(page, '/password')
    const answer = await browser.post(new URL(action.pathname, other.origin), { ...fields, ...ALICE })
    const { fields: got } = await browser.authorize(new URL(answer.headers.get('location') ?? '', other.origin))
    assert.equal(got.get('state'), 'mine')
    assert.equal((await redeem(other, got.get('code') ?? '')).status, 200)
    one = await countersign.start()
  })

  test('kill -9 right after a code or a refresh token was answered: it is good after the restart', async () => {
    const code = await newCode(one)
    await one.kill()
    one = await countersign.start()
    const first = await redeem(one, code)
    assert.equal(first.status, 200)
    const second = await refresh(one, first.body['refresh_token'] ?? '')
    await one.kill()
    one = await countersign.start()
    const third = await refresh(one, second.body['refresh_token'] ?? '')
    assert.equal(third.status, 200)
    // That the first was used is not forgotten either.
    assert.equal((await refresh(one, first.body['refresh_token'] ?? '')).body['error'], 'invalid_grant')
  })

  test('`account set-password` ends what another process has begun', async () => {
    const browser = httpBrowser()
    const { body } = await redeem(one, await newCode(one, browser))
    const done = await countersign.run(['account', 'set-password', 'alice'], { input: `${ALICE.password}\n` })
    assert.equal(done.status, 0, done.stderr)
    const { fields } = await browser.authorize(authorizeAt(other, { prompt: 'none' }))
    assert.equal(fields.get('error'), 'login_required')
    assert.equal((await refresh(other, body['refresh_token'] ?? '')).body['error'], 'invalid_grant')
  })

  test('SIGTERM: what is under way is answered, then both end with status 0 and without a stack', async () => {
    const underWay = beginPost(`${one.origin}/token`)
    // The headers are there when the server asks for the body (RFC 9110 §10.1.1).
    await once(underWay, 'continue')
    const ended = Promise.all([one.stop(), other.stop()])
    while (await isListening(one)) await delay(10)
    underWay.end('grant_type=refresh_token&refresh_token=x&client_id=spa')
    const [response] = await once(underWay, 'response')
    assert.equal(response.statusCode, 400)
    response.resume()
    assert.deepEqual(await ended, [0, 0])
    for (const each of [one, other]) {
      assert.doesNotMatch(each.output(), /\n\s+at /)
      assert.deepEqual(
        each.log().filter(({ level }) => Number(level) >= 50),
        [],
      )
    }
  })
}

describe('two processes on one SQLite file', () => {
  onOneDatabase(async () => undefined)
})

const postgresql: PostgresqlServer | undefined = await startPostgresql()

describe('two processes on one PostgreSQL database', { skip: postgresql ? false : NO_POSTGRESQL }, () => {
  after(() => postgresql?.stop())
  onOneDatabase(async () => postgresql?.url('flows'))
})

describe('what keeps Countersign from starting is said in one clear line', () => {
  let countersign: Installation

  before(async () => {
    countersign = await countersignInstallation({ clients: [SPA] })
    const running = await countersign.start()
    assert.equal(await running.stop(), 0)
  })
  after(() => countersign?.remove())

  /** Exit status 1, nothing on standard output but the log, and one line that is the operator's to act on. */
  async function failsToStart(words: RegExp, config: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const { status, stdout, stderr } = await countersign.run(['serve'], { config })
    assert.equal(status, 1, stdout + stderr)
    assert.match(stderr, words)
    assert.doesNotMatch(stderr + stdout, /\n\s+at |node:internal|Error:/)
    assert.equal(stderr.trimEnd().split('\n').length, 1, stderr)
    return stdout + stderr
  }

  test('a sealing key that is not the one of the database', async () => {
    const path = join(countersign.folder, 'keys/another.key')
    await writeFile(path, newClientSecret(), { mode: 0o600 })
    await failsToStart(/sealing key/, { keys: { sealing_key_file: 'keys/another.key' } })
  })

  test('a sealing key that is gone: never a new one', async () => {
    await failsToStart(/sealing key/, { keys: { sealing_key_file: 'keys/gone.key' } })
    assert.equal(existsSync(join(countersign.folder, 'keys/gone.key')), false)
  })

  test('a taken port', async () => {
    const squatter = createServer()
    await new Promise<void>((resolve) => squatter.listen(countersign.port, '127.0.0.1', resolve))
    try {
      await failsToStart(new RegExp(`Port ${countersign.port} on 127.0.0.1 is taken`))
    } finally {
      await new Promise((resolve) => squatter.close(resolve))
    }
  })

  test('a PostgreSQL server that is not there; its password is not repeated', async () => {
    const url = `postgresql://someone:hunter2-hunter2@127.0.0.1:${await freePort()}/countersign`
    const said = await failsToStart(/cannot open the database postgresql:\/\/127\.0\.0\.1/, { database: { url } })
    assert.doesNotMatch(said, /hunter2/)
  })

  test('no configuration', async () => {
    const { status, stdout, stderr } = await runCommand(['serve', '--config', '/nowhere/countersign.yaml'])
    assert.equal(status, 1)
    assert.equal(stdout, '')
    assert.match(stderr, /\/nowhere\/countersign\.yaml/)
    assert.doesNotMatch(stderr, /\n\s+at /)
  })
})
