/** Tokens straight from the authorization endpoint, where the installation and the client want that: OpenID Connect Core §3.2. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, mock, test } from 'node:test'
import { createLocalJWKSet, jwtVerify } from 'jose'
import type { Grant } from '../../src/storage/storage.ts'
import { aClient } from '../fixtures/client.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { ISSUER } from '../fixtures/test-app.ts'
import { authorizeQuery, formToken, testBrowser } from '../fixtures/test-browser.ts'
import { assertRefused, codeFields, isActive, postAsApp, userinfo } from '../fixtures/test-client.ts'
import { answerOf } from '../fixtures/test-pages.ts'

const client = aClient({
  metadata: {
    grant_types: ['authorization_code', 'implicit', 'refresh_token', 'client_credentials'],
    response_types: ['code', 'id_token', 'id_token token'],
  },
})
/** Its ID tokens are to be encrypted, and it has no key for that. */
const keyless = aClient({
  id: 'keyless',
  metadata: {
    ...{ grant_types: ['implicit'], response_types: ['id_token', 'id_token token'], jwks: { keys: [] } },
    ...{ redirect_uris: ['https://app.example/callback'], id_token_encrypted_response_alg: 'ECDH-ES' },
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
  const started = suiteApp({ clients: [client, keyless], config: { implicitFlow: true } })
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

  for (const response_type of ['id_token', 'id_token token']) {
    test(`[RFC6749 4.2.2.1] ${response_type} that cannot be encrypted: the client hears of it, and nothing is granted`, async () => {
      const insert = mock.method(started().storage.grants, 'insert')
      const { answer, fields } = await signOn({ response_type, client_id: 'keyless', state: 's' })
      assert.equal(`${answer.origin}${answer.pathname}${answer.search}`, 'https://app.example/callback')
      assert.deepEqual([fields['error'], fields['state'], fields['id_token']], ['server_error', 's', undefined])
      assert.match(fields['error_description'] ?? '', /no key of the client fits id_token_encrypted_response_alg/)
      assert.equal(insert.mock.callCount(), 0)
      insert.mock.restore()
    })
  }

  test('[Back-Channel Logout 2.3] an answer that crosses the sign-out is login_required, and its grant is revoked', async () => {
    const { app, storage } = started()
    const browser = testBrowser(app)
    await browser.signIn()
    const insert = storage.grants.insert
    const granted: string[] = []
    mock.method(storage.grants, 'insert', async (grant: Grant) => {
      granted.push(grant.id)
      const page = await browser.get('/sign-out')
      await browser.post('/sign-out', { csrf: formToken(page), answer: 'yes' })
      await insert(grant)
    })
    try {
      const answer = await browser.get(`/authorize?${ask({ response_type: 'id_token token', state: 's' })}`)
      const fields = new URLSearchParams(answerOf(answer).hash.slice(1))
      assert.deepEqual([fields.get('error'), fields.get('state')], ['login_required', 's'])
      assert.deepEqual([fields.get('id_token'), fields.get('access_token')], [null, null])
    } finally {
      mock.restoreAll()
    }
    const found = await storage.grants.find(granted[0] ?? '')
    assert.deepEqual([granted.length, found?.grant.revokedBecause], [1, 'session_ended'])
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
