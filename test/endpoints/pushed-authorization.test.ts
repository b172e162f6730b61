/** Pushed authorization requests (RFC 9126): what may be pushed, by whom, and the one use of it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MINUTE, SECOND } from '../../src/base/duration.ts'
import { sha256 } from '../../src/base/hash.ts'
import { aClient, aPublicClient, CLIENT_SECRET } from '../fixtures/client.ts'
import { jwtOf } from '../fixtures/client-assertion.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { PASSWORD } from '../fixtures/test-app.ts'
import {
  authorizeQuery,
  basicAuthorization,
  formToken,
  locationOf,
  spaQuery,
  type TestBrowser,
  testBrowser,
} from '../fixtures/test-browser.ts'
import { assertRefused, codeFields, postAsApp, postForm } from '../fixtures/test-client.ts'
import { answerOf, assertErrorPage, signInAndConsent } from '../fixtures/test-pages.ts'

const only = aClient({ id: 'only', metadata: { require_pushed_authorization_requests: true } })
const machine = aClient({ id: 'machine', metadata: { grant_types: ['client_credentials'] } })
const post = aClient({ id: 'post', metadata: { token_endpoint_auth_method: 'client_secret_post' } })
const signed = aClient({ id: 'signed', metadata: { require_signed_request_object: true } })

const SECRET = 's'.repeat(43)
const signs = aClient({ id: 'signs', sharedSecret: SECRET })
const signedRequest = () => {
  const parameters = Object.fromEntries(new URLSearchParams(authorizeQuery({ client_id: 'signs' })))
  return jwtOf({ alg: 'HS256' }, { iss: 'signs', ...parameters }, SECRET)
}

describe('the pushed authorization request endpoint', () => {
  const started = suiteApp({ clients: [aClient(), aPublicClient(), only, machine, post, signed, signs] })

  const as = (id: string) => ({ authorization: basicAuthorization(id) })
  const push = (form: string, id = 'app') => postForm(started().app, '/par', form, as(id))
  async function pushed(query = authorizeQuery(), id = 'app'): Promise<string> {
    const response = await push(query, id)
    assert.equal(response.statusCode, 201, response.body)
    return response.json().request_uri
  }
  const authorize = (browser: TestBrowser, request_uri: string, more: Record<string, string> = {}) =>
    browser.get(`/authorize?${new URLSearchParams({ client_id: 'app', request_uri, ...more })}`)

  test('[RFC9126 2.2] answers 201 with a reference that nobody can guess, for 90 seconds, not to be cached', async () => {
    const response = await push(authorizeQuery())
    assert.equal(response.statusCode, 201)
    const { request_uri, expires_in, ...rest } = response.json()
    assert.match(request_uri, /^urn:ietf:params:oauth:request_uri:[A-Za-z0-9_-]{43}$/)
    assert.deepEqual([expires_in, rest], [90, {}])
    assert.equal(response.headers['cache-control'], 'no-store')
    assert.match(String(response.headers['content-type']), /^application\/json/)
  })

  test('[RFC9126 4] the flow goes on from the reference; what stands beside it counts for nothing', async () => {
    const { app } = started()
    const browser = testBrowser(app)
    const more = { redirect_uri: 'https://evil.example', state: 'other', scope: 'root', response_type: 'token' }
    const path = locationOf(await authorize(browser, await pushed(authorizeQuery({ state: 'pushed' })), more))
    const csrf = formToken(await browser.get(path))
    await browser.post(`${path}/password`, { csrf, username: 'alice', password: PASSWORD })
    const answer = answerOf(await browser.get(path))
    assert.equal(`${answer.origin} ${answer.searchParams.get('state')}`, 'https://app.example pushed')
    const code = answer.searchParams.get('code') ?? ''
    assert.equal((await postAsApp(app, '/token', codeFields(code))).statusCode, 200)
  })

  test('[RFC9126 7.3] what was answered at its sign-in page is not answered there again, in no browser', async () => {
    const { app } = started()
    const sent = [
      ['app', `client_id=app&request_uri=${encodeURIComponent(await pushed())}`],
      ['signs', new URLSearchParams({ client_id: 'signs', request: signedRequest() }).toString()],
    ]
    for (const [id, query = ''] of sent) {
      const browser = testBrowser(app)
      const { path, csrf } = await browser.start(query)
      await browser.post(`${path}/password`, { csrf, username: 'alice', password: PASSWORD })
      assert.ok(answerOf(await browser.get(path)).searchParams.get('code'), id)
      started().clock.advance(10 * MINUTE)
      for (const one of [browser, testBrowser(app)]) {
        const page = await one.get(path)
        assertErrorPage(started(), page, 410)
        assert.match(page.body, /href="https:\/\/app\.example\/"[^>]*>Back to <bdi>App<\/bdi>/)
      }
    }
  })

  test('a request in the query alone is asked afresh, as a reload of its address would', async () => {
    const { app } = started()
    const browser = testBrowser(app)
    const { path, csrf } = await browser.start(authorizeQuery())
    await browser.post(`${path}/password`, { csrf, username: 'alice', password: PASSWORD })
    for (const _ of [1, 2]) assert.ok(answerOf(await browser.get(path)).searchParams.get('code'))
  })

  test('[RFC6749 App. B] a question mark before the form is part of a name, for who checks it and for who keeps it', async () => {
    const { storage } = started()
    const response = await push(`?scope=root&${authorizeQuery()}`)
    const kept = await storage.pushedRequests.find(sha256(response.json().request_uri.split(':').at(-1)))
    assert.deepEqual(new URLSearchParams(kept?.parameters).getAll('scope'), ['openid profile email'])
  })

  test('with a session the answer comes at once, once', async () => {
    const browser = testBrowser(started().app)
    await browser.signIn()
    const uri = await pushed()
    assert.ok(answerOf(await authorize(browser, uri)).searchParams.get('code'))
    const again = answerOf(await authorize(browser, uri))
    assert.deepEqual(
      [again.origin, again.searchParams.get('error'), again.searchParams.get('state')],
      ['https://app.example', 'invalid_request_uri', 'a-state'],
    )
  })

  test('a public client may push, too; [RFC9126 2.1] its credentials are no part of what is kept', async () => {
    const { app } = started()
    const response = await postForm(app, '/par', spaQuery())
    const browser = testBrowser(app)
    const query = new URLSearchParams({ client_id: 'spa', request_uri: response.json().request_uri }).toString()
    assert.ok((await signInAndConsent(browser, query)).searchParams.get('code'))
  })

  test('[RFC9126 2.1] the credentials of the client are no part of what is kept, and nor is the reference', async () => {
    const { app, storage } = started()
    const response = await postForm(app, '/par', authorizeQuery({ client_id: 'post', client_secret: CLIENT_SECRET }))
    const reference: string = response.json().request_uri.split(':').at(-1)
    const kept = await storage.pushedRequests.find(sha256(reference))
    assert.equal(new URLSearchParams(kept?.parameters).get('state'), 'a-state')
    assert.doesNotMatch(JSON.stringify(kept), new RegExp(`${CLIENT_SECRET}|client_secret|${reference}`))
  })

  test('[RFC9126 2.1] who authenticates by the header need not say client_id again', async () => {
    const uri = await pushed(authorizeQuery({ client_id: undefined }))
    assert.match(locationOf(await authorize(testBrowser(started().app), uri)), /^\/sign-in\//)
  })

  describe('[RFC9126 2.3] refuses what the authorization endpoint would refuse', () => {
    const REFUSED: readonly [title: string, form: string, status: number, error: string, id?: string][] = [
      ['no client authentication', '', 401, 'invalid_client', ''],
      ['an unknown client', authorizeQuery({ client_id: undefined }), 401, 'invalid_client', 'nobody'],
      ['[RFC9126 2.1] another client_id', authorizeQuery({ client_id: 'only' }), 400, 'invalid_request'],
      ['[RFC9126 2.1] request_uri', authorizeQuery({ request_uri: 'https://app.example/r' }), 400, 'invalid_request'],
      [
        'a request_uri of ours',
        authorizeQuery({ request_uri: 'urn:ietf:params:oauth:request_uri:x' }),
        400,
        'invalid_request',
      ],
      ['no redirect_uri', authorizeQuery({ redirect_uri: undefined }), 400, 'invalid_request'],
      ['another redirect_uri', authorizeQuery({ redirect_uri: 'https://evil.example/' }), 400, 'invalid_request'],
      ['no response_type', authorizeQuery({ response_type: undefined }), 400, 'invalid_request'],
      ['response_type=token', authorizeQuery({ response_type: 'token' }), 400, 'unsupported_response_type'],
      ['no scope', authorizeQuery({ scope: undefined }), 400, 'invalid_scope'],
      ['no PKCE', authorizeQuery({ code_challenge: undefined }), 400, 'invalid_request'],
      ['prompt=create', authorizeQuery({ prompt: 'create' }), 400, 'invalid_request'],
      ['a repeated parameter', `${authorizeQuery()}&state=b`, 400, 'invalid_request'],
      ['malformed claims', authorizeQuery({ claims: '[' }), 400, 'invalid_request'],
      ['a client without the flow', authorizeQuery({ client_id: 'machine' }), 400, 'unauthorized_client', 'machine'],
      ['[RFC9101 10.5] nothing signed', authorizeQuery({ client_id: 'signed' }), 400, 'invalid_request', 'signed'],
      [
        'more than is kept',
        authorizeQuery({ state: 's'.repeat(4096), x: 'x'.repeat(2000), y: 'y'.repeat(2000) }),
        400,
        'invalid_request',
      ],
    ]
    for (const [title, form, status, error, id] of REFUSED) {
      test(`${title}: ${error}`, async () => {
        const headers = id === '' ? {} : as(id ?? 'app')
        assertRefused(await postForm(started().app, '/par', form, headers), status, error)
      })
    }

    test('a wrong secret, another method, another media type', async () => {
      const { app } = started()
      const wrong = { authorization: basicAuthorization('app', 'wrong') }
      assertRefused(await postForm(app, '/par', authorizeQuery(), wrong), 401, 'invalid_client')
      assert.equal((await app.inject({ url: `/par?${authorizeQuery()}`, headers: as('app') })).statusCode, 405)
      const json = { ...as('app'), 'content-type': 'application/json' }
      assert.equal((await app.inject({ method: 'POST', url: '/par', headers: json, payload: '{}' })).statusCode, 400)
    })
  })

  describe('[RFC9126 4] a reference is good for its client, in its time, once', () => {
    test('an unknown one is told on a page, or to a redirect_uri that is registered', async () => {
      const browser = testBrowser(started().app)
      for (const uri of ['urn:ietf:params:oauth:request_uri:', `urn:ietf:params:oauth:request_uri:${'A'.repeat(43)}`]) {
        assertErrorPage(started(), await authorize(browser, uri))
        const told = answerOf(
          await authorize(browser, uri, { redirect_uri: 'https://app.example/callback', state: 's' }),
        )
        assert.deepEqual([told.searchParams.get('error'), told.searchParams.get('state')], ['invalid_request_uri', 's'])
      }
    })

    test('another client’s is unknown', async () => {
      const uri = await pushed(authorizeQuery({ client_id: 'only' }), 'only')
      assertErrorPage(started(), await authorize(testBrowser(started().app), uri))
      assert.match(locationOf(await authorize(testBrowser(started().app), uri, { client_id: 'only' })), /^\/sign-in\//)
    })

    test('after its time it is over', async () => {
      const { clock } = started()
      const uri = await pushed()
      clock.advance(90 * SECOND - 1)
      const last = await pushed()
      clock.advance(1)
      const expired = answerOf(await authorize(testBrowser(started().app), uri))
      assert.equal(expired.searchParams.get('error'), 'invalid_request_uri')
      assert.match(locationOf(await authorize(testBrowser(started().app), last)), /^\/sign-in\//)
    })

    test('reloading leads on to the sign-in that it began, in the same browser, until that is done', async () => {
      const { app, clock } = started()
      const browser = testBrowser(app)
      const uri = await pushed()
      const path = locationOf(await authorize(browser, uri))
      assert.equal(locationOf(await authorize(browser, uri)), path)
      clock.advance(5 * MINUTE)
      assert.equal(locationOf(await authorize(browser, uri)), path)
      const stranger = answerOf(await authorize(testBrowser(app), uri))
      assert.equal(stranger.searchParams.get('error'), 'invalid_request_uri')

      const csrf = formToken(await browser.get(path))
      await browser.post(`${path}/password`, { csrf, username: 'alice', password: PASSWORD })
      assert.ok(answerOf(await browser.get(path)).searchParams.get('code'))
      assert.equal(answerOf(await authorize(browser, uri)).searchParams.get('error'), 'invalid_request_uri')
    })

    test('what a refusal answered is used up', async () => {
      const browser = testBrowser(started().app)
      const uri = await pushed(authorizeQuery({ prompt: 'none' }))
      assert.equal(answerOf(await authorize(browser, uri)).searchParams.get('error'), 'login_required')
      assert.equal(answerOf(await authorize(browser, uri)).searchParams.get('error'), 'invalid_request_uri')
    })

    test('of ten browsers at once, signed in or not, one goes on; also in two processes', async () => {
      const { app } = started()
      const next = await started().another()
      try {
        const browsers = Array.from({ length: 10 }, (_, i) => testBrowser(i % 2 === 0 ? app : next.app))
        for (const browser of browsers.slice(0, 5)) await browser.signIn()
        for (const some of [browsers.slice(0, 5), browsers.slice(5), browsers]) {
          const uri = await pushed()
          const answers = await Promise.all(some.map((browser) => authorize(browser, uri)))
          const went = answers.filter((one) => /^\/sign-in\/|[?&]code=/.test(locationOf(one)))
          const told = answers.filter((one) => /error=invalid_request_uri/.test(locationOf(one)))
          assert.deepEqual([went.length, told.length], [1, some.length - 1])
        }
      } finally {
        await next.close()
      }
    })

    test('another site’s form may bring it, without our cookies', async () => {
      const { app } = started()
      const form = new URLSearchParams({ client_id: 'app', request_uri: await pushed() }).toString()
      const from = { 'sec-fetch-site': 'cross-site', origin: 'https://app.example' }
      const path = locationOf(await postForm(app, '/authorize', form, from))
      assert.match((await testBrowser(app).get(path)).body, /Sign in to <bdi>App/)
      const again = answerOf(await postForm(app, '/authorize', form, from))
      assert.equal(again.searchParams.get('error'), 'invalid_request_uri')
    })
  })

  describe('[RFC9126 6] require_pushed_authorization_requests', () => {
    const query = (more: Record<string, string> = {}) => authorizeQuery({ client_id: 'only', ...more })

    test('a request that was not pushed is refused, told to the client', async () => {
      const answer = answerOf(await testBrowser(started().app).get(`/authorize?${query()}`))
      assert.deepEqual(
        [answer.origin, answer.searchParams.get('error'), answer.searchParams.get('state')],
        ['https://app.example', 'invalid_request', 'a-state'],
      )
    })

    test('one that was goes all the way, over pages that read it again', async () => {
      const { app } = started()
      const uri = await pushed(query(), 'only')
      const answer = await testBrowser(app).signIn(`client_id=only&request_uri=${encodeURIComponent(uri)}`)
      assert.ok(answer.searchParams.get('code'))
    })
  })
})
