/** Registration at run time: OpenID Connect Registration, RFC 7591, RFC 7592. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { LightMyRequestResponse } from 'fastify'
import { DAY, SECOND } from '../../src/base/duration.ts'
import { sha256 } from '../../src/base/hash.ts'
import type { Config } from '../../src/config/config.ts'
import { EgressError } from '../../src/egress/egress.ts'
import { START } from '../fixtures/clock.ts'
import { fakeWeb } from '../fixtures/fake-web.ts'
import { ISSUER, NO_REGISTRATION, type TestApp, type TestAppOptions, testApp } from '../fixtures/test-app.ts'
import { authorizeQuery, basicAuthorization, locationOf, testBrowser } from '../fixtures/test-browser.ts'
import { codeFields, postForm } from '../fixtures/test-client.ts'
import { linkToClient, signInAndConsent } from '../fixtures/test-pages.ts'

const TOKEN = 'an-initial-access-token-of-the-operator-0001'
const CALLBACK = 'https://tool.example/callback'
const ASKED = { redirect_uris: [CALLBACK], client_name: 'Tool' }

type Json = Record<string, unknown>

export const withRegistration = (more: Partial<Config['registration']> = {}, options: TestAppOptions = {}) => ({
  ...options,
  config: {
    ...options.config,
    registration: {
      ...NO_REGISTRATION,
      isEnabled: true,
      initialAccessTokenHashes: [sha256('another'), sha256(TOKEN)],
      allowedRedirectHosts: ['tool.example', '*.apps.example', '127.0.0.1', 'com.example.tool:'],
      ...more,
    },
  },
})

const send = (
  { app }: Pick<TestApp, 'app'>,
  method: 'POST' | 'GET' | 'PUT' | 'DELETE',
  url: string,
  { token, body }: { token?: string | undefined; body?: Json | string } = {},
): Promise<LightMyRequestResponse> =>
  app.inject({
    method,
    url,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
  })

const post = (started: TestApp, body: Json | string = ASKED, token: string | undefined = TOKEN) =>
  send(started, 'POST', '/register', { token, body })

interface Registered {
  readonly client_id: string
  readonly client_secret: string
  readonly registration_access_token: string
  readonly path: string
}

async function register(started: TestApp, more: Json = {}): Promise<Registered> {
  const response = await post(started, { ...ASKED, ...more })
  assert.equal(response.statusCode, 201, response.body)
  const json = response.json()
  return { ...json, path: new URL(json.registration_client_uri).pathname }
}

const errorOf = (response: LightMyRequestResponse): unknown[] => [response.statusCode, response.json().error]

function suite(options: TestAppOptions = withRegistration()): () => TestApp {
  let started: TestApp | undefined
  before(async () => {
    started = await testApp(options)
    await started.addAccount()
  })
  after(() => started?.close())
  return () => {
    if (started === undefined) throw new Error('not started')
    return started
  }
}

const queryOf = ({ client_id }: Registered, more: Record<string, string | undefined> = {}) =>
  authorizeQuery({ client_id, redirect_uri: CALLBACK, scope: 'openid email', ...more })

/** A sign-in of Alice's with the client, up to its tokens. */
async function tokensOf(started: TestApp, client: Registered, more: Record<string, string | undefined> = {}) {
  const answer = await signInAndConsent(testBrowser(started.app), queryOf(client, more))
  const code = answer.searchParams.get('code') ?? ''
  assert.notEqual(code, '', answer.href)
  const fields = codeFields(code, { redirect_uri: CALLBACK })
  return postForm(started.app, '/token', fields, {
    authorization: basicAuthorization(client.client_id, client.client_secret),
  })
}

