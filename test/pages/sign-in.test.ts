/** The sign-in page: what it tells, what it keeps to itself, and that it never is a dead end. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { LightMyRequestResponse } from 'fastify'
import { changePassword, disableAccount } from '../../src/accounts/account-changes.ts'
import { passwordHasher } from '../../src/accounts/authenticators/password.ts'
import { aClient, aPublicClient } from '../fixtures/client.ts'
import { fakeClock } from '../fixtures/clock.ts'
import { gatedHasher } from '../fixtures/gated-hasher.ts'
import { skeleton } from '../fixtures/html.ts'
import { CHEAP_HASHING, countingCompute } from '../fixtures/password-hashing.ts'
import { fakeRandom } from '../fixtures/random.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { PASSWORD } from '../fixtures/test-app.ts'
import { authorizeQuery, locationOf, type TestBrowser, testBrowser } from '../fixtures/test-browser.ts'
import { assertErrorPage, shownErrorId } from '../fixtures/test-pages.ts'

/** A page without what differs from one request to the next: ids, form tokens, and what was typed. */
const withoutIds = ({ body }: LightMyRequestResponse, typed: string): string =>
  body
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
    .replaceAll(/name="csrf" value="[^"]+"/g, 'CSRF')
    .replaceAll(/<code>[0-9a-z]{4}-[0-9a-z]{4}<\/code>/g, 'SUPPORT')
    .replaceAll(`value="${typed}"`, 'TYPED')

const attempt = async (browser: TestBrowser, username: string, password: string) => {
  const { path, csrf } = await browser.start()
  return browser.post(`${path}/password`, { csrf, username, password })
}

const papers = aClient({
  id: 'papers',
  metadata: { policy_uri: 'https://app.example/privacy', tos_uri: 'https://app.example/terms' },
})

