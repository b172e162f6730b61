/** The token endpoint: which clients it serves, with which proof, and which grant types. */
import assert from 'node:assert/strict'
import { describe, mock, test } from 'node:test'
import { DatabaseUnavailable } from '../../src/storage/storage.ts'
import { aClient, aPublicClient, CLIENT_SECRET } from '../fixtures/client.ts'
import { withoutErrorId } from '../fixtures/refusals.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { testApp } from '../fixtures/test-app.ts'
import { basicAuthorization } from '../fixtures/test-browser.ts'
import { assertRefused, postAsApp, postForm } from '../fixtures/test-client.ts'

const posting = aClient({ id: 'posting', metadata: { token_endpoint_auth_method: 'client_secret_post' } })
const loginOnly = aClient({ id: 'login-only', metadata: { grant_types: ['authorization_code'] } })
const kiosk = aPublicClient({ id: 'kiosk', metadata: { grant_types: ['client_credentials'] } })
const clients = [aClient(), aPublicClient(), posting, kiosk, loginOnly]

describe('client authentication at the token endpoint', () => {
  const started = suiteApp({ clients })
  const credentials = { grant_type: 'client_credentials' }
  const send = (fields: Record<string, string>, authorization?: string) =>
    postForm(
      started().app,
      '/token',
      { ...credentials, ...fields },
      authorization === undefined ? {} : { authorization },
    )

  test('[RFC6749 2.3.1] client_secret_basic', async () => {
    assert.equal((await send({}, basicAuthorization())).statusCode, 200)
    assert.equal((await send({}, basicAuthorization().replace('Basic', 'bAsIc'))).statusCode, 200)
    assert.equal((await send({ client_id: 'app' }, basicAuthorization())).statusCode, 200)
  })

  test('[RFC6749 2.3.1] client_secret_post', async () => {
    assert.equal((await send({ client_id: 'posting', client_secret: CLIENT_SECRET })).statusCode, 200)
  })

  const wrong: [string, Record<string, string>, string | undefined, string][] = [
    ['nothing', {}, undefined, 'invalid_client'],
    ['an unknown client', {}, basicAuthorization('nobody'), 'invalid_client'],
    ['a client named like a property', { client_id: '__proto__', client_secret: 'x' }, undefined, 'invalid_client'],
    ['a wrong secret', {}, basicAuthorization('app', 'wrong'), 'invalid_client'],
    ['an empty secret', {}, basicAuthorization('app', ''), 'invalid_client'],
    ['the beginning of the secret', {}, basicAuthorization('app', CLIENT_SECRET.slice(0, -1)), 'invalid_client'],
    ['no secret of a confidential client', { client_id: 'app' }, undefined, 'invalid_client'],
    [
      'the right secret by another method (post)',
      { client_id: 'app', client_secret: CLIENT_SECRET },
      undefined,
      'invalid_client',
    ],
    ['the right secret by another method (basic)', {}, basicAuthorization('posting'), 'invalid_client'],
    ['a secret of a public client', { client_id: 'spa', client_secret: 'x' }, undefined, 'invalid_client'],
    ['an Authorization header for a public client', {}, basicAuthorization('spa', ''), 'invalid_client'],
    ['a header that is no base64', {}, 'Basic !!!', 'invalid_client'],
    ['a header without a colon', {}, `Basic ${Buffer.from('app').toString('base64')}`, 'invalid_client'],
    [
      'a header whose halves are not form-encoded',
      {},
      `Basic ${Buffer.from('app:%zz').toString('base64')}`,
      'invalid_client',
    ],
    ['an empty header', {}, 'Basic', 'invalid_client'],
    [
      'two methods at once',
      { client_id: 'app', client_secret: CLIENT_SECRET },
      basicAuthorization(),
      'invalid_request',
    ],
    ['two clients at once', { client_id: 'posting' }, basicAuthorization(), 'invalid_request'],
  ]
  for (const [title, fields, authorization, error] of wrong) {
    test(`[RFC6749 5.2] ${title} is ${error}`, async () => {
      const response = await send(fields, authorization)
      assertRefused(response, error === 'invalid_client' ? 401 : 400, error)
      // RFC 9110 §15.5.2: every 401 says how to do better.
      assert.equal(
        response.headers['www-authenticate']?.toString().startsWith('Basic ') ?? false,
        error === 'invalid_client',
      )
    })
  }

  test('an unknown client and a wrong secret are told in the same words', async () => {
    const answers = [await send({}, basicAuthorization('nobody')), await send({}, basicAuthorization('app', 'wrong'))]
    const said = answers.map((answer) => {
      const { error, error_description: description } = answer.json()
      return [error, withoutErrorId(description)]
    })
    assert.deepEqual(said[0], said[1])
    assert.equal(answers[0]?.headers['www-authenticate'], answers[1]?.headers['www-authenticate'])
  })

  test('[RFC6749 5.2] grant_type that is missing, unknown, repeated, or not for this client', async () => {
    const { app } = started()
    assertRefused(await postAsApp(app, '/token', {}), 400, 'invalid_request')
    assertRefused(await postAsApp(app, '/token', { grant_type: 'password' }), 400, 'unsupported_grant_type')
    assertRefused(await postAsApp(app, '/token', { grant_type: 'constructor' }), 400, 'unsupported_grant_type')
    assertRefused(
      await postAsApp(app, '/token', 'grant_type=client_credentials&grant_type=client_credentials'),
      400,
      'invalid_request',
    )
    assertRefused(
      await postForm(app, '/token', { grant_type: 'client_credentials', client_id: 'spa' }),
      400,
      'unauthorized_client',
    )
    const refresh = await postForm(
      app,
      '/token',
      { grant_type: 'refresh_token', refresh_token: 'x' },
      { authorization: basicAuthorization('login-only') },
    )
    assertRefused(refresh, 400, 'unauthorized_client')
  })

  test('[RFC6749 3.2] parameters in the query are not looked at', async () => {
    const response = await postForm(started().app, `/token?grant_type=client_credentials`, '', {
      authorization: basicAuthorization(),
    })
    assertRefused(response, 400, 'invalid_request')
  })

  test('[RFC6749 3.2] GET is refused, and says what is allowed', async () => {
    const response = await started().app.inject({ url: '/token' })
    assert.equal(response.statusCode, 405)
    assert.equal(response.headers['allow'], 'POST')
  })
})

