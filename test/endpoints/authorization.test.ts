/** The authorization endpoint: what is asked of people, and how the answer reaches the client. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { aClient, aPublicClient } from '../fixtures/client.ts'
import { forgeriesOf } from '../fixtures/forged-tokens.ts'
import { unescapeHtml } from '../fixtures/html.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { ISSUER, PASSWORD } from '../fixtures/test-app.ts'
import { authorizeQuery, locationOf, testBrowser } from '../fixtures/test-browser.ts'
import { newTokens, postForm } from '../fixtures/test-client.ts'
import { answerOf, assertErrorPage } from '../fixtures/test-pages.ts'

const CALLBACK = 'https://app.example/callback'
const WITH_QUERY = 'https://app.example/callback?tenant=a%20b&x='

const ofPeople = aClient({
  metadata: { redirect_uris: [CALLBACK, WITH_QUERY] },
})
const waived = aClient({ id: 'waived', requiresPkce: false })

describe('the authorization endpoint', () => {
  const started = suiteApp({ clients: [ofPeople, aPublicClient(), waived] })

  test('[RFC7636 4.4.1] a confidential client whose entry waives PKCE may leave it out, but not half of it', async () => {
    const { app } = started()
    const ask = (overrides: Record<string, string | undefined>) =>
      testBrowser(app).get(`/authorize?${authorizeQuery({ client_id: 'waived', ...overrides })}`)
    const without = await ask({ code_challenge: undefined, code_challenge_method: undefined })
    assert.match(locationOf(without), /^\/sign-in\//)
    assert.equal(answerOf(await ask({ code_challenge: undefined })).searchParams.get('error'), 'invalid_request')
    assert.equal(answerOf(await ask({ code_challenge_method: 'plain' })).searchParams.get('error'), 'invalid_request')
  })

  test('[OpenID Connect Core 3.1.2.1] a request by POST is the same as by GET', async () => {
    const { app } = started()
    const response = await postForm(app, '/authorize', authorizeQuery(), {
      'sec-fetch-site': 'cross-site',
      origin: 'https://app.example',
    })
    assert.equal(response.statusCode, 303)
    assert.match(locationOf(response), /^\/sign-in\/[0-9a-f-]{36}$/)
  })

  test('parameters of a POST are read from its body alone', async () => {
    assertErrorPage(
      started(),
      await postForm(started().app, `/authorize?${authorizeQuery()}`, '', { accept: 'text/html' }),
    )
  })

  test('[RFC6749 3.1] a parameter once in the URL and once in the body is repeated', async () => {
    const { app } = started()
    assertErrorPage(
      started(),
      await postForm(app, '/authorize?client_id=app', authorizeQuery(), { accept: 'text/html' }),
    )
    assert.equal((await postForm(app, '/authorize?from=menu', authorizeQuery())).statusCode, 303)
  })

  test('[RFC9110 9.2.1] HEAD grants nothing', async () => {
    const { app } = started()
    const browser = testBrowser(app)
    await browser.signIn()
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    for (const url of [`/authorize?${authorizeQuery()}`, '/end-session', '/sign-in']) {
      assert.equal((await app.inject({ method: 'HEAD', url, headers: { cookie } })).statusCode, 405)
    }
    for (const url of ['/', '/jwks', '/livez', '/.well-known/openid-configuration']) {
      assert.equal((await app.inject({ method: 'HEAD', url })).statusCode, 200)
    }
  })

  test('[RFC9700 4.12] every redirect is a 303, also after a password', async () => {
    const browser = testBrowser(started().app)
    assert.equal((await browser.get(`/authorize?${authorizeQuery()}`)).statusCode, 303)
    const { path, csrf } = await browser.start()
    const signedIn = await browser.post(`${path}/password`, {
      csrf,
      username: 'alice',
      password: 'correct horse battery staple',
    })
    assert.equal(signedIn.statusCode, 303)
    assert.equal((await browser.get(locationOf(signedIn))).statusCode, 303)
  })

  test('[RFC6749 4.1.2] state comes back exactly as it was sent', async () => {
    const { app } = started()
    const browser = testBrowser(app)
    await browser.signIn()
    for (const state of [
      'a b+c&d=e#f%20?g',
      '"><script>alert(1)</script>',
      '{{constructor}}',
      'ü€🎉',
      "'\\/;,",
      's'.repeat(4096),
    ]) {
      assert.equal(
        answerOf(await browser.get(`/authorize?${authorizeQuery({ state })}`)).searchParams.get('state'),
        state,
      )
      const page = await browser.get(`/authorize?${authorizeQuery({ state, response_mode: 'form_post' })}`)
      const posted = /name="state" value="([^"]*)"/.exec(page.body)?.[1]
      assert.equal(unescapeHtml(posted ?? ''), state)
    }
    assert.equal(
      answerOf(await browser.get(`/authorize?${authorizeQuery({ state: undefined })}`)).searchParams.has('state'),
      false,
    )
  })

  test('[RFC6749 3.1.2] a redirection URI keeps the query that it was registered with', async () => {
    const browser = testBrowser(started().app)
    await browser.signIn()
    const location = locationOf(await browser.get(`/authorize?${authorizeQuery({ redirect_uri: WITH_QUERY })}`))
    assert.ok(location.startsWith(`${WITH_QUERY}&code=`), location)
  })

  test('[OAuth Form Post Response Mode 2] the page posts code, state and iss to the client', async () => {
    const browser = testBrowser(started().app)
    await browser.signIn()
    const page = await browser.get(`/authorize?${authorizeQuery({ response_mode: 'form_post' })}`)
    const fields = Object.fromEntries(
      [...page.body.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [
        name,
        value,
      ]),
    )
    assert.deepEqual(Object.keys(fields).sort(), ['code', 'iss', 'state'])
    assert.equal(fields['iss'], ISSUER)
    assert.match(String(page.headers['content-security-policy']), /form-action 'self' https:(;|$)/)
    assert.match(String(page.headers['content-security-policy']), /frame-ancestors 'none'/)
    assert.equal(page.headers['cache-control'], 'no-store')
  })

  test('[OpenID Connect Core 3.1.2.1] prompt=none answers at once when someone is signed in', async () => {
    const browser = testBrowser(started().app)
    await browser.signIn()
    assert.ok(answerOf(await browser.get(`/authorize?${authorizeQuery({ prompt: 'none' })}`)).searchParams.get('code'))
    const spa = answerOf(
      await browser.get(
        `/authorize?${authorizeQuery({ client_id: 'spa', redirect_uri: 'https://spa.example/callback', prompt: 'none' })}`,
      ),
    )
    assert.equal(spa.searchParams.get('error'), 'consent_required')
  })

  test('[OpenID Connect Core 3.1.2.1] max_age: an older sign-in has to be renewed, a younger one is good', async () => {
    const { app, clock } = started()
    const browser = testBrowser(app)
    await browser.signIn()
    clock.advance(60_000)
    const ask = async (max_age: string, prompt = 'none') =>
      answerOf(await browser.get(`/authorize?${authorizeQuery({ max_age, prompt })}`)).searchParams
    assert.ok((await ask('60')).get('code'))
    assert.equal((await ask('59')).get('error'), 'login_required')
    assert.equal((await ask('0')).get('error'), 'login_required')
    const answer = await browser.signIn(authorizeQuery({ max_age: '59' }))
    assert.ok(answer.searchParams.get('code'))
  })

  test('[OpenID Connect Core 3.1.2.1] login_hint fills in the user name, escaped', async () => {
    const { page } = await testBrowser(started().app).start(
      authorizeQuery({ login_hint: 'alice"><script>alert(1)</script>{{constructor}}' }),
    )
    const value = /name="username"[^>]* value="([^"]*)"/.exec(page.body)?.[1]
    assert.equal(unescapeHtml(value ?? ''), 'alice"><script>alert(1)</script>{{constructor}}')
    assert.doesNotMatch(page.body, /<script>alert/)
  })

  describe('[OpenID Connect Core 3.1.2.2] id_token_hint: tokens for the person that the client has in mind, or none', () => {
    const asBob = { username: 'bob', password: PASSWORD }

    test('of who is signed in, it is answered at once; of somebody else, login_required or a sign-in', async () => {
      const { app } = started()
      const browser = testBrowser(app)
      const { id_token: id_token_hint } = await newTokens(app, { browser })
      const bob = testBrowser(app)
      await bob.signIn(authorizeQuery(), asBob)
      const ask = (who: typeof browser, prompt?: string) =>
        who.get(`/authorize?${authorizeQuery({ id_token_hint, prompt })}`)
      assert.ok(answerOf(await ask(browser, 'none')).searchParams.get('code'))
      assert.equal(answerOf(await ask(bob, 'none')).searchParams.get('error'), 'login_required')
      started().clock.advance(1)
      assert.match(locationOf(await ask(bob)), /^\/sign-in\//)
    })

    test('whoever signs in as another is not sent on as the one who was meant', async () => {
      const { app, clock } = started()
      const { id_token: id_token_hint } = await newTokens(app)
      clock.advance(1)
      const answer = await testBrowser(app).signIn(authorizeQuery({ id_token_hint }), asBob)
      assert.equal(answer.searchParams.get('code'), null)
      assert.ok(answer.searchParams.get('error'))
    })

    test('one that has expired is as good, and so is one of another client', async () => {
      const { app, clock } = started()
      const browser = testBrowser(app)
      const { id_token: id_token_hint } = await newTokens(app, { browser })
      clock.advance(3_600_000)
      const bob = testBrowser(app)
      await bob.signIn(authorizeQuery(), asBob)
      for (const client_id of ['app', 'waived']) {
        const query = authorizeQuery({ client_id, id_token_hint, prompt: 'none' })
        assert.ok(answerOf(await browser.get(`/authorize?${query}`)).searchParams.get('code'))
        assert.equal(answerOf(await bob.get(`/authorize?${query}`)).searchParams.get('error'), 'login_required')
      }
    })

    test('[RFC8725 2] a forged one, or another token, is invalid_request', async () => {
      const { app } = started()
      const browser = testBrowser(app)
      const { id_token, access_token, refresh_token } = await newTokens(app, { browser })
      const forged = (await forgeriesOf(id_token, app)).map(([, one]) => one)
      for (const id_token_hint of [...forged, access_token, refresh_token]) {
        const answer = answerOf(await browser.get(`/authorize?${authorizeQuery({ id_token_hint, prompt: 'none' })}`))
        assert.equal(answer.searchParams.get('error'), 'invalid_request')
      }
    })
  })

  test('unknown parameters are ignored', async () => {
    const response = await testBrowser(started().app).get(
      `/authorize?${authorizeQuery({ ui_locales: 'de', acr_values: 'x', foo: 'bar' })}`,
    )
    assert.match(locationOf(response), /^\/sign-in\//)
  })
})
