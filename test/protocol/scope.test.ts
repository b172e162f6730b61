import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { allowedScopes, narrowedScopes, parseScope } from '../../src/protocol/scope.ts'
import { aClient } from '../fixtures/client.ts'
import { assertRefused } from '../fixtures/refusals.ts'

describe('scope values', () => {
  test('[RFC6749 3.3] separated by spaces, in the order they came', () => {
    assert.deepEqual(parseScope('openid email profile'), ['openid', 'email', 'profile'])
    assert.deepEqual(parseScope(' openid  email '), ['openid', 'email'])
    assert.deepEqual(parseScope(''), [])
  })

  test('[RFC6749 3.3] each counts once', () => assert.deepEqual(parseScope('a b a'), ['a', 'b']))

  test('[RFC6749 3.3] case matters', () => assert.deepEqual(parseScope('openid OPENID'), ['openid', 'OPENID']))

  test('[RFC6749 3.3] every NQCHAR is allowed', () => {
    assert.deepEqual(parseScope('!#[]~ https://api.example/read:all'), ['!#[]~', 'https://api.example/read:all'])
  })

  for (const bad of ['"', '\\', '\u007f', '\u0000', '\t', '\n', 'é', '\u00a0', '😀']) {
    test(`[RFC6749 3.3] ${JSON.stringify(bad)} is refused in one`, () => {
      assertRefused(() => parseScope(`openid a${bad}b`), 'invalid_scope', /character/)
      assertRefused(() => parseScope(bad), 'invalid_scope', /character/)
    })
  }
})

describe('what a client may have', () => {
  const client = aClient({ metadata: { scope: ['openid', 'email', 'offline_access'] } })

  test('[OpenID Connect Core 3.1.2.1] values that it may not have are ignored', () => {
    assert.deepEqual(allowedScopes(['email', 'admin', 'openid'], client), ['email', 'openid'])
  })

  test('[RFC6749 3.3] with nothing left it is invalid_scope', () => {
    assertRefused(() => allowedScopes(['admin'], client), 'invalid_scope', /none of/)
    assertRefused(() => allowedScopes([], client), 'invalid_scope', /none of/)
  })

  test('[OpenID Connect Core 11] offline_access means nothing without the refresh_token grant', () => {
    assert.deepEqual(allowedScopes(['openid', 'offline_access'], client), ['openid', 'offline_access'])
    const without = aClient({ metadata: { grant_types: ['authorization_code'] } })
    assert.deepEqual(allowedScopes(['openid', 'offline_access'], without), ['openid'])
    assertRefused(() => allowedScopes(['offline_access'], without), 'invalid_scope')
  })
})

describe('narrowing at a refresh', () => {
  const granted = ['openid', 'profile', 'email']

  test('[RFC6749 6] without scope it is what was granted', () => {
    assert.deepEqual(narrowedScopes(undefined, granted), granted)
  })

  test('[RFC6749 6] less is allowed', () =>
    assert.deepEqual(narrowedScopes('email openid', granted), ['email', 'openid']))

  test('[RFC6749 6] the same again is allowed', () => {
    assert.deepEqual(narrowedScopes(granted.join(' '), granted), granted)
  })

  for (const wide of ['openid profile email phone', 'phone', 'OPENID']) {
    test(`[RFC6749 6] more is refused: ${wide}`, () => {
      assertRefused(() => narrowedScopes(wide, granted), 'invalid_scope', /more than was granted/)
    })
  }

  test('[RFC6749 6] nothing at all is refused', () => {
    assertRefused(() => narrowedScopes(' ', granted), 'invalid_scope', /empty/)
  })

  test('[RFC6749 3.3] malformed is refused', () => {
    assertRefused(() => narrowedScopes('openid "', granted), 'invalid_scope', /character/)
  })
})
