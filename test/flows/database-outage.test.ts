/** The database goes away under load and comes back: every answer is true or a clear 503, and nothing answered is lost. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { sha256 } from '../../src/base/hash.ts'
import {
  type CountersignProcess,
  countersignInstallation,
  type Installation,
  newClientSecret,
} from '../fixtures/countersign.ts'
import { formOf, type HttpBrowser, httpBrowser, type Page } from '../fixtures/http-browser.ts'
import { NO_POSTGRESQL } from '../fixtures/postgresql.ts'
import { withoutErrorId } from '../fixtures/refusals.ts'
import { stoppablePostgresql } from '../fixtures/stoppable-postgresql.ts'

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
const API_SECRET = newClientSecret()
const API = {
  client_id: 'api',
  client_secret: API_SECRET,
  token_endpoint_auth_method: 'client_secret_post',
  grant_types: ['client_credentials'],
  introspection: 'any',
}

// Commits are not synchronous unless a session of ours says so.
const postgresql = await stoppablePostgresql(['synchronous_commit=off'])

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, string>
}

describe('PostgreSQL goes away for a while', { skip: postgresql ? false : NO_POSTGRESQL }, () => {
  let installation: Installation
  let countersign: CountersignProcess
  const browser: HttpBrowser = httpBrowser()
  after(async () => {
    await installation?.remove()
    await postgresql?.remove()
  })

  before(async () => {
    if (postgresql === undefined) return
    const database = { url: postgresql.url, max_connections: 4, connect_timeout: '500ms', statement_timeout: '500ms' }
    const lifetimes = { refresh_retry_window: '2m', authorization_code: '5m' }
    installation = await countersignInstallation({ clients: [SPA, API], config: { database, lifetimes } })
    countersign = await installation.start()
    await installation.addAccounts(ALICE)
    await browser.authorize(authorizeUrl(), ALICE)
  })

  function authorizeUrl(more: Readonly<Record<string, string>> = {}): string {
    const query = {
      client_id: 'spa',
      redirect_uri: CALLBACK,
      response_type: 'code',
      scope: 'openid offline_access',
      code_challenge: sha256(VERIFIER),
      code_challenge_method: 'S256',
      ...more,
    }
    return `${countersign.origin}/authorize?${new URLSearchParams(query)}`
  }

  async function post(path: string, fields: Readonly<Record<string, string>>): Promise<Answer> {
    const response = await fetch(countersign.origin + path, { method: 'POST', body: new URLSearchParams(fields) })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) }
  }

  const redeem = (code: string) =>
    post('/token', {
      grant_type: 'authorization_code',
      client_id: 'spa',
      code,
      redirect_uri: CALLBACK,
      code_verifier: VERIFIER,
    })
  const refresh = (token = '') =>
    post('/token', { grant_type: 'refresh_token', client_id: 'spa', refresh_token: token })
  const introspect = (token = '') => post('/introspect', { client_id: 'api', client_secret: API_SECRET, token })
  const userinfo = (token = '') =>
    fetch(`${countersign.origin}/userinfo`, { headers: { authorization: `Bearer ${token}` } })
  const newCode = async (): Promise<string | undefined> =>
    (await browser.authorize(authorizeUrl({ prompt: 'none' }))).fields.get('code') ?? undefined

  /** Signs on again and again, as an app does that tries again after a 503; gives what was acknowledged. */
  function trickle(): { stop(): Promise<{ refreshTokens: readonly string[]; refusals: number; spent: number }> } {
    const refreshTokens: string[] = []
    let refusals = 0
    let spent = 0
    let isOver = false
    const running = (async () => {
      while (!isOver) {
        const code = await newCode()
        let answer = code === undefined ? undefined : await redeem(code)
        while (answer?.status === 503 && code !== undefined) {
          refusals++
          await delay(50)
          answer = await redeem(code)
        }
        if (answer === undefined) refusals++
        // 400: the code was consumed, and the answer that said so was lost. Whoever holds the tokens of it, it is nobody.
        else if (answer.status === 400) spent++
        else assert.equal(answer.status, 200, JSON.stringify(answer.body))
        if (answer?.status === 200) refreshTokens.push(answer.body['refresh_token'] ?? '')
        await delay(20)
      }
    })()
    return {
      async stop() {
        isOver = true
        await running
        return { refreshTokens, refusals, spent }
      },
    }
  }

  function assertPage503(page: Page, tryAgain: string): void {
    assert.equal(page.status, 503, page.body)
    assert.match(page.headers.get('content-type') ?? '', /^text\/html/)
    assert.ok(Number(page.headers.get('retry-after')) > 0)
    assert.match(page.body, /short break/)
    assert.match(page.body, /give this id: <code>[0-9a-z-]{9}<\/code>/)
    assert.ok(page.body.includes(`href="${tryAgain}`), page.body)
  }

  function assertJson503({ status, headers, body }: Answer): void {
    assert.deepEqual(
      { status, body: { ...body, error_description: withoutErrorId(body['error_description']) } },
      {
        status: 503,
        body: { error: 'temporarily_unavailable', error_description: 'try again in a few seconds' },
      },
    )
    assert.ok(Number(headers.get('retry-after')) > 0)
    assert.equal(headers.get('www-authenticate'), null)
  }

  const outages = {
    'it crashes': { begin: () => postgresql?.crash(), end: () => postgresql?.start() },
    'it does not answer any more': { begin: () => postgresql?.freeze(), end: () => postgresql?.thaw() },
  }

  for (const [name, outage] of Object.entries(outages)) {
    test(`${name}: clear 503s meanwhile, and all is well afterwards`, async () => {
      const linesBefore = countersign.log().length
      const held = (await redeem((await newCode()) ?? '')).body
      const code = (await newCode()) ?? ''
      const signIn = await httpBrowser().open(authorizeUrl())
      const stranger = httpBrowser()
      const signInPage = await stranger.open(authorizeUrl())
      const { action, fields } = formOf(signInPage, '/password')
      const load = trickle()
      await delay(200)
      await outage.begin()

      // One after another: while nothing answers, each waits for its time-out.
      const pages = await Promise.all([
        browser.get(authorizeUrl({ state: 'mine' })),
        httpBrowser().get(signIn.url),
        stranger.post(action, { ...fields, ...ALICE }),
        browser.get(`${countersign.origin}/end-session`),
        browser.get(`${countersign.origin}/`),
      ])
      assertPage503(pages[0], '/authorize?')
      assertPage503(pages[1], signIn.url.pathname)
      assertPage503(pages[2], signInPage.url.pathname)
      assertPage503(pages[3], '/end-session')
      assertPage503(pages[4], '/')
      const silent = await browser.get(authorizeUrl({ prompt: 'none', state: 'mine' }))
      const told = new URL(silent.headers.get('location') ?? '').searchParams
      assert.deepEqual([silent.status, told.get('error'), told.get('state')], [303, 'temporarily_unavailable', 'mine'])
      for (const answer of await Promise.all([
        redeem(code),
        refresh(held['refresh_token']),
        introspect(held['access_token']),
        introspect(held['refresh_token']),
        post('/revoke', { client_id: 'spa', token: held['refresh_token'] ?? '' }),
      ])) {
        assertJson503(answer)
      }
      const info = await userinfo(held['access_token'])
      assertJson503({ status: info.status, headers: info.headers, body: JSON.parse(await info.text()) })
      for (const path of ['/jwks', '/.well-known/openid-configuration', '/livez']) {
        assert.equal((await fetch(countersign.origin + path)).status, 200, path)
      }
      const needsNothing = await post('/token', {
        grant_type: 'client_credentials',
        client_id: 'api',
        client_secret: API_SECRET,
      })
      assert.equal(needsNothing.status, 200)

      await outage.end()
      const back = Date.now()
      let again = await refresh(held['refresh_token'])
      while (again.status === 503) {
        assert.ok(Date.now() - back < 5000, 'not back after five seconds')
        await delay(50)
        again = await refresh(held['refresh_token'])
      }
      assert.equal(again.status, 200, JSON.stringify(again.body))
      await delay(1200)
      const { refreshTokens, refusals, spent } = await load.stop()
      assert.ok(refusals > 0, 'the load did not notice')
      // A frozen server may have been asked to redeem it before it was given up on: then it is spent, and says so.
      const late = await redeem(code)
      assert.ok(late.status === 200 || (late.status === 400 && late.body['error'] === 'invalid_grant'))
      assert.equal((await userinfo(again.body['access_token'])).status, 200)
      assert.equal((await introspect(again.body['refresh_token'])).body['active'], true)
      assert.ok(await newCode(), 'the session is lost')
      assert.ok(refreshTokens.length > 5)
      for (const token of refreshTokens)
        assert.equal((await refresh(token)).status, 200, 'an acknowledged grant is lost')

      const lines = countersign.log().slice(linesBefore)
      const said = (message: string) => lines.filter((line) => String(line['msg']).startsWith(message))
      // Once; or, on a machine so busy that the first answers after it were late again, each time that it came back.
      const [away, returned] = [said('the database cannot be asked'), said('the database answers again')]
      assert.ok(away.length >= 1 && away.length <= 3 && away[0]?.['err'])
      assert.equal(returned.length, away.length)
      for (const [at, line] of returned.entries())
        assert.ok(at === 0 || lines.indexOf(line) > lines.indexOf(away[at] ?? {}))
      const refused = said('request refused').filter((line) => line['status'] === 503)
      assert.ok(refused.length >= 11)
      for (const line of refused) assert.ok(!JSON.stringify(line).includes('stack'))
      assert.deepEqual(said('request failed'), [])
      // Nothing else repeats what the one line has said: not the jobs, not their leases, not the keys.
      const isKnown = ({ msg, because }: Record<string, unknown>): boolean =>
        /^(the database|request refused)/.test(String(msg)) ||
        ((late.status === 400 || spent > 0) && because === 'code_reused')
      const others = lines.filter((line) => Number(line['level']) >= 40 && !isKnown(line))
      assert.deepEqual(others, [])
    })
  }

  test('our sessions commit durably and READ COMMITTED, whatever the server’s defaults are', async () => {
    const { openStorage } = await import('../../src/storage/prisma/client.ts')
    const url = postgresql?.url ?? ''
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    const warned: object[] = []
    const log = { debug() {}, info() {}, error() {}, warn: (fields: object) => void warned.push(fields) }
    const storage = await openStorage({ url }, log)
    try {
      await client.query(`ALTER ROLE countersign SET default_transaction_isolation = 'serializable'`)
      await storage.ping()
      const settings = await pgSettings(url)
      assert.deepEqual(settings, { synchronous_commit: 'on', transaction_isolation: 'read committed' })
      // initdb's defaults are safe.
      assert.deepEqual(warned, [])
    } finally {
      await client.query('ALTER ROLE countersign RESET default_transaction_isolation')
      await client.end()
      await storage.close()
    }
  })
})

async function pgSettings(url: string): Promise<Record<string, unknown>> {
  const { postgresqlAdapterFactory } = await import('../../src/storage/prisma/postgresql-adapter.ts')
  const { parseDatabaseUrl } = await import('../../src/storage/prisma/database-url.ts')
  const parsed = parseDatabaseUrl(url)
  assert.equal(parsed.kind, 'postgresql')
  const adapter = await postgresqlAdapterFactory(parsed).connect()
  try {
    const sql = `SELECT current_setting('synchronous_commit') AS synchronous_commit, current_setting('transaction_isolation') AS transaction_isolation`
    const { columnNames, rows } = await adapter.queryRaw({ sql, args: [], argTypes: [] })
    return Object.fromEntries(columnNames.map((name, i) => [name, rows[0]?.[i]]))
  } finally {
    await adapter.dispose()
  }
}
