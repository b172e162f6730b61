/** Resource indicators from end to end: RFC 8707 at the authorization and the token endpoint, and what comes of it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HOUR, MINUTE, SECOND } from '../../src/base/duration.ts'
import { anApi } from '../fixtures/api.ts'
import { aClient, aPublicClient, LIFETIMES } from '../fixtures/client.ts'
import { claimsOf, headerOf } from '../fixtures/forged-tokens.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { ISSUER, PASSWORD } from '../fixtures/test-app.ts'
import { authorizeQuery, basicAuthorization, testBrowser } from '../fixtures/test-browser.ts'
import {
  assertRefused,
  codeFields,
  formEncoded,
  isActive,
  newCode,
  newTokens,
  postAsApp,
  postForm,
  userinfo,
} from '../fixtures/test-client.ts'

const [ORDERS, STOCK, OLD] = ['https://orders.example', 'https://stock.example', 'old']
const apis = [
  anApi({ introspectionClient: 'orders-api' }),
  anApi({ audience: STOCK, scopes: ['stock:read'], accessTokenLifetime: HOUR }),
  anApi({ audience: OLD, scopes: ['api'], accessTokenType: 'JWT', accessTokenAlgorithm: 'RS256' }),
]
const scope = ['openid', 'profile', 'email', 'offline_access', 'api', 'orders:read', 'stock:read']
const app = aClient({ accessTokenAudience: [ORDERS, STOCK, OLD], metadata: { scope } })
const api = (id: string) => aClient({ id, metadata: { grant_types: [], redirect_uris: [], response_types: [] } })
const stock = aClient({
  id: 'calls-stock',
  accessTokenAudience: [STOCK],
  metadata: { grant_types: ['authorization_code'] },
})
const theirs = aClient({ id: 'theirs', isFirstParty: false, accessTokenAudience: [ORDERS], metadata: { scope } })
const telling = aClient({ id: 'telling', accessTokenAudience: [ORDERS], hasClaimsInIdToken: true })
const old = aClient({ id: 'calls-old', accessTokenAudience: [OLD] })

/** Fields whose names may repeat. */
const form = (fields: Readonly<Record<string, string>>, ...resources: readonly string[]): string =>
  [formEncoded(fields), ...resources.map((one) => `resource=${encodeURIComponent(one)}`)].join('&')

