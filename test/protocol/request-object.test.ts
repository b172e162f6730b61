import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readParameters } from '../../src/protocol/parameters.ts'
import { judgeRequestObject, refuseUnprotected, requestOfObject } from '../../src/protocol/request-object.ts'
import { aClient } from '../fixtures/client.ts'
import { START } from '../fixtures/clock.ts'
import { assertRefused } from '../fixtures/refusals.ts'

const client = aClient()
const request = (claims: Record<string, unknown>, query?: string, own = client): string[] =>
  requestOfObject(
    claims,
    own,
    query === undefined ? undefined : { parameters: readParameters(query), encoded: query },
  ).split('&')

describe('[RFC9101 4] what a request object says', () => {
  test('texts as they are, numbers and truth as texts, structures as JSON, lists of texts as repeated parameters', () => {
    const claims = { state: 'a b', max_age: 60, flag: true, claims: { userinfo: {} }, list: [1], resource: ['x', 'y'] }
    assert.deepEqual(request(claims), [
      'state=a+b',
      'max_age=60',
      'flag=true',
      'claims=%7B%22userinfo%22%3A%7B%7D%7D',
      'list=%5B1%5D',
      'resource=x',
      'resource=y',
      'client_id=app',
    ])
  })

  test('what belongs to the JWT is no parameter, and null is none', () => {
    const claims = { iss: 'app', sub: 's', aud: 'a', exp: 1, nbf: 1, iat: 1, jti: 'j', nonce: null, state: 's' }
    assert.deepEqual(request(claims), ['state=s', 'client_id=app'])
  })

  test('[RFC9101 5] of the query nothing counts, unless it is an OpenID Connect request (Core 6.1)', () => {
    const query = 'response_type=code&scope=openid+email&state=q&nonce=n&request=x&client_id=app'
    const said = { state: 'o', response_type: 'code' }
    assert.deepEqual(request(said, query), [
      'scope=openid+email',
      'nonce=n',
      'state=o',
      'response_type=code',
      'client_id=app',
    ])
    for (const other of [
      'scope=openid&nonce=n',
      'response_type=code&scope=email&nonce=n',
      'response_type=code&nonce=n',
    ]) {
      assert.deepEqual(request(said, other), ['state=o', 'response_type=code', 'client_id=app'])
    }
    const strict = aClient({ metadata: { require_signed_request_object: true } })
    assert.deepEqual(request(said, query, strict), ['state=o', 'response_type=code', 'client_id=app'])
  })
})

describe('[RFC9101 5] whose it is, for whom and when', () => {
  const judge = (claims: Record<string, unknown>) =>
    judgeRequestObject({ iss: 'app', ...claims }, { client, issuer: 'https://login.example', now: START })
  const now = START / 1000

  test('a minute of difference between clocks is let pass', () => {
    judge({ exp: now - 59, nbf: now + 60 })
    assertRefused(() => judge({ exp: now - 60 }), 'invalid_request_object', /expired/)
    assertRefused(() => judge({ nbf: now + 61 }), 'invalid_request_object', /not valid yet/)
  })
})

describe('what the client’s entry demands', () => {
  const rule = (metadata: Parameters<typeof aClient>[0], isSigned: boolean, isPushed: boolean) => () =>
    refuseUnprotected(aClient(metadata), { isSigned, isPushed })

  test('[RFC9126 6] that it is pushed', () => {
    const pushing = { metadata: { require_pushed_authorization_requests: true } }
    rule(pushing, false, true)()
    assertRefused(rule(pushing, true, false), 'invalid_request', /push/)
  })

  test('[RFC9101 10.5] that it is signed', () => {
    const signing = { metadata: { require_signed_request_object: true } }
    rule(signing, true, false)()
    assertRefused(rule(signing, false, true), 'invalid_request', /signed/)
    rule({}, false, false)()
  })
})
