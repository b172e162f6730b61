/** What every answer carries, whatever it is: and where nothing is to be read across origins. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getRoutes, postRoutes } from '../fixtures/routes.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { authorizeQuery, basicAuthorization, testBrowser } from '../fixtures/test-browser.ts'

const CACHED = ['/jwks', '/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']
const READABLE = [...CACHED, '/par', '/token', '/userinfo', '/revoke']

describe('every answer of every route', () => {
  const started = suiteApp()

  /** Asked once for all tests. */
  let asked: ReturnType<typeof askEverything> | undefined
  const answers = () => (asked ??= askEverything())

  async function askEverything() {
    const { app } = started()
    const browser = testBrowser(app)
    const { path } = await browser.start()
    const headers = { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' }
    const inject = async (method: 'GET' | 'POST' | 'PUT', url: string, more = {}) => ({
      name: `${method} ${url}`,
      url,
      response: await app.inject({
        method,
        url,
        headers: { ...headers, ...more },
        ...(method !== 'GET' && { payload: 'a=1' }),
      }),
    })
    const signedIn = testBrowser(app)
    await signedIn.signIn()
    const cookie = [...signedIn.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    return Promise.all([
      ...getRoutes(path).flatMap((url) => [
        inject('GET', url),
        inject('GET', url, { cookie }),
        inject('GET', url, { 'if-none-match': '*' }),
      ]),
      ...postRoutes(path).flatMap((url) => [
        inject('POST', url),
        inject('POST', url, { cookie }),
        inject('POST', url, { authorization: basicAuthorization() }),
        inject('POST', url, { 'content-type': 'application/json' }),
      ]),
      inject('GET', `/authorize?${authorizeQuery({ response_mode: 'form_post' })}`, { cookie }),
      inject('GET', '/%zz'),
      inject('PUT', '/token'),
    ])
  }

  test('nosniff, no framing, no referrer to others, and only https from now on', async () => {
    for (const { name, response } of await answers()) {
      const { headers } = response
      assert.equal(headers['x-content-type-options'], 'nosniff', name)
      assert.equal(headers['x-frame-options'], 'DENY', name)
      assert.ok(['same-origin', 'no-referrer'].includes(String(headers['referrer-policy'])), name)
      assert.equal(headers['strict-transport-security'], 'max-age=31536000', name)
    }
  })

  test('a Content-Security-Policy that lets in nothing but our own hashes', async () => {
    for (const { name, response } of await answers()) {
      const policy = String(response.headers['content-security-policy'])
      assert.match(policy, /^default-src 'none'/, name)
      assert.match(policy, /frame-ancestors 'none'/, name)
      assert.doesNotMatch(policy, /unsafe|\*|https?:\/\//, name)
      const isPage = String(response.headers['content-type']).startsWith('text/html')
      assert.equal(/base-uri 'none'.*form-action 'self'/.test(policy), isPage, name)
    }
  })

  test('no-store, but for discovery and the keys', async () => {
    for (const { name, url, response } of await answers()) {
      const isCached = CACHED.includes(url) && response.statusCode < 400
      assert.match(String(response.headers['cache-control']), isCached ? /^public, max-age=3600$/ : /^no-store$/, name)
    }
  })

  test('[RFC9700 2.6] no page and no redirect may be read across origins; what browser apps need may, without cookies', async () => {
    for (const { name, url, response } of await answers()) {
      const { headers } = response
      if (headers['access-control-allow-origin'] !== undefined) assert.ok(READABLE.includes(url), name)
      assert.equal(headers['access-control-allow-credentials'], undefined, name)
    }
  })

  test('[Fetch 4.8] a preflight is answered where reading is allowed, and nowhere else', async () => {
    const { app } = started()
    const headers = { origin: 'https://spa.example', 'access-control-request-method': 'POST' }
    for (const url of READABLE) {
      const response = await app.inject({ method: 'OPTIONS', url, headers })
      assert.deepEqual([response.statusCode, response.headers['access-control-allow-origin']], [204, '*'], url)
      assert.match(String(response.headers['access-control-allow-headers']), /authorization/)
    }
    for (const url of ['/authorize', '/introspect', '/end-session', '/sign-in', '/']) {
      const response = await app.inject({ method: 'OPTIONS', url, headers })
      assert.ok(response.statusCode >= 400, url)
      assert.equal(response.headers['access-control-allow-origin'], undefined, url)
    }
  })

  test('nothing says which software answers', async () => {
    for (const { response } of await answers()) {
      assert.equal(response.headers['server'], undefined)
      assert.equal(response.headers['x-powered-by'], undefined)
    }
  })
})
