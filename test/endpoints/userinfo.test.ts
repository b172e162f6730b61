/** The userinfo endpoint: whose claims, for which token, and every token that is none. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { disableAccount, removeAccount } from '../../src/accounts/account-changes.ts'
import { aClient, aPublicClient } from '../fixtures/client.ts'
import { claimsOf, forgeriesOf } from '../fixtures/forged-tokens.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { PASSWORD, testApp } from '../fixtures/test-app.ts'
import { authorizeQuery, basicAuthorization, testBrowser } from '../fixtures/test-browser.ts'
import {
  assertRefused,
  codeFields,
  newCode,
  newTokens,
  postAsApp,
  postForm,
  userinfo,
} from '../fixtures/test-client.ts'

const elsewhere = aClient({ id: 'elsewhere', accessTokenAudience: ['https://api.example'] })

describe('the userinfo endpoint', () => {
  const started = suiteApp({ clients: [aClient(), aPublicClient(), elsewhere] })

  test('[OpenID Connect Core 5.3.2] the subject of the ID token, and the claims of the granted scopes', async () => {
    const { app } = started()
    const { access_token, id_token } = await newTokens(app)
    const response = await userinfo(app, access_token)
    const { sub, name, email, email_verified, ...rest } = response.json()
    assert.deepEqual(
      [sub, name, email, email_verified],
      [claimsOf(id_token)['sub'], 'Alice Example', 'alice@example.org', true],
    )
    // The rest of the scope profile; nothing of address, phone or groups.
    assert.deepEqual(Object.keys(rest).sort(), ['preferred_username', 'updated_at'])
    assert.equal(response.headers['cache-control'], 'no-store')
    const onlyOpenid = await newTokens(app, { query: authorizeQuery({ scope: 'openid' }) })
    assert.deepEqual(Object.keys((await userinfo(app, onlyOpenid.access_token)).json()), ['sub'])
  })

  test('[RFC6750 2.1, 2.2] the token comes by header in any case, or by form post', async () => {
    const { app } = started()
    const { access_token } = await newTokens(app)
    const byHeader = await app.inject({
      method: 'POST',
      url: '/userinfo',
      headers: { authorization: `bEARER ${access_token}` },
    })
    assert.equal(byHeader.statusCode, 200)
    assert.equal((await postForm(app, '/userinfo', { access_token })).statusCode, 200)
  })

  test('[RFC6750 3.1] without a token: 401 that says how to ask and nothing else', async () => {
    for (const response of [
      await started().app.inject({ url: '/userinfo' }),
      await postForm(started().app, '/userinfo', {}),
    ]) {
      assert.equal(response.statusCode, 401)
      assert.equal(response.headers['www-authenticate'], 'Bearer realm="countersign"')
      assert.equal(response.body, '')
    }
  })

  test('[RFC9700 4.3.2] a token in the query is not looked at', async () => {
    const { app } = started()
    const { access_token } = await newTokens(app)
    assert.equal((await app.inject({ url: `/userinfo?access_token=${access_token}` })).statusCode, 401)
  })

  test('[RFC6750 2] a token in two ways is invalid_request', async () => {
    const { app } = started()
    const { access_token } = await newTokens(app)
    const response = await postForm(app, '/userinfo', { access_token }, { authorization: `Bearer ${access_token}` })
    assertRefused(response, 400, 'invalid_request')
  })

  test('[RFC6750 3.1] a token without the scope openid is insufficient_scope or none for here', async () => {
    const { app } = started()
    const { access_token } = await newTokens(app, { query: authorizeQuery({ scope: 'profile' }) })
    const response = await userinfo(app, access_token)
    assertRefused(response, 403, 'insufficient_scope')
    assert.match(String(response.headers['www-authenticate']), /^Bearer error="insufficient_scope"/)
  })

  test('[RFC9068 4] a token whose audience is another API is none here', async () => {
    const { app } = started()
    const code = await newCode(app, { query: authorizeQuery({ client_id: 'elsewhere', scope: 'profile api' }) })
    const tokens = (
      await postForm(app, '/token', codeFields(code), { authorization: basicAuthorization('elsewhere') })
    ).json()
    assert.equal(claimsOf(tokens.access_token)['aud'], 'https://api.example')
    assertRefused(await userinfo(app, tokens.access_token), 401, 'invalid_token')
  })

  test('[RFC8725 2] no forged or damaged access token is taken', async () => {
    const { app } = started()
    const { access_token } = await newTokens(app)
    for (const [title, forged] of await forgeriesOf(access_token, app)) {
      if (forged.endsWith(' ')) continue
      const response = await userinfo(app, forged)
      assert.equal(response.statusCode, 401, title)
      assert.equal(response.json().error, 'invalid_token', title)
    }
    assert.equal((await userinfo(app, access_token)).statusCode, 200)
  })

  test('[RFC8725 3.12] no other kind of token is taken for an access token', async () => {
    const { app } = started()
    const { id_token, refresh_token } = await newTokens(app)
    const code = await newCode(app)
    const ownToken = (await postAsApp(app, '/token', { grant_type: 'client_credentials' })).json().access_token
    for (const token of [id_token, refresh_token, code, ownToken]) {
      assertRefused(await userinfo(app, token), 401, 'invalid_token')
    }
  })

  test('a header that holds no bearer token is invalid_token; [RFC6750 3.1] one of another scheme presents none', async () => {
    const ask = (authorization: string) => started().app.inject({ url: '/userinfo', headers: { authorization } })
    for (const malformed of ['Bearer', 'Bearer ', 'Bearer a b', 'Bearer "x"', 'Bearer ä']) {
      assertRefused(await ask(malformed), 401, 'invalid_token')
    }
    for (const other of ['Basic YTpi', 'DPoP x', 'Bearers x', '']) {
      const response = await ask(other)
      assert.deepEqual([response.statusCode, response.body], [401, ''])
      assert.equal(response.headers['www-authenticate'], 'Bearer realm="countersign"')
    }
  })

  test('[RFC9068 4] a token is over with its time', async () => {
    const { app, clock } = started()
    const { access_token } = await newTokens(app)
    clock.advance(299_000)
    assert.equal((await userinfo(app, access_token)).statusCode, 200)
    clock.advance(1_000)
    assertRefused(await userinfo(app, access_token), 401, 'invalid_token')
  })

  test('[RFC7009 2.1] a revoked token, and one whose refresh token was revoked', async () => {
    const { app } = started()
    const one = await newTokens(app)
    await postAsApp(app, '/revoke', { token: one.access_token })
    assertRefused(await userinfo(app, one.access_token), 401, 'invalid_token')
    const other = await newTokens(app)
    await postAsApp(app, '/revoke', { token: other.refresh_token })
    assertRefused(await userinfo(app, other.access_token), 401, 'invalid_token')
  })

  test('a token of a client that was taken out of the configuration', async () => {
    const { app, clock, deps } = started()
    const { access_token } = await newTokens(app)
    const restarted = await testApp({ databaseUrl: deps.config.database.url, clock, clients: [elsewhere] })
    try {
      assertRefused(await userinfo(restarted.app, access_token), 401, 'invalid_token')
    } finally {
      await restarted.close()
    }
  })

  test('a token of a session that was ended', async () => {
    const { app } = started()
    const browser = testBrowser(app)
    const { access_token, id_token } = await newTokens(app, { browser })
    await browser.get(`/end-session?id_token_hint=${id_token}`)
    assertRefused(await userinfo(app, access_token), 401, 'invalid_token')
  })

  test('tokens of accounts that were disabled or removed, at once', async () => {
    const { app, storage, clock, addAccount } = started()
    for (const [username, change] of [
      ['dora', disableAccount],
      ['rita', removeAccount],
    ] as const) {
      const account = await addAccount({ username })
      const browser = testBrowser(app)
      const answer = await browser.signIn(authorizeQuery(), { username, password: PASSWORD })
      const response = await postAsApp(app, '/token', codeFields(answer.searchParams.get('code') ?? ''))
      const { access_token, refresh_token } = response.json()
      assert.equal((await userinfo(app, access_token)).statusCode, 200)
      await change(storage, account.id, clock.now())
      assertRefused(await userinfo(app, access_token), 401, 'invalid_token')
      assertRefused(
        await postAsApp(app, '/token', { grant_type: 'refresh_token', refresh_token }),
        400,
        'invalid_grant',
      )
      assert.doesNotMatch((await browser.get('/')).body, new RegExp(username))
    }
  })
})
