/** The refusals of the authorization endpoint: which become a page, and which go back to the client. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { aClient } from '../fixtures/client.ts'
import { skeleton } from '../fixtures/html.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { ISSUER } from '../fixtures/test-app.ts'
import { authorizeQuery, CHALLENGE, locationOf, testBrowser } from '../fixtures/test-browser.ts'
import { postForm } from '../fixtures/test-client.ts'
import { answerOf, assertErrorPage } from '../fixtures/test-pages.ts'

const CALLBACK = 'https://app.example/callback'

const machine = aClient({ id: 'machine', metadata: { grant_types: ['client_credentials'] } })
const local = aClient({ id: 'local', metadata: { redirect_uris: ['http://127.0.0.1:3000/callback'] } })
const native = aClient({
  id: 'native',
  metadata: { application_type: 'native', redirect_uris: ['http://127.0.0.1/callback'] },
})

const followOwn = async (app: FastifyInstance, response: LightMyRequestResponse) =>
  locationOf(response).startsWith('/sign-in/') ? testBrowser(app).get(locationOf(response)) : response

describe('refusals of the authorization endpoint', () => {
  const started = suiteApp({ clients: [aClient(), machine, native, local] })

  describe('[RFC6749 4.1.2.1] as long as the redirection URI is not proven, a refusal is a page and never a redirect', () => {
    const bad = (overrides: Record<string, string | undefined>, more = '') => `${authorizeQuery(overrides)}${more}`
    const requests: Record<string, string> = {
      'client_id is missing': bad({ client_id: undefined }),
      'client_id is empty': bad({ client_id: '' }),
      'client_id is unknown': bad({ client_id: 'nobody' }),
      'client_id is repeated': bad({}, '&client_id=app'),
      'client_id is not UTF-8': bad({ client_id: undefined }, '&client_id=%FF'),
      'client_id is too long': bad({ client_id: 'a'.repeat(257) }),
      'client_id is a name of every object': bad({ client_id: '__proto__' }),
      'redirect_uri is missing': bad({ redirect_uri: undefined }),
      'redirect_uri is repeated': bad({}, `&redirect_uri=${encodeURIComponent(CALLBACK)}`),
      'redirect_uri is repeated with another': bad({}, '&redirect_uri=https%3A%2F%2Fevil.example'),
      'redirect_uri is not percent-encoded UTF-8': bad({ redirect_uri: undefined }, '&redirect_uri=%E0%A4%A'),
      'the whole request is too long': bad({}, `&x=${'a'.repeat(17_000)}`),
      'the query is empty': '',
    }
    for (const [title, query] of Object.entries(requests)) {
      test(`${title}, by GET and by POST`, async () => {
        const { app } = started()
        assertErrorPage(started(), await testBrowser(app).get(`/authorize?${query}`))
        assertErrorPage(started(), await postForm(app, '/authorize', query, { accept: 'text/html' }))
      })
    }

    const hostile = [
      'https://evil.example/callback',
      `${CALLBACK}/`,
      `${CALLBACK}?`,
      `${CALLBACK}#`,
      `${CALLBACK}?next=https://evil.example`,
      'https://app.example/callback/../evil',
      'https://app.example/Callback',
      'https://APP.example/callback',
      'https://app.example:443/callback',
      'https://app.example:444/callback',
      'http://app.example/callback',
      'https://user@app.example/callback',
      'https://app.example@evil.example/callback',
      'https://app.example\\@evil.example/callback',
      'https://app.example%2f@evil.example/callback',
      'https://app.example./callback',
      'https://аpp.example/callback',
      '//app.example/callback',
      'javascript:alert(1)',
      'data:text/html,x',
      'https://app.example/call%62ack',
      'https://app.example/callback ',
      'https://app.example/callback\t',
      'http://127.0.0.1:8080/callback',
    ]
    for (const uri of hostile) {
      test(`[RFC9700 4.1.3] redirect_uri ${JSON.stringify(uri)} is not the registered one`, async () => {
        const page = await testBrowser(started().app).get(`/authorize?${authorizeQuery({ redirect_uri: uri })}`)
        assertErrorPage(started(), page)
        assert.doesNotMatch(page.body, /href="[^"]*evil/)
      })
    }
  })

  test('[RFC8252 7.3] a native app may choose its loopback port, and nothing else', async () => {
    const ask = (redirect_uri: string) =>
      testBrowser(started().app).get(
        `/authorize?${authorizeQuery({ client_id: 'native', redirect_uri, prompt: 'none' })}`,
      )
    const answer = answerOf(await ask('http://127.0.0.1:49152/callback'))
    assert.equal(answer.host, '127.0.0.1:49152')
    for (const uri of [
      'http://127.0.0.1:49152/other',
      'http://localhost:49152/callback',
      'http://127.0.0.1:1@evil.example/callback',
    ]) {
      assertErrorPage(started(), await ask(uri))
    }
  })

  test('[RFC9700 4.1.3] a web app may not choose its port, on loopback neither', async () => {
    const query = authorizeQuery({ client_id: 'local', redirect_uri: 'http://127.0.0.1:3001/callback' })
    assertErrorPage(started(), await testBrowser(started().app).get(`/authorize?${query}`))
  })

  test('the names of parameters are shown and sent as text', async () => {
    const { app } = started()
    const twice = (name: string) => `${encodeURIComponent(name)}=1&${encodeURIComponent(name)}=2`
    const plain = await testBrowser(app).get(`/end-session?${twice('plain')}`)
    assertErrorPage(started(), plain)
    for (const name of ['"><script>alert(1)</script>', '{{constructor}}', '__proto__', 'a'.repeat(3000), '\n\u202e']) {
      const page = await testBrowser(app).get(`/end-session?${twice(name)}`)
      assert.equal(skeleton(page.body), skeleton(plain.body))
      const answer = answerOf(await testBrowser(app).get(`/authorize?${authorizeQuery()}&${twice(name)}`))
      assert.match(answer.searchParams.get('error_description') ?? '', /^[ !#-[\]-~]{1,200}$/)
    }
  })

  describe('[RFC6749 4.1.2.1] from the proven redirection URI on, every refusal goes back to the client', () => {
    const refusals: [string, Record<string, string | undefined>, string, string?][] = [
      ['response_type is missing', { response_type: undefined }, 'invalid_request'],
      ['response_type=token', { response_type: 'token' }, 'unsupported_response_type'],
      ['response_type=code id_token', { response_type: 'code id_token' }, 'unsupported_response_type'],
      ['response_mode=web_message', { response_mode: 'web_message' }, 'invalid_request'],
      ['[RFC6749 3.3] scope is missing', { scope: undefined }, 'invalid_scope'],
      ['scope holds nothing that is allowed', { scope: 'root admin' }, 'invalid_scope'],
      ['scope has a forbidden character', { scope: 'openid "x"' }, 'invalid_scope'],
      [
        '[RFC7636 4.4.1] code_challenge is missing',
        { code_challenge: undefined, code_challenge_method: undefined },
        'invalid_request',
      ],
      ['[RFC9700 2.1.1] code_challenge_method=plain', { code_challenge_method: 'plain' }, 'invalid_request'],
      [
        '[RFC7636 4.3] code_challenge_method is absent, which means plain',
        { code_challenge_method: undefined },
        'invalid_request',
      ],
      ['[RFC7636 4.2] code_challenge has 42 characters', { code_challenge: CHALLENGE.slice(1) }, 'invalid_request'],
      ['[RFC7636 4.2] code_challenge has 44 characters', { code_challenge: `${CHALLENGE}A` }, 'invalid_request'],
      ['[Initiating User Registration 4] prompt=create', { prompt: 'create' }, 'invalid_request'],
      ['[OpenID Connect Core 5.5] claims is no JSON', { claims: '{"userinfo"' }, 'invalid_request'],
      ['[OpenID Connect Core 5.5] claims is too long', { claims: ' '.repeat(4097) }, 'invalid_request'],
      [
        '[OpenID Connect Core 5.5.1.1] an essential acr is out of reach',
        { claims: '{"id_token":{"acr":{"essential":true,"values":["loa9"]}}}' },
        'unmet_authentication_requirements',
      ],
      ['[OpenID Connect Core 3.1.2.1] prompt=none with another', { prompt: 'none login' }, 'invalid_request'],
      ['max_age is negative', { max_age: '-1' }, 'invalid_request'],
      ['max_age is no number', { max_age: '1e3' }, 'invalid_request'],
      ['nonce is too long', { nonce: 'n'.repeat(1025) }, 'invalid_request'],
      ['login_hint has a control character', { login_hint: 'a\0b' }, 'invalid_request'],
      ['[RFC9101 6.2] an unsigned request object', { request: 'eyJhbGciOiJub25lIn0.e30.' }, 'invalid_request_object'],
      ['[OpenID Connect Core 6.2] any request_uri', { request_uri: 'https://evil.example/x' }, 'invalid_request_uri'],
      [
        '[RFC9101 5] request and request_uri',
        { request: 'a', request_uri: 'https://evil.example/x' },
        'invalid_request',
      ],
      ['[OpenID Connect Core 7.2.1] registration', { registration: '{}' }, 'registration_not_supported'],
      ['the client may not use the flow', { client_id: 'machine' }, 'unauthorized_client'],
      ['prompt=none and nobody is signed in', { prompt: 'none' }, 'login_required'],
      ['a parameter is repeated', {}, 'invalid_request', '&scope=openid'],
      ['an unknown parameter is repeated', {}, 'invalid_request', '&x=1&x=2'],
      [
        'there are too many parameters',
        {},
        'invalid_request',
        Array.from({ length: 100 }, (_, n) => `&p${n}=1`).join(''),
      ],
    ]
    for (const [title, overrides, error, more = ''] of refusals) {
      test(`${title}: ${error}, with state and [RFC9207 2] iss, by GET and by POST`, async () => {
        const { app } = started()
        const encoded = `${authorizeQuery(overrides)}${more}`
        for (const response of [
          await testBrowser(app).get(`/authorize?${encoded}`),
          // Without cookies, as another site's form posts: what they would say is found out one redirect later.
          await followOwn(app, await postForm(app, '/authorize', encoded)),
        ]) {
          const answer = answerOf(response)
          assert.equal(`${answer.origin}${answer.pathname}`, CALLBACK)
          // [OAuth Multiple Response Types 5] Where tokens were asked for, the refusal stands in the fragment.
          const given = overrides['response_type']?.includes('token') ? answer.hash.slice(1) : answer.search
          const { error_description: description, ...fields } = Object.fromEntries(new URLSearchParams(given))
          assert.deepEqual(fields, { error, state: 'a-state', iss: ISSUER })
          assert.ok(description)
          assert.equal(response.headers['access-control-allow-origin'], undefined)
        }
      })
    }

    test('a repeated state is answered without any state', async () => {
      const answer = answerOf(await testBrowser(started().app).get(`/authorize?${authorizeQuery()}&state=another`))
      assert.deepEqual([answer.searchParams.get('error'), answer.searchParams.get('state')], ['invalid_request', null])
    })

    test('[OAuth Form Post Response Mode 2] response_mode=form_post carries refusals, too', async () => {
      const page = await testBrowser(started().app).get(
        `/authorize?${authorizeQuery({ response_mode: 'form_post', prompt: 'none' })}`,
      )
      assert.equal(page.statusCode, 200)
      assert.match(page.body, /<form method="post" action="https:\/\/app.example\/callback"/)
      assert.match(page.body, /name="error" value="login_required"/)
      assert.match(page.body, /name="iss" value="https:\/\/login.example"/)
    })
  })
})
