import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HOUR } from '../../src/base/duration.ts'
import { apisByAudience } from '../../src/protocol/api.ts'
import { describeAccessToken, describeRefreshToken, INACTIVE, mayIntrospect } from '../../src/protocol/introspection.ts'
import type { AccessToken } from '../../src/protocol/tokens/access-token.ts'
import { anApi } from '../fixtures/api.ts'
import { aClient } from '../fixtures/client.ts'
import { START } from '../fixtures/clock.ts'
import { anAccount, aRedeemedGrant, GRANT_ID } from '../fixtures/records.ts'

const ISSUER = 'https://login.example'
const aToken = (overrides: Partial<AccessToken> = {}): AccessToken => ({
  jti: `${GRANT_ID}.serial`,
  grantId: GRANT_ID,
  clientId: 'wiki',
  subject: 'sub-of-anna',
  audience: ['https://api.example', ISSUER],
  scopes: ['openid', 'api'],
  issuedAt: 1000,
  expiresAt: 1300,
  ...overrides,
})

describe('[RFC7662 4] who may ask about a token', () => {
  const api = { id: 'api', accessTokenAudience: ['https://api.example'] }
  const APIS = apisByAudience([anApi({ introspectionClient: 'orders-api' }), anApi({ audience: 'https://b.example' })])
  const ASKING: readonly [who: string, client: Parameters<typeof aClient>[0], token: Partial<AccessToken>, boolean][] =
    [
      ['the client that it was issued to', { id: 'wiki' }, { audience: [] }, true],
      ['another client that has the same API', api, {}, false],
      ['the API that it is meant for, by its client_id', { id: 'api' }, { audience: ['api'] }, true],
      ['another client', { id: 'shop' }, {}, false],
      ['another API', { id: 'b', accessTokenAudience: ['https://b.example'] }, {}, false],
      ['an API whose name only begins like it', { id: 'b', accessTokenAudience: ['https://api.example/'] }, {}, false],
      ['an API, about a token that is meant for nobody', api, { audience: [] }, false],
      ['the client that an API introspects with', { id: 'orders-api' }, { audience: ['https://orders.example'] }, true],
      ['the client of another API', { id: 'orders-api' }, { audience: ['https://b.example'] }, false],
      ['whoever may ask about any', { id: 'shop', introspects: 'any' }, { audience: [] }, true],
    ]
  for (const [who, client, token, may] of ASKING) {
    test(`${who}: ${may ? 'yes' : 'no'}`, () => assert.equal(mayIntrospect(aClient(client), aToken(token), APIS), may))
  }
})

describe('[RFC7662 2.2] [RFC9470 6.2] the answer', () => {
  const client = aClient()
  const live = { grant: aRedeemedGrant({ authenticatedAt: START - HOUR, acr: undefined }), account: anAccount() }

  test('of a token that is not alive tells nothing else', () => assert.deepEqual(INACTIVE, { active: false }))

  test('of an access token', () => {
    assert.deepEqual(describeAccessToken(aToken(), { issuer: ISSUER, client, subject: live }), {
      active: true,
      token_type: 'Bearer',
      iss: ISSUER,
      sub: 'sub-of-anna',
      aud: ['https://api.example', ISSUER],
      client_id: 'wiki',
      iat: 1000,
      exp: 1300,
      jti: `${GRANT_ID}.serial`,
      scope: 'openid api',
      username: 'Anna',
      auth_time: (START - HOUR) / 1000,
      acr: 'aal1',
    })
  })

  test('of one without an end-user, a scope and a second audience', () => {
    const token = aToken({ scopes: [], audience: ['https://api.example'], subject: 'wiki' })
    const answer = describeAccessToken(token, { issuer: ISSUER, client, subject: undefined })
    assert.equal(answer['aud'], 'https://api.example')
    assert.equal(answer['sub'], 'wiki')
    assert.equal('username' in answer, false)
    assert.equal('scope' in answer, false)
    assert.equal('auth_time' in answer, false)
  })

  test('[OpenID Connect Core 8] says no name that pairwise clients share', () => {
    const pairwise = { issuer: ISSUER, client: aClient({ metadata: { subject_type: 'pairwise' } }) }
    assert.equal('username' in describeAccessToken(aToken(), { ...pairwise, subject: live }), false)
    assert.equal('username' in describeRefreshToken(live, { ...pairwise, subject: 'as-known' }), false)
  })

  test('of a refresh token', () => {
    const grant = aRedeemedGrant({
      ...{ refreshExpiresAt: START + HOUR + 999, codeConsumedAt: START + 2000 },
      ...{ acr: 'wanted', authenticatedAt: START - HOUR },
    })
    assert.deepEqual(
      describeRefreshToken({ grant, account: anAccount() }, { issuer: ISSUER, client, subject: 'as-known' }),
      {
        active: true,
        iss: ISSUER,
        sub: 'as-known',
        client_id: 'app',
        scope: 'openid profile email',
        username: 'Anna',
        auth_time: (START - HOUR) / 1000,
        acr: 'wanted',
        iat: START / 1000 + 2,
        exp: (START + HOUR) / 1000,
      },
    )
  })
})
