import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { parseClaimsParameter } from '../../src/protocol/claims-parameter.ts'
import { OAuthError } from '../../src/protocol/oauth-error.ts'
import { aClient } from '../fixtures/client.ts'
import { assertRefused } from '../fixtures/refusals.ts'

const client = aClient({ metadata: { scope: ['openid', 'profile', 'email'] } })
const parse = (value: unknown) => parseClaimsParameter(JSON.stringify(value), client)
const NOTHING = { asked: undefined, subjects: undefined, acr: { values: [], isEssential: false } }

describe('[OpenID Connect Core 5.5] the claims parameter', () => {
  test('absent or empty, it asks for nothing', () => {
    assert.deepEqual(parseClaimsParameter(undefined, client), NOTHING)
    for (const value of [{}, { userinfo: {} }, { userinfo: {}, id_token: {} }]) assert.deepEqual(parse(value), NOTHING)
  })

  test('[5.5.1] null, essential, a value: each asks for the claim', () => {
    const requests = { name: null, email: { essential: true }, nickname: {}, locale: { value: 'de', values: ['en'] } }
    assert.deepEqual(parse({ userinfo: requests }).asked?.userinfo, ['name', 'email', 'nickname', 'locale'])
    assert.deepEqual(parse({ id_token: requests }).asked?.id_token, ['name', 'email', 'nickname', 'locale'])
  })

  test('[5.5] what is not understood is ignored: members, claims, languages, members of a claim', () => {
    const names = {
      email: { purpose: 'x', max_age: 1 },
      'name#de': null,
      shoe_size: { essential: true },
      auth_time: null,
    }
    assert.deepEqual(parse({ userinfo: names, verified_claims: [], id_token: { at_hash: null } }).asked, {
      userinfo: ['email'],
      id_token: [],
    })
  })

  test('claims of scopes that the client may not have are left out', () => {
    assert.equal(parse({ userinfo: { groups: null, phone_number: { essential: true } } }).asked, undefined)
  })

  test('names of every object are names like others', () => {
    const text = '{"__proto__":{"email":null},"userinfo":{"__proto__":null,"constructor":null,"toString":{}}}'
    assert.deepEqual(parseClaimsParameter(text, client), NOTHING)
  })

  test('[5.5.1] a value of sub in the ID token names the end-user; one in userinfo does not', () => {
    const sub = (request: unknown) => parse({ id_token: { sub: request }, userinfo: { sub: { value: 'x' } } }).subjects
    assert.deepEqual(sub({ value: 'a' }), ['a'])
    assert.deepEqual(sub({ values: ['a', 'b'] }), ['a', 'b'])
    assert.equal(sub(null), undefined)
    assert.equal(sub({ essential: true }), undefined)
    // What no subject can be is nobody, and not anybody.
    assert.deepEqual(sub({ value: 1 }), [])
    assert.deepEqual(sub({ value: null }), [])
  })

  test('[5.5.1.1] acr in the ID token: wanted, or a must', () => {
    const acr = (request: unknown) => parse({ id_token: { acr: request } }).acr
    assert.deepEqual(acr({ values: ['b', 'a'] }), { values: ['b', 'a'], isEssential: false })
    assert.deepEqual(acr({ essential: true, values: ['a'] }), { values: ['a'], isEssential: true })
    assert.deepEqual(acr({ essential: true, value: 'a' }), { values: ['a'], isEssential: true })
    assert.deepEqual(acr({ essential: true, values: [7] }), { values: [], isEssential: true })
    assert.deepEqual(acr({ essential: true }), { values: [], isEssential: false })
    assert.deepEqual(acr({ essential: false, value: 'a' }), { values: ['a'], isEssential: false })
  })

  const MALFORMED: readonly [text: string, words: RegExp][] = [
    ['', /not JSON/],
    ['{', /not JSON/],
    ["{'userinfo':{}}", /not JSON/],
    ['{"userinfo":{}} x', /not JSON/],
    ['{"userinfo":{},}', /not JSON/],
    ['null', /claims is not a JSON object/],
    ['[]', /claims is not a JSON object/],
    ['"userinfo"', /claims is not a JSON object/],
    ['1', /claims is not a JSON object/],
    ['{"userinfo":null}', /claims.userinfo is not a JSON object/],
    ['{"userinfo":["email"]}', /claims.userinfo is not a JSON object/],
    ['{"id_token":"email"}', /claims.id_token is not a JSON object/],
    ['{"userinfo":{"email":true}}', /a member of claims is not/],
    ['{"userinfo":{"email":"x"}}', /a member of claims is not/],
    ['{"userinfo":{"shoe_size":[]}}', /a member of claims is not/],
    ['{"userinfo":{"email":{"essential":"true"}}}', /essential/],
    ['{"id_token":{"acr":{"values":"aal1"}}}', /values/],
  ]
  for (const [text, words] of MALFORMED) {
    test(`${text || 'nothing'} is refused`, () => {
      assertRefused(() => parseClaimsParameter(text, client), 'invalid_request', words)
    })
  }

  test('however deep it is, it is answered', () => {
    const deep = `{"userinfo":{"email":{"value":${'['.repeat(2000)}${']'.repeat(2000)}}}}`
    assert.deepEqual(parseClaimsParameter(deep, client).asked?.userinfo, ['email'])
    assertRefused(() => parseClaimsParameter('['.repeat(4096), client), 'invalid_request', /not JSON/)
  })

  test('any JSON is read or refused, and nothing else happens', () => {
    const property = fc.property(fc.json(), fc.json(), (one, other) => {
      for (const text of [
        one,
        `{"userinfo":${one},"id_token":${other}}`,
        `{"id_token":{"sub":${one},"acr":${other}}}`,
      ]) {
        try {
          parseClaimsParameter(text, client)
        } catch (error) {
          assert.ok(error instanceof OAuthError && error.code === 'invalid_request')
        }
      }
    })
    fc.assert(property, { numRuns: 2000, seed: 55 })
  })
})
