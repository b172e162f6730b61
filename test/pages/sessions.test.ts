/** How long a browser stays signed in, what ends it, and what signing out says. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { changePassword, disableAccount, removeAccount } from '../../src/accounts/account-changes.ts'
import { HOUR } from '../../src/base/duration.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { authorizeQuery, formToken, locationOf, type TestBrowser, testBrowser } from '../fixtures/test-browser.ts'
import { answerOf, choiceOf } from '../fixtures/test-pages.ts'

const silently = async (browser: TestBrowser) =>
  answerOf(await browser.get(`/authorize?${authorizeQuery({ prompt: 'none' })}`)).searchParams.get('error') ??
  'signed in'

describe('[ASVS 7.3] sessions end', () => {
  const started = suiteApp({ lifetimes: { sessionIdle: 12 * HOUR, sessionAbsolute: 24 * HOUR } })
  const aSession = async (username = 'alice') => {
    const browser = testBrowser(started().app)
    await browser.signIn(authorizeQuery(), { username })
    return browser
  }

  test('[ASVS 7.3.1] when nobody has used them for the idle time', async () => {
    const { clock } = started()
    const [used, idle] = [await aSession(), await aSession()]
    clock.advance(12 * HOUR - 1)
    assert.equal(await silently(used), 'signed in')
    clock.advance(1)
    assert.equal(await silently(idle), 'login_required')
    clock.advance(12 * HOUR - 2)
    assert.equal(await silently(used), 'signed in')
  })

  test('an idle session is taken up again by who signs in again, so that their apps stay with them', async () => {
    const { clock, storage } = started()
    const browser = await aSession()
    const cookie = browser.cookies.get('__Host-countersign-session')
    clock.advance(13 * HOUR)
    await browser.signIn()
    const again = browser.cookies.get('__Host-countersign-session')
    assert.equal(again?.split('.')[0], cookie?.split('.')[0])
    assert.notEqual(again, cookie)
    clock.advance(13 * HOUR)
    // Signing out of it works when nobody counts as signed in any more, too.
    const page = await browser.get('/sign-out')
    await browser.post('/sign-out', { csrf: formToken(page), answer: 'yes' })
    assert.equal((await storage.sessions.find(again?.split('.')[0] ?? ''))?.session.endedAt, clock.now())
  })

  test('who was idle for too long is asked for the password, not for the name', async () => {
    const { clock } = started()
    const browser = await aSession()
    clock.advance(13 * HOUR)
    assert.match((await browser.start()).page.body, /value="alice"/)
  })

  test('an idle session of one account is still there when another one signs in, and is told as signed out', async () => {
    const { clock, storage } = started()
    const browser = await aSession()
    const id = browser.cookies.get('__Host-countersign-session')?.split('.')[0] ?? ''
    clock.advance(13 * HOUR)
    await browser.signIn(authorizeQuery(), { username: 'bob' })
    assert.equal((await storage.sessions.find(id))?.session.endedAt, undefined)
    const accounts = await browser.get('/accounts')
    assert.match(accounts.body, /Signed out: sign in again/)
    const chosen = await browser.post('/accounts', { csrf: formToken(accounts), answer: choiceOf(accounts, 'alice') })
    const page = await browser.get(locationOf(chosen))
    assert.match(page.body, /type="password"/)
    assert.match(page.body, /value="alice"/)
  })

  test('[ASVS 7.3.2] after the absolute time, however often they are used', async () => {
    const { clock } = started()
    const browser = await aSession()
    for (let hour = 0; hour < 23; hour++) {
      clock.advance(HOUR)
      assert.equal(await silently(browser), 'signed in')
    }
    clock.advance(HOUR)
    assert.equal(await silently(browser), 'login_required')
  })

  for (const [title, change] of [
    ['[ASVS 7.4.2] when the account is disabled', disableAccount],
    ['when the account is removed', removeAccount],
  ] as const) {
    test(`${title}, at once`, async () => {
      const { addAccount, storage, clock } = started()
      const username = title.includes('disabled') ? 'dora' : 'rita'
      const account = await addAccount({ username })
      const browser = await aSession(username)
      await change(storage, account.id, clock.now())
      assert.equal(await silently(browser), 'login_required')
      assert.doesNotMatch((await browser.get('/')).body, /Sign out/)
    })
  }

  test('when the password is changed', async () => {
    const { addAccount, storage, clock, deps } = started()
    const account = await addAccount({ username: 'carol' })
    const browser = await aSession('carol')
    const passwordHash = await deps.passwords.hash('another long passphrase')
    await changePassword(storage, { accountId: account.id, passwordHash }, clock.now())
    assert.equal(await silently(browser), 'login_required')
  })

  test('in the flow: a session that ended on the way asks for the password again', async () => {
    const { addAccount, storage, clock } = started()
    const account = await addAccount({ username: 'erin' })
    const browser = await aSession('erin')
    clock.advance(1)
    const path = locationOf(await browser.get(`/authorize?${authorizeQuery({ prompt: 'select_account' })}`))
    const page = await browser.get(path)
    await disableAccount(storage, account.id, clock.now())
    const response = await browser.post(`${path}/account`, { csrf: formToken(page), answer: 'continue' })
    assert.match((await browser.get(locationOf(response))).body, /type="password"/)
  })
})

describe('a session that is used', () => {
  const started = suiteApp()

  test('is written back at most once a minute, so that single sign-on costs no write each time', async () => {
    const { app, clock, storage } = started()
    const browser = testBrowser(app)
    await browser.signIn()
    const id = browser.cookies.get('__Host-countersign-session')?.split('.')[0] ?? ''
    const lastSeen = async () => (await storage.sessions.find(id))?.session.lastSeenAt
    const begun = clock.now()
    clock.advance(60_000)
    await silently(browser)
    assert.equal(await lastSeen(), begun)
    clock.advance(1)
    await silently(browser)
    assert.equal(await lastSeen(), clock.now())
  })
})

describe('the sign-out page', () => {
  const started = suiteApp()

  test('asks first, then ends the session and says so', async () => {
    const browser = testBrowser(started().app)
    await browser.signIn()
    const page = await browser.get('/sign-out')
    assert.match(page.body, /Sign out of <bdi>Example Login/)
    assert.equal(await silently(browser), 'signed in')
    const done = await browser.post('/sign-out', { csrf: formToken(page) })
    assert.equal(locationOf(done), '/signed-out')
    assert.match((await browser.get('/signed-out')).body, /You are signed out/)
    assert.equal(await silently(browser), 'login_required')
  })

  test('opened or posted by somebody who is not signed in, it is done already', async () => {
    const browser = testBrowser(started().app)
    assert.equal(locationOf(await browser.get('/sign-out')), '/signed-out')
    assert.equal(locationOf(await browser.post('/sign-out', {})), '/signed-out')
  })

  test('signing out twice, from two tabs, is no error', async () => {
    const browser = testBrowser(started().app)
    await browser.signIn()
    const csrf = formToken(await browser.get('/sign-out'))
    const audited = () => started().logged.filter((line) => line['audit'] === 'signed_out').length
    const before = audited()
    const both = await Promise.all([browser.post('/sign-out', { csrf }), browser.post('/sign-out', { csrf })])
    assert.deepEqual(both.map(locationOf), ['/signed-out', '/signed-out'])
    assert.equal(audited(), before + 1)
  })
})