describe('the sign-in page', () => {
  const started = suiteApp({ clients: [aClient(), aPublicClient(), papers] })

  test('names the app, and password managers know its fields', async () => {
    const { page } = await testBrowser(started().app).start()
    assert.equal(page.statusCode, 200)
    assert.match(page.body, /Sign in to <bdi>App<\/bdi>/)
    assert.match(page.body, /name="username" [^>]*autocomplete="username"/)
    assert.match(page.body, /name="password" type="password" autocomplete="current-password"/)
  })

  test('[OpenID Connect Registration 2] links the app’s policy and terms, where it has any', async () => {
    const { app } = started()
    const { page } = await testBrowser(app).start(authorizeQuery({ client_id: 'papers' }))
    assert.match(page.body, /href="https:\/\/app\.example\/privacy"/)
    assert.match(page.body, /href="https:\/\/app\.example\/terms"/)
    assert.doesNotMatch((await testBrowser(app).start()).page.body, /policy|terms/i)
  })

  test('[ASVS 6.3.8] a wrong password, an unknown account and an account without password look the same in every byte', async () => {
    const { app, addAccount } = started()
    await addAccount({ username: 'federated', claims: {}, passwordHash: undefined })
    const tries = ['alice', 'nobody', 'federated', 'a\u200bb', 'x'.repeat(300)]
    const answers = await Promise.all(tries.map((username) => attempt(testBrowser(app), username, 'wrong')))
    const seen = answers.map((answer, at) => {
      const { date, 'content-length': length, ...headers } = answer.headers
      const cookies = answer.cookies.map(({ name }) => name)
      return { status: answer.statusCode, headers, cookies, page: withoutIds(answer, tries[at] ?? '') }
    })
    for (const one of seen) assert.deepEqual(one, seen[0])
    assert.equal(seen[0]?.status, 400)
    assert.match(seen[0]?.page ?? '', /The user name or the password is not right/)
  })

  test('keeps the user name, never the password', async () => {
    const secret = 'hunter2-is-my-password'
    const page = await attempt(testBrowser(started().app), 'Alice ', secret)
    assert.match(page.body, /name="username"[^>]* value="Alice"/)
    assert.doesNotMatch(page.body, /hunter2/)
    assert.equal(
      started().logged.some((line) => JSON.stringify(line).includes('hunter2')),
      false,
    )
  })

  test('says what is missing, beside the field', async () => {
    const { app } = started()
    const noName = await attempt(testBrowser(app), ' ', PASSWORD)
    assert.equal(noName.statusCode, 400)
    assert.match(noName.body, /id="username-error"/)
    const noPassword = await attempt(testBrowser(app), 'alice', '')
    assert.match(noPassword.body, /id="password-error"/)
    assert.doesNotMatch(noPassword.body, /id="username-error"/)
    assert.match(noPassword.body, /value="alice"/)
  })

  test('what no account can have is refused on the page itself, which names the app and goes on', async () => {
    const { app } = started()
    const tries = [
      ['x'.repeat(321), PASSWORD],
      ['alice', 'p'.repeat(4097)],
      ['al\tice', PASSWORD],
      ['al\0ice', PASSWORD],
      ['alice', 'a\0b'],
    ] as const
    for (const [username, password] of tries) {
      const page = await attempt(testBrowser(app), username, password)
      assert.equal(page.statusCode, 400)
      assert.match(page.body, /Sign in to <bdi>App<\/bdi>/)
      assert.ok(shownErrorId(page))
    }
  })

  test('an id that is in the log stands on every refusal', async () => {
    const page = await attempt(testBrowser(started().app), 'alice', 'wrong')
    const id = shownErrorId(page)
    assert.ok(started().logged.some((line) => line['reqId'] === id && line['audit'] === 'sign_in_refused'))
  })

  test('a verified e-mail address signs in as well, in any case', async () => {
    const { app } = started()
    assert.equal((await attempt(testBrowser(app), 'ALICE@Example.ORG', PASSWORD)).statusCode, 303)
    assert.equal((await attempt(testBrowser(app), ' aLiCe ', PASSWORD)).statusCode, 303)
  })

  test('a disabled account is told so only to who knows its password', async () => {
    const { app, addAccount, storage, clock } = started()
    const dora = await addAccount({ username: 'dora', claims: {} })
    await disableAccount(storage, dora.id, clock.now())
    const knows = await attempt(testBrowser(app), 'dora', PASSWORD)
    assert.equal(knows.statusCode, 403)
    assert.match(knows.body, /This account is disabled/)
    const guesses = await attempt(testBrowser(app), 'dora', 'wrong')
    assert.equal(guesses.statusCode, 400)
    assert.doesNotMatch(guesses.body, /disabled/)
  })

  test('what is typed is shown as text', async () => {
    const { app } = started()
    const plain = skeleton((await attempt(testBrowser(app), 'plain', 'wrong')).body)
    for (const hostile of ['"><script>alert(1)</script>', '{{constructor}}', "' onfocus=alert(1) x='", '<!--']) {
      assert.equal(skeleton((await attempt(testBrowser(app), hostile, 'wrong')).body), plain)
    }
  })

  test('opened directly it signs in and goes home', async () => {
    const browser = testBrowser(started().app)
    const path = locationOf(await browser.get('/sign-in'))
    const page = await browser.get(path)
    assert.match(page.body, /Sign in to <bdi>Example Login<\/bdi>/)
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
    const posted = await browser.post(`${path}/password`, { csrf, username: 'alice', password: PASSWORD })
    assert.equal(locationOf(await browser.get(locationOf(posted))), '/')
    assert.match((await browser.get('/')).body, /Alice Example/)
    const again = locationOf(await browser.get('/sign-in'))
    assert.equal(locationOf(await browser.get(again)), '/')
  })

  test('the issuer opened directly shows who is signed in and the apps, and to nobody else which apps there are', async () => {
    const { app } = started()
    const stranger = await testBrowser(app).get('/')
    assert.equal(stranger.statusCode, 200)
    assert.doesNotMatch(stranger.body, /app\.example/)
    const browser = testBrowser(app)
    await browser.signIn()
    assert.match((await browser.get('/')).body, /href="https:\/\/app\.example\/"/)
  })

  test('[RFC6749 4.1.2.1] cancelling goes back to the app with access_denied', async () => {
    const browser = testBrowser(started().app)
    const { path, page } = await browser.start()
    const form = page.body.split('<form').find((part) => part.includes('/cancel"')) ?? ''
    const csrf = /name="csrf" value="([^"]+)"/.exec(form)?.[1] ?? ''
    const answer = new URL(locationOf(await browser.post(`${path}/cancel`, { csrf })))
    assert.equal(`${answer.origin}${answer.pathname}`, 'https://app.example/callback')
    assert.deepEqual(
      [answer.searchParams.get('error'), answer.searchParams.get('state'), answer.searchParams.get('iss')],
      ['access_denied', 'a-state', 'https://login.example'],
    )
  })

  test('an address of no interaction is a page that leads on', async () => {
    const browser = testBrowser(started().app)
    for (const id of ['019bc13e-5c00-7abc-8abc-0123456789ab', 'x', '..%2f', '%3Cscript%3E', 'a'.repeat(500)]) {
      const page = await browser.get(`/sign-in/${id}`)
      assertErrorPage(started(), page, 404)
      assert.match(page.body, /<a class="button primary" href="\/"/)
    }
  })
})

