/** An independent relying party, openid-client, against the real program on a real port. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import * as oidc from 'openid-client'
import {
  type CountersignProcess,
  countersignInstallation,
  type Installation,
  newClientSecret,
} from '../fixtures/countersign.ts'
import { encryptionPair } from '../fixtures/encryption.ts'
import { type ClientAnswer, formOf, type HttpBrowser, httpBrowser } from '../fixtures/http-browser.ts'

const ALICE = { username: 'alice', password: 'correct horse battery staple' }
const SECRET = newClientSecret()
const CALLBACK = 'https://app.example/callback'
const BYE = 'https://app.example/bye'
const API = 'https://api.example'

const entry = (id: string, more: Readonly<Record<string, unknown>>) => ({
  client_id: id,
  redirect_uris: [CALLBACK],
  post_logout_redirect_uris: [BYE],
  grant_types: ['authorization_code', 'refresh_token'],
  scope: 'openid profile email groups offline_access',
  first_party: true,
  ...more,
})

const ALGORITHMS = ['RS256', 'ES256', 'PS256', 'EdDSA']

const SEALED = await encryptionPair('ECDH-ES+A256KW')

const CLIENTS = [
  entry('basic', { client_secret: SECRET, access_token_audience: [API] }),
  entry('post', {
    client_secret: SECRET,
    token_endpoint_auth_method: 'client_secret_post',
    id_token_signed_response_alg: 'ES256',
    access_token_signed_response_alg: 'RS256',
  }),
  entry('pss', {
    client_secret: SECRET,
    id_token_signed_response_alg: 'PS256',
    access_token_signed_response_alg: 'EdDSA',
  }),
  entry('edwards', {
    client_secret: SECRET,
    id_token_signed_response_alg: 'EdDSA',
    access_token_signed_response_alg: 'PS256',
  }),
  entry('secretly', { client_secret: SECRET, id_token_signed_response_alg: 'HS256' }),
  entry('sealed', {
    client_secret: SECRET,
    jwks: SEALED.jwks,
    id_token_encrypted_response_alg: 'ECDH-ES+A256KW',
    id_token_encrypted_response_enc: 'A256GCM',
    userinfo_signed_response_alg: 'ES256',
    userinfo_encrypted_response_alg: 'ECDH-ES+A256KW',
    introspection_signed_response_alg: 'RS256',
    introspection_encrypted_response_alg: 'ECDH-ES+A256KW',
  }),
  entry('public', { token_endpoint_auth_method: 'none', first_party: false }),
  {
    client_id: 'robot',
    client_secret: SECRET,
    grant_types: ['client_credentials'],
    scope: 'orders:read orders:write',
    access_token_audience: [API],
  },
]

interface SignOn {
  readonly tokens: oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers
  readonly answer: ClientAnswer
  readonly nonce: string
}

describe('openid-client as the relying party, over a real port', () => {
  let countersign: Installation
  let running: CountersignProcess

  before(async () => {
    countersign = await countersignInstallation({
      clients: CLIENTS,
      config: { keys: { sealing_key_file: 'keys/sealing.key', signing_algorithms: ALGORITHMS } },
    })
    await countersign.addAccounts({
      ...ALICE,
      name: 'Alice Adams',
      email: 'alice@example.org',
      email_verified: true,
      groups: ['staff'],
    })
    running = await countersign.start()
  })
  after(() => countersign?.remove())

  /** Discovery, and every signature checked against the published keys. */
  async function discover(id: string, authentication: oidc.ClientAuth, more = {}): Promise<oidc.Configuration> {
    const config = await oidc.discovery(new URL(countersign.issuer), id, more, authentication, {
      execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
    })
    assert.equal(config.serverMetadata().issuer, countersign.issuer)
    return config
  }
  const asBasic = () => discover('basic', oidc.ClientSecretBasic(SECRET))
  const asPost = () => discover('post', oidc.ClientSecretPost(SECRET), { id_token_signed_response_alg: 'ES256' })
  const asPublic = () => discover('public', oidc.None())

  async function signOn(
    config: oidc.Configuration,
    browser: HttpBrowser,
    more: Readonly<Record<string, string>> = {},
  ): Promise<SignOn> {
    const [state, nonce, verifier] = [oidc.randomState(), oidc.randomNonce(), oidc.randomPKCECodeVerifier()]
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: CALLBACK,
      scope: 'openid profile email',
      state,
      nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...more,
    })
    const answer = await browser.authorize(url, ALICE)
    const arrived =
      answer.by === 'query' ? answer.url : new Request(answer.url, { method: 'POST', body: answer.fields })
    const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true }
    const maxAge = more['max_age'] === undefined ? {} : { maxAge: Number(more['max_age']) }
    return { answer, nonce, tokens: await oidc.authorizationCodeGrant(config, arrived, { ...checks, ...maxAge }) }
  }

  const keys = (config: oidc.Configuration) => createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri ?? ''))

  test('[OIDC Core 3.1] code flow with PKCE: an ID token, an access token for the API, userinfo', async () => {
    const config = await asBasic()
    const { tokens, nonce } = await signOn(config, httpBrowser())
    const claims = tokens.claims()
    assert.ok(claims)
    assert.equal(claims['nonce'], nonce)

    const idToken = await jwtVerify(tokens.id_token ?? '', keys(config), {
      issuer: countersign.issuer,
      audience: 'basic',
      algorithms: ['RS256'],
      maxTokenAge: '1 minute',
    })
    assert.equal(idToken.payload.sub, claims.sub)

    // RFC 9068 §4: what the API checks, without asking anyone.
    const accessToken = await jwtVerify(tokens.access_token, keys(config), {
      issuer: countersign.issuer,
      audience: API,
      typ: 'at+jwt',
      algorithms: ['ES256'],
      requiredClaims: ['exp', 'iat', 'jti', 'client_id'],
    })
    assert.equal(accessToken.payload.sub, claims.sub)
    assert.equal(accessToken.payload['client_id'], 'basic')
    assert.equal(accessToken.payload['scope'], 'openid profile email')

    const user = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub)
    assert.equal(user.name, 'Alice Adams')
    assert.equal(user.email, 'alice@example.org')
    assert.equal(user['groups'], undefined)
  })

  test('[OIDC Registration 2] a client gets the algorithms that its entry names', async () => {
    const config = await asPost()
    const { tokens } = await signOn(config, httpBrowser())
    assert.equal(decodeProtectedHeader(tokens.id_token ?? '').alg, 'ES256')
    assert.equal(decodeProtectedHeader(tokens.access_token).alg, 'RS256')
    await jwtVerify(tokens.id_token ?? '', keys(config), { audience: 'post', algorithms: ['ES256'] })
    await jwtVerify(tokens.access_token, keys(config), { typ: 'at+jwt', algorithms: ['RS256'] })
  })

  test('[OIDC Discovery 3] [RFC7518 3.5] [RFC8037 3.1] PS256 and EdDSA', async () => {
    for (const [id, idTokenAlgorithm, accessTokenAlgorithm] of [
      ['pss', 'PS256', 'EdDSA'],
      ['edwards', 'EdDSA', 'PS256'],
    ] as const) {
      const more = { id_token_signed_response_alg: idTokenAlgorithm }
      const config = await discover(id, oidc.ClientSecretBasic(SECRET), more)
      assert.deepEqual(config.serverMetadata().id_token_signing_alg_values_supported, [...ALGORITHMS, 'HS256'])
      const { tokens } = await signOn(config, httpBrowser())
      await jwtVerify(tokens.id_token ?? '', keys(config), { audience: id, algorithms: [idTokenAlgorithm] })
      await jwtVerify(tokens.access_token, keys(config), { typ: 'at+jwt', algorithms: [accessTokenAlgorithm] })
      const user = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims()?.sub ?? '')
      assert.equal(user.name, 'Alice Adams')
    }
  })

  test('[OIDC Core 10.1] HS256 with the secret of the client, also as the hint of its sign-out', async () => {
    const more = { id_token_signed_response_alg: 'HS256' }
    const config = await oidc.discovery(new URL(countersign.issuer), 'secretly', more, oidc.ClientSecretBasic(SECRET), {
      execute: [oidc.allowInsecureRequests],
    })
    const browser = httpBrowser()
    const { tokens } = await signOn(config, browser)
    await jwtVerify(tokens.id_token ?? '', new TextEncoder().encode(SECRET), {
      ...{ issuer: countersign.issuer, audience: 'secretly', algorithms: ['HS256'] },
    })
    const parameters = { id_token_hint: tokens.id_token ?? '', post_logout_redirect_uri: BYE, state: 'a-state' }
    const left = await browser.open(oidc.buildEndSessionUrl(config, parameters))
    assert.equal(left.headers.get('location'), `${BYE}?state=a-state`)
  })

  test('[OIDC Core 10.2] [OIDC Core 5.3.2] [RFC9701 5] everything that is made for a client, signed and encrypted to it', async () => {
    const config = await discover('sealed', oidc.ClientSecretBasic(SECRET), {
      userinfo_signed_response_alg: 'ES256',
      introspection_signed_response_alg: 'RS256',
    })
    const kid = String(SEALED.jwks.keys[0]?.['kid'])
    oidc.enableDecryptingResponses(config, undefined, { key: SEALED.privateKey, alg: 'ECDH-ES+A256KW', kid })
    const { tokens } = await signOn(config, httpBrowser())
    const sub = tokens.claims()?.sub ?? ''
    assert.deepEqual(decodeProtectedHeader(tokens.id_token ?? '').cty, 'JWT')
    const user = await oidc.fetchUserInfo(config, tokens.access_token, sub)
    assert.deepEqual([user.sub, user.name], [sub, 'Alice Adams'])
    assert.equal((await oidc.tokenIntrospection(config, tokens.access_token)).active, true)
  })

  test('[RFC9700 4.14.2] the refresh token of a public client rotates; the old one used later ends the family', async () => {
    const config = await asPublic()
    const first = (await signOn(config, httpBrowser(), { scope: 'openid offline_access' })).tokens
    const second = await oidc.refreshTokenGrant(config, first.refresh_token ?? '')
    assert.notEqual(second.refresh_token, first.refresh_token)
    assert.equal(second.claims()?.sub, first.claims()?.sub)
    // Within the retry window the old one gives the same successor.
    const retried = await oidc.refreshTokenGrant(config, first.refresh_token ?? '')
    assert.equal(retried.refresh_token, second.refresh_token)
    const third = await oidc.refreshTokenGrant(config, second.refresh_token ?? '')
    // Now its successor is used up: the first is stolen goods, and everything of its family ends.
    await assert.rejects(oidc.refreshTokenGrant(config, first.refresh_token ?? ''), { error: 'invalid_grant' })
    await assert.rejects(oidc.refreshTokenGrant(config, third.refresh_token ?? ''), { error: 'invalid_grant' })
  })

  test('[RFC6749 6] the refresh token of a confidential client stays the same and keeps working', async () => {
    for (const config of [await asBasic(), await asPost()]) {
      const { tokens } = await signOn(config, httpBrowser(), { scope: 'openid offline_access' })
      for (let round = 0; round < 3; round++) {
        const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')
        assert.equal(refreshed.refresh_token, tokens.refresh_token)
        assert.notEqual(refreshed.access_token, tokens.access_token)
        assert.equal(refreshed.claims()?.sub, tokens.claims()?.sub)
      }
    }
  })

  test('[RFC7662] [RFC7009] introspection tells the truth before and after revocation', async () => {
    const config = await asBasic()
    const { tokens } = await signOn(config, httpBrowser(), { scope: 'openid email offline_access' })
    const known = await oidc.tokenIntrospection(config, tokens.access_token)
    assert.equal(known.active, true)
    assert.equal(known.client_id, 'basic')
    assert.equal(known.sub, tokens.claims()?.sub)
    assert.equal((await oidc.tokenIntrospection(config, tokens.refresh_token ?? '')).active, true)

    await oidc.tokenRevocation(config, tokens.access_token)
    assert.deepEqual({ ...(await oidc.tokenIntrospection(config, tokens.access_token)) }, { active: false })
    assert.equal((await oidc.tokenIntrospection(config, tokens.refresh_token ?? '')).active, true)
    await oidc.tokenRevocation(config, tokens.refresh_token ?? '')
    await assert.rejects(oidc.refreshTokenGrant(config, tokens.refresh_token ?? ''), { error: 'invalid_grant' })
    await assert.rejects(oidc.fetchUserInfo(config, tokens.access_token, oidc.skipSubjectCheck))
  })

  test('[RFC6749 4.4] client credentials: a token for the API, without refresh token and without a person', async () => {
    const config = await discover('robot', oidc.ClientSecretBasic(SECRET))
    const tokens = await oidc.clientCredentialsGrant(config, { scope: 'orders:read' })
    assert.equal(tokens.refresh_token, undefined)
    assert.equal(tokens.id_token, undefined)
    const { payload } = await jwtVerify(tokens.access_token, keys(config), { audience: API, typ: 'at+jwt' })
    assert.equal(payload.sub, 'robot')
    assert.equal(payload['scope'], 'orders:read')
  })

  test('[Form Post Response Mode 2] the code arrives in a form post to the redirect URI', async () => {
    const { answer, tokens } = await signOn(await asBasic(), httpBrowser(), { response_mode: 'form_post' })
    assert.equal(answer.by, 'form_post')
    assert.equal(answer.url.href, CALLBACK)
    assert.equal(answer.fields.get('iss'), countersign.issuer)
    assert.ok(tokens.claims()?.sub)
  })

  test('one sign-in serves every client; prompt=none asks nobody, and [OIDC Core 3.1.2.6] names what it would ask', async () => {
    const browser = httpBrowser()
    const first = await signOn(await asBasic(), browser)
    const second = await signOn(await asPost(), browser, { prompt: 'none' })
    assert.equal(second.tokens.claims()?.sub, first.tokens.claims()?.sub)
    assert.equal(second.tokens.claims()?.['sid'], first.tokens.claims()?.['sid'])
    const none = { prompt: 'none' }
    await assert.rejects(signOn(await asBasic(), httpBrowser(), none), { error: 'login_required' })
    // Remembered from the test that allowed `offline_access`: what is new is asked.
    await assert.rejects(signOn(await asPublic(), browser, { ...none, scope: 'openid groups' }), {
      error: 'consent_required',
    })
  })

  test('[OIDC Core 3.1.2.1] max_age: the sign-on that is too old is made anew, and auth_time says so', async () => {
    const browser = httpBrowser()
    const config = await asBasic()
    await signOn(config, browser)
    const signInPages: string[] = []
    const watched: HttpBrowser = {
      ...browser,
      async authorize(url, person) {
        const page = await browser.open(url)
        if (page.status === 200) signInPages.push(page.body)
        return browser.authorize(url, person)
      },
    }
    await signOn(config, watched, { max_age: '3600' })
    assert.equal(signInPages.length, 0)
    // openid-client compares auth_time with max_age itself.
    await signOn(config, watched, { max_age: '0' })
    assert.match(signInPages[0] ?? '', /Confirm it’s you/)
  })

  test('[RP-Initiated Logout 2, 3] signing out with the ID token returns to the app and ends what the session gave', async () => {
    const browser = httpBrowser()
    const config = await asBasic()
    const { tokens } = await signOn(config, browser)
    const parameters = { id_token_hint: tokens.id_token ?? '', post_logout_redirect_uri: BYE, state: 'a-state' }
    const left = await browser.open(oidc.buildEndSessionUrl(config, parameters))
    assert.equal(left.headers.get('location'), `${BYE}?state=a-state`)
    assert.equal(browser.cookies.has('countersign-session'), false)
    await assert.rejects(signOn(config, browser, { prompt: 'none' }), { error: 'login_required' })
    // Not offline_access: the refresh token belonged to the session.
    await assert.rejects(oidc.refreshTokenGrant(config, tokens.refresh_token ?? ''), { error: 'invalid_grant' })
    await assert.rejects(oidc.fetchUserInfo(config, tokens.access_token, oidc.skipSubjectCheck))
  })

  test('[RP-Initiated Logout 2] without an ID token the person is asked, and then returns to the app', async () => {
    const browser = httpBrowser()
    const config = await asBasic()
    await signOn(config, browser)
    const page = await browser.open(oidc.buildEndSessionUrl(config, { post_logout_redirect_uri: BYE, state: 'x' }))
    assert.equal(page.status, 200)
    const { action, fields } = formOf(page, '')
    const left = await browser.post(action, { ...fields, answer: 'yes' })
    assert.equal(left.headers.get('location'), `${BYE}?state=x`)
  })

  test('[RFC6749 5.2] a client that proves itself in another way than its entry says, or not at all, is refused', async () => {
    const wrong = [
      await discover('basic', oidc.ClientSecretBasic(newClientSecret())),
      await discover('basic', oidc.ClientSecretPost(SECRET)),
      await discover('post', oidc.ClientSecretBasic(SECRET)),
      await discover('basic', oidc.None()),
      await discover('public', oidc.ClientSecretBasic(SECRET)),
    ]
    for (const config of wrong) {
      await assert.rejects(oidc.refreshTokenGrant(config, 'x'), { status: 401 })
    }
  })

  test('nothing secret was logged', () => {
    const written = running.output()
    assert.ok(running.log().some(({ msg }) => msg === 'request'))
    for (const secret of [ALICE.password, SECRET, 'code=', 'eyJ']) assert.equal(written.includes(secret), false, secret)
  })
})
