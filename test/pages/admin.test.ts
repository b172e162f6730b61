/** The pages for admins: who is let in, what each of them shows, and what may be done there. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { LightMyRequestResponse } from 'fastify'
import { DAY, HOUR, MINUTE } from '../../src/base/duration.ts'
import type { AdminConfig } from '../../src/config/config.ts'
import { overview } from '../../src/pages/admin/overview.ts'
import type { AdminRequest } from '../../src/pages/admin/page.ts'
import { aClient, aPublicClient } from '../fixtures/client.ts'
import { unescapeHtml } from '../fixtures/html.ts'
import { addTotp, enterCode } from '../fixtures/second-factor.ts'
import { PASSWORD, type TestApp, testApp } from '../fixtures/test-app.ts'
import { authorizeQuery, formToken, locationOf, type TestBrowser, testBrowser } from '../fixtures/test-browser.ts'
import { shownErrorId } from '../fixtures/test-pages.ts'
import { aDelivery } from '../storage/records.ts'
import { aRefusal } from '../storage/refusals.ts'

const ADMIN: AdminConfig = { groups: ['ops', 'admins'], maxAge: HOUR, hasActions: false }
const HOSTILE = '"><script>alert(1)</script>\u202Egnp.exe\u0007'
const PAGES = ['', '/clients', '/people', '/keys', '/deliveries', '/refusals']

/** A server with an admin, root; and Alice, who is none. */
async function started(admin: AdminConfig | undefined = ADMIN, options = {}): Promise<TestApp> {
  const app = await testApp({ config: { admin }, clients: [aClient(), aPublicClient()], ...options })
  await app.addAccount()
  await app.addAccount({ username: 'root', claims: { name: 'Root Example', groups: ['staff', 'ops'] } })
  return app
}

/** From the page that was asked for, through the sign-in page, to where that leads. */
async function signInFor(
  browser: TestBrowser,
  url: string,
  credentials: { username?: string; password?: string } = {},
): Promise<string> {
  const path = locationOf(await browser.get(url))
  const csrf = formToken(await browser.get(path))
  const { username = 'root', password = PASSWORD } = credentials
  const answer = await browser.post(`${path}/password`, { csrf, username, password })
  return locationOf(await browser.get(locationOf(answer)))
}

async function adminBrowser(app: TestApp): Promise<TestBrowser> {
  const browser = testBrowser(app.app)
  await signInFor(browser, '/admin')
  return browser
}

const text = (page: LightMyRequestResponse): string => {
  assert.equal(page.statusCode, 200, page.body.slice(0, 500))
  return unescapeHtml(page.body.replace(/<style>.*?<\/style>/s, '').replace(/<[^>]*>/g, ' ')).replace(/\s+/g, ' ')
}

const linkIn = (page: LightMyRequestResponse, pattern: RegExp): string | undefined => {
  const found = pattern.exec(page.body)?.[1]
  return found && unescapeHtml(found)
}

/** What every answer says, but for what differs each time. */
const anonymous = ({ statusCode, headers, body }: LightMyRequestResponse) => {
  const { date: _, 'content-length': _length, ...rest } = headers
  return { statusCode, rest, body: body.replace(/[0-9a-z]{4}-[0-9a-z]{4}<\/code>/, 'ID</code>') }
}

