/** Discovery: what it says is what works, and nothing of it comes from the request. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { aClient, aPublicClient } from '../fixtures/client.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { ISSUER, PASSWORD } from '../fixtures/test-app.ts'
import { authorizeQuery, formToken, locationOf, testBrowser } from '../fixtures/test-browser.ts'
import { postAsApp, postForm } from '../fixtures/test-client.ts'

const OPENID = '/.well-known/openid-configuration'
const OAUTH = '/.well-known/oauth-authorization-server'

describe('discovery', () => {
  const started = suiteApp()

  test('[OpenID Connect Discovery 4] both documents are one, under the issuer, cacheable, readable from everywhere', async () => {
    const { app } = started()
    const [first, second] = [await app.inject({ url: OPENID }), await app.inject({ url: OAUTH })]
    assert.equal(first.statusCode, 200)
    assert.equal(first.body, second.body)
    assert.equal(first.json().issuer, ISSUER)
    assert.equal(first.headers['cache-control'], 'public, max-age=3600')
    assert.equal(first.headers['access-control-allow-origin'], '*')
    assert.match(String(first.headers['content-type']), /^application\/json/)
  })

  test('[RFC9110 13.1.2] who has it already gets 304', async () => {
    const { app } = started()
    const { etag } = (await app.inject({ url: OPENID })).headers
    for (const known of [String(etag), `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await app.inject({ url: OPENID, headers: { 'if-none-match': known } })
      assert.deepEqual([again.statusCode, again.body, again.headers['etag']], [304, '', etag])
      assert.equal(again.headers['cache-control'], 'public, max-age=3600')
    }
    assert.equal((await app.inject({ url: OPENID, headers: { 'if-none-match': '"other"' } })).statusCode, 200)
  })

  test('every endpoint that it names is there, and every method that it names works', async () => {
    const { app } = started()
    const document = (await app.inject({ url: OPENID })).json()
    const endpoints = Object.entries(document).filter(([name]) => /_endpoint$|^jwks_uri$/.test(name))
    assert.equal(endpoints.length, 8)
    for (const [name, url] of endpoints) {
      const { origin, pathname } = new URL(String(url))
      assert.equal(origin, ISSUER, name)
      const found = ['GET', 'POST'].some((method) => app.hasRoute({ method, url: pathname }))
      assert.ok(found, name)
    }
    for (const mode of document.response_modes_supported) {
      const response = await testBrowser(app).get(`/authorize?${authorizeQuery({ response_mode: mode })}`)
      assert.match(locationOf(response), /^\/sign-in/)
    }
    for (const grant_type of document.grant_types_supported) {
      assert.notEqual((await postAsApp(app, '/token', { grant_type })).json().error, 'unsupported_grant_type')
    }
  })
})

describe('[RFC8414 3.1] an issuer with a path', () => {
  const issuer = 'https://login.example/auth'
  const started = suiteApp({ issuer })

  test('its documents, endpoints and pages are below the path; the RFC 8414 document is in front of it', async () => {
    const { app } = started()
    const document = (await app.inject({ url: `/auth${OPENID}` })).json()
    assert.equal(document.issuer, issuer)
    assert.equal(document.token_endpoint, `${issuer}/token`)
    assert.deepEqual((await app.inject({ url: `${OAUTH}/auth` })).json(), document)
    for (const url of [OPENID, OAUTH, '/authorize', '/token', '/jwks', '/sign-in', '/']) {
      assert.equal((await app.inject({ url })).statusCode, 404, url)
    }
  })

  test('the whole flow stays below it', async () => {
    const browser = testBrowser(started().app)
    const parked = locationOf(await browser.get(`/auth/authorize?${authorizeQuery()}`))
    assert.match(parked, /^\/auth\/sign-in\//)
    const page = await browser.get(parked)
    const posted = await browser.post(`${parked}/password`, {
      csrf: formToken(page),
      username: 'alice',
      password: PASSWORD,
    })
    const answer = new URL(locationOf(await browser.get(locationOf(posted))))
    assert.equal(answer.searchParams.get('iss'), issuer)
    const home = await browser.get('/auth/')
    assert.match(home.body, /action="\/auth\/sign-out"/)
    const out = await browser.post('/auth/sign-out', { csrf: formToken(home, '/sign-out') })
    assert.equal(locationOf(out), '/auth/signed-out')
    assert.equal((await browser.get('/auth/signed-out')).statusCode, 200)
  })
})

describe('hostile Host and forwarding headers', () => {
  const started = suiteApp({ clients: [aClient(), aPublicClient()] })
  // None of it can be in a key or a token by chance.
  const HOSTILE = {
    host: 'evil.example',
    forwarded: 'for=1.2.3.4;host=evil.example;proto=http',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'evil.scheme',
    'x-forwarded-port': '66666',
    'x-forwarded-prefix': '/evil.path',
    'x-forwarded-for': '6.6.6.6',
    'x-original-url': '/evil.path',
    'x-rewrite-url': '/evil.path',
  }

  test('nothing of them is in any answer of any route', async () => {
    const { app } = started()
    const browser = testBrowser(app)
    await browser.signIn()
    const { path } = await testBrowser(app).start()
    const gets = [
      '/',
      '/sign-in',
      path,
      '/sign-out',
      '/signed-out',
      '/end-session',
      '/nowhere',
      OPENID,
      OAUTH,
      '/jwks',
      '/userinfo',
      '/livez',
      '/readyz',
      `/authorize?${authorizeQuery()}`,
      '/authorize',
      `/authorize?${authorizeQuery({ prompt: 'none', scope: '' })}`,
    ]
    const posts = [
      '/authorize',
      '/par',
      '/token',
      '/userinfo',
      '/introspect',
      '/revoke',
      '/end-session',
      '/sign-out',
      `${path}/password`,
      `${path}/cancel`,
      `${path}/consent`,
      `${path}/account`,
    ]
    const answers = [
      ...(await Promise.all(gets.map((url) => browser.get(url, HOSTILE)))),
      ...(await Promise.all(posts.map((url) => postForm(app, url, authorizeQuery(), HOSTILE)))),
      ...(await Promise.all(
        posts.map((url) => postForm(app, url, authorizeQuery(), { ...HOSTILE, origin: 'https://evil.example' })),
      )),
    ]
    for (const { headers, body, raw } of answers) {
      assert.doesNotMatch(JSON.stringify(headers) + body, /evil\.|66666|6\.6\.6\.6/i, raw.req.url ?? '')
    }
  })

  test('a forwarded address counts only from a trusted proxy', async () => {
    const { app, logged } = started()
    await app.inject({ url: '/livez', headers: HOSTILE })
    assert.equal(logged.filter((line) => line['route'] === '/livez').at(-1)?.['ip'], '127.0.0.1')
  })
})
