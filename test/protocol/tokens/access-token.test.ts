import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HOUR, MINUTE } from '../../../src/base/duration.ts'
import { ownTarget } from '../../../src/protocol/resource.ts'
import { ACCESS_TOKEN_TYPE, accessTokenClaims, readAccessToken } from '../../../src/protocol/tokens/access-token.ts'
import { NO_APIS } from '../../fixtures/api.ts'
import { aClient } from '../../fixtures/client.ts'
import { START } from '../../fixtures/clock.ts'
import { aGrant, anAccount, GRANT_ID, SESSION_ID } from '../../fixtures/records.ts'

const ISSUER = 'https://login.example'
const SERIAL = 'AAECAwQFBgcICQoLDA0ODw'
const knownAs = { sub: 'sub-of-anna', sid: SESSION_ID }
const subject = { grant: aGrant({ authenticatedAt: START - HOUR - 1 }), account: anAccount(), knownAs }

type Overrides = Partial<Parameters<typeof accessTokenClaims>[0]> & { readonly scopes?: readonly string[] }
const claimsOf = ({ scopes = ['openid', 'email'], ...overrides }: Overrides = {}) => {
  const { client = aClient() } = overrides
  return accessTokenClaims({
    issuer: ISSUER,
    client,
    subject,
    target: ownTarget({ client, scopes }, NO_APIS),
    serial: SERIAL,
    now: START + 999,
    ...overrides,
  })
}

describe('the claims of an access token', () => {
  test('[RFC9068 2.2] are exactly these', () => {
    assert.deepEqual(claimsOf(), {
      iss: ISSUER,
      sub: 'sub-of-anna',
      aud: ISSUER,
      client_id: 'app',
      iat: START / 1000,
      exp: (START + 5 * MINUTE) / 1000,
      jti: `${GRANT_ID}.${SERIAL}`,
      scope: 'openid email',
      auth_time: (START - HOUR) / 1000 - 1,
      acr: 'aal1',
      sid: SESSION_ID,
    })
  })

  test('[RFC9068 2.2] without an end-user the subject is the client itself', () => {
    assert.deepEqual(claimsOf({ subject: undefined, scopes: ['api'] }), {
      iss: ISSUER,
      sub: 'app',
      aud: ISSUER,
      client_id: 'app',
      iat: START / 1000,
      exp: (START + 5 * MINUTE) / 1000,
      jti: SERIAL,
      scope: 'api',
    })
  })

  test('[RFC9068 2.2.3] without a scope there is none', () => {
    assert.equal('scope' in claimsOf({ scopes: [] }), false)
  })

  test('live as long as the client’s entry says', () => {
    const client = aClient()
    const own = aClient({ lifetimes: { ...client.lifetimes, accessToken: HOUR } })
    assert.equal(claimsOf({ client: own })['exp'], (START + HOUR) / 1000)
  })

  test('[RFC9068 2.1] the type is at+jwt', () => assert.equal(ACCESS_TOKEN_TYPE, 'at+jwt'))

  describe('[RFC9068 3] the audience', () => {
    const API = 'https://api.example'
    const AUDIENCES: readonly [what: string, own: readonly string[], scopes: readonly string[], aud: unknown][] = [
      ['ourselves, where nothing else is named', [], ['api'], ISSUER],
      ['ourselves, where userinfo is to be asked', [], ['openid'], ISSUER],
      ['the API alone without openid', [API], ['api'], API],
      ['the API and ourselves with openid', [API], ['openid', 'api'], [API, ISSUER]],
      ['several APIs', [API, 'b'], ['api'], [API, 'b']],
      ['several APIs and ourselves', [API, 'b'], ['openid'], [API, 'b', ISSUER]],
      ['ourselves once', [ISSUER], ['openid'], ISSUER],
      ['each once', [API, ISSUER], ['openid'], [API, ISSUER]],
    ]
    for (const [what, accessTokenAudience, scopes, aud] of AUDIENCES) {
      test(what, () => assert.deepEqual(claimsOf({ client: aClient({ accessTokenAudience }), scopes })['aud'], aud))
    }
  })
})

describe('[RFC9068 4] reading an access token', () => {
  const read = (overrides: Record<string, unknown> = {}, now = START) =>
    readAccessToken({ ...claimsOf(), ...overrides }, ISSUER, now)

  test('gives what was put in', () => {
    assert.deepEqual(read(), {
      jti: `${GRANT_ID}.${SERIAL}`,
      grantId: GRANT_ID,
      clientId: 'app',
      subject: 'sub-of-anna',
      audience: [ISSUER],
      scopes: ['openid', 'email'],
      issuedAt: START / 1000,
      expiresAt: (START + 5 * MINUTE) / 1000,
    })
  })

  test('of a client that acts for itself names no grant', () => {
    assert.equal(readAccessToken(claimsOf({ subject: undefined }), ISSUER, START)?.grantId, undefined)
  })

  test('a grant that has no name is not found, rather than not asked for', () => {
    assert.equal(read({ jti: '.x' })?.grantId, '')
  })

  test('without a scope has none', () => assert.deepEqual(read({ scope: undefined })?.scopes, []))

  test('[RFC7519 4.1.3] the audience may be one or many', () => {
    assert.deepEqual(read({ aud: ['a', 'b'] })?.audience, ['a', 'b'])
    assert.deepEqual(read({ aud: ['a', 5, null] })?.audience, ['a'])
    assert.deepEqual(read({ aud: undefined })?.audience, [])
  })

  test('[RFC7519 4.1.4] is for now until it expires, and not at that second', () => {
    const end = START + 5 * MINUTE
    assert.ok(read({}, end - 1))
    assert.equal(read({}, end), undefined)
    assert.equal(read({}, end + HOUR), undefined)
  })

  const BAD: readonly [what: string, overrides: Record<string, unknown>][] = [
    ['another issuer', { iss: 'https://login.example/' }],
    ['no issuer', { iss: undefined }],
    ['no subject', { sub: undefined }],
    ['a subject that is no text', { sub: 1 }],
    ['no client', { client_id: undefined }],
    ['a client that is no text', { client_id: ['app'] }],
    ['no jti', { jti: undefined }],
    ['a jti that is no text', { jti: {} }],
    ['no end', { exp: undefined }],
    ['an end that is text', { exp: '9999999999' }],
    ['no time of issue', { iat: undefined }],
    ['a time of issue that is text', { iat: '1' }],
  ]
  for (const [what, overrides] of BAD) {
    test(`refuses ${what}`, () => assert.equal(read(overrides), undefined))
  }

  test('refuses no claims, because the signature was wrong', () => {
    assert.equal(readAccessToken(undefined, ISSUER, START), undefined)
    assert.equal(readAccessToken({}, ISSUER, START), undefined)
  })

  test('[OpenID Connect Core 2] refuses the claims of an ID token', () => {
    const { client_id: _, jti: __, ...idTokenLike } = claimsOf()
    assert.equal(readAccessToken(idTokenLike, ISSUER, START), undefined)
  })
})
