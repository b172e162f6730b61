/** Token introspection: RFC 7662. Who may ask, what is told, and everything that is inactive. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { disableAccount } from '../../src/accounts/account-changes.ts'
import { aClient, aPublicClient, LIFETIMES } from '../fixtures/client.ts'
import { changedInEveryPart, claimsOf, forgeriesOf } from '../fixtures/forged-tokens.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { ISSUER, PASSWORD } from '../fixtures/test-app.ts'
import { authorizeQuery, basicAuthorization, spaQuery, testBrowser } from '../fixtures/test-browser.ts'
import {
  assertRefused,
  codeFields,
  isActive,
  newCode,
  newSpaTokens,
  newTokens,
  postAsApp,
  postForm,
} from '../fixtures/test-client.ts'
import { signInAndConsent } from '../fixtures/test-pages.ts'

const other = aClient({ id: 'other' })
const gateway = aClient({ id: 'gateway', introspects: 'any' })
const calling = aClient({ id: 'calling', accessTokenAudience: ['other'] })

describe('the introspection endpoint', () => {
  const started = suiteApp({ clients: [aClient(), aPublicClient(), other, gateway, calling] })
  const introspect = (token: string, id = 'app') =>
    postForm(started().app, '/introspect', { token }, { authorization: basicAuthorization(id) })

  test('[RFC7662 2.2] an active access token, as its claims are', async () => {
    const { app } = started()
    const { access_token } = await newTokens(app)
    const { sub, iat, exp, jti, auth_time } = claimsOf(access_token)
    assert.deepEqual((await introspect(access_token)).json(), {
      ...{ active: true, token_type: 'Bearer', iss: ISSUER, aud: ISSUER, client_id: 'app', username: 'alice' },
      ...{ scope: 'openid profile email', sub, iat, exp, jti, auth_time, acr: 'aal1' },
    })
  })

  test('[RFC7662 2.2] an active refresh token, and one of a client that acts for itself', async () => {
    const { app } = started()
    const { refresh_token } = await newTokens(app)
    const described = (await introspect(refresh_token)).json()
    assert.deepEqual([described.active, described.client_id, described.username], [true, 'app', 'alice'])
    const own = (await postAsApp(app, '/token', { grant_type: 'client_credentials' })).json()
    const ofItself = (await introspect(own.access_token)).json()
    assert.deepEqual([ofItself.active, ofItself.sub, ofItself.username], [true, 'app', undefined])
  })

  test('[RFC7662 2.1] a hint changes nothing', async () => {
    const { app } = started()
    const { access_token, refresh_token } = await newTokens(app)
    for (const token of [access_token, refresh_token]) {
      for (const token_type_hint of ['access_token', 'refresh_token', 'nonsense']) {
        assert.equal((await postAsApp(app, '/introspect', { token, token_type_hint })).json().active, true)
      }
    }
  })

  test('[RFC7662 2.1] nobody without credentials may ask', async () => {
    const { app } = started()
    const { access_token: token } = await newTokens(app)
    assertRefused(await postForm(app, '/introspect', { token }), 401, 'invalid_client')
    assertRefused(await postForm(app, '/introspect', { token, client_id: 'spa' }), 401, 'invalid_client')
    assertRefused(
      await postForm(app, '/introspect', { token }, { authorization: basicAuthorization('app', 'wrong') }),
      401,
      'invalid_client',
    )
    assertRefused(
      await postForm(app, '/introspect', { token }, { authorization: `Bearer ${token}` }),
      401,
      'invalid_client',
    )
    assertRefused(await postAsApp(app, '/introspect', {}), 400, 'invalid_request')
  })

  test('[RFC7662 4] another client’s token is inactive, unless it is meant for the asker or the asker may ask about any', async () => {
    const { app } = started()
    const { access_token, refresh_token } = await newTokens(app)
    for (const token of [access_token, refresh_token]) {
      assert.deepEqual((await introspect(token, 'other')).json(), { active: false })
      assert.equal((await introspect(token, 'gateway')).json().active, true)
    }
    const code = await newCode(app, { query: authorizeQuery({ client_id: 'calling' }) })
    const tokens = (
      await postForm(app, '/token', codeFields(code), { authorization: basicAuthorization('calling') })
    ).json()
    assert.equal((await introspect(tokens.access_token, 'other')).json().active, true)
    assert.deepEqual((await introspect(tokens.refresh_token, 'other')).json(), { active: false })
  })

  test('[RFC8725 2] forged and damaged tokens are inactive', async () => {
    const { app } = started()
    const { access_token, refresh_token } = await newTokens(app)
    for (const [title, forged] of await forgeriesOf(access_token, app)) {
      assert.deepEqual((await introspect(forged)).json(), { active: false }, title)
    }
    for (const damaged of [refresh_token.slice(1), `${refresh_token}A`, ...changedInEveryPart(refresh_token)]) {
      assert.equal(await isActive(app, damaged), false)
    }
  })

  test('[RFC8725 3.12] codes and ID tokens are no tokens to introspect', async () => {
    const { app } = started()
    const { id_token } = await newTokens(app)
    for (const token of [id_token, await newCode(app)])
      assert.deepEqual((await introspect(token)).json(), { active: false })
  })

  test('what is expired, revoked, of an ended session or of a disabled account is inactive', async () => {
    const { app, clock, storage, addAccount } = started()
    const expired = await newTokens(app)
    clock.advance(LIFETIMES.accessToken)
    assert.equal(await isActive(app, expired.access_token), false)
    assert.equal(await isActive(app, expired.refresh_token), true)

    const revoked = await newTokens(app)
    await postAsApp(app, '/revoke', { token: revoked.access_token })
    assert.equal(await isActive(app, revoked.access_token), false)
    assert.equal(await isActive(app, revoked.refresh_token), true)

    const browser = testBrowser(app)
    const ended = await newTokens(app, { browser })
    await browser.get(`/end-session?id_token_hint=${ended.id_token}`)
    for (const token of [ended.access_token, ended.refresh_token]) assert.equal(await isActive(app, token), false)

    const dora = await addAccount({ username: 'dora' })
    const answer = await testBrowser(app).signIn(authorizeQuery(), { username: 'dora', password: PASSWORD })
    const disabled = (await postAsApp(app, '/token', codeFields(answer.searchParams.get('code') ?? ''))).json()
    await disableAccount(storage, dora.id, clock.now())
    for (const token of [disabled.access_token, disabled.refresh_token]) assert.equal(await isActive(app, token), false)
  })

  test('a refresh token is inactive once it was rotated or is past its idle end', async () => {
    const { app, clock } = started()
    const answer = await signInAndConsent(testBrowser(app), spaQuery())
    const first = await newSpaTokens(app, answer.searchParams.get('code') ?? '')
    const active = async (token: string) => (await introspect(token, 'gateway')).json().active
    assert.equal(await active(first.refresh_token), true)
    const rotated = await postForm(app, '/token', {
      grant_type: 'refresh_token',
      client_id: 'spa',
      refresh_token: first.refresh_token,
    })
    assert.equal(await active(first.refresh_token), false)
    assert.equal(await active(rotated.json().refresh_token), true)
    clock.advance(LIFETIMES.refreshToken)
    assert.equal(await active(rotated.json().refresh_token), false)
  })
})
