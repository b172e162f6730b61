/** grant_type=authorization_code: what makes a code worthless, and what the tokens say that it is exchanged for. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { aClient, aPublicClient, CLIENT_SECRET, LIFETIMES } from '../fixtures/client.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { ISSUER } from '../fixtures/test-app.ts'
import { authorizeQuery, basicAuthorization, VERIFIER } from '../fixtures/test-browser.ts'
import {
  assertRefused,
  codeFields,
  newCode,
  newTokens,
  postAsApp,
  postForm,
  spaCodeFields,
} from '../fixtures/test-client.ts'

const posting = aClient({ id: 'posting', metadata: { token_endpoint_auth_method: 'client_secret_post' } })
const elliptic = aClient({ id: 'elliptic', metadata: { id_token_signed_response_alg: 'ES256' } })
const brief = aClient({
  id: 'brief',
  lifetimes: { ...LIFETIMES, authorizationCode: 10_000, accessToken: 60_000, idToken: 120_000 },
  accessTokenAudience: ['https://api.example'],
  accessTokenAlgorithm: 'RS256',
  metadata: { grant_types: ['authorization_code', 'client_credentials'] },
})
const waived = aClient({ id: 'waived', requiresPkce: false })
const clients = [aClient(), aPublicClient(), posting, elliptic, brief, waived]

describe('grant_type=authorization_code', () => {
  const started = suiteApp({ clients })

  test('[RFC6749 5.1] the answer: its members, and that nobody keeps it', async () => {
    const { app } = started()
    const response = await postAsApp(app, '/token', codeFields(await newCode(app)))
    assert.equal(response.statusCode, 200)
    assert.equal(response.headers['cache-control'], 'no-store')
    assert.equal(response.headers['pragma'], 'no-cache')
    assert.match(String(response.headers['content-type']), /^application\/json/)
    const { access_token, refresh_token, id_token, ...rest } = response.json()
    assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 300, scope: 'openid profile email' })
    assert.equal(access_token.split('.').length, 3)
    assert.equal(id_token.split('.').length, 3)
    assert.match(refresh_token, /^[A-Za-z0-9_-]{70}$/)
  })

  const faults: [string, Record<string, string | undefined>, string][] = [
    ['code is missing', { code: undefined }, 'invalid_request'],
    ['redirect_uri is missing', { redirect_uri: undefined }, 'invalid_request'],
    ['redirect_uri is another', { redirect_uri: 'https://app.example/other' }, 'invalid_grant'],
    ['[RFC7636 4.6] code_verifier is missing', { code_verifier: undefined }, 'invalid_grant'],
    ['[RFC7636 4.6] code_verifier is another', { code_verifier: VERIFIER.toUpperCase() }, 'invalid_grant'],
    ['[RFC7636 4.1] code_verifier is too short', { code_verifier: 'short' }, 'invalid_grant'],
    ['the code is garbage', { code: 'garbage' }, 'invalid_grant'],
    ['the code is too long', { code: 'c'.repeat(300) }, 'invalid_request'],
  ]
  for (const [title, overrides, error] of faults) {
    test(`${title}: ${error}, and the code is still good afterwards`, async () => {
      const { app } = started()
      const code = await newCode(app)
      assertRefused(await postAsApp(app, '/token', codeFields(code, overrides)), 400, error)
      assert.equal((await postAsApp(app, '/token', codeFields(code))).statusCode, 200)
    })
  }

  test('a code that is shortened, lengthened or has another secret or grant is not known', async () => {
    const { app } = started()
    const [code, other] = [await newCode(app), await newCode(app)]
    const [id, secret] = code.split('.')
    const [otherId] = other.split('.')
    const flipped = `${code.slice(0, -2)}${code.at(-2) === 'A' ? 'B' : 'A'}${code.at(-1)}`
    for (const bad of [
      code.slice(0, -1),
      `${code}A`,
      `${code}.`,
      `${code}.x`,
      flipped,
      `${otherId}.${secret}`,
      `${id}.`,
      `${id}`,
      code.toUpperCase(),
    ]) {
      assertRefused(await postAsApp(app, '/token', codeFields(bad)), 400, 'invalid_grant')
    }
    assert.equal((await postAsApp(app, '/token', codeFields(code))).statusCode, 200)
  })

  test('[RFC6749 4.1.3] the code of one client is nothing in the hands of another', async () => {
    const { app } = started()
    const code = await newCode(app)
    assertRefused(
      await postForm(app, '/token', spaCodeFields(code, { redirect_uri: 'https://app.example/callback' })),
      400,
      'invalid_grant',
    )
    const posted = await postForm(
      app,
      '/token',
      codeFields(code, { client_id: 'posting', client_secret: CLIENT_SECRET }),
    )
    assertRefused(posted, 400, 'invalid_grant')
    assert.equal((await postAsApp(app, '/token', codeFields(code))).statusCode, 200)
  })

  test('[RFC9700 4.8.2] a verifier without a challenge is refused; without both it works where PKCE is waived', async () => {
    const { app } = started()
    const query = authorizeQuery({ client_id: 'waived', code_challenge: undefined, code_challenge_method: undefined })
    const code = await newCode(app, { query })
    const authorization = basicAuthorization('waived')
    assertRefused(await postForm(app, '/token', codeFields(code), { authorization }), 400, 'invalid_grant')
    assert.equal(
      (await postForm(app, '/token', codeFields(code, { code_verifier: undefined }), { authorization })).statusCode,
      200,
    )
  })

  test('[RFC6749 4.1.2] a code lives 60 seconds, or as long as the client’s entry says', async () => {
    const { app, clock } = started()
    const late = await newCode(app)
    clock.advance(59_999)
    const inTime = codeFields(late)
    const tooLate = await newCode(app)
    assert.equal((await postAsApp(app, '/token', inTime)).statusCode, 200)
    clock.advance(60_000)
    assertRefused(await postAsApp(app, '/token', codeFields(tooLate)), 400, 'invalid_grant')
    const ofBrief = await newCode(app, { query: authorizeQuery({ client_id: 'brief' }) })
    clock.advance(10_000)
    const authorization = basicAuthorization('brief')
    assertRefused(await postForm(app, '/token', codeFields(ofBrief), { authorization }), 400, 'invalid_grant')
  })

  test('[OpenID Connect Core 2] the ID token verifies from /jwks with the client’s algorithm', async () => {
    const { app, clock } = started()
    const keys = createLocalJWKSet((await app.inject({ url: '/jwks' })).json())
    for (const [id, algorithm] of [
      ['app', 'RS256'],
      ['elliptic', 'ES256'],
    ] as const) {
      const code = await newCode(app, { query: authorizeQuery({ client_id: id }) })
      const tokens = (await postForm(app, '/token', codeFields(code), { authorization: basicAuthorization(id) })).json()
      const { payload, protectedHeader } = await jwtVerify(tokens.id_token, keys, {
        ...{ issuer: ISSUER, audience: id, algorithms: [algorithm], currentDate: new Date(clock.now()) },
      })
      assert.equal(protectedHeader.alg, algorithm)
      const now = Math.floor(clock.now() / 1000)
      assert.deepEqual(
        [payload['nonce'], payload.iat, payload.exp, payload['auth_time'], payload['amr']],
        ['a-nonce', now, now + 300, now, ['pwd']],
      )
    }
  })

  test('[RFC9068 2] the access token verifies from /jwks: its type, audience, lifetime and algorithm are the client’s', async () => {
    const { app, clock } = started()
    const keys = createLocalJWKSet((await app.inject({ url: '/jwks' })).json())
    const verify = (token: string, audience: string, algorithm: string) =>
      jwtVerify(token, keys, {
        issuer: ISSUER,
        audience,
        typ: 'at+jwt',
        algorithms: [algorithm],
        currentDate: new Date(clock.now()),
      })
    const { payload } = await verify((await newTokens(app)).access_token, ISSUER, 'ES256')
    assert.deepEqual(
      [payload['client_id'], payload['scope'], (payload.exp ?? 0) - (payload.iat ?? 0)],
      ['app', 'openid profile email', 300],
    )

    const code = await newCode(app, { query: authorizeQuery({ client_id: 'brief' }) })
    const response = await postForm(app, '/token', codeFields(code), { authorization: basicAuthorization('brief') })
    const tokens = response.json()
    const ofBrief = await verify(tokens.access_token, 'https://api.example', 'RS256')
    assert.equal((ofBrief.payload.exp ?? 0) - (ofBrief.payload.iat ?? 0), 60)
    assert.equal(tokens.expires_in, 60)
    assert.equal('refresh_token' in tokens, false)
    const idToken = await jwtVerify(tokens.id_token, keys, { currentDate: new Date(clock.now()) })
    assert.equal((idToken.payload.exp ?? 0) - (idToken.payload.iat ?? 0), 120)
  })
})
