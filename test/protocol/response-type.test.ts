import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseAuthorizationRequest } from '../../src/protocol/authorization-request.ts'
import { proveRedirectTarget } from '../../src/protocol/redirect-target.ts'
import { holdsTokens, parseResponseType } from '../../src/protocol/response-type.ts'
import { NO_APIS } from '../fixtures/api.ts'
import { aClient } from '../fixtures/client.ts'
import { assertRefused, someParameters } from '../fixtures/refusals.ts'

const client = aClient({
  metadata: {
    grant_types: ['authorization_code', 'implicit', 'refresh_token'],
    response_types: ['code', 'id_token', 'id_token token'],
  },
})
const GOOD = {
  response_type: 'id_token token',
  client_id: 'app',
  redirect_uri: 'https://app.example/callback',
  scope: 'openid profile',
  nonce: 'a-nonce',
}
const parse = (overrides: Record<string, string | undefined>, { by = client, implicitFlow = true } = {}) => {
  const asked = Object.entries({ ...GOOD, ...overrides }).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  )
  return parseAuthorizationRequest(someParameters(Object.fromEntries(asked)), by, { ...NO_APIS, implicitFlow })
}

describe('[OAuth Multiple Response Types 1] response_type', () => {
  test('is a set of words, in any order', () => {
    assert.equal(parseResponseType('token id_token'), 'id_token token')
    assert.equal(parseResponseType('id_token token'), 'id_token token')
    assert.equal(parseResponseType('id_token'), 'id_token')
    assert.equal(parseResponseType('code'), 'code')
  })

  for (const text of [
    'token',
    'code token',
    'code id_token',
    'code id_token token',
    'none',
    'Code',
    'id_token  token',
    '',
  ]) {
    test(`what we do not give is none of ours: ${JSON.stringify(text)}`, () =>
      assert.equal(parseResponseType(text), undefined))
  }

  test('holds tokens or not, known or not', () => {
    for (const text of ['id_token', 'token', 'code token', 'token id_token'])
      assert.equal(holdsTokens(text), true, text)
    for (const text of ['code', 'none', 'tokens', undefined]) assert.equal(holdsTokens(text), false, text)
  })
})

describe('[OpenID Connect Core 3.2.2.1] a request for tokens', () => {
  test('is for a client that has it among its response types', () => {
    assert.equal(parse({}).responseType, 'id_token token')
    assert.equal(parse({ response_type: 'id_token' }).responseType, 'id_token')
    const codeOnly = aClient()
    assertRefused(() => parse({}, { by: codeOnly }), 'unauthorized_client')
    assertRefused(() => parse({ response_type: 'id_token' }, { by: codeOnly }), 'unauthorized_client')
  })

  test('is for an installation that has switched it on', () => {
    assertRefused(() => parse({}, { implicitFlow: false }), 'unsupported_response_type')
  })

  test('has a nonce', () => {
    assert.equal(parse({}).nonce, 'a-nonce')
    assertRefused(() => parse({ nonce: undefined }), 'invalid_request', /nonce/)
  })

  test('has openid in its scope', () => {
    assertRefused(() => parse({ scope: 'profile' }), 'invalid_scope', /openid/)
  })

  test('[OpenID Connect Core 11] never gets offline_access', () => {
    assert.deepEqual(parse({ scope: 'openid offline_access' }).scopes, ['openid'])
  })

  test('[RFC7636] needs no code_challenge, for it has no code', () => assert.equal(parse({}).codeChallenge, undefined))
})

describe('[OAuth Multiple Response Types 5] where the answer stands', () => {
  const modeOf = (overrides: Record<string, string>) =>
    proveRedirectTarget(client, someParameters({ ...GOOD, ...overrides })).responseMode

  test('in the fragment, unless another mode is asked for', () => {
    assert.equal(modeOf({}), 'fragment')
    assert.equal(modeOf({ response_mode: 'form_post' }), 'form_post')
    assert.equal(modeOf({ response_type: 'code' }), 'query')
  })

  test('never in the query: the refusal of that stands in the fragment, too', () => {
    assertRefused(() => parse({ response_mode: 'query' }), 'invalid_request', /query/)
    assert.equal(modeOf({ response_mode: 'query' }), 'fragment')
  })
})
