/** One button that ends it all: every browser of the account, and every app. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { suiteApp } from '../fixtures/suite-app.ts'
import { authorizeQuery, formToken, type TestBrowser, testBrowser } from '../fixtures/test-browser.ts'
import { assertRefused, isActive, newTokens, postAsApp } from '../fixtures/test-client.ts'

const ACTION = '/sign-out-everywhere'

describe('signing out everywhere', () => {
  const started = suiteApp()
  const signedIn = async (username = 'alice') => {
    const browser = testBrowser(started().app)
    await browser.signIn(authorizeQuery(), { username })
    return browser
  }
  const csrfOf = async (browser: TestBrowser) => formToken(await browser.get('/'), ACTION)
  const isSignedIn = async (browser: TestBrowser) => /You are signed in/.test((await browser.get('/')).body)

  test('ends the sessions of every browser and what apps may do while the person is away', async () => {
    const { app, logged } = started()
    const [here, there, bob] = [await signedIn(), await signedIn(), await signedIn('bob')]
    const away = await newTokens(app, { query: authorizeQuery({ scope: 'openid offline_access' }) })
    const answer = await here.post(ACTION, { csrf: await csrfOf(here) })
    assert.deepEqual([answer.statusCode, answer.headers.location], [303, '/signed-out'])
    assert.deepEqual([await isSignedIn(here), await isSignedIn(there), await isSignedIn(bob)], [false, false, true])
    assert.equal(await isActive(app, away.access_token), false)
    const refresh = { grant_type: 'refresh_token', refresh_token: away.refresh_token }
    assertRefused(await postAsApp(app, '/token', refresh), 400, 'invalid_grant')
    const line = logged.find(({ audit }) => audit === 'signed_out_everywhere')
    assert.ok(Number(line?.['sessions']) >= 2 && Number(line?.['grants']) >= 1)
  })

  test('takes the form of that very session: not another’s, not a forged one, not another site’s', async () => {
    const [alice, bob] = [await signedIn(), await signedIn('bob')]
    await alice.post(ACTION, { csrf: await csrfOf(bob) })
    await alice.post(ACTION, {})
    const csrf = await csrfOf(alice)
    assert.equal((await alice.post(ACTION, { csrf }, { 'sec-fetch-site': 'cross-site' })).statusCode, 403)
    assert.deepEqual([await isSignedIn(alice), await isSignedIn(bob)], [true, true])
  })

  test('asked for by nobody who is signed in, leads on', async () => {
    const answer = await testBrowser(started().app).post(ACTION, {})
    assert.deepEqual([answer.statusCode, answer.headers.location], [303, '/signed-out'])
  })
})
