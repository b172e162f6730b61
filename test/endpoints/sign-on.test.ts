/** The whole way once: sign in, code, tokens, userinfo, refresh, sign out. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { type TestApp, testApp } from '../fixtures/test-app.ts'
import { authorizeQuery, basicAuthorization, locationOf, testBrowser, VERIFIER } from '../fixtures/test-browser.ts'

const started: TestApp[] = []
after(() => Promise.all(started.map((one) => one.close())))
async function start() {
  const one = await testApp()
  started.push(one)
  await one.addAccount()
  return one
}

test('[OpenID Connect Core 3.1] sign in once, tokens for the app, and the next app without asking', async () => {
  const { app } = await start()
  const browser = testBrowser(app)
  const answer = await browser.signIn()
  assert.equal(`${answer.origin}${answer.pathname}`, 'https://app.example/callback')
  assert.equal(answer.searchParams.get('state'), 'a-state')
  assert.equal(answer.searchParams.get('iss'), 'https://login.example')

  const response = await app.inject({
    method: 'POST',
    url: '/token',
    headers: { authorization: basicAuthorization(), 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({
      grant_type: 'authorization_code',
      code: answer.searchParams.get('code') ?? '',
      redirect_uri: 'https://app.example/callback',
      code_verifier: VERIFIER,
    }).toString(),
  })
  assert.equal(response.statusCode, 200)
  const tokens = response.json()
  assert.equal(tokens.token_type, 'Bearer')
  assert.equal(tokens.expires_in, 300)

  const info = await app.inject({ url: '/userinfo', headers: { authorization: `Bearer ${tokens.access_token}` } })
  assert.equal(info.json().name, 'Alice Example')

  const silently = new URL(locationOf(await browser.get(`/authorize?${authorizeQuery({ prompt: 'none' })}`)))
  assert.ok(silently.searchParams.get('code'))
})
