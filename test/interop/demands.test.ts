/** What relying parties were seen to demand, in one list; each of them breaks some client when it does not hold. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import { ISSUER, type TestApp, testApp } from '../fixtures/test-app.ts'
import { authorizeQuery, locationOf, testBrowser } from '../fixtures/test-browser.ts'
import { codeFields, newCode, newTokens, postAsApp, postForm, type Tokens, userinfo } from '../fixtures/test-client.ts'

let world: TestApp

before(async () => {
  world = await testApp()
  await world.addAccount()
})
after(() => world?.close())

const json = async (path: string) => (await world.app.inject(path)).json()

async function refreshed({ refresh_token }: Tokens, more: Record<string, string> = {}): Promise<Tokens> {
  const response = await postAsApp(world.app, '/token', { grant_type: 'refresh_token', refresh_token, ...more })
  assert.equal(response.statusCode, 200, response.body)
  return response.json()
}

/** The tokens of a sign-on and those of its first refresh. */
async function bothTokens(): Promise<readonly [Tokens, Tokens]> {
  const first = await newTokens(world.app)
  return [first, await refreshed(first)]
}

test('[OIDC Core 3.1.2.1, 12.2] the nonce comes back in the first ID token, and none in a refreshed one', async () => {
  const [first, second] = await bothTokens()
  assert.equal(decodeJwt(first.id_token)['nonce'], 'a-nonce')
  assert.equal('nonce' in decodeJwt(second.id_token), false)
})

test('[OIDC Discovery 4.3] [OIDC Core 3.1.3.7] iss is the configured issuer to the character, everywhere', async () => {
  for (const issuer of [ISSUER, `${ISSUER}/`, `${ISSUER}:8443/tenant`]) {
    const other = await testApp({ issuer })
    try {
      const prefix = new URL(issuer).pathname.replace(/\/$/, '')
      const discovered = await other.app.inject(`${prefix}/.well-known/openid-configuration`)
      assert.equal(discovered.json().issuer, issuer)
      const silent = await testBrowser(other.app).get(`${prefix}/authorize?${authorizeQuery({ prompt: 'none' })}`)
      assert.equal(new URL(locationOf(silent)).searchParams.get('iss'), issuer)
      const answer = await postAsApp(other.app, `${prefix}/token`, { grant_type: 'client_credentials' })
      assert.equal(decodeJwt(answer.json().access_token).iss, issuer)
    } finally {
      await other.close()
    }
  }
  for (const { id_token } of await bothTokens()) assert.equal(decodeJwt(id_token).iss, ISSUER)
})

test('[OIDC Core 10.1] kid is in every token, and leads to the key that verifies it', async () => {
  const keys: JSONWebKeySet = await json('/jwks')
  const answer = await postAsApp(world.app, '/token', { grant_type: 'client_credentials' })
  const signed = (await bothTokens()).flatMap(({ id_token, access_token }) => [id_token, access_token])
  for (const token of [...signed, answer.json().access_token]) {
    const { kid } = decodeProtectedHeader(token)
    const key = keys.keys.find((each) => each.kid === kid)
    assert.ok(kid !== undefined && key !== undefined, `no key ${kid}`)
    await jwtVerify(token, createLocalJWKSet({ keys: [key] }), { currentDate: new Date(world.clock.now()) })
  }
})

test('[RFC7519 5.1] typ is JWT in ID tokens', async () => {
  for (const { id_token } of await bothTokens()) assert.equal(decodeProtectedHeader(id_token).typ, 'JWT')
})

test('[OIDC Core 2] the ID token has one audience, as text, and no azp', async () => {
  for (const { id_token } of await bothTokens()) {
    assert.equal(decodeJwt(id_token).aud, 'app')
    assert.equal('azp' in decodeJwt(id_token), false)
  }
})

test('[OIDC Core 3.1.3.6] at_hash is right, also after a refresh', async () => {
  for (const { id_token, access_token } of await bothTokens()) {
    const half = createHash('sha256').update(access_token).digest().subarray(0, 16)
    assert.equal(decodeJwt(id_token)['at_hash'], half.toString('base64url'))
  }
})

test('[OIDC Discovery 3] discovery names the subject types and the algorithms, RS256 among them', async () => {
  const document = await json('/.well-known/openid-configuration')
  assert.ok(document.subject_types_supported.includes('public'))
  assert.ok(document.id_token_signing_alg_values_supported.includes('RS256'))
  for (const { id_token } of await bothTokens()) {
    assert.ok(document.id_token_signing_alg_values_supported.includes(decodeProtectedHeader(id_token).alg))
  }
})

test('[RFC6749 5.1] token_type is Bearer, and expires_in is a number', async () => {
  for (const { token_type, expires_in } of await bothTokens()) {
    assert.equal(token_type, 'Bearer')
    assert.equal(expires_in, 300)
  }
})

