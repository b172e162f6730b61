/** Consent: asked, remembered, asked again for more; nobody can give it for somebody else. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { aClient, aPublicClient } from '../fixtures/client.ts'
import { skeleton } from '../fixtures/html.ts'
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
import { answerOf, choiceOf } from '../fixtures/test-pages.ts'

const HOSTILE = '"><script>alert(1)</script>{{constructor}}'
const hostile = aPublicClient({
  id: 'hostile',
  metadata: {
    client_name: HOSTILE,
    redirect_uris: ['https://hostile.example/cb'],
    scope: ['openid', '<script>alert(1)</script>', '{{constructor}}'],
  },
})
const plain = aPublicClient({
  id: 'plain',
  metadata: { client_name: 'Plain', redirect_uris: ['https://hostile.example/cb'], scope: ['openid', 'one', 'two'] },
})

describe('consent', () => {
  const started = suiteApp({ clients: [aClient(), aPublicClient(), hostile, plain] })

  /** A browser of a new account, on the consent page of `query`. */
  let made = 0
  async function onConsentPage(query = spaQuery()) {
    const username = `person${made++}`
    await started().addAccount({ username, claims: {} })
    const browser = testBrowser(started().app)
    const { path, csrf } = await browser.start(query)
    await browser.post(`${path}/password`, { csrf, username, password: PASSWORD })
    return { browser, path, username, page: await browser.get(path) }
  }
  const answer = async (
    browser: TestBrowser,
    path: string,
    page: Awaited<ReturnType<TestBrowser['get']>>,
    what: string,
  ) => browser.post(`${path}/consent`, { csrf: formToken(page, '/consent'), answer: what })

  test('it is asked for a client that is not first-party, naming the app, the scopes and where the answer goes', async () => {
    const { page } = await onConsentPage()
    assert.match(page.body, /Allow <bdi>Spa<\/bdi> to use your account/)
    assert.match(page.body, /e-mail address/)
    assert.match(page.body, /spa\.example<\/bdi>/)
  })

  test('allowed, it is remembered, and asked again only when more is asked for', async () => {
    const { browser, path, page } = await onConsentPage(spaQuery({ scope: 'openid email' }))
    const done = await answer(browser, path, page, 'allow')
    assert.ok(answerOf(await browser.get(locationOf(done))).searchParams.get('code'))

    const ask = (scope: string) => browser.get(`/authorize?${spaQuery({ scope, prompt: 'none' })}`)
    assert.ok(answerOf(await ask('openid email')).searchParams.get('code'))
    assert.ok(answerOf(await ask('openid')).searchParams.get('code'))
    assert.equal(answerOf(await ask('openid email phone')).searchParams.get('error'), 'consent_required')

    const more = locationOf(await browser.get(`/authorize?${spaQuery({ scope: 'openid phone' })}`))
    const again = await browser.get(more)
    assert.match(again.body, /telephone number<\/strong> <span class="badge">New/)
    assert.doesNotMatch(again.body, /Know that it is you<\/strong> <span class="badge">New/)
    await answer(browser, more, again, 'allow')
    assert.ok(answerOf(await ask('openid email phone')).searchParams.get('code'))
  })

  test('[RFC6749 4.1.2.1] refused, the app hears access_denied, and it is asked again next time', async () => {
    const { browser, path, page } = await onConsentPage()
    const refused = answerOf(await answer(browser, path, page, 'deny'))
    assert.deepEqual(
      [refused.searchParams.get('error'), refused.searchParams.get('state')],
      ['access_denied', 'a-state'],
    )
    const silent = await browser.get(`/authorize?${spaQuery({ prompt: 'none' })}`)
    assert.equal(answerOf(silent).searchParams.get('error'), 'consent_required')
    const again = await browser.get(locationOf(await browser.get(`/authorize?${spaQuery()}`)))
    assert.match(again.body, /Allow <bdi>Spa/)
  })

  test('[OpenID Connect Core 3.1.2.1] prompt=consent asks also what is remembered, and also for our own apps', async () => {
    const { browser, path, page } = await onConsentPage()
    await browser.get(locationOf(await answer(browser, path, page, 'allow')))
    started().clock.advance(1)
    for (const query of [spaQuery({ prompt: 'consent' }), authorizeQuery({ prompt: 'consent' })]) {
      const asked = locationOf(await browser.get(`/authorize?${query}`))
      const shown = await browser.get(asked)
      assert.match(shown.body, /Allow <bdi>/)
      const done = await answer(browser, asked, shown, 'allow')
      assert.ok(answerOf(await browser.get(locationOf(done))).searchParams.get('code'))
      started().clock.advance(1)
    }
  })

  test('is for the account that was asked, though another one signed in in another tab and is active', async () => {
    const { storage } = started()
    const { browser, path, page, username } = await onConsentPage()
    started().clock.advance(1)
    const other = await browser.start(authorizeQuery({ prompt: 'login', state: 'switch' }))
    await browser.post(`${other.path}/password`, { csrf: other.csrf, username: 'bob', password: PASSWORD })
    assert.match((await browser.get('/')).body, /Bob Example/)
    assert.ok((await browser.get(path)).body.includes(`<bdi>${username}</bdi>`))
    const response = await answer(browser, path, page, 'allow')
    assert.equal(locationOf(response), path)
    const [asked, bob] = await Promise.all([username, 'bob'].map((name) => storage.accounts.findByUsername(name)))
    assert.equal(await storage.consents.find(bob?.id ?? '', 'spa'), undefined)
    assert.ok(await storage.consents.find(asked?.id ?? '', 'spa'))
    const code = answerOf(await browser.get(path)).searchParams.get('code') ?? ''
    assert.equal((await storage.grants.find(code.split('.')[0] ?? ''))?.account?.username, username)
  })

  test('the form that account A was shown is worth nothing once A is signed out', async () => {
    const { storage, clock } = started()
    const { browser, path, page, username } = await onConsentPage()
    clock.advance(1)
    const other = await browser.start(authorizeQuery({ prompt: 'login', state: 'switch' }))
    await browser.post(`${other.path}/password`, { csrf: other.csrf, username: 'bob', password: PASSWORD })
    const accounts = await browser.get('/accounts')
    await browser.post('/accounts', { csrf: formToken(accounts), sign_out: choiceOf(accounts, username) })
    const response = await answer(browser, path, page, 'allow')
    assert.equal(locationOf(response), path)
    for (const name of [username, 'bob']) {
      const account = await storage.accounts.findByUsername(name)
      assert.equal(await storage.consents.find(account?.id ?? '', 'spa'), undefined)
    }
    // Bob is not asked in their place, unless he says so.
    const again = await browser.get(path)
    assert.match(again.body, /type="password"/)
    assert.match(again.body, /value="choose"/)
  })

  test('an answer without the form’s token is none, neither yes nor no', async () => {
    const { browser, path } = await onConsentPage()
    for (const what of ['allow', 'deny']) {
      assert.equal(locationOf(await browser.post(`${path}/consent`, { csrf: 'forged', answer: what })), path)
    }
    assert.match((await browser.get(path)).body, /Allow <bdi>Spa/)
  })

  test('the form of one browser is worth nothing in another', async () => {
    const { page, path } = await onConsentPage()
    const stranger = testBrowser(started().app)
    await stranger.signIn(authorizeQuery(), { username: 'bob' })
    const response = await answer(stranger, path, page, 'allow')
    assert.equal(response.statusCode, 303)
    assert.match((await stranger.get(locationOf(response))).body, /Allow <bdi>Spa/)
  })

  test('the form of fewer scopes is worth nothing for more', async () => {
    const { browser, page, path } = await onConsentPage(spaQuery({ scope: 'openid' }))
    const more = locationOf(await browser.get(`/authorize?${spaQuery({ scope: 'openid phone' })}`))
    assert.equal(
      locationOf(await browser.post(`${more}/consent`, { csrf: formToken(page, '/consent'), answer: 'allow' })),
      more,
    )
    assert.match((await browser.get(more)).body, /telephone number/)
    assert.match((await browser.get(path)).body, /Allow <bdi>Spa/)
  })

  test('names and scopes are shown as text', async () => {
    const query = (client_id: string, scope: string) =>
      spaQuery({ client_id, redirect_uri: 'https://hostile.example/cb', scope })
    const { page: ofPlain } = await onConsentPage(query('plain', 'openid one two'))
    const { page } = await onConsentPage(query('hostile', 'openid <script>alert(1)</script> {{constructor}}'))
    assert.match(page.body, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/)
    assert.match(page.body, /\{\{constructor\}\}/)
    assert.equal(skeleton(page.body), skeleton(ofPlain.body))
  })
})

