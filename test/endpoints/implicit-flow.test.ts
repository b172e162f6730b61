/** Tokens straight from the authorization endpoint, where the installation and the client want that: OpenID Connect Core §3.2. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { aClient } from '../fixtures/client.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { ISSUER } from '../fixtures/test-app.ts'
import { authorizeQuery, testBrowser } from '../fixtures/test-browser.ts'
import { assertRefused, codeFields, isActive, postAsApp, userinfo } from '../fixtures/test-client.ts'

const client = aClient({
  metadata: {
    grant_types: ['authorization_code', 'implicit', 'refresh_token', 'client_credentials'],
    response_types: ['code', 'id_token', 'id_token token'],
  },
})
const ask = (more: Record<string, string>) =>
  authorizeQuery({
    code_challenge: '',
    code_challenge_method: '',
    nonce: 'n-0S6',
    scope: 'openid profile email',
    ...more,
  })

describe('the implicit flow', () => {
  const started = suiteApp({ clients: [client], config: { implicitFlow: true } })
  const signOn = async (more: Record<string, string>) => {
    const answer = await testBrowser(started().app).signIn(ask(more))
    return { answer, fields: Object.fromEntries(new URLSearchParams(answer.hash.slice(1))) }
  }
  const verified = async (idToken: string | undefined) => {
    const keys = createLocalJWKSet(
      await started()
        .app.inject('/jwks')
        .then((response) => response.json()),
    )
    const currentDate = new Date(started().clock.now())
    const { payload } = await jwtVerify(idToken ?? '', keys, {
      issuer: ISSUER,
      audience: 'app',
      typ: 'JWT',
      currentDate,
    })
    return payload
  }

  test('[OpenID Connect Core 3.2.2.5] id_token token: both tokens in the fragment, and nothing in the query', async () => {
    const { answer, fields } = await signOn({ response_type: 'id_token token', state: 'a b&c' })
    assert.equal(answer.search, '')
    assert.deepEqual(Object.keys(fields).sort(), [
      'access_token',
      'expires_in',
      'id_token',
      'iss',
      'scope',
      'state',
      'token_type',
    ])
    assert.deepEqual([fields['state'], fields['token_type'], fields['expires_in']], ['a b&c', 'Bearer', '300'])
    const claims = await verified(fields['id_token'])
    const digest = createHash('sha256')
      .update(fields['access_token'] ?? '')
      .digest()
    assert.equal(claims['at_hash'], digest.subarray(0, 16).toString('base64url'))
    assert.deepEqual([claims['nonce'], claims['email']], ['n-0S6', undefined])
    const { app } = started()
    assert.equal((await userinfo(app, fields['access_token'] ?? '')).json().email, 'alice@example.org')
  })

  test('[OpenID Connect Core 3.2.2.10, 5.4] id_token alone: no at_hash, and the claims of the scopes', async () => {
    const { fields } = await signOn({ response_type: 'id_token' })
    assert.deepEqual(Object.keys(fields).sort(), ['id_token', 'iss', 'state'])
    const claims = await verified(fields['id_token'])
    assert.deepEqual([claims['at_hash'], claims['email']], [undefined, 'alice@example.org'])
  })

  test('there is no code that anybody could redeem, and no refresh token', async () => {
    const { fields } = await signOn({ response_type: 'id_token token' })
    const { app, storage } = started()
    const grantId = String(
      JSON.parse(Buffer.from(fields['access_token']?.split('.')[1] ?? '', 'base64url').toString()).jti,
    ).split('.')[0]
    const grant = (await storage.grants.find(grantId ?? ''))?.grant
    assert.ok(grant?.codeConsumedAt)
    assertRefused(await postAsApp(app, '/token', codeFields(`${grantId}.guess`)), 400, 'invalid_grant')
    assert.equal(grant.refreshGeneration, 0)
  })

  test('[RP-Initiated Logout 2] the ID token is a hint; with the session its access token ends', async () => {
    const browser = testBrowser(started().app)
    const answer = await browser.signIn(ask({ response_type: 'id_token token' }))
    const fields = new URLSearchParams(answer.hash.slice(1))
    assert.equal(await isActive(started().app, fields.get('access_token') ?? ''), true)
    await browser.get(`/end-session?${new URLSearchParams({ id_token_hint: fields.get('id_token') ?? '' })}`)
    assert.equal(await isActive(started().app, fields.get('access_token') ?? ''), false)
  })

  test('[OAuth Multiple Response Types 5] prompt=none without a session: the error stands in the fragment', async () => {
    const browser = testBrowser(started().app)
    const answer = await browser.get(`/authorize?${ask({ response_type: 'id_token', prompt: 'none' })}`)
    const url = new URL(String(answer.headers.location))
    assert.equal(url.search, '')
    assert.equal(new URLSearchParams(url.hash.slice(1)).get('error'), 'login_required')
  })

  test('discovery names it', async () => {
    const metadata = (await started().app.inject('/.well-known/openid-configuration')).json()
    assert.deepEqual(metadata.response_types_supported, ['code', 'id_token', 'id_token token'])
    assert.ok(metadata.grant_types_supported.includes('implicit'))
  })

  test('[RFC6749 4.2] it is no grant type of the token endpoint', async () => {
    assertRefused(await postAsApp(started().app, '/token', { grant_type: 'implicit' }), 400, 'unsupported_grant_type')
  })
})

describe('an installation that has not switched it on', () => {
  const started = suiteApp({ clients: [client] })

  test('[RFC9700 2.1.2] gives codes alone, whatever a client’s entry says', async () => {
    const answer = await testBrowser(started().app).get(`/authorize?${ask({ response_type: 'id_token token' })}`)
    const url = new URL(String(answer.headers.location))
    assert.equal(new URLSearchParams(url.hash.slice(1)).get('error'), 'unsupported_response_type')
    const metadata = (await started().app.inject('/.well-known/openid-configuration')).json()
    assert.deepEqual(metadata.response_types_supported, ['code'])
    assert.equal(metadata.grant_types_supported.includes('implicit'), false)
  })
})