test('[OIDC Core 5.3.2] sub is always at userinfo, the ID token’s; the e-mail is there', async () => {
  const [first, second] = await bothTokens()
  const { sub } = decodeJwt(first.id_token)
  for (const { access_token } of [first, second]) {
    const { email, email_verified, ...claims } = (await userinfo(world.app, access_token)).json()
    assert.deepEqual([claims.sub, email, email_verified], [sub, 'alice@example.org', true])
  }
  const bare = await newTokens(world.app, { query: authorizeQuery({ scope: 'openid' }) })
  assert.deepEqual((await userinfo(world.app, bare.access_token)).json(), { sub })
})

test('[RFC9207 2] iss is in the authorization response, of success and of error, and discovery promises it', async () => {
  assert.equal((await json('/.well-known/openid-configuration')).authorization_response_iss_parameter_supported, true)
  const success = await testBrowser(world.app).signIn()
  assert.ok(success.searchParams.has('code'))
  assert.equal(success.searchParams.get('iss'), ISSUER)
  const failed = await testBrowser(world.app).get(`/authorize?${authorizeQuery({ prompt: 'none' })}`)
  const { searchParams: error } = new URL(locationOf(failed))
  assert.deepEqual([error.get('error'), error.get('iss')], ['login_required', ISSUER])
})

test('scripts of other origins may read discovery, JWKS, token and userinfo, refusals too, and never authorize', async () => {
  const origin = 'https://spa.example'
  const code = await newCode(world.app)
  const answers = await Promise.all([
    world.app.inject({ url: '/.well-known/openid-configuration', headers: { origin } }),
    world.app.inject({ url: '/jwks', headers: { origin } }),
    world.app.inject({ url: '/userinfo', headers: { origin, authorization: 'Bearer wrong' } }),
    postForm(world.app, '/token', { grant_type: 'refresh_token', refresh_token: 'wrong' }, { origin }),
    postAsApp(world.app, '/token', codeFields(code)),
  ])
  for (const { headers, raw } of answers) assert.equal(headers['access-control-allow-origin'], '*', raw.req.url)
  assert.deepEqual(
    answers.map(({ statusCode }) => statusCode),
    [200, 200, 401, 401, 200],
  )

  const preflight = (url: string, method: string) =>
    world.app.inject({
      method: 'OPTIONS',
      url,
      headers: {
        origin,
        'access-control-request-method': method,
        'access-control-request-headers': 'authorization, content-type',
      },
    })
  for (const [url, method] of [
    ['/.well-known/openid-configuration', 'GET'],
    ['/jwks', 'GET'],
    ['/token', 'POST'],
    ['/userinfo', 'GET'],
  ] as const) {
    const { statusCode, headers } = await preflight(url, method)
    assert.deepEqual([statusCode, headers['access-control-allow-origin']], [204, '*'], url)
    assert.ok(String(headers['access-control-allow-methods']).includes(method), url)
    for (const name of ['authorization', 'content-type']) {
      assert.ok(String(headers['access-control-allow-headers']).includes(name), url)
    }
  }
  const forPeople = [
    await preflight('/authorize', 'GET'),
    await world.app.inject({ url: `/authorize?${authorizeQuery()}`, headers: { origin } }),
    await world.app.inject({ url: `/authorize?${authorizeQuery({ prompt: 'none' })}`, headers: { origin } }),
  ]
  for (const { headers } of forPeople) assert.equal(headers['access-control-allow-origin'], undefined)
})

test('[RFC6749 6] the original scope may be repeated at a refresh', async () => {
  const first = await newTokens(world.app)
  assert.equal((await refreshed(first, { scope: 'openid profile email' })).scope, first.scope)
})

test('[OIDC Core 11] offline_access is granted openly, and its refresh token works after the sign-out', async () => {
  const browser = testBrowser(world.app)
  const online = await newTokens(world.app, { browser })
  // Apps leave out prompt=consent, too; then what permits it is that the entry allows it.
  const answer = await browser.get(`/authorize?${authorizeQuery({ scope: 'openid offline_access' })}`)
  const code = new URL(locationOf(answer)).searchParams.get('code') ?? ''
  const offline: Tokens = (await postAsApp(world.app, '/token', codeFields(code))).json()
  assert.equal(offline.scope, 'openid offline_access')

  const hint = new URLSearchParams({ id_token_hint: offline.id_token })
  await browser.get(`/end-session?${hint}`)
  const ended = await postAsApp(world.app, '/token', {
    grant_type: 'refresh_token',
    refresh_token: online.refresh_token,
  })
  assert.equal(ended.json().error, 'invalid_grant')
  assert.equal(decodeJwt((await refreshed(offline)).id_token).sub, decodeJwt(offline.id_token).sub)
})
