/** What the home page tells people about their own safety, and how they put it away. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HOUR } from '../../src/base/duration.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { authorizeQuery, formToken, type TestBrowser, testBrowser } from '../fixtures/test-browser.ts'
import { codeFields, newCode, postAsApp } from '../fixtures/test-client.ts'

const WARNING = /Someone may have used a stolen sign-in of <bdi>App<\/bdi>/g

describe('a stolen code or refresh token is told of on the home page', () => {
  const started = suiteApp()
  const signedIn = async (username = 'alice') => {
    const browser = testBrowser(started().app)
    await browser.signIn(authorizeQuery(), { username })
    return browser
  }
  /** Alice's code, redeemed twice. */
  const robAlice = async () => {
    const { app } = started()
    const code = await newCode(app)
    await postAsApp(app, '/token', codeFields(code))
    assert.equal((await postAsApp(app, '/token', codeFields(code))).statusCode, 400)
  }
  const warnings = async (browser: TestBrowser) => ((await browser.get('/')).body.match(WARNING) ?? []).length
  const dismissal = async (browser: TestBrowser) => {
    const page = await browser.get('/')
    const action = /action="(\/notices\/[^"]+)"/.exec(page.body)?.[1] ?? ''
    return { action, csrf: formToken(page, action) }
  }

  test('[RFC6749 4.1.2] with the app, the time and what was done, until it is dismissed', async () => {
    const browser = await signedIn()
    assert.equal(await warnings(browser), 0)
    await robAlice()
    const page = await browser.get('/')
    assert.match(page.body, /<time datetime="2026-01-15T12:00:00\.000Z">15 January 2026 at 12:00 UTC<\/time>/)
    const { action, csrf } = await dismissal(browser)
    const answer = await browser.post(action, { csrf })
    assert.deepEqual([answer.statusCode, answer.headers.location], [303, '/'])
    assert.equal(await warnings(browser), 0)
  })

  test('once for each theft, whoever comes again; and the owner of the grant alone sees it', async () => {
    // Those of the same app within an hour are told of once.
    started().clock.advance(HOUR + 1)
    const [alice, bob] = [await signedIn(), await signedIn('bob')]
    const { app } = started()
    const code = await newCode(app)
    for (let time = 0; time < 4; time++) await postAsApp(app, '/token', codeFields(code))
    assert.equal(await warnings(alice), 1)
    assert.equal(await warnings(bob), 0)
    assert.equal(await warnings(testBrowser(app)), 0)

    // Nobody else puts it away: not another account, not a form without its token, not another site.
    const { action, csrf } = await dismissal(alice)
    await bob.post(action, { csrf })
    await alice.post(action, { csrf: `${csrf}x` })
    assert.equal((await alice.post(action, { csrf }, { 'sec-fetch-site': 'cross-site' })).statusCode, 403)
    assert.equal(await warnings(alice), 1)
    await alice.post(action, { csrf })
    assert.equal(await warnings(alice), 0)
  })
})
