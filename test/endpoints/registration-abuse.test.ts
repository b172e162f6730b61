/** What a stranger may try with clients that register themselves: none of it may reach others. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { LightMyRequestResponse } from 'fastify'
import { DAY, MINUTE } from '../../src/base/duration.ts'
import type { Config } from '../../src/config/config.ts'
import { aClient } from '../fixtures/client.ts'
import { fakeWeb } from '../fixtures/fake-web.ts'
import { claimsOf } from '../fixtures/forged-tokens.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { NO_REGISTRATION, type TestApp, testApp } from '../fixtures/test-app.ts'
import { authorizeQuery, basicAuthorization, testBrowser } from '../fixtures/test-browser.ts'
import { codeFields, postForm } from '../fixtures/test-client.ts'
import { signInAndConsent } from '../fixtures/test-pages.ts'

type Json = Record<string, unknown>

const open = (more: Partial<Config['registration']> = {}) => ({
  registration: { ...NO_REGISTRATION, isEnabled: true, isOpen: true, ...more },
})

const sendJson = (
  { app }: Pick<TestApp, 'app'>,
  { method, url, token }: { method: 'POST' | 'PUT'; url: string; token?: string },
  body: Json,
): Promise<LightMyRequestResponse> =>
  app.inject({
    method,
    url,
    headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    payload: JSON.stringify(body),
  })

interface Registered {
  readonly client_id: string
  readonly client_secret: string | undefined
  readonly registration_access_token: string
}

async function register(started: Pick<TestApp, 'app'>, metadata: Json): Promise<Registered> {
  const response = await sendJson(started, { method: 'POST', url: '/register' }, metadata)
  assert.equal(response.statusCode, 201, response.body)
  return response.json()
}

const put = (started: Pick<TestApp, 'app'>, client: Registered, metadata: Json): Promise<LightMyRequestResponse> => {
  const { client_id, registration_access_token: token } = client
  return sendJson(started, { method: 'PUT', url: `/register/${client_id}`, token }, { client_id, ...metadata })
}

describe('[OIDC Core 8.1] the sector of others', () => {
  const VICTIM = 'https://victim.example/cb'
  const EVIL = 'https://evil.example/cb'
  const LIST = 'https://victim.example/sector.json'
  const web = fakeWeb()
  web.pages.set(LIST, { body: JSON.stringify([VICTIM]) })
  const victim = aClient({ id: 'victim', metadata: { subject_type: 'pairwise', redirect_uris: [VICTIM] } })
  const started = suiteApp({ clients: [victim], egress: web, config: open() })

  const codeOf = async (client_id: string, redirect_uri: string): Promise<string> => {
    const query = authorizeQuery({ client_id, redirect_uri, scope: 'openid' })
    const answer = await signInAndConsent(testBrowser(started().app), query)
    return answer.searchParams.get('code') ?? assert.fail(answer.href)
  }
  const redeem = (id: string, secret: string | undefined, fields: Parameters<typeof codeFields>) =>
    secret === undefined
      ? postForm(started().app, '/token', codeFields(fields[0], { client_id: id, ...fields[1] }))
      : postForm(started().app, '/token', codeFields(...fields), { authorization: basicAuthorization(id, secret) })
  async function subOf(client: Pick<Registered, 'client_id' | 'client_secret'>, redirect_uri: string) {
    const code = await codeOf(client.client_id, redirect_uri)
    const response = await redeem(client.client_id, client.client_secret, [code, { redirect_uri }])
    assert.equal(response.statusCode, 200, response.body)
    return String(claimsOf(response.json().id_token)['sub'])
  }
  const victims = () => subOf({ client_id: 'victim', client_secret: victim.sharedSecret }, VICTIM)

  test('is not entered by a host behind a scheme of one’s own', async () => {
    const uri = 'com.evil.app://victim.example/cb'
    const client = await register(started(), {
      ...{ application_type: 'native', subject_type: 'pairwise', token_endpoint_auth_method: 'none' },
      redirect_uris: [uri],
    })
    assert.notEqual(await subOf(client, uri), await victims())
  })

  test('is not entered by moving to their redirect URI, with a code or without', async () => {
    const pairwise = { subject_type: 'pairwise', grant_types: ['authorization_code', 'refresh_token'] }
    const client = await register(started(), { ...pairwise, redirect_uris: [EVIL] })
    const { client_id, client_secret } = client
    const before = await subOf(client, EVIL)
    const code = await codeOf(client_id, EVIL)
    assert.equal((await put(started(), client, { ...pairwise, redirect_uris: [VICTIM] })).statusCode, 200)
    const response = await redeem(client_id, client_secret, [code, { redirect_uri: EVIL }])
    assert.deepEqual([response.statusCode, response.json().error], [400, 'invalid_grant'])
    assert.equal(await subOf(client, VICTIM), before, 'it keeps the names of its own')
  })

  test('is not entered by moving below their list, which would rename people for what was granted before', async () => {
    const client = await register(started(), { subject_type: 'pairwise', redirect_uris: [EVIL] })
    for (const [more, member] of [
      [{ subject_type: 'pairwise', sector_identifier_uri: LIST }, 'sector_identifier_uri'],
      [{ subject_type: 'public' }, 'subject_type'],
    ] as const) {
      const response = await put(started(), client, { redirect_uris: [VICTIM], ...more })
      assert.deepEqual([response.statusCode, response.json().error], [400, 'invalid_client_metadata'])
      assert.match(response.json().error_description, new RegExp(`^${member}: would change`))
    }
  })

  test('[OIDC Registration 5] is for whoever is on their list from the beginning', async () => {
    const listed = { subject_type: 'pairwise', sector_identifier_uri: LIST, redirect_uris: [VICTIM] }
    const client = await register(started(), listed)
    assert.equal(await subOf(client, VICTIM), await victims())
    assert.equal((await put(started(), client, { ...listed, client_name: 'Renamed' })).statusCode, 200)
  })
})

test('[RFC7591 5] hosts that the operator takes back are gone for clients that are there', async () => {
  const [ours, theirs] = ['https://tool.ours.example/cb', 'https://tool.theirs.example/cb']
  const started = await testApp({ config: open() })
  try {
    const [both, gone] = [
      await register(started, { redirect_uris: [ours, theirs], post_logout_redirect_uris: [ours, theirs] }),
      await register(started, { redirect_uris: [theirs] }),
    ]
    const databaseUrl = started.deps.config.database.url
    const narrower = await testApp({ databaseUrl, config: open({ allowedRedirectHosts: ['*.ours.example'] }) })
    try {
      const silently = async ({ client_id }: Registered, redirect_uri: string) => {
        const query = authorizeQuery({ client_id, redirect_uri, scope: 'openid', prompt: 'none' })
        return (await testBrowser(narrower.app).get(`/authorize?${query}`)).statusCode
      }
      assert.deepEqual([await silently(both, ours), await silently(both, theirs)], [303, 400])
      assert.equal(await silently(gone, theirs), 400)
      const found = await narrower.deps.clients.find(both.client_id)
      assert.deepEqual(found?.metadata.post_logout_redirect_uris, [ours])
      assert.equal(await narrower.deps.clients.find(gone.client_id), undefined)
      assert.ok(narrower.logged.some((line) => line['clientId'] === gone.client_id && line['level'] === 40))
    } finally {
      await narrower.close()
    }
  } finally {
    await started.close()
  }
})

describe('[RFC7591 5] what keeps a client from ending', () => {
  const started = suiteApp({ clients: [], config: open({ expiresAfter: 2 * DAY }) })
  const CALLBACK = 'https://tool.example/cb'
  const lastUse = async ({ client_id }: Registered) =>
    (await started().storage.registeredClients.find(client_id))?.lastUsedAt
  const newClient = (more: Json = {}) =>
    register(started(), {
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: [CALLBACK],
      ...more,
    })
  const queryOf = ({ client_id }: Registered) =>
    authorizeQuery({ client_id, redirect_uri: CALLBACK, scope: 'openid offline_access' })

  test('nothing that anybody can do who knows its client_id', async () => {
    const [confidential, known] = [await newClient(), await newClient({ token_endpoint_auth_method: 'none' })]
    for (const client of [confidential, known]) {
      const { client_id } = client
      const browser = testBrowser(started().app)
      for (const query of [queryOf(client), `client_id=${client_id}`, `${queryOf(client)}&prompt=none`])
        await browser.get(`/authorize?${query}`)
      await browser.get(`/end-session?client_id=${client_id}`)
      const wrong = { authorization: basicAuthorization(client_id, 'wrong') }
      for (const url of ['/token', '/introspect', '/revoke', '/par']) {
        await postForm(started().app, url, { client_id, grant_type: 'refresh_token', token: 'x', refresh_token: 'x' })
        await postForm(started().app, url, { grant_type: 'refresh_token', token: 'x', refresh_token: 'x' }, wrong)
      }
      assert.equal(await lastUse(client), undefined)
    }
  })

  test('that it has authenticated', async () => {
    const client = await newClient()
    const asClient = { authorization: basicAuthorization(client.client_id, client.client_secret) }
    await postForm(started().app, '/revoke', { token: 'x' }, asClient)
    assert.equal(await lastUse(client), started().clock.now())
  })

  test('that somebody has signed in with it, and a refresh of a public one', async () => {
    const client = await newClient({ token_endpoint_auth_method: 'none' })
    const { client_id } = client
    const { searchParams } = await signInAndConsent(testBrowser(started().app), queryOf(client))
    assert.equal(await lastUse(client), started().clock.now())
    const fields = codeFields(searchParams.get('code') ?? '', { client_id, redirect_uri: CALLBACK })
    const { refresh_token } = (await postForm(started().app, '/token', fields)).json()
    started().clock.advance(DAY / 2 + MINUTE)
    const again = { grant_type: 'refresh_token', client_id, refresh_token }
    assert.equal((await postForm(started().app, '/token', again)).statusCode, 200)
    assert.equal(await lastUse(client), started().clock.now())
  })
})
