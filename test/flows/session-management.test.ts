/** Session management: what a client's page needs to notice a sign-in or a sign-out. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { createContext, runInContext } from 'node:vm'
import { suiteApp } from '../fixtures/suite-app.ts'
import { authorizeQuery, formToken, locationOf, type TestBrowser, testBrowser } from '../fixtures/test-browser.ts'
import { choiceOf } from '../fixtures/test-pages.ts'

const COOKIE = '__Host-countersign-state'

const silently = async (browser: TestBrowser) =>
  new URL(locationOf(await browser.get(`/authorize?${authorizeQuery({ prompt: 'none' })}`))).searchParams

describe('switched on', () => {
  const started = suiteApp({ config: { sessionManagement: true } })

  /** What the page answers in a browser with these cookies to a client's page at `origin`. */
  async function ask(browser: TestBrowser, message: unknown, { origin = 'https://app.example', isBlind = false } = {}) {
    const { body } = await started().app.inject({ url: '/check-session' })
    const script = /<script>([\s\S]*)<\/script>/.exec(body)?.[1] ?? ''
    let listener: (event: object) => Promise<void> = async () => {}
    const cookie = [...browser.cookies].filter(([name]) => name === COOKIE).map(([name, value]) => `${name}=${value}`)
    const page = createContext({
      ...{ crypto, TextEncoder, Uint8Array },
      document: { cookie: ['other=1', ...cookie].join('; '), hasStorageAccess: async () => !isBlind },
      addEventListener: (_type: string, listens: typeof listener) => {
        listener = listens
      },
    })
    runInContext(`globalThis.window = globalThis;${script}`, page)
    const answers: string[] = []
    await listener({
      data: message,
      origin,
      source: { postMessage: (...sent: string[]) => answers.push(sent.join(' to ')) },
    })
    assert.equal(answers.length, 1)
    const [answer, to] = answers[0]?.split(' to ') ?? []
    assert.equal(to, origin)
    return answer
  }

  test('[OpenID Connect Session Management 3.3] discovery names the page, and others may frame it, but do nothing else', async () => {
    const { app } = started()
    const document = (await app.inject({ url: '/.well-known/openid-configuration' })).json()
    assert.equal(document.check_session_iframe, 'https://login.example/check-session')
    const page = await app.inject({ url: '/check-session' })
    assert.equal(page.statusCode, 200)
    assert.match(String(page.headers['content-type']), /^text\/html/)
    assert.equal(page.headers['x-frame-options'], undefined)
    const script = /<script>([\s\S]*)<\/script>/.exec(page.body)?.[1] ?? ''
    const hash = createHash('sha256').update(script).digest('base64')
    assert.equal(
      page.headers['content-security-policy'],
      `default-src 'none'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors https:`,
    )
    assert.equal(page.headers['set-cookie'], undefined)
  })

  test('[OpenID Connect Session Management 3.1] unchanged while signed in, changed after a sign-out and after a sign-in', async () => {
    const browser = testBrowser(started().app)
    const answer = await browser.signIn()
    const state = answer.searchParams.get('session_state') ?? ''
    assert.match(state, /^[0-9a-f]{64}\.[A-Za-z0-9_-]{16}$/)
    assert.equal(await ask(browser, `app ${state}`), 'unchanged')
    const later = (await silently(browser)).get('session_state') ?? ''
    assert.notEqual(later, state)
    for (const each of [state, later]) assert.equal(await ask(browser, `app ${each}`), 'unchanged')
    const page = await browser.get('/sign-out')
    await browser.post('/sign-out', { csrf: formToken(page), answer: 'yes' })
    assert.equal(await ask(browser, `app ${state}`), 'changed')
    started().clock.advance(1)
    const again = await browser.signIn()
    assert.equal(await ask(browser, `app ${state}`), 'changed')
    assert.equal(await ask(browser, `app ${again.searchParams.get('session_state')}`), 'unchanged')
  })

  test('[OpenID Connect Session Management 3.2] of two accounts each client notices what becomes of its own', async () => {
    const browser = testBrowser(started().app)
    const stateOf = (answer: URL) => `app ${answer.searchParams.get('session_state')}`
    const alice = stateOf(await browser.signIn())
    started().clock.advance(1)
    const bob = stateOf(await browser.signIn(authorizeQuery({ prompt: 'login' }), { username: 'bob' }))
    for (const state of [alice, bob]) assert.equal(await ask(browser, state), 'unchanged')
    assert.equal(await ask(browser, `app ${'0'.repeat(64)}.salt`), 'changed')
    // Another one is active: nobody signed in or out.
    const accounts = await browser.get('/accounts')
    await browser.post('/accounts', { csrf: formToken(accounts), answer: choiceOf(accounts, 'alice') })
    for (const state of [alice, bob]) assert.equal(await ask(browser, state), 'unchanged')
    // Whoever answers, what the other one's client compares stays there.
    assert.equal(await ask(browser, `app ${(await silently(browser)).get('session_state')}`), 'unchanged')
    for (const state of [alice, bob]) assert.equal(await ask(browser, state), 'unchanged')
    const page = await browser.get('/sign-out')
    await browser.post('/sign-out', { csrf: formToken(page), answer: 'yes' })
    assert.equal(await ask(browser, alice), 'changed')
    assert.equal(await ask(browser, bob), 'unchanged')
    await browser.post('/sign-out', { csrf: formToken(await browser.get('/sign-out')), answer: 'all' })
    assert.equal(await ask(browser, bob), 'changed')
    assert.equal(browser.cookies.has(COOKIE), false)
  })

  test('[OpenID Connect Session Management 3.2] of another client, origin or salt it is another one', async () => {
    const browser = testBrowser(started().app)
    const state = (await browser.signIn()).searchParams.get('session_state') ?? ''
    assert.equal(await ask(browser, `spa ${state}`), 'changed')
    assert.equal(await ask(browser, `app ${state}`, { origin: 'https://evil.example' }), 'changed')
    assert.equal(await ask(browser, `app ${state}x`), 'changed')
  })

  test('[OpenID Connect Session Management 3.1] what is malformed is an error, and so is what the browser keeps from us', async () => {
    const browser = testBrowser(started().app)
    for (const message of ['', 'app', 'app ', `app ${'0'.repeat(64)}`, {}, 7]) {
      assert.equal(await ask(browser, message), 'error', String(message))
    }
    assert.equal(await ask(browser, `app ${'0'.repeat(64)}.salt`), 'changed')
    assert.equal(await ask(browser, `app ${'0'.repeat(64)}.salt`, { isBlind: true }), 'error')
  })

  test('[OpenID Connect Session Management 3.2] a refusal says that nobody is signed in, and stays true until somebody is', async () => {
    const browser = testBrowser(started().app)
    const refused = await silently(browser)
    assert.equal(refused.get('error'), 'login_required')
    assert.equal(await ask(browser, `app ${refused.get('session_state')}`), 'unchanged')
    await browser.signIn()
    assert.equal(await ask(browser, `app ${refused.get('session_state')}`), 'changed')
  })

  test('a session that was ended elsewhere is noticed with the next look at it', async () => {
    const { storage, clock } = started()
    const browser = testBrowser(started().app)
    const state = (await browser.signIn()).searchParams.get('session_state') ?? ''
    const id = browser.cookies.get('__Host-countersign-session')?.split('.')[0] ?? ''
    await storage.sessions.end(id, clock.now())
    const refused = await silently(browser)
    assert.equal(browser.cookies.has(COOKIE), false)
    assert.equal(await ask(browser, `app ${state}`), 'changed')
    assert.equal(await ask(browser, `app ${refused.get('session_state')}`), 'unchanged')
  })

  test('a browser that lost the cookie, or signed in before this was switched on, gets it with the next answer', async () => {
    const browser = testBrowser(started().app)
    await browser.signIn()
    browser.cookies.delete(COOKIE)
    const state = (await silently(browser)).get('session_state') ?? ''
    assert.equal(await ask(browser, `app ${state}`), 'unchanged')
  })

  test('the cookie is for scripts and other sites’ pages, over https alone, and says nothing by itself', async () => {
    const browser = testBrowser(started().app)
    const { path, csrf } = await browser.start()
    const signedIn = await browser.post(`${path}/password`, {
      csrf,
      username: 'alice',
      password: 'correct horse battery staple',
    })
    const line = [signedIn.headers['set-cookie']].flat().find((each) => String(each).startsWith(COOKIE))
    assert.match(String(line), /^__Host-countersign-state=[\w-]{22}; Path=\/; Secure; SameSite=None$/)
  })
})

describe('switched off, as it is by default', () => {
  const started = suiteApp()

  test('no page, no cookie, no session_state', async () => {
    const { app } = started()
    assert.equal((await app.inject({ url: '/check-session' })).statusCode, 404)
    assert.equal(
      (await app.inject({ url: '/.well-known/openid-configuration' })).json().check_session_iframe,
      undefined,
    )
    const browser = testBrowser(app)
    assert.equal((await browser.signIn()).searchParams.get('session_state'), null)
    assert.equal(browser.cookies.has(COOKIE), false)
    assert.equal((await silently(testBrowser(app))).get('session_state'), null)
  })
})
