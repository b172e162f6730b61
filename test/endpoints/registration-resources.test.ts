/** Clients that come by themselves, and the APIs that the operator lets them name (RFC 8707): an MCP client and its server. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sha256 } from '../../src/base/hash.ts'
import { anApi } from '../fixtures/api.ts'
import { claimsOf } from '../fixtures/forged-tokens.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { ISSUER, NO_REGISTRATION } from '../fixtures/test-app.ts'
import { authorizeQuery, basicAuthorization, testBrowser } from '../fixtures/test-browser.ts'
import { assertRefused, codeFields, postForm } from '../fixtures/test-client.ts'
import { linkToClient, signInAndConsent } from '../fixtures/test-pages.ts'

const TOKEN = 'an-initial-access-token-of-the-operator-0001'
const MCP = 'https://mcp.example/'
const CALLBACK = 'https://tool.example/callback'

describe('[RFC8707 2] a registered client and resources', () => {
  const started = suiteApp({
    apis: [anApi({ audience: MCP, scopes: ['tools'] }), anApi({ audience: 'https://other.example' })],
    clients: [],
    config: {
      registration: {
        ...NO_REGISTRATION,
        isEnabled: true,
        initialAccessTokenHashes: [sha256(TOKEN)],
        allowedScopes: ['openid', 'tools', 'offline_access'],
        allowedGrantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
        allowedResources: [MCP],
      },
    },
  })

  async function register(more: Readonly<Record<string, unknown>> = {}) {
    const response = await started().app.inject({
      method: 'POST',
      url: '/register',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      payload: JSON.stringify({ redirect_uris: [CALLBACK], ...more }),
    })
    assert.equal(response.statusCode, 201, response.body)
    const { client_id: id, client_secret: secret } = response.json()
    return { id: String(id), authorization: basicAuthorization(id, secret) }
  }
  const queryOf = (id: string, more: Readonly<Record<string, string>> = {}) =>
    authorizeQuery({ client_id: id, redirect_uri: CALLBACK, scope: 'openid tools', ...more })

  test('it names the API, and gets a token for that alone; without it, one for userinfo', async () => {
    const { app } = started()
    const { id, authorization } = await register()
    const redeem = async (resource?: string) => {
      const more: Readonly<Record<string, string>> = resource === undefined ? {} : { resource }
      const answer = await signInAndConsent(testBrowser(app), queryOf(id, more))
      const fields = codeFields(answer.searchParams.get('code') ?? '', { redirect_uri: CALLBACK, ...more })
      return claimsOf((await postForm(app, '/token', fields, { authorization })).json().access_token)
    }
    const named = await redeem(MCP)
    assert.deepEqual([named['aud'], named['scope']], [MCP, 'tools'])
    assert.equal((await redeem())['aud'], ISSUER)
  })

  test('[RFC8707 2.2] an API that was not named where people consent is not to be had at the token endpoint', async () => {
    const { app } = started()
    const { id, authorization } = await register({ grant_types: ['authorization_code', 'refresh_token'] })
    const scope = 'openid tools offline_access'
    const answer = await signInAndConsent(testBrowser(app), queryOf(id, { scope, prompt: 'consent' }))
    const fields = codeFields(answer.searchParams.get('code') ?? '', { redirect_uri: CALLBACK })
    const redeem = (of: ReturnType<typeof codeFields>) => postForm(app, '/token', of, { authorization })
    assertRefused(await redeem({ ...fields, resource: MCP }), 400, 'invalid_target')
    const tokens = (await redeem(fields)).json()
    assert.equal(claimsOf(tokens.access_token)['aud'], ISSUER)
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }
    assertRefused(await redeem({ ...refresh, resource: MCP }), 400, 'invalid_target')
  })

  test('[RFC8707 2] for itself alone, where nobody consents, it names it at the token endpoint', async () => {
    const { app } = started()
    const { authorization } = await register({ grant_types: ['authorization_code', 'client_credentials'] })
    const fields = { grant_type: 'client_credentials', scope: 'tools', resource: MCP }
    const response = await postForm(app, '/token', fields, { authorization })
    assert.equal(response.statusCode, 200, response.body)
    assert.equal(claimsOf(response.json().access_token)['aud'], MCP)
    assertRefused(
      await postForm(app, '/token', { ...fields, resource: 'https://other.example' }, { authorization }),
      400,
      'invalid_target',
    )
  })

  test('an API that the operator does not list is refused', async () => {
    const { app } = started()
    const { id, authorization } = await register()
    for (const resource of ['https://other.example', 'https://mcp.example']) {
      const page = await testBrowser(app).get(`/authorize?${queryOf(id, { resource })}`)
      assert.equal(linkToClient(page).searchParams.get('error'), 'invalid_target')
    }
    const answer = await signInAndConsent(testBrowser(app), queryOf(id))
    const fields = codeFields(answer.searchParams.get('code') ?? '', { redirect_uri: CALLBACK })
    const other = await postForm(app, '/token', { ...fields, resource: 'https://other.example' }, { authorization })
    assertRefused(other, 400, 'invalid_target')
  })

  test('[OpenID Connect Core 8] a pairwise client with a scheme of its own signs people in', async () => {
    const { app } = started()
    const redirectUri = 'com.example.tool:/callback'
    const pairwise = { subject_type: 'pairwise', application_type: 'native', redirect_uris: [redirectUri] }
    const { id, authorization } = await register(pairwise)
    const answer = await signInAndConsent(testBrowser(app), queryOf(id, { redirect_uri: redirectUri }))
    const fields = codeFields(answer.searchParams.get('code') ?? '', { redirect_uri: redirectUri })
    const response = await postForm(app, '/token', fields, { authorization })
    assert.equal(response.statusCode, 200, response.body)
    const alice = await started().storage.accounts.findByUsername('alice')
    assert.notEqual(claimsOf(response.json().id_token)['sub'], alice?.id)
  })
})
