/** RP-Initiated Logout: whom it signs out, when it asks, and where it leads. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { forgeriesOf } from '../fixtures/forged-tokens.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { PASSWORD } from '../fixtures/test-app.ts'
import { authorizeQuery, formToken, locationOf, type TestBrowser, testBrowser } from '../fixtures/test-browser.ts'
import { codeFields, formEncoded, newTokens, postAsApp, postForm } from '../fixtures/test-client.ts'
import { assertErrorPage } from '../fixtures/test-pages.ts'

const BYE = 'https://app.example/bye'

describe('the end session endpoint', () => {
  const started = suiteApp()
  const signedIn = async (browser: TestBrowser) => /Alice Example|Bob Example/.test((await browser.get('/')).body)
  const end = (browser: TestBrowser, fields: Record<string, string | undefined>) =>
    browser.get(`/end-session?${formEncoded(fields)}`)
  const aSession = async () => {
    const browser = testBrowser(started().app)
    return { browser, ...(await newTokens(started().app, { browser })) }
  }

  test('[RP-Initiated Logout 2] with the ID token of who is signed in: ended at once, back to the registered URI with state', async () => {
    const { browser, id_token } = await aSession()
    const response = await end(browser, { id_token_hint: id_token, post_logout_redirect_uri: BYE, state: 'a b&c' })
    assert.equal(response.statusCode, 303)
    assert.equal(locationOf(response), `${BYE}?state=a+b%26c`)
    assert.match(
      String(response.headers['set-cookie']),
      /__Host-countersign-session=;.*(Max-Age=0|Expires=Thu, 01 Jan 1970)/,
    )
    assert.equal(await signedIn(browser), false)
  })

  test('the cookie that was used before is worth nothing afterwards', async () => {
    const { browser, id_token } = await aSession()
    const kept = [...browser.cookies]
    await end(browser, { id_token_hint: id_token })
    for (const [name, value] of kept) browser.cookies.set(name, value)
    assert.equal(await signedIn(browser), false)
    const silent = await browser.get(`/authorize?${authorizeQuery({ prompt: 'none' })}`)
    assert.equal(new URL(locationOf(silent)).searchParams.get('error'), 'login_required')
  })

  test('[RP-Initiated Logout 2] by POST as by GET', async () => {
    const { browser, id_token } = await aSession()
    const response = await browser.post(
      '/end-session',
      { id_token_hint: id_token, post_logout_redirect_uri: BYE },
      { 'sec-fetch-site': 'cross-site' },
    )
    assert.equal(locationOf(response), BYE)
    assert.equal(await signedIn(browser), false)
  })

  test('[RP-Initiated Logout 2] logout_hint and ui_locales are accepted, from a form of another site, too, and never twice', async () => {
    const { browser, id_token } = await aSession()
    const more = { logout_hint: 'alice', ui_locales: 'de en' }
    const fields = { id_token_hint: id_token, post_logout_redirect_uri: BYE, ...more }
    // Without cookies, as SameSite=Lax has it.
    const posted = await postForm(started().app, '/end-session', fields)
    const { searchParams } = new URL(locationOf(posted), 'https://login.example')
    assert.deepEqual(Object.fromEntries(searchParams), fields)
    assertErrorPage(started(), await browser.get('/end-session?logout_hint=a&logout_hint=b'))
    assert.equal(locationOf(await end(browser, fields)), BYE)
    assert.equal(await signedIn(browser), false)
  })

  test('[RP-Initiated Logout 2] an ID token that has expired is still a good hint', async () => {
    const { browser, id_token } = await aSession()
    started().clock.advance(3_600_000)
    assert.equal(locationOf(await end(browser, { id_token_hint: id_token, post_logout_redirect_uri: BYE })), BYE)
    assert.equal(await signedIn(browser), false)
  })

  test('[RP-Initiated Logout 6] without a hint the person is asked, and nothing happens until they answer', async () => {
    const { browser } = await aSession()
    const asked = locationOf(await end(browser, { client_id: 'app', post_logout_redirect_uri: BYE, state: 's' }))
    assert.match(asked, /^\/sign-out\?/)
    assert.equal(await signedIn(browser), true)
    const page = await browser.get(asked)
    assert.match(page.body, /App<\/bdi><\/strong> asks to sign you out/)
    const action = /action="([^"]+)"/.exec(page.body)?.[1]?.replaceAll('&amp;', '&').replaceAll('&#x3D;', '=') ?? ''
    const done = await browser.post(action, { csrf: formToken(page), answer: 'yes' })
    assert.equal(locationOf(done), `${BYE}?state=s`)
    assert.equal(await signedIn(browser), false)
  })

  test('[RP-Initiated Logout 2] an ID token of an earlier session only asks', async () => {
    const { id_token } = await aSession()
    const later = testBrowser(started().app)
    await later.signIn()
    assert.match(locationOf(await end(later, { id_token_hint: id_token })), /^\/sign-out/)
    assert.equal(await signedIn(later), true)
  })

  test('[RP-Initiated Logout 2] the ID token of somebody else only asks', async () => {
    const { id_token } = await aSession()
    const bob = testBrowser(started().app)
    await bob.signIn(authorizeQuery(), { username: 'bob', password: PASSWORD })
    assert.match(locationOf(await end(bob, { id_token_hint: id_token })), /^\/sign-out/)
    assert.equal(await signedIn(bob), true)
  })

  test('[RFC8725 2] no forged hint, and no other token as a hint, signs anyone out', async () => {
    const { browser, id_token, access_token, refresh_token } = await aSession()
    const forged = await forgeriesOf(id_token, started().app)
    for (const [title, hint] of [
      ...forged,
      ['an access token', access_token],
      ['a refresh token', refresh_token],
    ] as const) {
      const response = await end(browser, { id_token_hint: hint, post_logout_redirect_uri: BYE })
      assert.match(locationOf(response), /^\/sign-out$/, title)
      assert.equal(await signedIn(browser), true, title)
    }
  })

  test('[RP-Initiated Logout 2] client_id and a hint of another client do not go together', async () => {
    const { browser, id_token } = await aSession()
    assertErrorPage(started(), await end(browser, { id_token_hint: id_token, client_id: 'spa' }))
    assert.equal(await signedIn(browser), true)
  })

  const hostile = [
    'https://evil.example/',
    `${BYE}/`,
    `${BYE}?x=1`,
    'https://app.example@evil.example/bye',
    '//evil.example',
    '/\\evil.example',
    'https:evil.example',
    'javascript:alert(1)',
    'https://spa.example/bye',
    'https://app.example/callback',
  ]
  for (const uri of hostile) {
    test(`[RP-Initiated Logout 3] nobody is sent to ${uri}`, async () => {
      const { browser, id_token } = await aSession()
      const asked = await end(browser, { client_id: 'app', post_logout_redirect_uri: uri })
      assert.equal(locationOf(asked), '/sign-out?client_id=app')
      const withHint = await end(browser, { id_token_hint: id_token, post_logout_redirect_uri: uri })
      assert.equal(locationOf(withHint), '/sign-out?client_id=app')
      assert.equal(await signedIn(browser), true)
      await end(browser, { id_token_hint: id_token })
      const nobody = await end(browser, { client_id: 'app', post_logout_redirect_uri: uri })
      assert.equal(locationOf(nobody), '/signed-out?client_id=app')
      const page = await browser.get(`/sign-out?${formEncoded({ client_id: 'app', post_logout_redirect_uri: uri })}`)
      assert.equal(locationOf(page), '/signed-out?client_id=app')
      assert.doesNotMatch((await browser.get('/signed-out?client_id=app')).body, /evil|javascript:/)
    })
  }

  test('a post_logout_redirect_uri without a client leads to a page of ours', async () => {
    const { browser } = await aSession()
    assert.equal(locationOf(await end(browser, { post_logout_redirect_uri: BYE })), '/sign-out')
  })

  test('when nobody is signed in, the app gets its person back all the same', async () => {
    const browser = testBrowser(started().app)
    assert.equal(locationOf(await end(browser, { client_id: 'app', post_logout_redirect_uri: BYE })), BYE)
    assert.equal(locationOf(await end(browser, {})), '/signed-out')
    assert.equal((await browser.get('/signed-out')).statusCode, 200)
  })

  test('repeated and overlong parameters are a page', async () => {
    const browser = testBrowser(started().app)
    assertErrorPage(started(), await browser.get(`/end-session?state=1&state=2`))
    assertErrorPage(started(), await browser.get(`/end-session?id_token_hint=${'x'.repeat(8193)}`))
    assertErrorPage(
      started(),
      await postForm(started().app, '/end-session', 'client_id=app&client_id=app', { accept: 'text/html' }),
    )
  })

  test('an unknown client is no client', async () => {
    const browser = testBrowser(started().app)
    assert.equal(locationOf(await end(browser, { client_id: 'nobody', post_logout_redirect_uri: BYE })), '/signed-out')
  })

  test('the tokens that depend on the session end with it, and no other person’s do', async () => {
    const { app } = started()
    const { browser, id_token, refresh_token } = await aSession()
    const other = await newTokens(app)
    await end(browser, { id_token_hint: id_token })
    const refresh = (token: string) => postAsApp(app, '/token', { grant_type: 'refresh_token', refresh_token: token })
    assert.equal((await refresh(refresh_token)).statusCode, 400)
    assert.equal((await refresh(other.refresh_token)).statusCode, 200)
  })

  test('[RFC6749 4.1.2] a code that was on its way when the session ended is worth nothing', async () => {
    const { app } = started()
    const { browser, id_token } = await aSession()
    const answer = new URL(locationOf(await browser.get(`/authorize?${authorizeQuery()}`)))
    await end(browser, { id_token_hint: id_token })
    const response = await postAsApp(app, '/token', codeFields(answer.searchParams.get('code') ?? ''))
    assert.equal(response.json().error, 'invalid_grant')
  })
})