describe('an admin whose group needs a second factor', () => {
  const secondFactor = { requiredOf: 'nobody', requiredGroups: ['ops'], rememberDevice: 0, isOffered: true } as const
  let app: TestApp
  before(async () => {
    app = await started(ADMIN, { config: { admin: ADMIN, secondFactor } })
  })
  after(() => app.close())

  test('proves it first, also in a session that began before, and then sees the page', async () => {
    const root = await app.storage.accounts.findByUsername('root')
    assert.ok(root)
    const browser = testBrowser(app.app)
    const path = locationOf(await browser.get('/admin/clients'))
    const csrf = formToken(await browser.get(path))
    await browser.post(`${path}/password`, { csrf, username: 'root', password: PASSWORD })
    assert.match((await browser.get(path)).body, /Set up a second step/)
    assert.match(locationOf(await browser.get('/admin/clients')), /^\/sign-in\//)
    const phone = await addTotp(app, root)
    assert.equal(locationOf(await enterCode(browser, path, phone.code())), path)
    assert.equal(locationOf(await browser.get(path)), '/admin/clients')
    assert.equal((await browser.get('/admin/clients')).statusCode, 200)
    // As if the rule had come later.
    const [session] = await app.storage.sessions.ofAccount(root.id, { now: app.clock.now(), limit: 1 })
    assert.ok(session)
    await app.storage.sessions.renew(session.id, { ...session, amr: ['pwd'] })
    const weak = locationOf(await browser.get('/admin/clients'))
    assert.match((await browser.get(weak)).body, /name="code"/)
  })
})

describe('who may see the pages for admins', () => {
  let app: TestApp
  before(async () => {
    app = await started()
  })
  after(() => app.close())

  for (const path of [...PAGES, '/client?id=app', '/account?id=x', '/refusal?id=x']) {
    test(`nobody who is not signed in: /admin${path} leads to the sign-in page, and from there back`, async () => {
      const browser = testBrowser(app.app)
      const url = `/admin${path}`
      assert.equal((await browser.get(url)).statusCode, 303)
      assert.match(locationOf(await browser.get(url)), /^\/sign-in\//)
      assert.equal(await signInFor(browser, url), url)
    })

    test(`nobody who is in none of the groups: /admin${path} is what an unknown address is`, async () => {
      const browser = testBrowser(app.app)
      await browser.signIn()
      const known = anonymous(await browser.get(`/admin${path}`))
      const unknown = anonymous(await browser.get('/admin/none'))
      assert.equal(known.statusCode, 404)
      assert.deepEqual(known, unknown)
      assert.deepEqual(known, anonymous(await browser.get('/nothing-at-all')))
    })
  }

  test('no other method tells them either that something is there', async () => {
    const browser = testBrowser(app.app)
    await browser.signIn()
    for (const url of ['/admin', '/admin/account/sign-out?id=x', '/admin/none']) {
      assert.deepEqual(anonymous(await browser.post(url, {})), anonymous(await browser.post('/none', {})), url)
      const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const put = await app.app.inject({ method: 'PUT', url, headers: { cookie, accept: 'text/html' } })
      assert.equal(put.statusCode, 404)
      assert.equal(put.headers.allow, undefined)
    }
  })

  test('whoever knocks in vain is in the refusals by name', async () => {
    const browser = testBrowser(app.app)
    await browser.signIn()
    await browser.get('/admin/keys')
    await app.deps.refusals.flush()
    const kept = await app.storage.refusals.list({ clientId: undefined, check: 'not_found', limit: 50 })
    const alice = await app.storage.accounts.findByUsername('alice')
    assert.ok(kept.some(({ came, accountId }) => came === 'GET /admin/keys' && accountId === alice?.id))
  })

  test('a session that began too long ago signs in again, as the same or as somebody else', async () => {
    const browser = await adminBrowser(app)
    assert.equal((await browser.get('/admin')).statusCode, 200)
    app.clock.advance(HOUR)
    assert.equal((await browser.get('/admin')).statusCode, 200)
    app.clock.advance(1)
    const path = locationOf(await browser.get('/admin/keys'))
    const page = await browser.get(path)
    assert.match(page.body, /Confirm it’s you/)
    assert.match(page.body, /value="root"[^>]* readonly/)
    const other = await browser.post(`${path}/account`, { csrf: formToken(page, '/account'), answer: 'other' })
    assert.match((await browser.get(locationOf(other))).body, /<h1>Sign in to/)
    const csrf = formToken(page, '/password')
    await browser.post(`${path}/password`, { csrf, username: 'root', password: PASSWORD })
    assert.equal(locationOf(await browser.get(path)), '/admin/keys')
    assert.equal((await browser.get('/admin/keys')).statusCode, 200)
  })

  test('a wrong password in between leads nowhere', async () => {
    const browser = testBrowser(app.app)
    const path = locationOf(await browser.get('/admin'))
    const csrf = formToken(await browser.get(path))
    const wrong = await browser.post(`${path}/password`, { csrf, username: 'root', password: 'wrong' })
    assert.equal(wrong.statusCode, 400)
    assert.match(locationOf(await browser.get('/admin')), /^\/sign-in\//)
  })

  test('who is no admin comes back to what an unknown address is', async () => {
    const browser = testBrowser(app.app)
    assert.equal(await signInFor(browser, '/admin', { username: 'alice' }), '/admin')
    assert.equal((await browser.get('/admin')).statusCode, 404)
  })

  test('an account that is disabled, or a session that was ended elsewhere, is out at once', async () => {
    const account = await app.addAccount({ username: 'gone', claims: { groups: ['admins'] } })
    const browser = testBrowser(app.app)
    await signInFor(browser, '/admin', { username: 'gone' })
    assert.equal((await browser.get('/admin')).statusCode, 200)
    await app.storage.accounts.setDisabled(account.id, app.clock.now(), app.clock.now())
    assert.match(locationOf(await browser.get('/admin')), /^\/sign-in\//)
    await app.storage.accounts.setDisabled(account.id, undefined, app.clock.now())
    assert.equal((await browser.get('/admin')).statusCode, 200)
    await app.storage.sessions.endByAccount(account.id, app.clock.now())
    assert.match(locationOf(await browser.get('/admin')), /^\/sign-in\//)
  })

  test('tokens make nobody an admin: only the session of the browser counts', async () => {
    const browser = testBrowser(app.app)
    const answer = await browser.signIn(authorizeQuery(), { username: 'root' })
    assert.ok(answer.searchParams.get('code'))
    for (const authorization of ['Bearer x', `Bearer ${answer.searchParams.get('code')}`]) {
      const response = await app.app.inject({ url: '/admin', headers: { authorization, accept: 'text/html' } })
      assert.equal(response.statusCode, 303)
      assert.match(locationOf(response), /^\/sign-in\//)
    }
  })

  test('without the section nothing is there', async () => {
    const off = await testApp()
    try {
      await off.addAccount({ username: 'root', claims: { groups: ['ops'] } })
      const browser = testBrowser(off.app)
      assert.equal((await browser.get('/admin')).statusCode, 404)
      await browser.signIn(authorizeQuery(), { username: 'root' })
      assert.equal((await browser.get('/admin')).statusCode, 404)
    } finally {
      await off.close()
    }
  })
})

describe('what they show', () => {
  let app: TestApp
  let browser: TestBrowser
  before(async () => {
    app = await started()
    browser = await adminBrowser(app)
    await testBrowser(app.app).signIn()
  })
  after(() => app.close())

  test('each is one small document under a strict policy, stored nowhere and listed nowhere', async () => {
    for (const path of PAGES) {
      const page = await browser.get(`/admin${path}`)
      assert.equal(page.statusCode, 200)
      assert.ok(page.body.length < 14_000)
      const { headers } = page
      assert.equal(headers['cache-control'], 'no-store')
      assert.equal(headers['x-frame-options'], 'DENY')
      const policy = String(headers['content-security-policy'])
      assert.match(
        policy,
        /^default-src 'none'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; style-src 'sha256-[^']+'$/,
      )
      assert.match(page.body, /<meta name="robots" content="noindex, nofollow">/)
      assert.doesNotMatch(page.body, /<script/)
      assert.match(page.body, /aria-current="page"/)
    }
  })

  test('each look is told to the audit: who, which page, and whom or what it was about', async () => {
    const alice = await app.storage.accounts.findByUsername('alice')
    const root = await app.storage.accounts.findByUsername('root')
    await browser.get(`/admin/account?id=${alice?.id}`)
    const { audit, accountId, page, about } = app.logged.findLast((line) => 'audit' in line) ?? {}
    assert.deepEqual(
      { audit, accountId, page, about },
      { audit: 'admin_opened', accountId: root?.id, page: '/account', about: alice?.id },
    )
  })

  test('the overview: instances and their revisions, the configuration, the database, keys, deliveries, refusals', async () => {
    const at = app.clock.now()
    const report = { label: 'host 1', revision: '0123456789ab', startedAt: at - DAY, seenAt: at }
    await app.storage.instances.report({ id: 'a', ...report })
    await app.storage.instances.report({ id: 'b', ...report, label: 'host 2', revision: 'ffffffffffff' })
    await app.storage.instances.report({ id: 'c', ...report, label: 'host 3', seenAt: at - HOUR })
    await app.storage.refusals.insert([aRefusal('r', { at: at - MINUTE, more: 4 })])
    const shown = text(await browser.get('/admin'))
    for (const words of [
      'host 1 0123456789ab started 24 h ago seen just now',
      'ffffffffffff, not the one here',
      'host 3 0123456789ab started 24 h ago seen 60 min ago: it went without a word',
      'They run different configurations',
      'Last change none since the start',
      'SQLite',
      'State all is well',
      'RS256',
      '0 waiting',
      'code_expired 5 times',
    ])
      assert.ok(shown.includes(words), `${words} in ${shown}`)
  })

  test('the overview: a change that needs a restart is told by its keys, and no fault is looked for', async () => {
    const last = { outcome: 'refused', at: app.clock.now(), faults: [], needsRestart: ['listen.port'] } as const
    const reloads = { state: () => ({ ...app.deps.reloads.state(), last }) }
    const asked = { deps: { ...app.deps, reloads }, now: app.clock.now() } as unknown as AdminRequest
    const shown = JSON.stringify(await overview(asked))
    assert.match(shown, /refused: listen\.port, just now/)
    assert.match(shown, /stays in force\. Only a restart can change this\./)
    assert.doesNotMatch(shown, /countersign check/)
  })

  test('clients: those of the file with their use, and each one’s entry without a secret', async () => {
    const used = { clientId: 'app', kind: 'sign_on', redirectUri: 'https://app.example/callback' } as const
    const lastAt = app.clock.now()
    await app.storage.clientUses.add([
      { ...used, day: lastAt - DAY, count: 30, lastAt },
      { ...used, day: lastAt - 30 * DAY, count: 500, lastAt: lastAt - 30 * DAY },
    ])
    const shown = text(await browser.get('/admin/clients'))
    assert.match(shown, /app client_secret_basic 1 live sign-on 30 uses in a week used just now/)
    assert.match(shown, /spa public 0 live sign-ons 0 uses in a week used never/)
    const page = await browser.get('/admin/client?id=app')
    const entry = text(page)
    for (const words of [
      'It has an entry in the configuration',
      'https://app.example/callback',
      'secrets 1, not shown',
      '1 live sign-on',
    ])
      assert.ok(entry.includes(words), `${words} in ${entry}`)
    for (const secret of app.deps.clients
      .list()
      .flatMap((one) => [...one.secretHashes, one.sharedSecret ?? 'none-at-all']))
      assert.ok(!page.body.includes(secret))
    assert.equal((await browser.get('/admin/client?id=none')).statusCode, 404)
    assert.match(text(await browser.get('/admin/clients?id=none')), /No client has exactly this client_id\./)
    assert.match(text(await browser.get('/admin/clients?id=spa')), /Found .*spa public 0 live .*In the configuration/)
    assert.match(
      text(await browser.get('/admin/clients?id=https%3A%2F%2Felsewhere.example%2Fc')),
      /a document of its own/,
    )
    assert.equal((await browser.get('/admin/client')).statusCode, 404)
    assert.match(
      text(await browser.get(`/admin/client?id=${encodeURIComponent('https://elsewhere.example/c')}`)),
      /Nobody here has checked it/,
    )
    assert.match(text(await browser.get('/admin/clients?kind=registered')), /There are none\./)
  })

  test('people: found by user name or e-mail, else by name a page at a time; and where one is signed in', async () => {
    const alice = await app.storage.accounts.findByUsername('alice')
    for (const name of ['ALICE', 'alice@example.org'])
      assert.match(
        text(await browser.get(`/admin/people?name=${encodeURIComponent(name)}`)),
        /Found alice Alice Example/,
      )
    assert.match(text(await browser.get('/admin/people?name=nobody-of-this-name')), /Nobody has exactly this/)
    assert.match(
      text(await browser.get(`/admin/people?name=${encodeURIComponent('\u200B')}`)),
      /Nobody has exactly this/,
    )
    const account = text(await browser.get(`/admin/account?id=${alice?.id}`))
    for (const words of ['alice@example.org', 'last seen just now', 'signed in by pwd', 'app'])
      assert.ok(account.includes(words), `${words} in ${account}`)
    assert.doesNotMatch(account, /Sign out everywhere|argon2/)
    const session = (await app.storage.sessions.ofAccount(alice?.id ?? '', { now: app.clock.now(), limit: 1 }))[0]
    assert.ok(session && !account.includes(session.secretHash))
    for (const id of ['', 'x', 'x'.repeat(300)])
      assert.equal((await browser.get(`/admin/account?id=${id}`)).statusCode, 404)
  })

  test('keys: their states and times, and no private half', async () => {
    const page = await browser.get('/admin/keys')
    const shown = text(page)
    for (const words of ['RS256 current', 'RS256 next', 'No app has been seen']) assert.ok(shown.includes(words), words)
    assert.doesNotMatch(page.body, /"d"|sealed/)
  })

  test('deliveries: by state and client', async () => {
    const at = app.clock.now()
    const lost = { nextAttemptAt: undefined, givenUpAt: at, attempts: 9, lastFailure: 'status 500' }
    await app.storage.deliveries.insert(aDelivery('waits', { createdAt: at, nextAttemptAt: at + HOUR }))
    await app.storage.deliveries.insert(aDelivery('lost', { createdAt: at, clientId: 'blog', ...lost }))
    assert.match(
      text(await browser.get('/admin/deliveries')),
      /sign-out to wiki due in 60 min .*sign-out to blog given up just now 9 attempts|sign-out to blog given up just now 9 attempts .*sign-out to wiki due in 60 min/,
    )
    assert.doesNotMatch(text(await browser.get('/admin/deliveries?state=given_up')), /to wiki/)
    assert.match(text(await browser.get('/admin/deliveries?client=none')), /There are none/)
    assert.doesNotMatch(text(await browser.get('/admin/deliveries')), /Retry/)
  })

  test('refusals: with the story that explain tells', async () => {
    const bad = await testBrowser(app.app).get(
      `/authorize?${authorizeQuery({ redirect_uri: 'https://app.example/callback/' })}`,
    )
    assert.equal(bad.statusCode, 400)
    await app.deps.refusals.flush()
    const list = await browser.get('/admin/refusals?check=redirect_uri&client=app')
    const href = linkIn(list, /href="(\/admin\/refusal\?[^"]+)"/)
    assert.ok(href, text(list))
    const story = text(await browser.get(href))
    for (const words of [
      'redirect_uri',
      'came https://app.example/callback/',
      'a slash more at the end',
      'To allow it',
      'redirect_uri=https://app.example/callback/',
      '127.0.0.1',
    ])
      assert.ok(story.includes(words), `${words} in ${story}`)
    const told = shownErrorId(bad)
    for (const id of [told, ` ${told.toUpperCase()} `, told.replace('-', '')]) {
      const found = text(await browser.get(`/admin/refusals?error=${encodeURIComponent(id)}&client=&check=`))
      assert.ok(found.includes(`Error ${told}`) && found.includes('a slash more at the end'), found)
    }
    for (const [id, words] of [
      ['zzzz-zzzz', /No refusal of this id is kept/],
      ['01890a5d-ac96-774b-bcce-b302099a8057', /No refusal of this id is kept/],
      ['"><script>', /That is no id: one of an error looks like abcd-efgh/],
    ] as const)
      assert.match(text(await browser.get(`/admin/refusals?error=${encodeURIComponent(id)}`)), words)
    assert.match(text(await browser.get('/admin/refusals?check=nonsense')), /There is no check nonsense/)
    for (const id of ['', 'x', '01890a5d-ac96-774b-bcce-b302099a8057'])
      assert.equal((await browser.get(`/admin/refusal?id=${id}`)).statusCode, 404)
  })
})

describe('long lists', () => {
  let app: TestApp
  let browser: TestBrowser
  const many = Array.from({ length: 40 }, (_, i) => aClient({ id: `client-${String(i).padStart(2, '0')}` }))
  before(async () => {
    app = await started(ADMIN, { clients: [aClient(), ...many] })
    browser = await adminBrowser(app)
    for (let i = 0; i < 40; i++) {
      const n = String(i).padStart(2, '0')
      await app.addAccount({ username: `user-${n}`, claims: { name: `Number ${n}` } })
      await app.storage.deliveries.insert(aDelivery(`d${n}`, { createdAt: 1000 + i, clientId: `deliver-${n}` }))
    }
    const at = app.clock.now()
    await app.storage.refusals.insert(
      Array.from({ length: 40 }, (_, i) => aRefusal(`r${i}`, { at, description: `refused ${i};` })),
    )
  })
  after(() => app.close())

  for (const [path, one, all] of [
    ['/clients', /client-\d\d /g, 40],
    ['/people', /user-\d\d /g, 40],
    ['/deliveries', /deliver-\d\d /g, 40],
    ['/refusals', /refused \d+;/g, 40],
  ] as const) {
    test(`${path} is read a page at a time, and each row comes once`, async () => {
      const seen: string[] = []
      let url: string | undefined = `/admin${path}`
      for (let pages = 0; url !== undefined && pages < 9; pages++) {
        const page: LightMyRequestResponse = await browser.get(url)
        assert.ok(page.body.length < 14_000, `${page.body.length} bytes`)
        const rows = text(page).match(one) ?? []
        assert.ok(rows.length <= 30)
        seen.push(...rows)
        url = unescapeHtml(/href="([^"]+)">(?:More|Older)</.exec(page.body)?.[1] ?? '') || undefined
      }
      assert.equal(new Set(seen).size, all)
      if (path !== '/clients') assert.equal(seen.length, all)
    })
  }

  test('a place in the list that nobody gave is the beginning, or its end', async () => {
    for (const before of ['x', '1', '.', '99999999999999999.x', `${Number.MAX_SAFE_INTEGER}.z`, '%00', '1.%00'])
      assert.equal((await browser.get(`/admin/refusals?before=${before}`)).statusCode, 200, before)
    assert.equal((await browser.get('/admin/people?after=%00')).statusCode, 200)
    assert.equal((await browser.get('/admin/clients?kind=registered&after=zzz')).statusCode, 200)
  })
})

describe('what strangers sent', () => {
  let app: TestApp
  let browser: TestBrowser
  before(async () => {
    const wiki = aClient({ id: 'wiki' })
    app = await started(ADMIN, { clients: [{ ...wiki, metadata: { ...wiki.metadata, client_name: HOSTILE } }] })
    browser = await adminBrowser(app)
  })
  after(() => app.close())

  test('is text on every page, and what is invisible in it is shown', async () => {
    const at = app.clock.now()
    const id = '01890a5d-ac96-774b-bcce-b302099a8057'
    const facts = { asked: { scope: HOSTILE }, also: [HOSTILE], ip: HOSTILE, userAgent: HOSTILE }
    const told = { description: HOSTILE, expected: HOSTILE, came: HOSTILE, endpoint: HOSTILE, code: HOSTILE }
    await app.storage.refusals.insert([aRefusal(id, { at, ...told, facts, accountId: HOSTILE })])
    await app.storage.deliveries.insert(aDelivery(HOSTILE, { clientId: HOSTILE, lastFailure: HOSTILE, createdAt: at }))
    await app.storage.instances.report({ id: 'a', label: HOSTILE, revision: HOSTILE, startedAt: at, seenAt: at })
    await app.storage.accounts.insert({
      ...{
        id: 'hostile',
        username: HOSTILE,
        usernameKey: 'hostile',
        emailKey: 'h@example.org',
        passwordHash: undefined,
      },
      ...{
        claims: { name: HOSTILE, groups: [HOSTILE] },
        origin: undefined,
        disabledAt: undefined,
        createdAt: at,
        updatedAt: at,
      },
    })
    await app.storage.registeredClients.insert(
      {
        ...{
          id: 'reg',
          metadata: { client_name: HOSTILE, redirect_uris: [] },
          secretHash: undefined,
          sealedSecret: undefined,
        },
        ...{ registrationTokenHash: 'x', createdAt: at, updatedAt: at, lastUsedAt: undefined, expiresAt: at + DAY },
      },
      10,
    )
    for (const path of [
      '',
      '/clients',
      '/clients?kind=registered',
      '/client?id=wiki',
      '/people',
      '/account?id=hostile',
      '/deliveries',
      '/refusals',
      `/refusal?id=${id}`,
      '/keys',
    ]) {
      const page = await browser.get(`/admin${path}`)
      assert.equal(page.statusCode, 200, path)
      for (const raw of ['<script', '\u202E', '\u0007']) assert.ok(!page.body.includes(raw), path)
      if (path !== '/keys')
        assert.match(page.body, /&lt;script&gt;alert\(1\)&lt;\/script&gt;⟨U\+202E⟩gnp\.exe⟨U\+0007⟩/, path)
    }
  })
})

describe('what may be done there', () => {
  let app: TestApp
  let browser: TestBrowser
  before(async () => {
    app = await started({ ...ADMIN, hasActions: true })
    browser = await adminBrowser(app)
  })
  after(() => app.close())

  const lost = (id: string) =>
    aDelivery(id, { nextAttemptAt: undefined, givenUpAt: app.clock.now(), attempts: 9, lastFailure: 'status 500' })
  const alice = async () => (await app.storage.accounts.findByUsername('alice')) ?? assert.fail()
  const sessionsOf = async (id: string) => app.storage.sessions.ofAccount(id, { now: app.clock.now(), limit: 10 })

  test('nothing without admin.actions: neither is offered, nor is it there', async () => {
    const shows = await started()
    try {
      const { id } = (await shows.storage.accounts.findByUsername('alice')) ?? assert.fail()
      const root = await adminBrowser(shows)
      assert.doesNotMatch((await root.get(`/admin/account?id=${id}`)).body, /sign-out\?/)
      await testBrowser(shows.app).signIn()
      const [session] = await shows.storage.sessions.ofAccount(id, { now: shows.clock.now(), limit: 1 })
      const end = `/admin/account/end-session?id=${session?.id}`
      assert.doesNotMatch((await root.get(`/admin/account?id=${id}`)).body, /end-session/)
      for (const url of [`/admin/account/sign-out?id=${id}`, end, '/admin/delivery/retry?id=x']) {
        assert.equal((await root.get(url)).statusCode, 404)
        assert.equal((await root.post(url, { csrf: 'x' })).statusCode, 404)
      }
    } finally {
      await shows.close()
    }
  })

  test('an account is signed out everywhere: asked first, then done, and told to the audit', async () => {
    const { id } = await alice()
    await testBrowser(app.app).signIn()
    const link = linkIn(await browser.get(`/admin/account?id=${id}`), /href="(\/admin\/account\/sign-out\?[^"]+)"/)
    assert.ok(link)
    const question = await browser.get(link)
    assert.match(text(question), /Sign alice out everywhere\?/)
    assert.equal((await sessionsOf(id)).length, 1)
    const told: unknown[] = []
    const stop = app.deps.audit.onEvent((event, { actor }) => void told.push([event, actor]))
    const done = await browser.post(link, { csrf: formToken(question) })
    assert.equal(locationOf(done), `/admin/account?id=${id}&done=signed-out`)
    assert.equal((await sessionsOf(id)).length, 0)
    stop()
    const root = await app.storage.accounts.findByUsername('root')
    assert.deepEqual(told, [
      [{ kind: 'signed_out_everywhere', accountId: id, sessions: 1, grants: 1 }, `account:${root?.id}`],
    ])
    assert.match(text(await browser.get(locationOf(done))), /Signed out everywhere/)
  })

  test('one session is ended: its clients are told, the other sessions go on, and the audit knows who did it', async () => {
    const { id } = await alice()
    for (const { id: old } of await sessionsOf(id)) await app.storage.sessions.end(old, app.clock.now())
    const [lost, kept] = [testBrowser(app.app), testBrowser(app.app)]
    await lost.signIn()
    const [{ id: sessionId } = assert.fail()] = await sessionsOf(id)
    await kept.signIn()
    await app.storage.sessionClients.remember({
      ...{ sessionId, clientId: 'app', accountId: id, subject: id, hasBackChannel: true, hasFrontChannel: false },
      expiresAt: app.clock.now() + DAY,
    })
    const page = unescapeHtml((await browser.get(`/admin/account?id=${id}`)).body)
    const link = `/admin/account/end-session?id=${sessionId}`
    assert.ok(page.includes(`href="${link}"`))
    const question = await browser.get(link)
    assert.match(
      text(question),
      /End this session of alice\? .*Signed in by pwd .* Signed on to app\. .* Apps that stay connected/,
    )
    const seen: unknown[] = []
    const stop = app.deps.audit.onEvent((event, { actor }) => void seen.push([event, actor]))
    const done = await browser.post(link, { csrf: formToken(question) })
    stop()
    assert.equal(locationOf(done), `/admin/account?id=${id}&done=session-ended`)
    assert.match(text(await browser.get(locationOf(done))), /That session has ended\./)
    const root = await app.storage.accounts.findByUsername('root')
    assert.deepEqual(seen, [
      [{ kind: 'session_ended', sessionId, accountId: id, because: 'by_admin' }, `account:${root?.id}`],
    ])
    assert.equal((await app.storage.deliveries.find(`logout/${sessionId}/app`))?.kind, 'logout')
    await app.deps.deliveries.idle()
    // There is nowhere to tell it, so it was given up, and would be in the way of the next test.
    await app.storage.deliveries.delivered(`logout/${sessionId}/app`, app.clock.now())
    assert.equal((await sessionsOf(id)).length, 1)
    assert.match((await lost.get('/')).body, /You are not signed in/)
    assert.match((await kept.get('/')).body, /<h1>You are signed in/)
    // The same form once more, as a second tab sends it: it is over, and nothing is told twice.
    assert.equal((await browser.post(link, { csrf: formToken(question) })).statusCode, 404)
    await app.storage.sessions.endByAccount(id, app.clock.now())
    for (const gone of [sessionId, 'x', '', '01890a5d-ac96-774b-bcce-b302099a8057'])
      assert.equal((await browser.get(`/admin/account/end-session?id=${gone}`)).statusCode, 404)
  })

  test('the session that asks may be ended, too; that it is this one is said', async () => {
    const own = await adminBrowser(app)
    const root = (await app.storage.accounts.findByUsername('root')) ?? assert.fail()
    const [mine] = await sessionsOf(root.id)
    const url = `/admin/account/end-session?id=${mine?.id}`
    const question = await own.get(url)
    assert.match(text(question), /It is the one that you are using now/)
    await own.post(url, { csrf: formToken(question) })
    assert.match(locationOf(await own.get('/admin')), /^\/sign-in\//)
  })

  test('a delivery that was given up is tried once more', async () => {
    await app.storage.deliveries.insert(lost('lost'))
    const link = linkIn(
      await browser.get('/admin/deliveries?state=given_up'),
      /href="(\/admin\/delivery\/retry\?[^"]+)"/,
    )
    assert.ok(link)
    const question = await browser.get(link)
    assert.match(text(question), /given up after 9 attempts, .* status 500/)
    const done = await browser.post(link, { csrf: formToken(question) })
    assert.equal(locationOf(done), '/admin/deliveries?state=given_up&done=retried')
    await app.deps.deliveries.idle()
    const now = await app.storage.deliveries.find('lost')
    // There is no such client any more, so it is refused again; but tried it was.
    assert.notEqual(now?.lastFailure, 'status 500')
    const retried = app.logged.find((line) => line['audit'] === 'delivery_retried')
    assert.equal(retried?.['deliveryId'], 'lost')
    await app.storage.deliveries.insert(aDelivery('done', { nextAttemptAt: undefined, deliveredAt: 1 }))
    for (const id of ['done', 'none', ''])
      assert.equal((await browser.get(`/admin/delivery/retry?id=${id}`)).statusCode, 404)
  })

  test('not by the form of another page, another account, another session or another site', async () => {
    const { id } = await alice()
    await testBrowser(app.app).signIn()
    const root = (await app.storage.accounts.findByUsername('root')) ?? assert.fail()
    const url = `/admin/account/sign-out?id=${id}`
    const token = formToken(await browser.get(url))
    const otherPage = formToken(await browser.get('/'), '/sign-out')
    const otherAccount = formToken(await browser.get(`/admin/account/sign-out?id=${root.id}`))
    const another = await adminBrowser(app)
    const otherSession = formToken(await another.get(url))
    for (const csrf of ['', 'x', otherPage, otherAccount, otherSession])
      assert.equal(locationOf(await browser.post(url, { csrf })), url)
    const site = await browser.post(url, { csrf: token }, { 'sec-fetch-site': 'cross-site' })
    assert.equal(site.statusCode, 403)
    assert.equal((await sessionsOf(id)).length, 1)
  })

  test('not by who has to sign in again: the question comes anew', async () => {
    const { id } = await alice()
    await testBrowser(app.app).signIn()
    const before = (await sessionsOf(id)).length
    const url = `/admin/account/sign-out?id=${id}`
    const csrf = formToken(await browser.get(url))
    app.clock.advance(HOUR + 1)
    assert.equal(locationOf(await browser.post(url, { csrf })), url)
    assert.match(locationOf(await browser.get(url)), /^\/sign-in\//)
    assert.equal((await sessionsOf(id)).length, before)
  })

  test('not by who is no admin, whatever they post', async () => {
    const { id } = (await app.storage.accounts.findByUsername('root')) ?? assert.fail()
    const other = testBrowser(app.app)
    await other.signIn()
    const before = (await sessionsOf(id)).length
    assert.equal(
      (await other.post(`/admin/account/sign-out?id=${id}`, { csrf: formToken(await other.get('/'), '/sign-out') }))
        .statusCode,
      404,
    )
    assert.equal((await sessionsOf(id)).length, before)
  })
})

describe('the way there', () => {
  test('the home page leads those who may to these pages, and tells nobody else of them', async () => {
    const app = await started()
    try {
      const link = '<a href="/admin">'
      const browser = testBrowser(app.app)
      assert.ok(!(await browser.get('/')).body.includes(link))
      await browser.signIn()
      assert.ok(!(await browser.get('/')).body.includes('/admin'))
      const root = await adminBrowser(app)
      assert.ok((await root.get('/')).body.includes(link))
      // Also when they would have to show once more who they are.
      app.clock.advance(2 * HOUR)
      assert.ok((await root.get('/')).body.includes(link))
    } finally {
      await app.close()
    }
  })
})

describe('below an issuer with a path', () => {
  test('everything is below it', async () => {
    const app = await started(ADMIN, { issuer: 'https://example.org/login' })
    try {
      const browser = testBrowser(app.app)
      assert.equal(await signInFor(browser, '/login/admin/keys?x=1'), '/login/admin/keys?x=1')
      const page = await browser.get('/login/admin')
      assert.match(page.body, /href="\/login\/admin\/clients"/)
      assert.equal((await browser.get('/admin')).statusCode, 404)
    } finally {
      await app.close()
    }
  })
})
