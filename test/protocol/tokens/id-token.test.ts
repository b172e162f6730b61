import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { HOUR, MINUTE } from '../../../src/base/duration.ts'
import { ID_TOKEN_TYPE, idTokenClaims, readIdTokenHint } from '../../../src/protocol/tokens/id-token.ts'
import type { IdTokenAlgorithm } from '../../../src/protocol/vocabulary.ts'
import { aClient } from '../../fixtures/client.ts'
import { START } from '../../fixtures/clock.ts'
import { aGrant, anAccount, SESSION_ID } from '../../fixtures/records.ts'

const ISSUER = 'https://login.example'
/** Of the example in OpenID Connect Core A.4, whose at_hash is of RS256. */
const ACCESS_TOKEN = 'jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y'
const AT_HASH = '77QmUPtjPfzWtF2AnpK9RQ'

const client = aClient()
const knownAs = { sub: 'sub-of-anna', sid: SESSION_ID }
const subject = { grant: aGrant({ authenticatedAt: START - HOUR - 1 }), account: anAccount(), knownAs }
const claimsOf = (nonce: string | undefined, now = START) =>
  idTokenClaims({
    issuer: ISSUER,
    client,
    subject,
    scopes: subject.grant.scopes,
    accessToken: ACCESS_TOKEN,
    nonce,
    now,
  })

describe('the claims of an ID token', () => {
  test('[OpenID Connect Core 2] [OpenID Connect Core 3.1.3.6] are exactly these', () => {
    assert.deepEqual(claimsOf('a-nonce'), {
      iss: ISSUER,
      sub: 'sub-of-anna',
      aud: 'app',
      iat: START / 1000,
      exp: (START + 5 * MINUTE) / 1000,
      auth_time: (START - HOUR) / 1000 - 1,
      acr: 'aal1',
      amr: ['pwd'],
      sid: SESSION_ID,
      at_hash: AT_HASH,
      nonce: 'a-nonce',
    })
  })

  test('[OpenID Connect Core 12.2] a later one has the same but for its times, and no nonce', () => {
    const { nonce: _, ...first } = claimsOf('a-nonce')
    const now = START + HOUR + 999
    const later = claimsOf(undefined, now)
    assert.deepEqual(later, { ...first, iat: (START + HOUR) / 1000, exp: (START + HOUR + 5 * MINUTE) / 1000 })
    assert.equal('nonce' in later, false)
  })

  test('live as long as the client’s entry says', () => {
    const own = aClient({ lifetimes: { ...client.lifetimes, idToken: HOUR } })
    const claims = idTokenClaims({
      issuer: ISSUER,
      client: own,
      subject,
      scopes: [],
      accessToken: 'x',
      nonce: undefined,
      now: START,
    })
    assert.equal(claims['exp'], (START + HOUR) / 1000)
  })

  test('[OpenID Connect Core 3.1.3.6] at_hash is half a digest of the ID token’s algorithm: SHA-512 for Ed25519', () => {
    const atHash = (algorithm: IdTokenAlgorithm) => {
      const own = aClient({ metadata: { id_token_signed_response_alg: algorithm } })
      const input = {
        issuer: ISSUER,
        client: own,
        subject,
        scopes: [],
        accessToken: ACCESS_TOKEN,
        nonce: undefined,
        now: START,
      }
      return idTokenClaims(input)['at_hash']
    }
    for (const algorithm of ['RS256', 'ES256', 'PS256', 'HS256'] as const) assert.equal(atHash(algorithm), AT_HASH)
    const sha512 = createHash('sha512').update(ACCESS_TOKEN).digest()
    assert.equal(atHash('EdDSA'), sha512.subarray(0, 32).toString('base64url'))
  })

  test('a grant of an older version has the acr that its sign-in reaches', () => {
    const older = { ...subject, grant: aGrant({ acr: undefined }) }
    const of = (scopes: readonly string[]) => ({ issuer: ISSUER, client, subject: older, scopes, accessToken: 'x' })
    assert.equal(idTokenClaims({ ...of([]), nonce: undefined, now: START })['acr'], 'aal1')
  })

  test('[OpenID Connect Core 5.4] scopes put claims of the account into it only where the client’s entry says so', () => {
    const account = anAccount({ claims: { email: 'anna@example.org', nickname: 'Ann' } })
    const of = (own: typeof client, scopes: readonly string[]) =>
      idTokenClaims({
        ...{ issuer: ISSUER, client: own, subject: { grant: aGrant(), account, knownAs }, scopes, accessToken: 'x' },
        ...{ nonce: undefined, now: START },
      })
    const own = aClient({ hasClaimsInIdToken: true })
    assert.equal(of(own, ['openid', 'email'])['email'], 'anna@example.org')
    assert.equal('nickname' in of(own, ['openid', 'email']), false)
    assert.equal('email' in of(client, ['openid', 'email']), false)
  })

  test('[OpenID Connect Core 5.5] claims that were asked for in it one by one are in it; those of userinfo are not', () => {
    const account = anAccount({ claims: { email: 'anna@example.org', nickname: 'Ann' } })
    const grant = aGrant({ claims: { userinfo: ['email'], id_token: ['nickname', 'locale'] } })
    const claims = idTokenClaims({
      ...{ issuer: ISSUER, client, subject: { grant, account, knownAs }, scopes: ['openid'], accessToken: 'x' },
      ...{ nonce: undefined, now: START },
    })
    assert.equal(claims['nickname'], 'Ann')
    assert.equal('email' in claims || 'locale' in claims, false)
  })

  test('[RFC7519 2] the type is JWT', () => assert.equal(ID_TOKEN_TYPE, 'JWT'))
})

describe('[RP-Initiated Logout 2] an id_token_hint', () => {
  test('says who was signed in where, even when it has expired', () => {
    assert.deepEqual(readIdTokenHint(claimsOf('n', 0), ISSUER), {
      clientId: 'app',
      subject: 'sub-of-anna',
      sessionId: claimsOf('n', 0)['sid'],
    })
  })

  const BAD: readonly [what: string, claims: Record<string, unknown> | undefined][] = [
    ['no claims, because the signature was wrong', undefined],
    ['another issuer', { ...claimsOf('n'), iss: 'https://login.example/' }],
    ['no issuer', { ...claimsOf('n'), iss: undefined }],
    ['[RFC8725 3.12] an access token with the same type', { ...claimsOf('n'), token_use: 'access' }],
    ['[OpenID Connect Core 5.3.2] a userinfo response, which never ends', { ...claimsOf('n'), exp: undefined }],
    ['a userinfo response, which knows no sign-in', { ...claimsOf('n'), auth_time: undefined }],
    ['no subject', { ...claimsOf('n'), sub: undefined }],
    ['a subject that is no text', { ...claimsOf('n'), sub: 1 }],
    ['several audiences', { ...claimsOf('n'), aud: ['app', 'spa'] }],
    ['no audience', { ...claimsOf('n'), aud: undefined }],
  ]
  for (const [what, claims] of BAD) {
    test(`is none: ${what}`, () => assert.equal(readIdTokenHint(claims, ISSUER), undefined))
  }
})
