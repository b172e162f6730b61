import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { apisByAudience } from '../../src/protocol/api.ts'
import { parseAuthorizationRequest, withoutUnknown } from '../../src/protocol/authorization-request.ts'
import type { OAuthErrorCode } from '../../src/protocol/oauth-error.ts'
import { readParameters } from '../../src/protocol/parameters.ts'
import { anApi, NO_APIS } from '../fixtures/api.ts'
import { aClient } from '../fixtures/client.ts'
import { CODE_CHALLENGE } from '../fixtures/records.ts'
import { assertRefused, someParameters } from '../fixtures/refusals.ts'

const RULES = { ...NO_APIS, implicitFlow: false }

const GOOD = {
  client_id: 'app',
  redirect_uri: 'https://app.example/callback',
  response_type: 'code',
  scope: 'openid email',
  code_challenge: CODE_CHALLENGE,
  code_challenge_method: 'S256',
}

const parse = (overrides: Record<string, string | undefined> = {}, client = aClient()) =>
  parseAuthorizationRequest(someParameters({ ...GOOD, ...overrides }), client, RULES)

describe('a good authorization request', () => {
  test('[OpenID Connect Core 3.1.2.1] with the least that it needs', () => {
    assert.deepEqual(parse(), {
      responseType: 'code',
      scopes: ['openid', 'email'],
      resources: undefined,
      nonce: undefined,
      codeChallenge: CODE_CHALLENGE,
      prompts: new Set(),
      maxAge: undefined,
      loginHint: undefined,
      idTokenHint: undefined,
      claims: undefined,
      subjects: undefined,
      acrValues: [],
      requiredAcrs: undefined,
      uiLocales: [],
    })
  })

  test('[OpenID Connect Core 3.1.2.1] with everything', () => {
    const all = {
      nonce: 'n',
      prompt: 'login consent',
      max_age: '60',
      login_hint: 'anna',
      id_token_hint: 'a.b.c',
      response_mode: 'form_post',
      ui_locales: 'de-AT en',
      acr_values: 'phr aal1',
      claims:
        '{"userinfo":{"phone_number":null},"id_token":{"sub":{"value":"s"},"acr":{"essential":true,"value":"aal1"}}}',
      display: 'popup',
      claims_locales: 'de',
    }
    assert.deepEqual(parse(all), {
      responseType: 'code',
      scopes: ['openid', 'email'],
      resources: undefined,
      nonce: 'n',
      codeChallenge: CODE_CHALLENGE,
      prompts: new Set(['login', 'consent']),
      maxAge: 60_000,
      loginHint: 'anna',
      idTokenHint: 'a.b.c',
      claims: { userinfo: ['phone_number'], id_token: [] },
      subjects: ['s'],
      acrValues: ['aal1', 'phr', 'aal1'],
      requiredAcrs: ['aal1'],
      uiLocales: ['de-AT', 'en'],
    })
  })

  test('[OpenID Connect Registration 2] default_max_age holds where the request does not say', () => {
    const client = aClient({ metadata: { default_max_age: 5000 } })
    assert.equal(parse({}, client).maxAge, 5000)
    assert.equal(parse({ max_age: '60' }, client).maxAge, 60_000)
    assert.equal(parse({ max_age: '0' }, client).maxAge, 0)
  })

  test('[OpenID Connect Core 3.1.2.1] scopes that the client may not have are left out', () => {
    assert.deepEqual(parse({ scope: 'openid admin email' }).scopes, ['openid', 'email'])
  })

  test('[RFC6749 3.1] unknown parameters are ignored', () => {
    assert.deepEqual(parse({ foo: 'x', audience: 'y' }), parse())
  })

  test('[OpenID Connect Core 3.1.2.1] display and locales are never an error, whatever they say', () => {
    for (const display of ['page', 'popup', 'touch', 'wap', 'hologram', 'page popup']) {
      assert.deepEqual(parse({ display, claims_locales: 'de !! fr' }), parse())
    }
    assert.deepEqual(parse({ ui_locales: 'de !! x-klingon <script> fr-CA' }).uiLocales, ['de', 'x-klingon', 'fr-CA'])
  })

  test('[OpenID Connect Registration 2] default_acr_values hold where the request does not say', () => {
    const client = aClient({ metadata: { default_acr_values: ['aal1'] } })
    assert.deepEqual(parse({}, client).acrValues, ['aal1'])
    assert.deepEqual(parse({ acr_values: 'phr' }, client).acrValues, ['phr'])
    assert.equal(parse({ acr_values: 'phr' }, client).requiredAcrs, undefined)
  })

  test('[OpenID Connect Core 3.1.2.1] without openid it is plain OAuth, where claims means nothing', () => {
    const request = parse({ scope: 'email', claims: 'no JSON' })
    assert.deepEqual([request.scopes, request.claims, request.subjects], [['email'], undefined, undefined])
  })

  test('[OAuth Multiple Response Types 2.1] response_mode may be query, fragment or form_post', () => {
    for (const response_mode of ['query', 'fragment', 'form_post']) assert.ok(parse({ response_mode }))
  })

  test('[RFC6749 3.1] empty ones are absent', () => {
    assert.deepEqual(parse({ nonce: '', prompt: '', max_age: '', request: '', response_mode: '' }), parse())
  })

  test('PKCE is waived where the entry says so', () => {
    const without = { code_challenge: undefined, code_challenge_method: undefined }
    assert.equal(parse(without, aClient({ requiresPkce: false })).codeChallenge, undefined)
    assertRefused(() => parse(without), 'invalid_request', /PKCE/)
  })
})