describe('registration', () => {
  const started = suite()

  test('[RFC7591 3.2.1] [OIDC Registration 3.2] answers with everything that was registered, defaults and secrets', async () => {
    const response = await post(started(), {
      ...ASKED,
      ...{ unknown: 1, 'client_name#de': 'Werkzeug', 'tos_uri#de': 'https://tool.example/agb', tos_uri: null },
    })
    assert.equal(response.statusCode, 201)
    assert.equal(response.headers['cache-control'], 'no-store')
    const { client_id, client_secret, registration_access_token, ...rest } = response.json()
    assert.match(client_id, /^reg_[A-Za-z0-9_-]{22}$/)
    assert.match(client_secret, /^[A-Za-z0-9_-]{43}$/)
    assert.match(registration_access_token, /^[A-Za-z0-9_-]{43}$/)
    assert.deepEqual(rest, {
      client_name: 'Tool',
      'client_name#de': 'Werkzeug',
      application_type: 'web',
      redirect_uris: [CALLBACK],
      post_logout_redirect_uris: [],
      grant_types: ['authorization_code'],
      response_types: ['code'],
      scope: 'openid profile email offline_access',
      token_endpoint_auth_method: 'client_secret_basic',
      subject_type: 'public',
      id_token_signed_response_alg: 'RS256',
      request_uris: [],
      require_signed_request_object: false,
      require_pushed_authorization_requests: false,
      require_auth_time: false,
      default_acr_values: [],
      backchannel_logout_session_required: false,
      frontchannel_logout_session_required: false,
      client_id_issued_at: START / SECOND,
      client_secret_expires_at: 0,
      registration_client_uri: `${ISSUER}/register/${client_id}`,
    })
  })

  test('the database keeps hashes of the secrets, and the log neither of them', async () => {
    const { client_id, client_secret, registration_access_token } = await register(started())
    const record = await started().storage.registeredClients.find(client_id)
    assert.equal(record?.secretHash, sha256(client_secret))
    assert.equal(record?.registrationTokenHash, sha256(registration_access_token))
    assert.equal(record?.sealedSecret, undefined)
    const log = JSON.stringify(started().logged)
    for (const secret of [client_secret, registration_access_token, TOKEN]) assert.equal(log.includes(secret), false)
    assert.ok(started().logged.some((line) => line['audit'] === 'client_registered' && line['clientId'] === client_id))
  })

  test('[RFC7591 2] a public client gets no secret', async () => {
    const response = await post(started(), { ...ASKED, token_endpoint_auth_method: 'none' })
    assert.equal(response.statusCode, 201)
    assert.equal('client_secret' in response.json() || 'client_secret_expires_at' in response.json(), false)
  })

  test('a registered client signs somebody in at once, with consent and never as first party', async () => {
    const client = await register(started(), { grant_types: ['authorization_code', 'refresh_token'] })
    const tokens = (await tokensOf(started(), client, { scope: 'openid email offline_access' })).json()
    assert.equal(tokens.token_type, 'Bearer')
    const info = await started().app.inject({
      url: '/userinfo',
      headers: { authorization: `Bearer ${tokens.access_token}` },
    })
    assert.equal(info.json().email, 'alice@example.org')
  })

  test('[OIDC Core 8.1] a pairwise client knows people by names of its own', async () => {
    const known = async (subject_type: string) => {
      const { id_token } = (await tokensOf(started(), await register(started(), { subject_type }))).json()
      return JSON.parse(Buffer.from(id_token.split('.')[1], 'base64url').toString()).sub
    }
    const names = [await known('public'), await known('pairwise'), await known('pairwise')]
    assert.equal(new Set(names).size, 3, `${names}: nobody has shown whose host it is`)
  })

  test('[RFC9700 2.1.1] PKCE is required of it', async () => {
    const client = await register(started())
    const query = queryOf(client, { code_challenge: undefined, code_challenge_method: undefined })
    const page = await testBrowser(started().app).get(`/authorize?${query}`)
    assert.equal(linkToClient(page).searchParams.get('error'), 'invalid_request')
  })

  for (const [what, token] of [
    ['no', undefined],
    ['another', 'not-the-token'],
    ['an empty', ''],
  ] as const) {
    test(`[RFC7591 3] with ${what} initial access token: 401 invalid_token`, async () => {
      const response = await send(started(), 'POST', '/register', { token, body: ASKED })
      assert.deepEqual(errorOf(response), [401, 'invalid_token'])
      assert.match(String(response.headers['www-authenticate']), /^Bearer error="invalid_token"/)
    })
  }

  const REFUSED: readonly [string, Json, string][] = [
    ['[RFC7591 3.2.2] a redirect URI with a fragment', { redirect_uris: [`${CALLBACK}#x`] }, 'invalid_redirect_uri'],
    ['[RFC7591 3.2.2] a redirect URI of http', { redirect_uris: ['http://tool.example/'] }, 'invalid_redirect_uri'],
    ['[RFC7591 2] no redirect URI', { redirect_uris: [] }, 'invalid_redirect_uri'],
    ['redirect URIs that are no list', { redirect_uris: CALLBACK }, 'invalid_redirect_uri'],
    [
      'more than 50 redirect URIs',
      { redirect_uris: Array.from({ length: 51 }, (_, i) => `${CALLBACK}/${i}`) },
      'invalid_redirect_uri',
    ],
    ['a redirect URI on another host', { redirect_uris: ['https://evil.example/'] }, 'invalid_redirect_uri'],
    ['a host that ends alike', { redirect_uris: ['https://evil-apps.example/'] }, 'invalid_redirect_uri'],
    ['a host that begins alike', { redirect_uris: ['https://tool.example.evil/'] }, 'invalid_redirect_uri'],
    ['the domain of a pattern itself', { redirect_uris: ['https://apps.example/'] }, 'invalid_redirect_uri'],
    [
      'another scheme of a native app',
      { application_type: 'native', redirect_uris: ['com.evil.tool:/x'] },
      'invalid_redirect_uri',
    ],
    [
      'a post-logout URI on another host',
      { post_logout_redirect_uris: ['https://evil.example/'] },
      'invalid_client_metadata',
    ],
    ['[OIDC Registration 2] the implicit response type', { response_types: ['id_token'] }, 'invalid_client_metadata'],
    ['[OIDC Registration 2] code and more', { response_types: ['code', 'code token'] }, 'invalid_client_metadata'],
    ['grant types of which we have none', { grant_types: ['implicit'] }, 'invalid_client_metadata'],
    [
      'grant types of which none is allowed',
      { grant_types: ['client_credentials'], response_types: [] },
      'invalid_client_metadata',
    ],
    ['an authentication method of nobody', { token_endpoint_auth_method: 'magic' }, 'invalid_client_metadata'],
    [
      '[OIDC Core 10.1] a public client with ID tokens signed by a secret',
      { id_token_signed_response_alg: 'HS256', token_endpoint_auth_method: 'none' },
      'invalid_client_metadata',
    ],
    ['[OIDC Core 3.1.3.7] unsigned ID tokens', { id_token_signed_response_alg: 'none' }, 'invalid_client_metadata'],
    ['scopes of which none is allowed', { scope: 'admin' }, 'invalid_client_metadata'],
    ['a scope that is no text', { scope: ['openid'] }, 'invalid_client_metadata'],
    ['a name of two lines', { client_name: 'Tool\nof yours' }, 'invalid_client_metadata'],
    ['a name that turns the text around', { client_name: 'Tool \u202egnp' }, 'invalid_client_metadata'],
    ['a name of nothing that people see', { client_name: '\u200b\u2060' }, 'invalid_client_metadata'],
    ['a long name', { client_name: 'x'.repeat(101) }, 'invalid_client_metadata'],
    ['[RFC7591 5] a home page that is a script', { client_uri: 'javascript:alert(1)' }, 'invalid_client_metadata'],
    [
      '[OIDC Registration 2] jwks beside jwks_uri',
      { jwks: { keys: [] }, jwks_uri: 'https://tool.example/jwks' },
      'invalid_client_metadata',
    ],
    ['[RFC7591 2] a private key', { jwks: { keys: [{ kty: 'EC', d: 'x' }] } }, 'invalid_client_metadata'],
    [
      '[OIDC Core 9] private_key_jwt without a key',
      { token_endpoint_auth_method: 'private_key_jwt' },
      'invalid_client_metadata',
    ],
    [
      '[OIDC Registration 2] an algorithm that does not fit the method',
      {
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'HS256',
        jwks_uri: 'https://tool.example/jwks',
      },
      'invalid_client_metadata',
    ],
    [
      '[RFC9101 4] request objects encrypted to keys that we do not have',
      { request_object_encryption_alg: 'ECDH-ES' },
      'invalid_client_metadata',
    ],
    [
      '[Front-Channel Logout 2] a front-channel logout URI on another origin',
      { frontchannel_logout_uri: 'https://a.apps.example/out' },
      'invalid_client_metadata',
    ],
    [
      '[Back-Channel Logout 2.2] a back-channel logout URI with a fragment',
      { backchannel_logout_uri: 'https://tool.example/out#x' },
      'invalid_client_metadata',
    ],
    ['a key set that is none', { jwks: { keys: 'x' } }, 'invalid_client_metadata'],
    [
      '[OIDC Registration 2] enc without alg',
      { id_token_encrypted_response_enc: 'A256GCM' },
      'invalid_client_metadata',
    ],
    ['encryption without a key', { id_token_encrypted_response_alg: 'RSA-OAEP-256' }, 'invalid_client_metadata'],
    [
      '[OIDC Core 8.1] pairwise on two hosts without a sector',
      { subject_type: 'pairwise', redirect_uris: [CALLBACK, 'https://x.apps.example/'] },
      'invalid_client_metadata',
    ],
    [
      '[OIDC Registration 5] a sector of http',
      { subject_type: 'pairwise', sector_identifier_uri: 'HTTP://localhost/sector' },
      'invalid_client_metadata',
    ],
    ['default_max_age as a text', { default_max_age: '60' }, 'invalid_client_metadata'],
    ['default_max_age below zero', { default_max_age: -1 }, 'invalid_client_metadata'],
    ['a flag that is a text', { require_auth_time: 'true' }, 'invalid_client_metadata'],
  ]
  for (const [what, more, error] of REFUSED) {
    test(`refused: ${what}`, async () => {
      const response = await post(started(), { ...ASKED, ...more })
      assert.deepEqual(errorOf(response), [400, error])
    })
  }

  test('what only looks like a member is none', async () => {
    assert.equal(
      (await post(started(), '{"redirect_uris":["https://tool.example/"],"__proto__":{"scope":1}}')).statusCode,
      201,
    )
  })

  test('hosts below a domain, loopback and named schemes of native apps may register', async () => {
    for (const uri of ['https://a.apps.example/', 'http://127.0.0.1/cb', 'com.example.tool:/cb']) {
      await register(started(), { application_type: 'native', redirect_uris: [uri] })
    }
  })

  test('[RFC7591 3.2.1] scopes and grant types that it may not have are left out, and it is told', async () => {
    const response = await post(started(), {
      ...ASKED,
      scope: 'openid admin email',
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials', 'urn:example:other'],
    })
    const { scope, grant_types } = response.json()
    assert.deepEqual([scope, grant_types], ['openid email', ['authorization_code', 'refresh_token']])
  })

  test('[RFC7591 2] without a name it goes by the one host that it is on', async () => {
    const nameOf = async (...redirect_uris: string[]) => {
      const body = { ...ASKED, client_name: undefined, application_type: 'native', redirect_uris }
      const { client_name, client_id } = (await post(started(), body)).json()
      return client_name === client_id ? 'its client_id' : client_name
    }
    assert.equal(await nameOf(CALLBACK, 'https://tool.example/b'), 'tool.example')
    assert.equal(await nameOf(CALLBACK, 'https://a.apps.example/'), 'its client_id')
    assert.equal(await nameOf('com.example.tool://bank.example/cb'), 'its client_id')
  })

  test('[RFC7591 3.1.1] a software statement is ignored', async () => {
    assert.equal((await post(started(), { ...ASKED, software_statement: 'eyJhbGciOiJub25lIn0.e30.' })).statusCode, 201)
  })

  test('the body must be one JSON object, in UTF-8', async () => {
    const { app } = started()
    for (const payload of ['', '[]', 'null', '{"redirect_uris":', '"x"', Buffer.from([0x7b, 0xff, 0x7d])]) {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` }
      const response = await app.inject({ method: 'POST', url: '/register', headers, payload })
      assert.deepEqual(errorOf(response), [400, 'invalid_request'], String(payload))
    }
    const form = await postForm(app, '/register', 'redirect_uris=x', { authorization: `Bearer ${TOKEN}` })
    assert.equal(form.statusCode, 400)
    assert.match(form.json().error_description, /application\/json/)
  })

  test('everywhere else JSON is refused as before', async () => {
    const headers = { 'content-type': 'application/json' }
    const response = await started().app.inject({ method: 'POST', url: '/token', headers, payload: '{}' })
    assert.match(response.json().error_description, /x-www-form-urlencoded/)
  })

  test('a page of another site can neither register nor read', async () => {
    const { app } = started()
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' }
    assert.equal((await app.inject({ method: 'OPTIONS', url: '/register', headers })).statusCode, 405)
    assert.equal((await post(started())).headers['access-control-allow-origin'], undefined)
  })

  test('[OIDC Registration 3] [RFC8414 2] discovery names the endpoint', async () => {
    const { app } = started()
    for (const url of ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']) {
      assert.equal((await app.inject({ url })).json().registration_endpoint, `${ISSUER}/register`)
    }
  })
})

test('[OIDC Registration 9.1] pages are not given links to others’ hosts, and a logo only where that is wanted', async () => {
  const links = {
    ...{ client_uri: 'https://tool.example/', policy_uri: 'https://bank.example/', tos_uri: 'https://tool.example/t' },
    logo_uri: 'https://tool.example/logo.png',
  }
  for (const showsLogos of [false, true]) {
    const started = await testApp(withRegistration({ showsLogos }))
    try {
      const client = await register(started, links)
      const shown = (await started.deps.clients.find(client.client_id))?.metadata
      assert.deepEqual(
        [shown?.client_uri, shown?.policy_uri, shown?.tos_uri, shown?.logo_uri],
        [links.client_uri, undefined, links.tos_uri, showsLogos ? links.logo_uri : undefined],
      )
      const { registration_access_token: token } = client
      assert.equal((await send(started, 'GET', client.path, { token })).json().policy_uri, links.policy_uri)
    } finally {
      await started.close()
    }
  }
})

describe('whatever is sent', () => {
  const started = suite(withRegistration({ isOpen: true, maxClients: 100_000 }))
  const NAMES = Object.keys({
    ...ASKED,
    ...{ client_uri: 0, logo_uri: 0, application_type: 0, post_logout_redirect_uris: 0, grant_types: 0, jwks: 0 },
    ...{ response_types: 0, scope: 0, token_endpoint_auth_method: 0, jwks_uri: 0, subject_type: 0, request_uris: 0 },
    ...{ id_token_signed_response_alg: 0, default_max_age: 0, require_auth_time: 0, default_acr_values: 0 },
    ...{ frontchannel_logout_uri: 0, backchannel_logout_uri: 0, initiate_login_uri: 0, sector_identifier_uri: 0 },
    ...{ id_token_encrypted_response_alg: 0, request_object_signing_alg: 0, software_statement: 0 },
  })
  const VALUES: readonly unknown[] = [
    ...[null, true, 0, -1, 1e308, '', ' ', '\u0000', '\ud800', 'x'.repeat(5000), [], [[]], {}, { keys: [null] }],
    ...['https://', 'https://tool.example/', 'https://[', 'urn:x', '//tool.example', { length: 1, 0: 'a' }],
    ...[['https://tool.example/'], [null], [{}], ['__proto__'], 'constructor', { __proto__: null, keys: 'x' }],
    ...[{ keys: [{ kty: 'RSA', n: 'AQ', e: 'AQAB' }] }, { keys: Array(101).fill({ kty: 'EC' }) }],
  ]

  test('every member with every kind of value is registered or refused in the standard’s words, never a fault of ours', async () => {
    const seen = new Set<number>()
    for (const name of NAMES) {
      for (const value of VALUES) {
        const response = await send(started(), 'POST', '/register', { body: { ...ASKED, [name]: value } })
        seen.add(response.statusCode)
        assert.ok([201, 400].includes(response.statusCode), `${name}: ${JSON.stringify(value)}: ${response.body}`)
        if (response.statusCode === 400) assert.match(response.json().error, /^invalid_(redirect_uri|client_metadata)$/)
        else assert.ok(await started().deps.clients.find(response.json().client_id), `${name} cannot be read again`)
      }
    }
    assert.deepEqual(seen, new Set([201, 400]))
  })
})

describe('[RFC8414 3.1] an issuer with a path', () => {
  const started = suite(withRegistration({ isOpen: true }, { issuer: 'https://login.example/auth' }))

  test('its registrations are below it', async () => {
    const response = await send(started(), 'POST', '/auth/register', { body: ASKED })
    const { client_id, registration_client_uri, registration_access_token: token } = response.json()
    assert.equal(registration_client_uri, `https://login.example/auth/register/${client_id}`)
    assert.equal((await send(started(), 'GET', `/auth/register/${client_id}`, { token })).statusCode, 200)
    assert.equal((await send(started(), 'GET', `/register/${client_id}`, { token })).statusCode, 404)
  })
})

describe('registration that is off', () => {
  const started = suite({})

  test('is not there, and not in discovery', async () => {
    assert.equal((await post(started())).statusCode, 404)
    const document = (await started().app.inject({ url: '/.well-known/openid-configuration' })).json()
    assert.equal(document.registration_endpoint, undefined)
  })
})

describe('open registration without PKCE for confidential clients', () => {
  const started = suite(withRegistration({ isOpen: true, initialAccessTokenHashes: [], requiresPkce: false }))
  const anybody = (body: Json) => send(started(), 'POST', '/register', { body })

  test('[RFC7591 3] anybody may register', async () => {
    assert.equal((await anybody(ASKED)).statusCode, 201)
  })

  test('a confidential client may leave PKCE out, a public one may not', async () => {
    const { app } = started()
    for (const [method, isRefused] of [
      ['client_secret_basic', false],
      ['none', true],
    ] as const) {
      const { client_id } = (await anybody({ ...ASKED, token_endpoint_auth_method: method })).json()
      const query = authorizeQuery({
        ...{ client_id, redirect_uri: CALLBACK, scope: 'openid' },
        ...{ code_challenge: undefined, code_challenge_method: undefined },
      })
      const answer = await testBrowser(app).get(`/authorize?${query}`)
      if (isRefused) assert.equal(linkToClient(answer).searchParams.get('error'), 'invalid_request')
      else assert.match(locationOf(answer), /^\/sign-in\//)
    }
  })
})

describe('[RFC7592 2] the client configuration endpoint', () => {
  const started = suite()

  test('[RFC7592 2.1] [OIDC Registration 4.3] reading gives what is registered, with the token, without the secret', async () => {
    const client = await register(started(), { default_max_age: 60 })
    const response = await send(started(), 'GET', client.path, { token: client.registration_access_token })
    assert.equal(response.statusCode, 200)
    const { path: _, client_secret: __, client_secret_expires_at: ___, ...told } = client as Registered & Json
    assert.deepEqual(response.json(), told)
    assert.equal(response.json().default_max_age, 60)
  })

  for (const method of ['GET', 'PUT', 'DELETE'] as const) {
    test(`[RFC7592 2] ${method} with no, a wrong or another client’s token: 401, and nothing is done`, async () => {
      const [client, other] = [await register(started()), await register(started())]
      const body = method === 'PUT' ? { ...ASKED, client_id: client.client_id, client_name: 'Taken over' } : undefined
      for (const token of [undefined, 'wrong', other.registration_access_token, TOKEN, client.client_secret]) {
        const response = await send(started(), method, client.path, { token, ...(body && { body }) })
        assert.deepEqual(errorOf(response), [401, 'invalid_token'])
      }
      const { registration_access_token: token } = client
      assert.equal((await send(started(), 'GET', client.path, { token })).json().client_name, 'Tool')
    })
  }

  test('[RFC7592 2.1] a client that is not there is told alike', async () => {
    for (const path of ['/register/reg_AAAAAAAAAAAAAAAAAAAAAA', '/register/app', '/register/%00']) {
      assert.deepEqual(errorOf(await send(started(), 'GET', path, { token: 'x' })), [401, 'invalid_token'])
    }
  })

  test('[RFC7592 2.2] an update takes the place of everything, and holds at once', async () => {
    const client = await register(started(), { client_uri: 'https://tool.example/home' })
    await tokensOf(started(), client)
    const body = { client_id: client.client_id, redirect_uris: ['https://a.apps.example/cb'], client_name: 'Renamed' }
    const response = await send(started(), 'PUT', client.path, { token: client.registration_access_token, body })
    assert.equal(response.statusCode, 200)
    const json = response.json()
    assert.deepEqual(
      [json.client_name, json.redirect_uris, json.client_uri, json.client_secret],
      ['Renamed', ['https://a.apps.example/cb'], undefined, undefined],
    )
    assert.equal(json.registration_access_token, client.registration_access_token)
    const page = await testBrowser(started().app).get(`/authorize?${queryOf(client)}`)
    assert.equal(page.statusCode, 400, 'its old redirect URI is no more')
  })

  test('[OIDC Core 10.1] who signs with a key of its own gets a secret only where one is needed as a key', async () => {
    const asked = { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'https://tool.example/jwks' }
    assert.equal((await register(started(), asked)).client_secret, undefined)
    const client = await register(started(), { ...asked, id_token_signed_response_alg: 'HS256' })
    assert.equal((await started().deps.clients.find(client.client_id))?.sharedSecret, client.client_secret)
  })

  test('[RFC7592 5] who changes its name or where it leads is asked for consent again, who changes the rest is not', async () => {
    const client = await register(started())
    const { registration_access_token: token, client_id, path } = client
    const browser = testBrowser(started().app)
    await signInAndConsent(browser, queryOf(client))
    const put = async (more: Json) => {
      await send(started(), 'PUT', path, { token, body: { ...ASKED, client_id, ...more } })
      const answer = await browser.get(`/authorize?${queryOf(client, { prompt: 'none' })}`)
      return new URL(String(answer.headers.location)).searchParams.get('error')
    }
    assert.equal(await put({ default_max_age: 3600 }), null)
    assert.equal(await put({ client_name: 'Renamed' }), 'consent_required')
    await signInAndConsent(browser, queryOf(client))
    assert.equal(await put({ client_name: 'Renamed', 'client_name#de': 'Umbenannt' }), 'consent_required')
    await signInAndConsent(browser, queryOf(client))
    assert.equal(await put({ client_name: 'Renamed', 'client_name#de': 'Umbenannt' }), null)
    assert.equal(
      await put({ client_name: 'Renamed', redirect_uris: [CALLBACK, 'https://a.apps.example/'] }),
      'consent_required',
    )
  })

  test('[OIDC Core 10.1] a secret that becomes a key is the one that was shown, or a new one', async () => {
    const client = await register(started())
    const { registration_access_token: token, client_id, client_secret, path } = client
    const put = async (more: Json) =>
      (await send(started(), 'PUT', path, { token, body: { ...ASKED, client_id, ...more } })).json()
    const shared = async () => (await started().deps.clients.find(client_id))?.sharedSecret
    const made = await put({ id_token_signed_response_alg: 'HS256' })
    assert.match(made.client_secret, /^[A-Za-z0-9_-]{43}$/)
    assert.notEqual(made.client_secret, client_secret)
    assert.equal(await shared(), made.client_secret)
    assert.equal((await put({ id_token_signed_response_alg: 'HS256' })).client_secret, undefined)
    assert.equal(await shared(), made.client_secret)
    await put({})
    assert.equal(await shared(), undefined, 'where it is no key it is not kept')
    const shown = await put({ id_token_signed_response_alg: 'HS256', client_secret: made.client_secret })
    assert.equal(shown.client_secret, made.client_secret)
    assert.equal(await shared(), made.client_secret)
    const record = await started().storage.registeredClients.find(client_id)
    assert.equal(record?.sealedSecret?.includes(made.client_secret), false)
  })

  test('[RFC7592 2.2] the secret stays, and may be shown as a proof', async () => {
    const client = await register(started())
    const { registration_access_token: token, client_id, client_secret } = client
    const put = (more: Json) => send(started(), 'PUT', client.path, { token, body: { ...ASKED, client_id, ...more } })
    assert.equal((await put({ client_secret })).statusCode, 200)
    assert.equal((await tokensOf(started(), client)).statusCode, 200)
    assert.deepEqual(errorOf(await put({ client_secret: 'a-secret-that-it-would-like-to-have-instead' })), [
      400,
      'invalid_client_metadata',
    ])
  })

  for (const [what, more] of [
    ['no client_id', { client_id: undefined }],
    ['another client_id', { client_id: 'app' }],
    ['the registration access token', { registration_access_token: 'x' }],
    ['registration_client_uri', { registration_client_uri: 'https://x.example' }],
    ['client_secret_expires_at', { client_secret_expires_at: 0 }],
    ['client_id_issued_at', { client_id_issued_at: 0 }],
  ] as const) {
    test(`[RFC7592 2.2] an update with ${what} is refused`, async () => {
      const { client_id, path, registration_access_token: token } = await register(started())
      const response = await send(started(), 'PUT', path, { token, body: { ...ASKED, client_id, ...more } })
      assert.deepEqual(errorOf(response), [400, 'invalid_client_metadata'])
    })
  }

  test('[RFC7592 2.2] the rules of registration hold for an update', async () => {
    const { client_id, path, registration_access_token: token } = await register(started())
    const body = { client_id, redirect_uris: ['https://evil.example/'] }
    assert.deepEqual(errorOf(await send(started(), 'PUT', path, { token, body })), [400, 'invalid_redirect_uri'])
  })

  test('a public client that becomes confidential gets a secret, and loses it the other way', async () => {
    const client = await register(started(), { token_endpoint_auth_method: 'none' })
    const { registration_access_token: token, client_id, path } = client
    const put = async (method: string) => {
      const body = { ...ASKED, client_id, token_endpoint_auth_method: method }
      return (await send(started(), 'PUT', path, { token, body })).json()
    }
    const made = await put('client_secret_post')
    assert.match(made.client_secret, /^[A-Za-z0-9_-]{43}$/)
    assert.equal(made.client_secret_expires_at, 0)
    assert.equal((await put('none')).client_secret, undefined)
    assert.equal((await started().storage.registeredClients.find(client_id))?.secretHash, undefined)
  })

  test('[RFC7592 2.3] a removed client is gone at once: tokens, refresh, introspection, its token, its hint', async () => {
    const { app } = started()
    const client = await register(started(), { grant_types: ['authorization_code', 'refresh_token'] })
    const { registration_access_token: token, path, client_id, client_secret } = client
    const tokens = (await tokensOf(started(), client, { scope: 'openid email offline_access' })).json()
    const userinfo = () => app.inject({ url: '/userinfo', headers: { authorization: `Bearer ${tokens.access_token}` } })
    assert.equal((await userinfo()).statusCode, 200)

    const response = await send(started(), 'DELETE', path, { token })
    assert.deepEqual([response.statusCode, response.body], [204, ''])
    assert.equal((await userinfo()).statusCode, 401)
    const asClient = { authorization: basicAuthorization(client_id, client_secret) }
    const refreshed = await postForm(
      app,
      '/token',
      { grant_type: 'refresh_token', refresh_token: tokens.refresh_token },
      asClient,
    )
    assert.deepEqual(errorOf(refreshed), [401, 'invalid_client'])
    for (const text of [tokens.access_token, tokens.refresh_token]) {
      const asApp = { authorization: basicAuthorization() }
      assert.deepEqual((await postForm(app, '/introspect', { token: text }, asApp)).json(), { active: false })
    }
    assert.deepEqual(errorOf(await send(started(), 'GET', path, { token })), [401, 'invalid_token'])
    const hint = await app.inject({ url: `/end-session?id_token_hint=${tokens.id_token}` })
    assert.ok(hint.statusCode < 500)
    const again = await testBrowser(app).get(`/authorize?${queryOf(client)}`)
    assert.equal(again.statusCode, 400)
    assert.ok(started().logged.some((line) => line['audit'] === 'client_removed' && line['clientId'] === client_id))
  })
})

describe('[OIDC Registration 2] response types beside code', () => {
  const allowedGrantTypes = ['authorization_code', 'implicit'] as const
  const on = suite(withRegistration({ allowedGrantTypes }, { config: { implicitFlow: true } }))
  const off = suite(withRegistration({ allowedGrantTypes }))
  const implicit = { grant_types: ['implicit'], response_types: ['token id_token', 'id_token'] }

  test('may be registered where the implicit flow is on, with its grant type', async () => {
    const response = await post(on(), { ...ASKED, ...implicit })
    assert.deepEqual(response.json().response_types, ['id_token token', 'id_token'])
    const query = authorizeQuery({
      ...{ client_id: response.json().client_id, redirect_uri: CALLBACK, scope: 'openid' },
      ...{ response_type: 'id_token', code_challenge: undefined, code_challenge_method: undefined },
    })
    const answer = await signInAndConsent(testBrowser(on().app), query)
    assert.match(answer.hash, /id_token=/)
  })

  test('may not where it is off', async () => {
    assert.deepEqual(errorOf(await post(off(), { ...ASKED, ...implicit })), [400, 'invalid_client_metadata'])
    const both = { grant_types: ['authorization_code', 'implicit'], response_types: ['code'] }
    assert.deepEqual((await post(off(), { ...ASKED, ...both })).json().grant_types, ['authorization_code'])
  })

  for (const [what, more] of [
    ['without the grant type', { response_types: ['code', 'id_token'] }],
    ['with the grant type alone', { grant_types: ['authorization_code', 'implicit'], response_types: ['code'] }],
    ['without a response type', { grant_types: ['implicit'] }],
    ['with code instead', { grant_types: ['implicit'], response_types: ['code'] }],
  ] as const) {
    test(`refused: ${what}`, async () => {
      assert.deepEqual(errorOf(await post(on(), { ...ASKED, ...more })), [400, 'invalid_client_metadata'])
    })
  }

  test('refused: no redirect URI, or one of http for a web client', async () => {
    for (const redirect_uris of [[], ['http://127.0.0.1/cb']]) {
      const response = await post(on(), { ...ASKED, ...implicit, redirect_uris })
      assert.deepEqual(errorOf(response), [400, 'invalid_redirect_uri'])
    }
    const native = { application_type: 'native', redirect_uris: ['http://127.0.0.1/cb'] }
    assert.equal((await post(on(), { ...ASKED, ...implicit, ...native })).statusCode, 201)
  })

  test('a client that had them is not served any more when the implicit flow is turned off', async () => {
    const { client_id } = (await post(on(), { ...ASKED, ...implicit })).json()
    const databaseUrl = on().deps.config.database.url
    const later = await testApp(withRegistration({ allowedGrantTypes }, { databaseUrl }))
    try {
      assert.equal(await later.deps.clients.find(client_id), undefined)
      assert.ok(later.logged.some((line) => line['clientId'] === client_id && line['level'] === 40))
    } finally {
      await later.close()
    }
  })
})

describe('what a sector identifier must list', () => {
  const LISTS: Record<string, string> = {
    'https://tool.example/sector': JSON.stringify([CALLBACK, 'https://x.apps.example/']),
    'https://tool.example/short': JSON.stringify([CALLBACK]),
    'https://tool.example/object': JSON.stringify({ 0: CALLBACK }),
    'https://tool.example/broken': '[',
  }
  const get = async (url: string) => {
    const body = LISTS[url]
    if (body === undefined) throw new EgressError('status', 'tool.example: status 404')
    return { body, headers: { get: () => null } }
  }
  const nobody = () => Promise.reject(new Error('nobody posts'))
  const started = suite(withRegistration({}, { egress: { get, post: nobody, send: nobody } }))
  const both = { subject_type: 'pairwise', redirect_uris: [CALLBACK, 'https://x.apps.example/'] }
  const at = (path: string) =>
    post(started(), { ...ASKED, ...both, sector_identifier_uri: `https://tool.example/${path}` })

  test('[OIDC Registration 5] every redirect URI', async () => {
    assert.equal((await at('sector')).statusCode, 201)
    for (const path of ['short', 'object', 'broken', 'nowhere']) {
      const response = await at(path)
      assert.deepEqual(errorOf(response), [400, 'invalid_client_metadata'], path)
      assert.doesNotMatch(response.body, /\b404\b/)
    }
    // Whoever runs it is told.
    assert.match(JSON.stringify(started().logged.at(-2)) + JSON.stringify(started().logged.at(-1)), /status 404/)
  })
})

describe('limits', () => {
  test('max_clients, and room again when one is removed or past its time', async () => {
    const started = await testApp(withRegistration({ maxClients: 2, expiresAfter: 2 * DAY }))
    try {
      const [first] = [await register(started), await register(started)]
      assert.deepEqual(errorOf(await post(started)), [503, 'temporarily_unavailable'])
      await send(started, 'DELETE', first.path, { token: first.registration_access_token })
      await register(started)
      assert.equal((await post(started)).statusCode, 503)
      started.clock.advance(2 * DAY + SECOND)
      await register(started)
    } finally {
      await started.close()
    }
  })

  test('a client that nobody uses ends; each use puts its end off, with a write a day at most', async () => {
    const started = await testApp(withRegistration({ expiresAfter: 10 * DAY }))
    try {
      const [used, unused] = [await register(started), await register(started)]
      const find = (client: Registered) => started.deps.clients.find(client.client_id)
      const use = async () => {
        const asClient = { authorization: basicAuthorization(used.client_id, used.client_secret) }
        assert.equal((await postForm(started.app, '/introspect', { token: 'x' }, asClient)).statusCode, 200)
      }
      await use()
      const end = async () => (await started.storage.registeredClients.find(used.client_id))?.expiresAt
      started.clock.advance(DAY - SECOND)
      await use()
      assert.equal(await end(), START + 10 * DAY, 'within a day nothing is written')
      started.clock.advance(2 * SECOND)
      await use()
      assert.equal(await end(), START + 11 * DAY + SECOND)
      started.clock.advance(9 * DAY)
      assert.equal(await find(unused), undefined)
      assert.ok(await find(used))
      assert.equal(await started.storage.sweep(started.clock.now(), 100), 1)
      assert.equal(await started.storage.registeredClients.find(unused.client_id), undefined)
    } finally {
      await started.close()
    }
  })

  test('a scope that the operator takes back is gone for clients that had it', async () => {
    const started = await testApp(withRegistration())
    try {
      const { client_id } = await register(started)
      const narrower = await testApp(
        withRegistration({ allowedScopes: ['openid'] }, { databaseUrl: started.deps.config.database.url }),
      )
      assert.deepEqual((await narrower.deps.clients.find(client_id))?.metadata.scope, ['openid'])
      await narrower.close()
    } finally {
      await started.close()
    }
  })
})

describe('two processes', () => {
  test('registered at one, used at the other at once; what is changed or removed holds there within a second', async () => {
    const one = await testApp(withRegistration())
    const other = await one.another()
    try {
      await one.addAccount()
      const client = await register(one)
      assert.equal((await tokensOf(other, client)).statusCode, 200)

      const { registration_access_token: token, client_id, path } = client
      await send(one, 'PUT', path, { token, body: { ...ASKED, client_id, client_name: 'Renamed' } })
      one.clock.advance(SECOND)
      assert.equal((await other.deps.clients.find(client_id))?.metadata.client_name, 'Renamed')

      assert.equal((await send(one, 'DELETE', path, { token })).statusCode, 204)
      assert.equal(await one.deps.clients.find(client_id), undefined)
      one.clock.advance(SECOND)
      assert.equal(await other.deps.clients.find(client_id), undefined)
    } finally {
      await other.close()
      await one.close()
    }
  })
})

test('[OIDC Registration 5] where there is no room for a client, its sector_identifier_uri is not asked', async () => {
  const web = fakeWeb()
  const started = await testApp(withRegistration({ maxClients: 1 }, { egress: web }))
  try {
    const inSector = { ...ASKED, subject_type: 'pairwise', sector_identifier_uri: 'https://tool.example/sector' }
    web.pages.set(inSector.sector_identifier_uri, { body: JSON.stringify([CALLBACK]) })
    assert.equal((await post(started, inSector)).statusCode, 201)
    assert.equal(web.asked.length, 1)
    assert.deepEqual(errorOf(await post(started, inSector)), [503, 'temporarily_unavailable'])
    assert.equal(web.asked.length, 1)
  } finally {
    await started.close()
  }
})