describe('[ASVS 6.3.8] the work of a sign-in', () => {
  const { compute, costs } = countingCompute()
  const passwords = passwordHasher(CHEAP_HASHING, { clock: fakeClock(), random: fakeRandom(), compute })
  const started = suiteApp({ passwords })

  test('every refusal costs one hash of the same cost, whether or not there is such an account', async () => {
    const { app, addAccount } = started()
    await addAccount({ username: 'federated', claims: {}, passwordHash: undefined })
    for (const [username, password] of [
      ['alice', 'wrong'],
      ['nobody', 'wrong'],
      ['federated', 'x'],
      ['\u200b', 'x'],
      ['nobody@example.org', 'x'],
      ['alice', 'p'.repeat(4096)],
    ] as const) {
      const browser = testBrowser(app)
      const { path, csrf } = await browser.start()
      const before = costs.length
      const response = await browser.post(`${path}/password`, { csrf, username, password })
      assert.equal(response.statusCode, 400)
      assert.deepEqual(
        costs.slice(before),
        [{ memoryKib: CHEAP_HASHING.memoryKib, iterations: CHEAP_HASHING.iterations, parallelism: 1 }],
        username,
      )
    }
  })

  test('nothing is hashed for a form that is not ours or not complete', async () => {
    const browser = testBrowser(started().app)
    const { path, csrf } = await browser.start()
    const before = costs.length
    await browser.post(`${path}/password`, { csrf: 'forged', username: 'alice', password: PASSWORD })
    await browser.post(`${path}/password`, { csrf, username: 'alice', password: '' })
    await browser.post(
      `${path}/password`,
      { csrf, username: 'alice', password: PASSWORD },
      { 'sec-fetch-site': 'cross-site' },
    )
    assert.equal(costs.length, before)
  })
})

describe('when too many sign in at once', () => {
  const { passwords, shut } = gatedHasher({ concurrency: 1, queue: 1 })
  const started = suiteApp({ passwords })

  test('[RFC9110 15.6.4] 503 with Retry-After, the user name kept; the others get through', async () => {
    const { app } = started()
    const browsers = await Promise.all(
      Array.from({ length: 3 }, async () => {
        const browser = testBrowser(app)
        return { browser, ...(await browser.start()) }
      }),
    )
    const open = shut()
    const posts = browsers.map(({ browser, path, csrf }) =>
      browser.post(`${path}/password`, { csrf, username: 'alice', password: PASSWORD }),
    )
    const busy = await Promise.any(posts)
    assert.equal(busy.statusCode, 503)
    assert.match(String(busy.headers['retry-after']), /^[1-9]\d*$/)
    assert.match(busy.body, /Too many people are signing in/)
    assert.match(busy.body, /value="alice"/)
    open()
    const statuses = (await Promise.all(posts)).map((answer) => answer.statusCode)
    assert.deepEqual(statuses.sort(), [303, 303, 503])
    assert.ok((await testBrowser(app).signIn()).searchParams.get('code'))
  })
})

describe('a password that is changed, or an account that is disabled, while the old password is being verified', () => {
  const { passwords, shut } = gatedHasher()
  const started = suiteApp({ passwords })

  for (const what of ['changed', 'disabled'] as const) {
    test(`${what}: nobody is signed in with it`, async () => {
      const { app, addAccount, storage, clock } = started()
      const { id } = await addAccount({ username: what, claims: {} })
      const passwordHash = await passwords.hash('another long passphrase')
      const browser = testBrowser(app)
      const { path, csrf } = await browser.start()
      const open = shut()
      const posted = browser.post(`${path}/password`, { csrf, username: what, password: PASSWORD })
      // Long enough for the old hash to have been read.
      await setTimeout(50)
      clock.advance(1)
      if (what === 'changed') await changePassword(storage, { accountId: id, passwordHash }, clock.now())
      else await disableAccount(storage, id, clock.now())
      open()
      await posted
      assert.equal(browser.cookies.has('__Host-countersign-session'), false)
      const silent = await browser.get(`/authorize?${authorizeQuery({ prompt: 'none' })}`)
      assert.equal(new URL(locationOf(silent)).searchParams.get('error'), 'login_required')
    })
  }
})
