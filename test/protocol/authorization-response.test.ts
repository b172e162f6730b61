import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { errorResponse, successResponse, withFragment, withQuery } from '../../src/protocol/authorization-response.ts'
import { OAuthError } from '../../src/protocol/oauth-error.ts'
import { proveRedirectTarget } from '../../src/protocol/redirect-target.ts'
import { aClient } from '../fixtures/client.ts'
import { someParameters } from '../fixtures/refusals.ts'

const ISSUER = 'https://login.example'
const targetWith = (state: string | undefined) =>
  proveRedirectTarget(aClient(), someParameters({ redirect_uri: 'https://app.example/callback', state }))

describe('the authorization response', () => {
  test('[RFC6749 4.1.2] [RFC9207 2] holds code, state and iss', () => {
    assert.deepEqual(successResponse({ code: 'a-code' }, targetWith('a-state'), ISSUER), {
      code: 'a-code',
      state: 'a-state',
      iss: ISSUER,
    })
  })

  test('[RFC6749 4.1.2] holds no state when there was none', () => {
    assert.deepEqual(successResponse({ code: 'a-code' }, targetWith(undefined), ISSUER), {
      code: 'a-code',
      iss: ISSUER,
    })
  })

  test('[RFC6749 4.1.2.1] [RFC9207 2] of a refusal holds error, description, state and iss, and no detail', () => {
    const error = new OAuthError('access_denied', 'the end-user did not consent', {
      check: 'denied',
      came: 'only for the log',
    })
    const answering = (state: string | undefined) => ({
      target: targetWith(state),
      issuer: ISSUER,
      errorId: 'abcd-efgh',
    })
    assert.deepEqual(errorResponse(error, answering('a-state')), {
      error: 'access_denied',
      error_description: 'the end-user did not consent (error abcd-efgh)',
      state: 'a-state',
      iss: ISSUER,
    })
    assert.equal('state' in errorResponse(error, answering(undefined)), false)
  })

  test('[RFC6749 4.1.2] the state is what was sent, whatever it is', () => {
    const state = ' +&=#%"<ü😀'
    const url = new URL(
      withQuery('https://app.example/callback', successResponse({ code: 'c' }, targetWith(state), ISSUER)),
    )
    assert.equal(url.searchParams.get('state'), state)
    assert.equal(url.hash, '')
  })
})

describe('[RFC6749 3.1.2] the query of an answer', () => {
  const ADDED: readonly [uri: string, result: string][] = [
    ['https://app.example/cb', 'https://app.example/cb?a=1'],
    ['https://app.example', 'https://app.example?a=1'],
    ['https://app.example/cb?x=%20y', 'https://app.example/cb?x=%20y&a=1'],
    ['https://APP.example:443/cb?', 'https://APP.example:443/cb?&a=1'],
    ['com.example.app:/cb', 'com.example.app:/cb?a=1'],
  ]
  for (const [uri, result] of ADDED) {
    test(`is added to ${uri} and nothing of it is rewritten`, () => assert.equal(withQuery(uri, { a: '1' }), result))
  }

  test('is form-encoded', () => {
    assert.equal(
      withQuery('https://app.example/', { iss: ISSUER }),
      'https://app.example/?iss=https%3A%2F%2Flogin.example',
    )
    assert.equal(withQuery('https://app.example/', { e: 'a b&c\r\n' }), 'https://app.example/?e=a+b%26c%0D%0A')
  })

  test('is left away when there is nothing to say', () => {
    assert.equal(withQuery('https://app.example/', {}), 'https://app.example/')
  })
})

describe('[OAuth Multiple Response Types 2.1] the fragment of an answer', () => {
  test('stands behind the registered URI, whose query stays as it is', () => {
    assert.equal(
      withFragment('https://app.example/cb?x=%20y', { a: '1', b: ' &#' }),
      'https://app.example/cb?x=%20y#a=1&b=+%26%23',
    )
    assert.equal(withFragment('com.example.app:/cb', { a: '1' }), 'com.example.app:/cb#a=1')
  })
})
