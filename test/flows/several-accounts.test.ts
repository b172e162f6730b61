/** Several accounts in one browser: who answers which app, what one tab does to another, who signs out, and what nobody can plant. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HOUR, MINUTE } from '../../src/base/duration.ts'
import { aClient, aPublicClient } from '../fixtures/client.ts'
import { addTotp, enterCode } from '../fixtures/second-factor.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { PASSWORD } from '../fixtures/test-app.ts'
import {
  authorizeQuery,
  basicAuthorization,
  formToken,
  locationOf,
  spaQuery,
  type TestBrowser,
  testBrowser,
} from '../fixtures/test-browser.ts'
import { codeFields, postForm } from '../fixtures/test-client.ts'
import { choiceOf } from '../fixtures/test-pages.ts'

const SESSION = '__Host-countersign-session'
const wiki = aClient({
  id: 'wiki',
  metadata: {
    client_name: 'Wiki',
    redirect_uris: ['https://wiki.example/callback'],
    post_logout_redirect_uris: ['https://wiki.example/bye'],
  },
})
const pair = aClient({
  id: 'pair',
  metadata: { client_name: 'Pair', redirect_uris: ['https://pair.example/callback'], subject_type: 'pairwise' },
})
const queryOf = (id: string, overrides: Record<string, string | undefined> = {}) =>
  authorizeQuery({ client_id: id, redirect_uri: `https://${id}.example/callback`, ...overrides })

describe('several accounts in one browser', () => {
  const started = suiteApp({ clients: [aClient(), aPublicClient(), wiki, pair] })

  /** Signs in beside whoever is there, from the page of the accounts. */
  async function add(browser: TestBrowser, username: string) {
    started().clock.advance(1)
    const path = locationOf(await browser.get('/sign-in?account=other'))
    const page = await browser.get(path)
    const csrf = formToken(page)
    const done = await browser.post(`${path.split('?')[0]}/password?account=other`, {
      csrf,
      username,
      password: PASSWORD,
    })
    started().clock.advance(1)
    assert.equal(locationOf(await browser.get(locationOf(done))), '/')
  }
  async function browserOf(...usernames: string[]): Promise<TestBrowser> {
    const browser = testBrowser(started().app)
    for (const username of usernames) await add(browser, username)
    return browser
  }
  async function switchTo(browser: TestBrowser, username: string) {
    started().clock.advance(1)
    const page = await browser.get('/accounts')
    const done = await browser.post('/accounts', { csrf: formToken(page), answer: choiceOf(page, username) })
    assert.equal(locationOf(done), '/')
    started().clock.advance(1)
  }
  const activeOf = async (browser: TestBrowser) =>
    /<bdi>(alice|bob|carol)<\/bdi>/.exec((await browser.get('/')).body)?.[1]
  const idsOf = (browser: TestBrowser) =>
    (browser.cookies.get(SESSION) ?? '').split('~').map((handle) => handle.split('.')[0] ?? '')
  /** The accounts in the browser, in order, as its page tells them. */
  async function namesIn(browser: TestBrowser): Promise<readonly string[]> {
    const page = await browser.get('/accounts')
    return page.body
      .split('class="beside"')
      .slice(1)
      .map((row) => /class="quiet"><bdi>([^<]+)/.exec(row)?.[1] ?? '')
  }
  /** Whose grant the app got; else its error, or the heading of the page that asks. */
  async function whoAt(answer: Awaited<ReturnType<TestBrowser['get']>>, browser: TestBrowser): Promise<string> {
    const to = new URL(locationOf(answer), 'https://login.example')
    started().clock.advance(1)
    if (to.host === 'login.example') {
      const page = await browser.get(to.pathname + to.search)
      if (page.statusCode === 303) return whoAt(page, browser)
      return /<h1>(.*?)<\/h1>/.exec(page.body)?.[1]?.replaceAll(/<[^>]+>/g, '') ?? '?'
    }
    const error = to.searchParams.get('error')
    if (error !== null) return error
    const grant = await started().storage.grants.find(to.searchParams.get('code')?.split('.')[0] ?? '')
    return grant?.account?.username ?? '?'
  }
  const who = async (browser: TestBrowser, query: string) => whoAt(await browser.get(`/authorize?${query}`), browser)
  async function idTokenOf(browser: TestBrowser, id: string, hint: string) {
    const to = new URL(locationOf(await browser.get(`/authorize?${queryOf(id, { login_hint: hint })}`)))
    const fields = codeFields(to.searchParams.get('code') ?? '', { redirect_uri: `https://${id}.example/callback` })
    const response = await postForm(started().app, '/token', fields, { authorization: basicAuthorization(id) })
    assert.equal(response.statusCode, 200, response.body)
    return String(response.json().id_token)
  }

  test('who signs in is the active one, and the other stays', async () => {
    const browser = await browserOf('alice', 'bob')
    assert.equal(await activeOf(browser), 'bob')
    assert.deepEqual(await namesIn(browser), ['bob', 'alice'])
    await switchTo(browser, 'alice')
    assert.equal(await activeOf(browser), 'alice')
    assert.deepEqual(await namesIn(browser), ['alice', 'bob'])
  })

  test('[ASVS 7.2.4] again as one who is there renews their session alone: no account is there twice', async () => {
    const browser = await browserOf('alice', 'bob')
    const [bob, alice] = (browser.cookies.get(SESSION) ?? '').split('~')
    await add(browser, 'alice')
    const [renewed, same, ...more] = (browser.cookies.get(SESSION) ?? '').split('~')
    assert.equal(renewed?.split('.')[0], alice?.split('.')[0])
    assert.notEqual(renewed, alice)
    assert.equal(same, bob)
    assert.deepEqual(more, [])
    const thief = testBrowser(started().app)
    thief.cookies.set(SESSION, alice ?? '')
    assert.equal(await activeOf(thief), undefined)
  })

  test('the cookie of a version before has one handle: it goes on, and another account comes beside it', async () => {
    const browser = await browserOf('alice')
    assert.match(browser.cookies.get(SESSION) ?? '', /^[0-9a-f-]{36}\.[\w-]{43}$/)
    await add(browser, 'bob')
    assert.deepEqual(await namesIn(browser), ['bob', 'alice'])
  })

  test('the sixth takes the place of the one who was active longest ago', async () => {
    const { addAccount, storage, clock } = started()
    const names = ['s1', 's2', 's3', 's4', 's5', 's6']
    const claims = { name: 'One of six' }
    for (const username of names) await addAccount({ username, claims })
    const browser = await browserOf(...names.slice(0, 5))
    const [oldest = ''] = idsOf(browser).slice(-1)
    assert.deepEqual(await namesIn(browser), ['s5', 's4', 's3', 's2', 's1'])
    await add(browser, 's6')
    assert.deepEqual(await namesIn(browser), ['s6', 's5', 's4', 's3', 's2'])
    assert.ok(((await storage.sessions.find(oldest))?.session.endedAt ?? 0) <= clock.now())
    assert.ok((browser.cookies.get(SESSION) ?? '').length <= 404)
  })

  describe('who answers', () => {
    test('[OpenID Connect Core 3.1.2.1] whoever the id_token_hint is about; nobody else where they are not here', async () => {
      const browser = await browserOf('alice', 'bob')
      for (const id of ['wiki', 'pair']) {
        const hints = { alice: await idTokenOf(browser, id, 'alice'), bob: await idTokenOf(browser, id, 'bob') }
        for (const prompt of [undefined, 'none']) {
          assert.equal(await who(browser, queryOf(id, { id_token_hint: hints.alice, prompt })), 'alice')
          assert.equal(await who(browser, queryOf(id, { id_token_hint: hints.bob, prompt })), 'bob')
          // The hint is surer than the name.
          assert.equal(
            await who(browser, queryOf(id, { id_token_hint: hints.alice, login_hint: 'bob', prompt })),
            'alice',
          )
        }
        // [OpenID Connect Core 3.1.2.2]
        const alone = await browserOf('bob')
        const query = { id_token_hint: hints.alice }
        assert.equal(await who(alone, queryOf(id, { ...query, prompt: 'none' })), 'login_required')
        assert.match(await who(alone, queryOf(id, query)), /^Sign in/)
      }
    })

    test('[OpenID Connect Core 3.1.2.1] whoever the login_hint names, by user name or address', async () => {
      const browser = await browserOf('alice', 'bob')
      for (const prompt of [undefined, 'none']) {
        assert.equal(await who(browser, queryOf('wiki', { login_hint: 'ALICE', prompt })), 'alice')
        assert.equal(await who(browser, queryOf('wiki', { login_hint: 'bob', prompt })), 'bob')
        assert.equal(await who(browser, queryOf('wiki', { login_hint: 'Alice@example.org', prompt })), 'alice')
      }
    })

    test('[OpenID Connect Core 5.5.1] whoever has the `sub` that the claims parameter asks for', async () => {
      const browser = await browserOf('alice', 'bob')
      const alice = await started().storage.accounts.findByUsername('alice')
      const claims = JSON.stringify({ id_token: { sub: { value: alice?.id } } })
      assert.equal(await who(browser, queryOf('wiki', { claims })), 'alice')
      assert.equal(await who(browser, queryOf('wiki', { claims, prompt: 'none' })), 'alice')
    })

    test('else whoever used the app last here, unless another one was preferred since; else the active one', async () => {
      const browser = await browserOf('alice')
      assert.equal(await who(browser, queryOf('wiki')), 'alice')
      await add(browser, 'bob')
      // Bob came to this browser, to no app: he means all of them.
      assert.equal(await who(browser, queryOf('pair')), 'bob')
      assert.equal(await who(browser, queryOf('wiki')), 'bob')
      await switchTo(browser, 'alice')
      assert.equal(await who(browser, queryOf('wiki')), 'alice')
      assert.equal(await who(browser, queryOf('pair')), 'alice')
      assert.equal(await who(browser, queryOf('pair', { login_hint: 'bob' })), 'bob')
      // Each app goes on as who used it last, whoever is active.
      assert.equal(await activeOf(browser), 'alice')
      assert.equal(await who(browser, queryOf('pair')), 'bob')
      assert.equal(await who(browser, queryOf('wiki')), 'alice')
    })

    test('who signs in for one app takes no other app over', async () => {
      const browser = await browserOf('alice')
      assert.equal(await who(browser, queryOf('wiki')), 'alice')
      const to = await browser.signIn(queryOf('pair', { prompt: 'login' }), { username: 'bob' })
      assert.ok(to.searchParams.get('code'))
      assert.equal(await activeOf(browser), 'bob')
      assert.equal(await who(browser, queryOf('wiki')), 'alice')
      assert.equal(await who(browser, queryOf('pair')), 'bob')
    })

    test('[OpenID Connect Core 3.1.2.6] prompt=none needs no choice: the app goes on as before, though another one was preferred', async () => {
      const browser = await browserOf('alice')
      assert.equal(await who(browser, queryOf('wiki')), 'alice')
      await add(browser, 'bob')
      assert.equal(await who(browser, queryOf('wiki', { prompt: 'none' })), 'alice')
      // By an app that knows nobody here yet: the active one, as where there is one account alone.
      assert.equal(await who(browser, queryOf('pair', { prompt: 'none' })), 'bob')
    })

    test('prompt=login with the login_hint of somebody else: their sign-in page, and they come beside who is there', async () => {
      const browser = await browserOf('alice')
      const path = locationOf(
        await browser.get(`/authorize?${queryOf('wiki', { prompt: 'login', login_hint: 'bob' })}`),
      )
      const page = await browser.get(path)
      assert.match(page.body, /name="username"[^>]* value="bob"/)
      assert.doesNotMatch(page.body, / readonly/)
      const done = await browser.post(`${path}/password`, {
        ...{ csrf: formToken(page, '/password'), username: 'bob', password: PASSWORD },
      })
      assert.equal(await whoAt(await browser.get(locationOf(done)), browser), 'bob')
      assert.deepEqual(await namesIn(browser), ['bob', 'alice'])
    })
  })

  describe('choosing', () => {
    test('prompt=select_account shows everybody; the choice is for this app, and changes nobody’s being active', async () => {
      const browser = await browserOf('alice', 'bob')
      const path = locationOf(await browser.get(`/authorize?${queryOf('wiki', { prompt: 'select_account' })}`))
      const page = await browser.get(path)
      for (const text of ['Alice Example', 'alice@example.org', 'Bob Example', 'Active', 'Use another account'])
        assert.ok(page.body.includes(text), text)
      const csrf = formToken(page)
      const done = await browser.post(`${path}/account`, { csrf, answer: choiceOf(page, 'alice') })
      assert.equal(await whoAt(await browser.get(locationOf(done)), browser), 'alice')
      assert.equal(await activeOf(browser), 'bob')
    })

    test('prompt=select_account with prompt=login asks first who, then for their password', async () => {
      const browser = await browserOf('alice', 'bob')
      const path = locationOf(await browser.get(`/authorize?${queryOf('wiki', { prompt: 'select_account login' })}`))
      const page = await browser.get(path)
      await browser.post(`${path}/account`, { csrf: formToken(page), answer: choiceOf(page, 'alice') })
      const again = await browser.get(path)
      assert.match(again.body, /name="username"[^>]* value="alice"[^>]* readonly/)
      // The mind can be changed: to the others, not to a page without a name.
      const other = await browser.post(`${path}/account`, { csrf: formToken(again, '/account'), answer: 'choose' })
      assert.match((await browser.get(locationOf(other))).body, /Choose an account/)
      const done = await browser.post(`${path}/password`, {
        ...{ csrf: formToken(again, '/password'), username: 'alice', password: PASSWORD },
      })
      assert.equal(await whoAt(await browser.get(locationOf(done)), browser), 'alice')
    })

    test('an app’s question can be answered by a sign-out of one, of all, or by another account', async () => {
      const browser = await browserOf('alice', 'bob')
      const path = locationOf(await browser.get(`/authorize?${queryOf('wiki', { prompt: 'select_account' })}`))
      const page = await browser.get(path)
      const one = await browser.post(`${path}/account`, { csrf: formToken(page), sign_out: choiceOf(page, 'bob') })
      assert.equal(locationOf(one), `${path}?account=choose`)
      const left = await browser.get(locationOf(one))
      assert.ok(left.body.includes('Alice Example') && !left.body.includes('Bob Example'))
      const all = await browser.post(`${path}/account`, { csrf: formToken(left), sign_out: 'all' })
      assert.equal(locationOf(all), path)
      assert.equal(browser.cookies.has(SESSION), false)
      assert.match((await browser.get(path)).body, /Sign in to <bdi>Wiki/)
    })

    test('from the consent page, to another one: what is asked is theirs then', async () => {
      const browser = await browserOf('alice', 'bob')
      const path = locationOf(await browser.get(`/authorize?${spaQuery({ login_hint: 'alice' })}`))
      assert.match((await browser.get(path)).body, /Alice Example[\s\S]*\?account&#x3D;choose/)
      const chooser = await browser.get(`${path}?account=choose`)
      await browser.post(`${path}/account`, { csrf: formToken(chooser), answer: choiceOf(chooser, 'bob') })
      const page = await browser.get(path)
      assert.ok(page.body.includes('Bob Example') && !page.body.includes('Alice Example'))
    })

    test('another one who was active when the answer came is not who was asked', async () => {
      const browser = await browserOf('bob', 'alice')
      const path = locationOf(await browser.get(`/authorize?${spaQuery({ scope: 'openid address' })}`))
      const page = await browser.get(path)
      assert.ok(page.body.includes('Alice Example'))
      await switchTo(browser, 'bob')
      assert.ok((await browser.get(path)).body.includes('Alice Example'))
      const done = await browser.post(`${path}/consent`, { csrf: formToken(page, '/consent'), answer: 'allow' })
      assert.equal(await whoAt(await browser.get(locationOf(done)), browser), 'alice')
      const [alice, bob] = await Promise.all(
        ['alice', 'bob'].map((name) => started().storage.accounts.findByUsername(name)),
      )
      assert.ok(await started().storage.consents.find(alice?.id ?? '', 'spa'))
      assert.equal(await started().storage.consents.find(bob?.id ?? '', 'spa'), undefined)
    })

    test('two tabs at two apps, each with its own account, at the same time', async () => {
      const browser = await browserOf('alice', 'bob')
      const open = async (id: string) =>
        locationOf(await browser.get(`/authorize?${queryOf(id, { prompt: 'select_account' })}`))
      const tabs = [await open('wiki'), await open('pair')] as const
      const pages = [await browser.get(tabs[0]), await browser.get(tabs[1])] as const
      const choose = (tab: 0 | 1, name: string) =>
        browser.post(`${tabs[tab]}/account`, { csrf: formToken(pages[tab]), answer: choiceOf(pages[tab], name) })
      const done = [await choose(0, 'alice'), await choose(1, 'bob')] as const
      assert.equal(await whoAt(await browser.get(locationOf(done[0])), browser), 'alice')
      assert.equal(await whoAt(await browser.get(locationOf(done[1])), browser), 'bob')
    })
  })

  describe('more to prove', () => {
    const AAL2 = JSON.stringify({ id_token: { acr: { essential: true, value: 'aal2' } } })

    test('[ASVS 7.2.4] a step-up renews the one session, where it is; nobody else’s, and nobody becomes active', async () => {
      const carol = await started().addAccount({ username: 'carol', claims: { name: 'Carol Example' } })
      const browser = await browserOf('alice', 'carol', 'bob')
      const phone = await addTotp(started(), carol)
      const query = queryOf('wiki', { login_hint: 'carol', claims: AAL2 })
      const path = locationOf(await browser.get(`/authorize?${query}`))
      assert.match((await browser.get(path)).body, /Carol Example/)
      // Another tab has another one active by then.
      await switchTo(browser, 'alice')
      const before = (browser.cookies.get(SESSION) ?? '').split('~')
      const done = await enterCode(browser, path, phone.code())
      const after = (browser.cookies.get(SESSION) ?? '').split('~')
      assert.deepEqual(
        after.map((handle, at) => handle === before[at]),
        [true, true, false],
      )
      assert.equal(after[2]?.split('.')[0], before[2]?.split('.')[0])
      assert.equal(await whoAt(await browser.get(locationOf(done)), browser), 'carol')
      assert.equal(await activeOf(browser), 'alice')
    })

    test('a password that is not enough puts nobody into the browser; the code does', async () => {
      const dora = await started().addAccount({ username: 'dora', claims: { name: 'Dora Example' } })
      const phone = await addTotp(started(), dora)
      const browser = await browserOf('alice')
      const before = browser.cookies.get(SESSION)
      const path = locationOf(await browser.get('/sign-in?account=other')).split('?')[0] ?? ''
      const page = await browser.get(`${path}?account=other`)
      const csrf = formToken(page)
      await browser.post(`${path}/password?account=other`, { csrf, username: 'dora', password: PASSWORD })
      assert.equal(browser.cookies.get(SESSION), before)
      assert.deepEqual(await namesIn(browser), ['alice'])
      await enterCode(browser, path, phone.code())
      assert.deepEqual(await namesIn(browser), ['dora', 'alice'])
    })
  })

  describe('pages of one’s own', () => {
    test('a fresh sign-in is the active account’s: that of another one proves nothing', async () => {
      const browser = await browserOf('alice')
      started().clock.advance(HOUR)
      await add(browser, 'bob')
      await switchTo(browser, 'alice')
      const path = locationOf(await browser.get('/account/totp'))
      assert.match(path, /^\/sign-in\//)
      const page = await browser.get(path)
      assert.match(page.body, /name="username"[^>]* value="alice"[^>]* readonly/)
      // Who proves to be somebody else is active then, and it is their page.
      const done = await browser.post(`${path}/password`, {
        ...{ csrf: formToken(page, '/password'), username: 'bob', password: PASSWORD },
      })
      assert.equal(locationOf(await browser.get(locationOf(done))), '/account/totp')
      assert.match((await browser.get('/account/totp')).body, /bob/)
      await switchTo(browser, 'alice')
      assert.match(locationOf(await browser.get('/account/totp')), /^\/sign-in\//)
    })

    test('the form of a page that was opened as another one changes nothing', async () => {
      const browser = await browserOf('alice', 'bob')
      const page = await browser.get('/account/totp')
      assert.equal(page.statusCode, 200)
      await switchTo(browser, 'alice')
      const late = await browser.post('/account/totp/confirm', { csrf: formToken(page, '/confirm'), code: '000000' })
      assert.equal(late.statusCode, 403)
    })
  })

  describe('signing out', () => {
    test('of one: the others stay, and their apps, too', async () => {
      const { storage } = started()
      const browser = await browserOf('alice', 'bob')
      const [bob = '', alice = ''] = idsOf(browser)
      const page = await browser.get('/sign-out')
      assert.match(page.body, /Bob Example/)
      assert.match(page.body, /1 other account stays signed in/)
      const done = await browser.post('/sign-out', { csrf: formToken(page), answer: 'yes' })
      assert.equal(locationOf(done), '/signed-out')
      assert.match((await browser.get('/signed-out')).body, /Other accounts are still signed in/)
      assert.notEqual((await storage.sessions.find(bob))?.session.endedAt, undefined)
      assert.equal((await storage.sessions.find(alice))?.session.endedAt, undefined)
      assert.equal(await activeOf(browser), 'alice')
      assert.equal(await who(browser, queryOf('wiki', { prompt: 'none' })), 'alice')
    })

    test('of all', async () => {
      const { storage } = started()
      const browser = await browserOf('alice', 'bob')
      const ids = idsOf(browser)
      const page = await browser.get('/sign-out')
      await browser.post('/sign-out', { csrf: formToken(page), answer: 'all' })
      for (const id of ids) assert.notEqual((await storage.sessions.find(id))?.session.endedAt, undefined)
      assert.equal(browser.cookies.has(SESSION), false)
      assert.doesNotMatch((await browser.get('/signed-out')).body, /Other accounts/)
    })

    test('[RP-Initiated Logout 2] an ID token ends the session that it is of, whichever is active', async () => {
      const { storage } = started()
      for (const id of ['wiki', 'pair']) {
        const browser = await browserOf('alice', 'bob')
        const [bob = '', alice = ''] = idsOf(browser)
        const hint = await idTokenOf(browser, id, 'alice')
        const done = await browser.get(`/end-session?id_token_hint=${hint}`)
        assert.match(locationOf(done), /^\/signed-out/)
        assert.notEqual((await storage.sessions.find(alice))?.session.endedAt, undefined)
        assert.equal((await storage.sessions.find(bob))?.session.endedAt, undefined)
        assert.deepEqual(await namesIn(browser), ['bob'])
      }
    })

    test('[RP-Initiated Logout 2] without one, who is meant is asked: by logout_hint, or as who used the app', async () => {
      const browser = await browserOf('alice', 'bob')
      const asked = async (query: Record<string, string>) => {
        const page = locationOf(await browser.get(`/end-session?${new URLSearchParams(query)}`))
        return /<bdi>(Alice|Bob) Example/.exec((await browser.get(page)).body)?.[1]
      }
      assert.equal(await asked({}), 'Bob')
      assert.equal(await asked({ logout_hint: 'alice@example.org' }), 'Alice')
      assert.equal(await who(browser, queryOf('wiki', { login_hint: 'alice' })), 'alice')
      assert.equal(await asked({ client_id: 'wiki' }), 'Alice')
      assert.equal(await asked({ client_id: 'wiki', logout_hint: 'bob' }), 'Bob')
      // Of somebody else it says nothing.
      assert.equal(await asked({ logout_hint: 'carol' }), 'Bob')
    })

    test('everywhere: of one account, and the other one stays', async () => {
      const browser = await browserOf('alice', 'bob')
      const elsewhere = await browserOf('bob')
      const csrf = formToken(await browser.get('/'), '/sign-out-everywhere')
      await switchTo(browser, 'alice')
      // Whose form it is, is who signs out.
      await browser.post('/sign-out-everywhere', { csrf })
      assert.deepEqual(await namesIn(browser), ['alice'])
      assert.equal(await activeOf(elsewhere), undefined)
    })

    test('elsewhere, or by an admin: they disappear here, and nobody takes their place unseen', async () => {
      const { storage, clock } = started()
      const browser = await browserOf('alice', 'bob')
      const [bob = ''] = idsOf(browser)
      assert.equal(await who(browser, queryOf('pair')), 'bob')
      await storage.sessions.end(bob, clock.now())
      // An app that he was using does not get her, unless she says so.
      assert.equal(await who(browser, queryOf('pair', { prompt: 'none' })), 'login_required')
      const path = locationOf(await browser.get(`/authorize?${queryOf('pair')}`))
      const asking = await browser.get(path)
      assert.match(asking.body, /type="password"/)
      assert.doesNotMatch(asking.body, /bob|alice/)
      const other = await browser.post(`${path}/account`, { csrf: formToken(asking, '/account'), answer: 'choose' })
      const chooser = await browser.get(locationOf(other))
      const chosen = await browser.post(`${path}/account`, {
        csrf: formToken(chooser),
        answer: choiceOf(chooser, 'alice'),
      })
      assert.equal(await whoAt(await browser.get(locationOf(chosen)), browser), 'alice')
      assert.equal(await who(browser, queryOf('pair', { prompt: 'none' })), 'alice')
      assert.deepEqual(await namesIn(browser), ['alice'])
      assert.equal(await activeOf(browser), 'alice')
      assert.match(await who(browser, queryOf('wiki', { login_hint: 'bob', prompt: 'login' })), /^Sign in/)
    })
  })

  describe('what anybody can plant', () => {
    test('the handle of somebody else’s session is worth what its secret is: nothing', async () => {
      const theirs = (await browserOf('bob')).cookies.get(SESSION) ?? ''
      const forged = `${theirs.split('.')[0]}.${'A'.repeat(43)}`
      const browser = await browserOf('alice')
      const own = browser.cookies.get(SESSION) ?? ''
      for (const cookie of [`${forged}~${own}`, `${own}~${forged}`]) {
        browser.cookies.set(SESSION, cookie)
        assert.deepEqual(await namesIn(browser), ['alice'])
        assert.equal(await who(browser, queryOf('wiki', { login_hint: 'bob' })), 'alice')
        const page = await browser.get('/accounts')
        for (const field of ['answer', 'sign_out']) {
          await browser.post('/accounts', { csrf: formToken(page), [field]: theirs.split('.')[0] ?? '' })
        }
        assert.equal(await activeOf(browser), 'alice')
      }
      // It goes with the next change.
      await add(browser, 'alice')
      assert.deepEqual(idsOf(browser), [own.split('.')[0]])
    })

    test('[ASVS 7.2.4] a session that was planted gives who planted it nothing of who signs in', async () => {
      const attacker = await browserOf('bob')
      const planted = attacker.cookies.get(SESSION) ?? ''
      const victim = testBrowser(started().app)
      victim.cookies.set(SESSION, planted)
      await add(victim, 'alice')
      assert.equal(await activeOf(victim), 'alice')
      assert.ok(!(victim.cookies.get(SESSION) ?? '').split('~')[0]?.startsWith(planted.split('.')[0] ?? '?'))
      assert.deepEqual(await namesIn(attacker), ['bob'])
    })

    test('two cookies of the name are not one of both; an oversize one is none', async () => {
      const [alice, bob] = [await browserOf('alice'), await browserOf('bob')]
      const handles = [alice, bob].map(({ cookies }) => cookies.get(SESSION) ?? '')
      const ask = (cookie: string) => started().app.inject({ url: '/', headers: { accept: 'text/html', cookie } })
      const both = await ask(handles.map((handle) => `${SESSION}=${handle}`).join('; '))
      assert.ok(both.body.includes('Alice Example') !== both.body.includes('Bob Example'))
      const long = await ask(`${SESSION}=${Array.from({ length: 60 }, () => handles[0]).join('~')}`)
      assert.ok(!long.body.includes('Alice Example'))
    })

    test('a post from another site switches nothing, and signs nobody out', async () => {
      const browser = await browserOf('alice', 'bob')
      const page = await browser.get('/accounts')
      const csrf = formToken(page)
      for (const fields of [{ answer: choiceOf(page, 'alice') }, { sign_out: 'all' }]) {
        const headers = { 'sec-fetch-site': 'cross-site' }
        assert.equal((await browser.post('/accounts', { csrf, ...fields }, headers)).statusCode, 403)
        assert.equal(locationOf(await browser.post('/accounts', { csrf: 'forged', ...fields })), '/accounts')
      }
      assert.equal(await activeOf(browser), 'bob')
    })
  })

  test('whose session was idle for too long is told as signed out, and takes it up again with a password alone', async () => {
    const { clock, deps } = started()
    const browser = await browserOf('alice', 'bob')
    assert.equal(await who(browser, queryOf('wiki', { login_hint: 'alice' })), 'alice')
    const ids = idsOf(browser)
    for (let spent = 0; spent < deps.lifetimes.sessionIdle; spent += HOUR) {
      clock.advance(HOUR)
      assert.equal(await activeOf(browser), 'bob')
    }
    clock.advance(MINUTE)
    // The app that she was using asks for her, by name.
    const asked = locationOf(await browser.get(`/authorize?${queryOf('wiki')}`))
    assert.match((await browser.get(asked)).body, /name="username"[^>]* value="alice"/)
    assert.equal(await who(browser, queryOf('wiki', { prompt: 'none' })), 'login_required')
    const page = await browser.get('/accounts')
    assert.match(page.body, /<bdi>alice<\/bdi>[\s\S]*Signed out: sign in again/)
    const chosen = await browser.post('/accounts', { csrf: formToken(page), answer: choiceOf(page, 'alice') })
    const path = locationOf(chosen)
    const form = await browser.get(path)
    assert.match(form.body, /name="username"[^>]* value="alice"/)
    const done = await browser.post(`${path.split('?')[0]}/password?account=other`, {
      ...{ csrf: formToken(form), username: 'alice', password: PASSWORD },
    })
    assert.equal(locationOf(await browser.get(locationOf(done))), '/')
    assert.deepEqual(idsOf(browser).toSorted(), ids.toSorted())
    assert.deepEqual(await namesIn(browser), ['alice', 'bob'])
  })
})
