/** Cookies and forms: whose they are, and that nobody else's are taken. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { suiteApp } from '../fixtures/suite-app.ts'
import { PASSWORD } from '../fixtures/test-app.ts'
import {
  authorizeQuery,
  formToken,
  locationOf,
  spaQuery,
  type TestBrowser,
  testBrowser,
} from '../fixtures/test-browser.ts'
import { assertErrorPage } from '../fixtures/test-pages.ts'

const SESSION = '__Host-countersign-session'
const BROWSER = '__Host-countersign-browser'
const good = { username: 'alice', password: PASSWORD }

describe('cookies', () => {
  const started = suiteApp()
  const setCookies = (headers: { 'set-cookie'?: string | string[] | undefined }) => [headers['set-cookie'] ?? []].flat()

  test('[RFC6265bis 4.1.3.2] under https: __Host-, Secure, HttpOnly, SameSite=Lax, Path=/, for the browser session', async () => {
    const browser = testBrowser(started().app)
    const parked = await browser.get(`/authorize?${authorizeQuery()}`)
    const page = await browser.get(locationOf(parked))
    const signedIn = await browser.post(`${locationOf(parked)}/password`, { csrf: formToken(page), ...good })
    for (const [response, name] of [
      [parked, BROWSER],
      [signedIn, SESSION],
    ] as const) {
      const [cookie = ''] = setCookies(response.headers)
      const [pair = '', ...attributes] = cookie.split('; ')
      assert.ok(pair.startsWith(`${name}=`))
      assert.deepEqual(attributes.sort(), ['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure'])
    }
  })

  test('[ASVS 7.2.3] the session’s secret has 256 bits, and the database keeps only its hash', async () => {
    const browser = testBrowser(started().app)
    await browser.signIn()
    const [id = '', secret = ''] = browser.cookies.get(SESSION)?.split('.') ?? []
    assert.equal(Buffer.from(secret, 'base64url').length, 32)
    const stored = await started().storage.sessions.find(id)
    assert.ok(stored)
    assert.doesNotMatch(JSON.stringify(stored), new RegExp(secret))
  })

  test('[ASVS 7.2.4] the session cookie is new after each sign-in, and the one before is worth nothing', async () => {
    const { app, clock } = started()
    const browser = testBrowser(app)
    await browser.signIn()
    const before = browser.cookies.get(SESSION) ?? ''
    clock.advance(1)
    await browser.signIn(authorizeQuery({ prompt: 'login' }))
    const after = browser.cookies.get(SESSION) ?? ''
    assert.notEqual(after, before)
    const thief = testBrowser(app)
    thief.cookies.set(SESSION, before)
    assert.doesNotMatch((await thief.get('/')).body, /Alice/)
    thief.cookies.set(SESSION, after)
    assert.match((await thief.get('/')).body, /Alice/)
  })

  test('[ASVS 7.2.4] a planted session cookie never becomes signed in', async () => {
    const { app, clock } = started()
    const attacker = testBrowser(app)
    await attacker.signIn(authorizeQuery(), { username: 'bob' })
    const planted = attacker.cookies.get(SESSION) ?? ''
    for (const value of [planted, '019bc13e-5c00-7abc-8abc-0123456789ab.planted', 'x', 'a.b.c']) {
      const victim = testBrowser(app)
      victim.cookies.set(SESSION, value)
      clock.advance(1)
      const { path, csrf } = await victim.start(authorizeQuery({ prompt: 'login' }))
      const answer = await victim.post(`${path}/password`, { csrf, ...good })
      assert.equal(answer.statusCode, 303)
      assert.notEqual(victim.cookies.get(SESSION), value)
      const thief = testBrowser(app)
      thief.cookies.set(SESSION, value)
      assert.doesNotMatch((await thief.get('/')).body, /Alice/)
    }
  })

  test('a planted browser cookie that we never gave is replaced', async () => {
    const browser = testBrowser(started().app)
    browser.cookies.set(BROWSER, 'short')
    await browser.get(`/authorize?${authorizeQuery()}`)
    assert.match(browser.cookies.get(BROWSER) ?? '', /^[A-Za-z0-9_-]{43}$/)
  })

  test('a session cookie with a wrong, a shortened or a lengthened secret is nobody’s', async () => {
    const { app } = started()
    const browser = testBrowser(app)
    await browser.signIn()
    const value = browser.cookies.get(SESSION) ?? ''
    for (const bad of [
      value.slice(0, -1),
      `${value}A`,
      `${value}.more`,
      value.split('.')[0] ?? '',
      `${value.split('.')[0]}.`,
      value.replace('.', ''),
      value.toUpperCase(),
    ]) {
      const thief = testBrowser(app)
      thief.cookies.set(SESSION, bad)
      assert.doesNotMatch((await thief.get('/')).body, /Alice/, bad)
    }
  })
})

describe('under http on loopback', () => {
  const started = suiteApp({ issuer: 'http://127.0.0.1:8080' })

  test('the cookies have no prefix and no Secure, and the flow works', async () => {
    const browser = testBrowser(started().app)
    await browser.signIn()
    assert.deepEqual([...browser.cookies.keys()].sort(), [
      'countersign-browser',
      'countersign-device',
      'countersign-session',
    ])
    const response = await started().app.inject({ url: '/sign-in' })
    assert.doesNotMatch(String(response.headers['set-cookie']), /Secure/)
    assert.match(String(response.headers['set-cookie']), /HttpOnly; SameSite=Lax/)
    assert.equal(response.headers['strict-transport-security'], undefined)
  })
})

describe('a form is good only in the hands of the browser that got it', () => {
  const started = suiteApp()
  const isSignedIn = (browser: TestBrowser) => browser.cookies.has(SESSION)

  const forgeries: Record<string, (browser: TestBrowser) => Promise<{ path: string; csrf: string }>> = {
    'without any token': async (browser) => ({ ...(await browser.start()), csrf: '' }),
    'with an invented token': async (browser) => ({ ...(await browser.start()), csrf: 'A'.repeat(43) }),
    'with the token of another browser': async (browser) => ({
      ...(await browser.start()),
      csrf: (await testBrowser(started().app).start()).csrf,
    }),
    'with the token of another interaction': async (browser) => {
      const { csrf } = await browser.start()
      return { ...(await browser.start(authorizeQuery({ state: 'another' }))), csrf }
    },
    'with the token of another purpose': async (browser) => {
      const { path, page } = await browser.start()
      return { path, csrf: formToken(page, '/cancel') }
    },
    'after the cookie was lost': async (browser) => {
      const { path, csrf } = await browser.start()
      browser.cookies.clear()
      return { path, csrf }
    },
    'of an attacker’s interaction and token, in the victim’s browser': async (browser) => {
      await browser.start()
      return testBrowser(started().app).start()
    },
  }
  for (const [title, forge] of Object.entries(forgeries)) {
    test(`${title}: nobody is signed in, the right password is not called wrong, and the way on is there`, async () => {
      const browser = testBrowser(started().app)
      const { path, csrf } = await forge(browser)
      const page = await browser.post(`${path}/password`, { csrf, ...good })
      assert.equal(page.statusCode, 403)
      assert.equal(isSignedIn(browser), false)
      assert.doesNotMatch(page.body, /not right|wrong password/)
      const isLost = title.startsWith('after the cookie was lost')
      assert.match(page.body, isLost ? /did not send our cookie/ : /form was an old one, or not complete/)
      assert.match(page.body, /value="alice"/)
      const action = /action="([^"]+\/password)"/.exec(page.body)?.[1] ?? ''
      const again = await browser.post(action, { csrf: formToken(page, '/password'), ...good })
      const answer = new URL(locationOf(await browser.get(locationOf(again))))
      assert.equal(answer.origin, 'https://app.example')
    })
  }

  const elsewhere: Record<string, Record<string, string>> = {
    'Sec-Fetch-Site: cross-site': { 'sec-fetch-site': 'cross-site' },
    'Sec-Fetch-Site: same-site': { 'sec-fetch-site': 'same-site' },
    'Origin of another site': { origin: 'https://evil.example' },
    'Origin of another port': { origin: 'https://login.example:8443' },
    'Origin without TLS': { origin: 'http://login.example' },
  }
  for (const [title, headers] of Object.entries(elsewhere)) {
    test(`${title}: every form is refused with 403 although its token is right`, async () => {
      const { app } = started()
      const browser = testBrowser(app)
      const { path, csrf, page } = await browser.start()
      const post = (url: string, fields: Record<string, string>) => {
        // An inject without Sec-Fetch-Site, where the Origin is what counts.
        const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
        const common = { cookie, accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' }
        return app.inject({
          method: 'POST',
          url,
          headers: { ...common, ...headers },
          payload: new URLSearchParams(fields).toString(),
        })
      }
      assertErrorPage(started(), await post(`${path}/password`, { csrf, ...good }), 403)
      assertErrorPage(started(), await post(`${path}/cancel`, { csrf: formToken(page, '/cancel') }), 403)
      assertErrorPage(started(), await post(`${path}/account`, { csrf, answer: 'continue' }), 403)
      assert.equal(isSignedIn(browser), false)

      await browser.post(`${path}/password`, { csrf, ...good })
      const home = await browser.get('/')
      assertErrorPage(started(), await post('/sign-out', { csrf: formToken(home, '/sign-out') }), 403)
      assert.match((await browser.get('/')).body, /Alice/)
      const spa = await browser.start(spaQuery())
      assertErrorPage(started(), await post(`${spa.path}/consent`, { csrf: spa.csrf, answer: 'allow' }), 403)
      assert.match((await browser.get(spa.path)).body, /Allow <bdi>Spa/)
    })
  }

  test('signing out needs the form of this session', async () => {
    const { app, clock } = started()
    const browser = testBrowser(app)
    await browser.signIn()
    const other = testBrowser(app)
    await other.signIn()
    for (const csrf of ['', 'forged', formToken(await other.get('/'), '/sign-out')]) {
      const response = await browser.post('/sign-out', { csrf })
      assert.equal(locationOf(response), '/sign-out')
      assert.match((await browser.get('/')).body, /Alice/)
    }
    const ofAlice = formToken(await browser.get('/'), '/sign-out')
    clock.advance(1)
    await browser.signIn(authorizeQuery({ prompt: 'login' }), { username: 'bob' })
    // Whose form it is, is who signs out, whichever account is active by now.
    const ofBob = formToken(await browser.get('/'), '/sign-out')
    assert.equal(locationOf(await browser.post('/sign-out', { csrf: ofAlice })), '/signed-out')
    assert.match((await browser.get('/')).body, /Bob/)
    assert.equal(locationOf(await browser.post('/sign-out', { csrf: ofAlice })), '/sign-out')
    const done = await browser.post('/sign-out', { csrf: ofBob })
    assert.equal(locationOf(done), '/signed-out')
    assert.doesNotMatch((await browser.get('/')).body, /Alice|Bob/)
  })
})