describe('a refused authorization request', () => {
  const REFUSED: readonly [rule: string, Record<string, string | undefined>, OAuthErrorCode, RegExp][] = [
    ['[RFC6749 3.1.1] no response_type', { response_type: undefined }, 'invalid_request', /response_type is missing/],
    ['[RFC6749 3.1.1] token', { response_type: 'token' }, 'unsupported_response_type', /must be code/],
    ['[RFC6749 3.1.1] id_token', { response_type: 'id_token' }, 'unsupported_response_type', /must be code/],
    ['[RFC6749 3.1.1] code token', { response_type: 'code token' }, 'unsupported_response_type', /must be code/],
    ['[RFC6749 3.1.1] CODE', { response_type: 'CODE' }, 'unsupported_response_type', /must be code/],
    ['[RFC6749 3.3] no scope', { scope: undefined }, 'invalid_scope', /scope is missing/],
    ['[RFC6749 3.3] no scope that it may have', { scope: 'admin' }, 'invalid_scope', /none/],
    ['[RFC6749 3.3] a malformed scope', { scope: 'openid "' }, 'invalid_scope', /character/],
    ['[OpenID Connect Core 7.2.1] registration', { registration: '{}' }, 'registration_not_supported', /./],
    ['[OpenID Connect Core 3.1.2.1] prompt', { prompt: 'none login' }, 'invalid_request', /prompt/],
    ['[OpenID Connect Core 3.1.2.1] max_age', { max_age: '-1' }, 'invalid_request', /max_age/],
    ['[Initiating User Registration 4] prompt=create', { prompt: 'create' }, 'invalid_request', /unknown value/],
    ['[OpenID Connect Core 5.5] claims', { claims: '[]' }, 'invalid_request', /claims is not a JSON object/],
    ['claims that are too long', { claims: ' '.repeat(4097) }, 'invalid_request', /claims is too long/],
    ['an unknown response_mode', { response_mode: 'web_message' }, 'invalid_request', /response_mode/],
    ['[RFC7636 4.4.1] plain', { code_challenge_method: 'plain' }, 'invalid_request', /S256/],
    ['a parameter that is too long', { nonce: 'x'.repeat(1025) }, 'invalid_request', /nonce is too long/],
    ['a parameter that nobody asks for and is too long', { foo: 'x'.repeat(2049) }, 'invalid_request', /too long/],
  ]
  for (const [rule, overrides, code, words] of REFUSED) {
    test(rule, () => {
      assertRefused(() => parse(overrides), code, words)
    })
  }

  test('[RFC6749 4.1.2.1] of a client that may not use this flow', () => {
    const client = aClient({ metadata: { grant_types: ['client_credentials'] } })
    assertRefused(() => parse({}, client), 'unauthorized_client', /response_type=code/)
  })

  test('[OAuth Form Post Response Mode 2] form_post to a private-use scheme, to which no browser posts', () => {
    const own = { redirect_uri: 'com.example.app:/cb', response_mode: 'form_post' }
    assertRefused(() => parse(own), 'invalid_request', /form_post needs/)
    assert.ok(parse({ ...own, response_mode: 'query' }))
    for (const redirect_uri of ['http://127.0.0.1:9/cb', 'HTTPS://app.example/cb'])
      assert.ok(parse({ ...own, redirect_uri }))
  })

  test('[RFC6749 3.1] any repeated parameter, also one that nobody asks for', () => {
    const good = new URLSearchParams(GOOD).toString()
    for (const more of ['state=a&state=b', 'foo=a&foo=b', 'scope=openid', 'client_id=app', 'response_type=']) {
      const parameters = readParameters(`${good}&${more}`)
      assertRefused(() => parseAuthorizationRequest(parameters, aClient(), RULES), 'invalid_request', /repeated/)
    }
  })

  test('what is unsupported is told before what is wrong beside it', () => {
    assertRefused(
      () => parse({ registration: 'x', scope: undefined, response_type: undefined }),
      'registration_not_supported',
    )
  })
})

test('[RFC8707 2] a token that is made right away cannot be for APIs that contradict each other', () => {
  const apis = apisByAudience([anApi({ audience: 'a' }), anApi({ audience: 'b', accessTokenType: 'JWT' })])
  const client = aClient({
    accessTokenAudience: ['a', 'b'],
    metadata: { grant_types: ['authorization_code', 'implicit'], response_types: ['code', 'id_token token'] },
  })
  const asking = (responseType: string, resources: string) => () =>
    parseAuthorizationRequest(
      readParameters(`${new URLSearchParams({ ...GOOD, response_type: responseType, nonce: 'n' })}&${resources}`),
      client,
      { issuer: RULES.issuer, apis, implicitFlow: true },
    )
  assert.deepEqual(asking('code', 'resource=a&resource=b')().resources, ['a', 'b'])
  assert.deepEqual(asking('id_token token', 'resource=a')().resources, ['a'])
  assertRefused(asking('id_token token', 'resource=a&resource=b'), 'invalid_target', /one at a time/)
})

test('[RFC6749 3.1] what is kept of a request is what has a meaning, in its order, repeated or not', () => {
  const meant = 'client_id=app&resource=https%3A%2F%2Fa.example&state=x&resource=https%3A%2F%2Fb.example&claims=%7B%7D'
  assert.equal(withoutUnknown(`${meant}&client_secret=s&code=c&password=p&?client_id=q`), meant)
  assert.equal(withoutUnknown('ui_locales=de+not%2Fone+fr'), 'ui_locales=de+fr')
})
