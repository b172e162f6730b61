/** Token revocation: RFC 7009. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { aClient, aPublicClient } from '../fixtures/client.ts'
import { changedInEveryPart, forgeriesOf } from '../fixtures/forged-tokens.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { basicAuthorization, spaQuery, testBrowser } from '../fixtures/test-browser.ts'
import {
  assertRefused,
  isActive,
  newCode,
  newSpaTokens,
  newTokens,
  postAsApp,
  postForm,
  userinfo,
} from '../fixtures/test-client.ts'
import { signInAndConsent } from '../fixtures/test-pages.ts'

describe('the revocation endpoint', () => {
  const started = suiteApp({ clients: [aClient(), aPublicClient(), aClient({ id: 'other' })] })

  test('[RFC7009 2.1] an access token goes alone; its refresh token stays', async () => {
    const { app } = started()
    const { access_token, refresh_token } = await newTokens(app)
    const response = await postAsApp(app, '/revoke', { token: access_token })
    assert.deepEqual([response.statusCode, response.body], [200, ''])
    assert.equal(await isActive(app, access_token), false)
    assert.equal((await postAsApp(app, '/token', { grant_type: 'refresh_token', refresh_token })).statusCode, 200)
    assert.equal((await postAsApp(app, '/revoke', { token: access_token })).statusCode, 200)
  })

  test('[RFC7009 2.1] with a refresh token the whole grant goes, whatever the hint says', async () => {
    const { app } = started()
    const { access_token, refresh_token } = await newTokens(app)
    assert.equal(
      (await postAsApp(app, '/revoke', { token: refresh_token, token_type_hint: 'access_token' })).statusCode,
      200,
    )
    assertRefused(await userinfo(app, access_token), 401, 'invalid_token')
    assertRefused(await postAsApp(app, '/token', { grant_type: 'refresh_token', refresh_token }), 400, 'invalid_grant')
  })

  test('[RFC7009 2.1] a public client revokes its own with its name alone', async () => {
    const { app } = started()
    const answer = await signInAndConsent(testBrowser(app), spaQuery())
    const { access_token, refresh_token } = await newSpaTokens(app, answer.searchParams.get('code') ?? '')
    assert.equal((await postForm(app, '/revoke', { token: refresh_token, client_id: 'spa' })).statusCode, 200)
    assertRefused(await userinfo(app, access_token), 401, 'invalid_token')
  })

  test('[RFC7009 2.1] another client’s token is refused, and stays alive', async () => {
    const { app } = started()
    const { access_token, refresh_token } = await newTokens(app)
    for (const token of [access_token, refresh_token]) {
      const authorization = basicAuthorization('other')
      assertRefused(await postForm(app, '/revoke', { token }, { authorization }), 400, 'invalid_request')
      assertRefused(await postForm(app, '/revoke', { token, client_id: 'spa' }), 400, 'invalid_request')
      assert.equal(await isActive(app, token), true)
    }
  })

  test('[RFC7009 2.2] what is no token of ours is 200, and harms nothing', async () => {
    const { app } = started()
    const { access_token, refresh_token, id_token } = await newTokens(app)
    const forged = await forgeriesOf(access_token, app)
    for (const token of [
      ...forged.map(([, one]) => one),
      id_token,
      await newCode(app),
      ...changedInEveryPart(refresh_token),
    ]) {
      assert.equal((await postAsApp(app, '/revoke', { token })).statusCode, 200)
    }
    assert.equal(await isActive(app, access_token), true)
    assert.equal(await isActive(app, refresh_token), true)
  })

  test('[RFC7009 2.1] the client proves itself first, and the token is required', async () => {
    const { app } = started()
    const { access_token: token } = await newTokens(app)
    assertRefused(await postForm(app, '/revoke', { token }), 401, 'invalid_client')
    assertRefused(await postForm(app, '/revoke', { token, client_id: 'app' }), 401, 'invalid_client')
    assertRefused(
      await postForm(app, '/revoke', { token }, { authorization: basicAuthorization('app', 'wrong') }),
      401,
      'invalid_client',
    )
    assertRefused(await postAsApp(app, '/revoke', {}), 400, 'invalid_request')
    assertRefused(await postAsApp(app, '/revoke', `token=${token}&token=${token}`), 400, 'invalid_request')
    assert.equal(await isActive(app, token), true)
  })
})
