/** A parked request belongs to its tab and never dead-ends: skipped steps, old tabs, the back button, lost time and restarts. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { aClient, aPublicClient, LIFETIMES } from '../fixtures/client.ts'
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
import { codeFields, postAsApp } from '../fixtures/test-client.ts'
import { answerOf } from '../fixtures/test-pages.ts'

const good = { username: 'alice', password: PASSWORD }
const wiki = aClient({
  id: 'wiki',
  metadata: { client_name: 'Wiki', redirect_uris: ['https://wiki.example/callback'] },
})
const wikiQuery = (overrides: Record<string, string> = {}) =>
  authorizeQuery({ client_id: 'wiki', redirect_uri: 'https://wiki.example/callback', ...overrides })

describe('an interaction', () => {
  const started = suiteApp({ clients: [aClient(), aPublicClient(), wiki] })
  const submit = (browser: TestBrowser, { path, csrf }: { path: string; csrf: string }) =>
    browser.post(`${path}/password`, { csrf, ...good })

  test('going back after the sign-in leads on to the app with a code of its own', async () => {
    const { app } = started()
    const browser = testBrowser(app)
    const tab = await browser.start()
    const first = answerOf(await browser.get(locationOf(await submit(browser, tab))))
    const back = answerOf(await browser.get(tab.path))
    const twice = answerOf(await browser.get(locationOf(await submit(browser, tab))))
    const codes = [first, back, twice].map((answer) => answer.searchParams.get('code') ?? '')
    assert.equal(new Set(codes).size, 3)
    for (const code of codes) assert.equal((await postAsApp(app, '/token', codeFields(code))).statusCode, 200)
  })

  test('going back with prompt=login asks for the password again: an old answer is no new sign-in', async () => {
    const { app, clock } = started()
    const browser = testBrowser(app)
    await browser.signIn()
    clock.advance(1)
    const tab = await browser.start(authorizeQuery({ prompt: 'login' }))
    assert.ok(answerOf(await browser.get(locationOf(await submit(browser, tab)))).searchParams.get('code'))
    clock.advance(1)
    const page = await browser.get(tab.path)
    assert.equal(page.statusCode, 200)
    assert.match(page.body, /Confirm it’s you/)
  })

  test('going back after cancelling starts the same request afresh', async () => {
    const browser = testBrowser(started().app)
    const { path, page } = await browser.start()
    assert.equal(
      answerOf(await browser.post(`${path}/cancel`, { csrf: formToken(page, '/cancel') })).searchParams.get('error'),
      'access_denied',
    )
    const again = await browser.get(path)
    assert.match(again.body, /Sign in to <bdi>App/)
    const action = /action="([^"]+)\/password"/.exec(again.body)?.[1] ?? ''
    assert.notEqual(action, path)
    assert.equal(
      answerOf(
        await browser.get(locationOf(await submit(browser, { path: action, csrf: formToken(again) }))),
      ).searchParams.get('state'),
      'a-state',
    )
  })

  test('two tabs of two apps: each goes on to its own', async () => {
    const browser = testBrowser(started().app)
    const first = await browser.start(authorizeQuery({ state: 'first' }))
    const second = await browser.start(wikiQuery({ state: 'second' }))
    const afterSecond = answerOf(await browser.get(locationOf(await submit(browser, second))))
    assert.equal(`${afterSecond.host} ${afterSecond.searchParams.get('state')}`, 'wiki.example second')
    const reloaded = answerOf(await browser.get(first.path))
    assert.equal(`${reloaded.host} ${reloaded.searchParams.get('state')}`, 'app.example first')
    const posted = answerOf(await browser.get(locationOf(await submit(browser, first))))
    assert.equal(`${posted.host} ${posted.searchParams.get('state')}`, 'app.example first')
  })

  test('a double click on Sign in: both answers arrive', async () => {
    const browser = testBrowser(started().app)
    const tab = await browser.start()
    const posts = await Promise.all([submit(browser, tab), submit(browser, tab)])
    assert.deepEqual(
      posts.map((post) => post.statusCode),
      [303, 303],
    )
    for (const post of posts) assert.ok(answerOf(await browser.get(locationOf(post))).searchParams.get('code'))
  })

  test('an expired one restarts the same request: by posting, and by opening it', async () => {
    const { app, clock } = started()
    const browser = testBrowser(app)
    const tab = await browser.start(authorizeQuery({ state: 'patient' }))
    clock.advance(LIFETIMES.interaction)
    const wrong = await browser.post(`${tab.path}/password`, { csrf: tab.csrf, username: 'alice', password: 'wrong' })
    assert.equal(wrong.statusCode, 400)
    assert.match(wrong.body, /value="alice"/)
    const action = /action="([^"]+)\/password"/.exec(wrong.body)?.[1] ?? ''
    assert.notEqual(action, tab.path)
    const answer = answerOf(
      await browser.get(locationOf(await submit(browser, { path: action, csrf: formToken(wrong) }))),
    )
    assert.equal(answer.searchParams.get('state'), 'patient')

    const other = testBrowser(app)
    const stale = await other.start(authorizeQuery({ state: 'stale' }))
    clock.advance(LIFETIMES.interaction)
    const again = await other.get(stale.path)
    assert.match(again.body, /Sign in to <bdi>App/)
    assert.match(
      again.body,
      /You were away for a while, so please sign in again\. Then you go straight on to <bdi>App<\/bdi>\./,
    )
    assert.doesNotMatch((await other.get((await other.start()).path)).body, /away for a while/)
    const posted = answerOf(await other.get(locationOf(await submit(other, stale))))
    assert.equal(posted.searchParams.get('state'), 'stale')
  })

  test('the user name is kept where it was typed: on reloading, after expiry, but not in another browser', async () => {
    const { app, clock } = started()
    const browser = testBrowser(app)
    const tab = await browser.start()
    await browser.post(`${tab.path}/password`, { csrf: tab.csrf, username: 'alice', password: 'wrong' })
    const named = /name="username"[^>]*value="alice"|value="alice"[^>]*name="username"/
    assert.match((await browser.get(tab.path)).body, named)
    assert.doesNotMatch((await testBrowser(app).get(tab.path)).body, /alice/)
    clock.advance(LIFETIMES.interaction)
    assert.match((await browser.get(tab.path)).body, named)
  })

  test('the address of a form, opened again, leads to its page', async () => {
    const browser = testBrowser(started().app)
    const { path } = await browser.start()
    for (const step of ['password', 'account', 'consent', 'cancel', 'anything']) {
      assert.equal(locationOf(await browser.get(`${path}/${step}`)), path)
    }
  })

  test('whoever types another name in a stale tab and is refused is not sent on as who signed in meanwhile', async () => {
    const browser = testBrowser(started().app)
    const tab = await browser.start(authorizeQuery({ state: 'stale' }))
    await browser.signIn()
    for (const username of ['bob', 'nobody']) {
      const refused = await browser.post(`${tab.path}/password`, { csrf: tab.csrf, username, password: 'wrong' })
      assert.equal(refused.statusCode, 400)
      assert.match(refused.body, /not right/)
    }
    const same = await browser.post(`${tab.path}/password`, { csrf: tab.csrf, username: 'alice', password: 'wrong' })
    assert.ok(new URL(locationOf(same)).searchParams.get('code'))
  })

  test('a sign-in that a restart interrupts goes on in the next process', async () => {
    const browser = testBrowser(started().app)
    const tab = await browser.start()
    const next = await started().another()
    try {
      const after = testBrowser(next.app)
      for (const [name, value] of browser.cookies) after.cookies.set(name, value)
      assert.ok(answerOf(await after.get(locationOf(await submit(after, tab)))).searchParams.get('code'))
    } finally {
      await next.close()
    }
  })

  test('the address of one in another browser gives that browser one of its own', async () => {
    const { app } = started()
    const owner = testBrowser(app)
    const { path } = await owner.start()
    const guest = testBrowser(app)
    const page = await guest.get(path)
    const action = /action="([^"]+)\/password"/.exec(page.body)?.[1] ?? ''
    assert.notEqual(action, path)
    await guest.post(`${action}/password`, { csrf: formToken(page), ...good })
    assert.equal((await owner.get(path)).statusCode, 200)
    assert.equal(owner.cookies.has('__Host-countersign-session'), false)
  })

  test('when the app was taken out of the configuration meanwhile: a page, not a redirect', async () => {
    const { storage, clock, deps } = started()
    const browser = testBrowser(started().app)
    const { path } = await browser.start()
    const id = path.split('/').at(-1) ?? ''
    const parked = await storage.interactions.find(id)
    assert.ok(parked)
    const orphan = {
      ...parked,
      id: '019bc13e-5c00-7abc-8abc-0123456789ab',
      parameters: parked.parameters.replace('client_id=app', 'client_id=gone'),
    }
    await storage.interactions.insert({ ...orphan, expiresAt: clock.now() + deps.lifetimes.interaction })
    const page = await browser.get(`/sign-in/${orphan.id}`)
    assert.equal(page.statusCode, 400)
    assert.equal(page.headers.location, undefined)
  })
})

describe('steps of an interaction that are skipped, out of order, empty or replayed', () => {
  const started = suiteApp({ clients: [aClient(), aPublicClient()] })
  const steps = ['password', 'cancel', 'consent', 'account']

  test('an empty post grants nothing and leads back into the flow', async () => {
    const { app } = started()
    for (const step of steps) {
      const browser = testBrowser(app)
      const { path } = await browser.start(spaQuery())
      const response = await browser.post(`${path}/${step}`, {})
      const page = response.statusCode === 303 ? await browser.get(locationOf(response)) : response
      assert.ok([200, 400, 403].includes(page.statusCode), step)
      assert.match(page.body, /Sign in to <bdi>Spa/, step)
    }
  })

  test('consent before the sign-in, with any token of the interaction, is no consent', async () => {
    const { app, storage } = started()
    const browser = testBrowser(app)
    const { path, csrf, page } = await browser.start(spaQuery())
    for (const token of [csrf, formToken(page, '/cancel')]) {
      const response = await browser.post(`${path}/consent`, { csrf: token, answer: 'allow' })
      assert.equal(locationOf(response), path)
    }
    const alice = await storage.accounts.findByUsername('alice')
    assert.equal(await storage.consents.find(alice?.id ?? '', 'spa'), undefined)
    await browser.post(`${path}/password`, { csrf, ...good })
    assert.match((await browser.get(path)).body, /Allow <bdi>Spa/)
  })

  test('consent with the token of the sign-in form, after signing in, is no consent', async () => {
    const browser = testBrowser(started().app)
    const { path, csrf } = await browser.start(spaQuery())
    await browser.post(`${path}/password`, { csrf, ...good })
    assert.equal(locationOf(await browser.post(`${path}/consent`, { csrf, answer: 'allow' })), path)
    assert.match((await browser.get(path)).body, /Allow <bdi>Spa/)
  })

  test('choosing an account before anyone is signed in chooses nobody', async () => {
    const browser = testBrowser(started().app)
    const { path, csrf } = await browser.start(authorizeQuery({ prompt: 'select_account' }))
    assert.equal(locationOf(await browser.post(`${path}/account`, { csrf, answer: 'continue' })), path)
    assert.match((await browser.get(path)).body, /Sign in to <bdi>App/)
  })

  test('an answer that is neither yes nor no is no answer', async () => {
    const browser = testBrowser(started().app)
    const { path, csrf } = await browser.start(spaQuery())
    await browser.post(`${path}/password`, { csrf, ...good })
    for (const answer of ['', 'maybe', 'ALLOW']) {
      const page = await browser.get(path)
      const response = await browser.post(`${path}/consent`, { csrf: formToken(page, '/consent'), answer })
      assert.equal(locationOf(response), path)
    }
    assert.match((await browser.get(path)).body, /Allow <bdi>Spa/)
  })
})