describe('grant_type=client_credentials', () => {
  const started = suiteApp({ clients })

  test('[RFC6749 4.4] the client acts for itself: no end-user’s scope, ID token or refresh token', async () => {
    const { app } = started()
    const response = await postAsApp(app, '/token', { grant_type: 'client_credentials' })
    const { access_token, ...rest } = response.json()
    assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 300, scope: 'api' })
    const claims = JSON.parse(Buffer.from(access_token.split('.')[1], 'base64url').toString())
    assert.equal(claims.sub, 'app')
  })

  test('[RFC6749 4.4.3] scope: what it may have; with nothing of that invalid_scope', async () => {
    const { app } = started()
    const ask = (scope: string) => postAsApp(app, '/token', { grant_type: 'client_credentials', scope })
    assert.equal((await ask('api openid')).json().scope, 'api')
    assertRefused(await ask('openid'), 400, 'invalid_scope')
    assertRefused(await ask('a"b'), 400, 'invalid_scope')
  })

  test('[RFC6749 4.4.2] a public client has no credentials to show', async () => {
    const response = await postForm(started().app, '/token', { grant_type: 'client_credentials', client_id: 'kiosk' })
    assertRefused(response, 400, 'unauthorized_client')
  })
})

describe('the audit log', () => {
  test('tells of tokens that were issued, not of those that could not be signed', async () => {
    const site = await testApp({ clients })
    try {
      const issued = () => site.logged.filter((line) => line['audit'] === 'tokens_issued').length
      const ask = () => postAsApp(site.app, '/token', { grant_type: 'client_credentials' })
      assert.deepEqual([(await ask()).statusCode, issued()], [200, 1])
      mock.method(site.deps.keyRing, 'sign', () =>
        Promise.reject(new DatabaseUnavailable('', { retryAfterSeconds: 5 })),
      )
      assert.deepEqual([(await ask()).statusCode, issued()], [503, 1])
    } finally {
      await site.close()
    }
  })
})