describe('[OpenID Connect Core 3.1.2.1] prompt=select_account and prompt=login', () => {
  const started = suiteApp({ clients: [aClient(), aPublicClient()] })
  async function asked(prompt: string) {
    const { app, clock } = started()
    const browser = testBrowser(app)
    await browser.signIn()
    clock.advance(1000)
    const path = locationOf(await browser.get(`/authorize?${authorizeQuery({ prompt })}`))
    return { browser, path, page: await browser.get(path) }
  }

  test('select_account: going on with the account that is signed in', async () => {
    const { browser, path, page } = await asked('select_account')
    assert.match(page.body, /Choose an account/)
    const response = await browser.post(`${path}/account`, { csrf: formToken(page), answer: choiceOf(page, 'alice') })
    assert.ok(answerOf(await browser.get(locationOf(response))).searchParams.get('code'))
  })

  test('select_account: or with another one, who signs in beside the first', async () => {
    const { browser, path, page } = await asked('select_account')
    const before = browser.cookies.get('__Host-countersign-session') ?? ''
    const response = await browser.post(`${path}/account`, { csrf: formToken(page), answer: 'other' })
    assert.equal(locationOf(response), `${path}?account=other`)
    const form = await browser.get(locationOf(response))
    assert.match(form.body, /Sign in to <bdi>App/)
    assert.doesNotMatch(form.body, /alice/)
    const posted = await browser.post(`${path}/password`, {
      csrf: formToken(form),
      username: 'bob',
      password: PASSWORD,
    })
    assert.ok(answerOf(await browser.get(locationOf(posted))).searchParams.get('code'))
    assert.match((await browser.get('/')).body, /Bob Example/)
    assert.match(browser.cookies.get('__Host-countersign-session') ?? '', new RegExp(`~${before}$`))
  })

  test('select_account: a choice names its account, whoever signs in meanwhile; somebody else’s session is none', async () => {
    const { browser, path, page } = await asked('select_account')
    const stranger = testBrowser(started().app)
    await stranger.signIn(authorizeQuery(), { username: 'bob' })
    const theirs = stranger.cookies.get('__Host-countersign-session')?.split('.')[0] ?? ''
    const selected = async () =>
      (await started().storage.interactions.find(path.split('/').at(-1) ?? ''))?.selectedAccountId
    for (const answer of [theirs, 'continue', '', `${choiceOf(page, 'alice')}x`]) {
      await browser.post(`${path}/account`, { csrf: formToken(page), answer })
      assert.equal(await selected(), undefined)
    }
    const other = await browser.start(authorizeQuery({ prompt: 'login' }))
    await browser.post(`${other.path}/password`, { csrf: other.csrf, username: 'bob', password: PASSWORD })
    await browser.post(`${path}/account`, { csrf: formToken(page), answer: choiceOf(page, 'alice') })
    assert.equal(await selected(), (await started().storage.accounts.findByUsername('alice'))?.id)
  })

  test('login: needs the password again; the session that is there is not enough', async () => {
    const { browser, path, page } = await asked('login')
    assert.match(page.body, /Confirm it’s you/)
    assert.match(page.body, /name="username"[^>]* value="alice"[^>]* readonly/)
    assert.equal((await browser.get(path)).statusCode, 200)
    const wrong = await browser.post(`${path}/password`, {
      csrf: formToken(page, '/password'),
      username: 'alice',
      password: 'wrong',
    })
    assert.equal(wrong.statusCode, 400)
    assert.equal((await browser.get(path)).statusCode, 200)
    const right = await browser.post(`${path}/password`, {
      csrf: formToken(page, '/password'),
      username: 'alice',
      password: PASSWORD,
    })
    assert.ok(answerOf(await browser.get(locationOf(right))).searchParams.get('code'))
  })

  test('login: with another account on offer', async () => {
    const { browser, path, page } = await asked('login')
    const response = await browser.post(`${path}/account`, { csrf: formToken(page, '/account'), answer: 'other' })
    assert.equal(locationOf(response), `${path}?account=other`)
    assert.match((await browser.get(locationOf(response))).body, /Sign in to <bdi>App/)
  })

  test('?account=other, typed by hand, only shows another form; garbage in its place is nothing', async () => {
    const { browser, path } = await asked('login')
    for (const query of ['account=other', 'account=', 'account=other&account=other', 'account=%FF', 'x=1']) {
      const page = await browser.get(`${path}?${query}`)
      assert.equal(page.statusCode, 200, query)
      assert.match(page.body, /type="password"/)
    }
    const nobody = testBrowser(started().app)
    const { path: fresh } = await nobody.start()
    assert.match((await nobody.get(`${fresh}?account=other`)).body, /Sign in to/)
  })
})