describe('resource indicators', () => {
  const started = suiteApp({
    apis,
    clients: [app, aPublicClient(), api('orders-api'), api('stock-api'), old, stock, telling, theirs],
  })
  const ALL = 'openid email orders:read stock:read api offline_access'
  const query = (...resources: readonly string[]) =>
    [authorizeQuery({ scope: ALL }), ...resources.map((one) => `resource=${encodeURIComponent(one)}`)].join('&')
  const codeFor = (...resources: readonly string[]) => newCode(started().app, { query: query(...resources) })
  const redeem = (code: string, ...resources: readonly string[]) => {
    const fields = codeFields(code) as Readonly<Record<string, string>>
    return postAsApp(started().app, '/token', form(fields, ...resources))
  }
  const refresh = (refresh_token: string, ...resources: readonly string[]) =>
    postAsApp(started().app, '/token', form({ grant_type: 'refresh_token', refresh_token }, ...resources))

  test('[RFC8707 2.1] a resource that the client may not have tokens for is refused at the authorization endpoint', async () => {
    for (const resource of ['https://elsewhere.example', `${ORDERS}/`, `${ORDERS}#x`]) {
      const response = await testBrowser(started().app).get(`/authorize?${query(resource)}`)
      const { searchParams } = new URL(String(response.headers.location))
      assert.deepEqual([searchParams.get('error'), searchParams.get('state')], ['invalid_target', 'a-state'])
    }
    const several = await testBrowser(started().app).get(`/authorize?${query(ORDERS, 'https://elsewhere.example')}`)
    assert.match(String(several.headers.location), /error=invalid_target/)
  })

  test('[RFC9068 3] without a resource everything is as the client’s entry says', async () => {
    const tokens = (await redeem(await codeFor())).json()
    assert.deepEqual(claimsOf(tokens.access_token)['aud'], [ORDERS, STOCK, OLD, ISSUER])
    assert.equal(tokens.scope, ALL)
    assert.equal(headerOf(tokens.access_token)['typ'], 'at+jwt')
  })

  test('[RFC8707 2.2] the code is redeemed for one of the granted resources: for that alone, with its scopes', async () => {
    const tokens = (await redeem(await codeFor(ORDERS, STOCK), ORDERS)).json()
    const claims = claimsOf(tokens.access_token)
    assert.deepEqual([claims['aud'], claims['scope'], tokens.scope], [ORDERS, 'orders:read', 'orders:read'])
    assert.equal(claimsOf(tokens.id_token)['aud'], 'app')
    assertRefused(await userinfo(started().app, tokens.access_token), 401, 'invalid_token')

    const stock = (await refresh(tokens.refresh_token, STOCK)).json()
    assert.deepEqual([claimsOf(stock.access_token)['aud'], stock.scope], [STOCK, 'stock:read'])
    const info = (await refresh(tokens.refresh_token, ISSUER)).json()
    assert.deepEqual(claimsOf(info.access_token)['aud'], ISSUER)
    assert.equal((await userinfo(started().app, info.access_token)).json().email, 'alice@example.org')
  })

  test('[RFC8707 2.2] the token endpoint never widens what was granted, and the code is still good', async () => {
    const code = await codeFor(ORDERS)
    assertRefused(await redeem(code, STOCK), 400, 'invalid_target')
    assertRefused(await redeem(code, ORDERS, STOCK), 400, 'invalid_target')
    const tokens = (await redeem(code)).json()
    assert.deepEqual(claimsOf(tokens.access_token)['aud'], [ORDERS, ISSUER])
    assert.equal((await userinfo(started().app, tokens.access_token)).statusCode, 200)
    assertRefused(await refresh(tokens.refresh_token, STOCK), 400, 'invalid_target')
    assert.deepEqual(claimsOf((await refresh(tokens.refresh_token)).json().access_token)['aud'], [ORDERS, ISSUER])
  })

  test('[RFC8707 2.2] a narrower refresh changes nothing for the next one', async () => {
    const { refresh_token } = (await redeem(await codeFor(ORDERS, STOCK))).json()
    await refresh(refresh_token, ORDERS)
    const both = (await refresh(refresh_token, ORDERS, STOCK)).json()
    assert.deepEqual(claimsOf(both.access_token)['aud'], [ORDERS, STOCK])
    assert.equal(both.scope, 'orders:read stock:read')
    assert.equal(both.expires_in, LIFETIMES.accessToken / SECOND)
  })

  test('APIs that want different kinds of tokens are asked for one at a time', async () => {
    const code = await codeFor(ORDERS, OLD)
    assertRefused(await redeem(code, ORDERS, OLD), 400, 'invalid_target')
    assertRefused(await redeem(code), 400, 'invalid_target')
    const tokens = (await redeem(code, OLD)).json()
    const { typ, alg } = headerOf(tokens.access_token)
    assert.deepEqual([typ, alg, claimsOf(tokens.access_token)['token_use']], ['JWT', 'RS256', 'access'])
    assert.equal(await isActive(started().app, tokens.access_token), true)
  })

  test('what is in the ID token does not depend on whom the access token is for', async () => {
    const { app } = started()
    const query = authorizeQuery({ client_id: 'telling', scope: 'openid email', resource: ORDERS })
    const fields = codeFields(await newCode(app, { query }), { resource: ORDERS })
    const authorization = basicAuthorization('telling')
    const tokens = (await postForm(app, '/token', fields, { authorization })).json()
    assert.equal(claimsOf(tokens.id_token)['email'], 'alice@example.org')
    assert.equal(claimsOf(tokens.access_token)['aud'], ORDERS)
  })

  test('an API that knows none of the scopes gets a token without one, and the client is told', async () => {
    const query = `${authorizeQuery({ scope: 'openid email' })}&resource=${ORDERS}`
    const tokens = (await redeem(await newCode(started().app, { query }), ORDERS)).json()
    assert.deepEqual([tokens.scope, 'scope' in claimsOf(tokens.access_token)], ['', false])
  })

  test('[RFC8707 2] client credentials', async () => {
    const own = (...resources: readonly string[]) =>
      postAsApp(started().app, '/token', form({ grant_type: 'client_credentials' }, ...resources))
    const token = (await own(STOCK)).json()
    const { aud, sub, scope } = claimsOf(token.access_token)
    assert.deepEqual([aud, sub, scope, token.expires_in], [STOCK, 'app', 'stock:read', HOUR / SECOND])
    assertRefused(await own('https://elsewhere.example'), 400, 'invalid_target')
    assertRefused(await own(ISSUER), 400, 'invalid_target')
    assert.deepEqual(claimsOf((await own()).json().access_token)['aud'], [ORDERS, STOCK, OLD])
  })

  test('a token that outlives the others is alive to its end, also for us', async () => {
    const { app, clock } = started()
    const code = await newCode(app, {
      query: authorizeQuery({ client_id: 'calls-stock', resource: STOCK, scope: 'api' }),
    })
    const authorization = basicAuthorization('calls-stock')
    const { access_token } = (await postForm(app, '/token', codeFields(code), { authorization })).json()
    const isAlive = async () =>
      (await postForm(app, '/introspect', { token: access_token }, { authorization })).json().active
    clock.advance(HOUR - MINUTE)
    assert.equal(await isAlive(), true)
    clock.advance(MINUTE)
    assert.equal(await isAlive(), false)
  })

  test('[RFC7662 4] an API introspects tokens that are for it, with the client that its entry names', async () => {
    const { access_token: token } = (await redeem(await codeFor(ORDERS), ORDERS)).json()
    const introspect = async (id: string) =>
      (await postForm(started().app, '/introspect', { token }, { authorization: basicAuthorization(id) })).json()
    assert.equal((await introspect('orders-api')).active, true)
    assert.deepEqual(await introspect('stock-api'), { active: false })
  })

  test('an API that wants typ JWT gets it without a resource, too, and userinfo takes the token', async () => {
    const query = authorizeQuery({ client_id: 'calls-old' })
    const code = await newCode(started().app, { query })
    const authorization = basicAuthorization('calls-old')
    const tokens = (await postForm(started().app, '/token', codeFields(code), { authorization })).json()
    assert.equal(headerOf(tokens.access_token)['typ'], 'JWT')
    assert.deepEqual(claimsOf(tokens.access_token)['aud'], [OLD, ISSUER])
    assert.equal((await userinfo(started().app, tokens.access_token)).statusCode, 200)
  })

  test('[RFC9126 2.1] a pushed request names resources, too', async () => {
    const { app } = started()
    const pushed = await postAsApp(app, '/par', `${query(ORDERS, STOCK)}`)
    assert.equal(pushed.statusCode, 201, pushed.body)
    const { request_uri } = pushed.json()
    const code = await newCode(app, { query: new URLSearchParams({ client_id: 'app', request_uri }).toString() })
    const tokens = (await redeem(code, STOCK)).json()
    assert.deepEqual([claimsOf(tokens.access_token)['aud'], tokens.scope], [STOCK, 'stock:read'])
    assertRefused(await postAsApp(app, '/par', query('https://elsewhere.example')), 400, 'invalid_target')
  })

  test('people are asked about the API by its name', async () => {
    const browser = testBrowser(started().app)
    const asking = authorizeQuery({ client_id: 'theirs', scope: 'openid orders:read' })
    const { path, csrf } = await browser.start(asking)
    await browser.post(`${path}/password`, { csrf, username: 'alice', password: PASSWORD })
    assert.match((await browser.get(path)).body, /Use <bdi>Orders<\/bdi> for you/)
  })

  test('[RFC7009 2.1] a token with the typ JWT that was revoked is dead in another process at once', async () => {
    const other = await started().another()
    try {
      const { access_token } = (await redeem(await codeFor(OLD))).json()
      assert.equal((await userinfo(other.app, access_token)).statusCode, 200)
      assert.equal((await postAsApp(started().app, '/revoke', { token: access_token })).statusCode, 200)
      assertRefused(await userinfo(other.app, access_token), 401, 'invalid_token')
      assert.equal(await isActive(other.app, access_token), false)
    } finally {
      await other.close()
    }
  })

  test('[RFC6749 3.1] any other parameter may still not be repeated', async () => {
    const { refresh_token } = await newTokens(started().app)
    const twice = form({ grant_type: 'refresh_token', refresh_token, scope: 'openid' })
    assertRefused(await postAsApp(started().app, '/token', `${twice}&scope=email`), 400, 'invalid_request')
  })
})
