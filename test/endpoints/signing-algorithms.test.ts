/** What each client gets its tokens signed with, and what comes back as a hint. */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { describe, test } from 'node:test'
import { CompactEncrypt, createLocalJWKSet, decodeProtectedHeader, importJWK, type JWK, jwtVerify, SignJWT } from 'jose'
import { MINUTE } from '../../src/base/duration.ts'
import type { KeysConfig } from '../../src/config/config.ts'
import { SIGNING_ALGORITHMS } from '../../src/protocol/vocabulary.ts'
import { aClient, CLIENT_SECRET } from '../fixtures/client.ts'
import { claimsOf } from '../fixtures/forged-tokens.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { ISSUER, type TestApp, type TestAppOptions, testApp } from '../fixtures/test-app.ts'
import { authorizeQuery, basicAuthorization, locationOf, testBrowser } from '../fixtures/test-browser.ts'
import { codeFields, newCode, postForm, type Tokens, userinfo } from '../fixtures/test-client.ts'

const BYE = 'https://app.example/bye'
const KEYS: KeysConfig = {
  sealingKey: { kind: 'value', value: '' },
  signingAlgorithms: SIGNING_ALGORITHMS,
  encryptionAlgorithms: [],
  rotateEvery: 1,
  publishBeforeUse: 1,
  jwksMaxAge: 60 * MINUTE,
  rsaBits: 2048,
}
const SECRETLY = aClient({
  ...{ id: 'HS256', sharedSecret: CLIENT_SECRET, metadata: { id_token_signed_response_alg: 'HS256' } },
})
const CLIENTS = [
  ...SIGNING_ALGORITHMS.map((algorithm) =>
    aClient({ id: algorithm, accessTokenAlgorithm: algorithm, metadata: { id_token_signed_response_alg: algorithm } }),
  ),
  SECRETLY,
  aClient({ id: 'other', sharedSecret: CLIENT_SECRET }),
]
const OPTIONS: TestAppOptions = { clients: CLIENTS, config: { keys: KEYS } }

async function tokensOf({ app }: Pick<TestApp, 'app'>, id: string, browser = testBrowser(app)): Promise<Tokens> {
  const code = await newCode(app, { browser, query: authorizeQuery({ client_id: id }) })
  const response = await postForm(app, '/token', codeFields(code), { authorization: basicAuthorization(id) })
  assert.equal(response.statusCode, 200, response.body)
  return response.json()
}

const jwks = async ({ app }: Pick<TestApp, 'app'>) => createLocalJWKSet((await app.inject('/jwks')).json())
const signOut = (browser: ReturnType<typeof testBrowser>, hint: string) =>
  browser.get(`/end-session?${new URLSearchParams({ id_token_hint: hint, post_logout_redirect_uri: BYE })}`)

describe('a client whose entry names an algorithm', () => {
  const started = suiteApp(OPTIONS)

  for (const algorithm of SIGNING_ALGORITHMS) {
    test(`[OpenID Connect Registration 2] ${algorithm}: its ID token and access token, verified by the published keys`, async () => {
      const world = started()
      const browser = testBrowser(world.app)
      const tokens = await tokensOf(world, algorithm, browser)
      const at = { currentDate: new Date(world.clock.now()), algorithms: [algorithm], issuer: ISSUER }
      const { payload } = await jwtVerify(tokens.id_token, await jwks(world), { ...at, audience: algorithm })
      await jwtVerify(tokens.access_token, await jwks(world), { ...at, typ: 'at+jwt' })
      const digest = hash(algorithm === 'EdDSA' ? 'sha512' : 'sha256', tokens.access_token, 'buffer')
      assert.equal(payload['at_hash'], digest.subarray(0, digest.length / 2).toString('base64url'))
      assert.equal((await userinfo(world.app, tokens.access_token)).statusCode, 200)
      assert.equal(locationOf(await signOut(browser, tokens.id_token)), BYE)
    })
  }

  test('[OpenID Connect Discovery 3] the metadata name what there are keys for, and HS256', async () => {
    const { app } = started()
    for (const path of ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']) {
      const document = (await app.inject(path)).json()
      assert.deepEqual(document.id_token_signing_alg_values_supported, [...SIGNING_ALGORITHMS, 'HS256'])
    }
  })

  test('[OpenID Connect Core 10.1] HS256: the key is its secret; the ID token has no kid', async () => {
    const world = started()
    const browser = testBrowser(world.app)
    const { id_token } = await tokensOf(world, 'HS256', browser)
    assert.deepEqual(decodeProtectedHeader(id_token), { alg: 'HS256', typ: 'JWT' })
    const at = { currentDate: new Date(world.clock.now()), algorithms: ['HS256'], issuer: ISSUER, audience: 'HS256' }
    await jwtVerify(id_token, Buffer.from(CLIENT_SECRET, 'utf8'), at)
    world.clock.advance(60 * MINUTE)
    assert.equal(locationOf(await signOut(browser, id_token)), BYE)
  })

  test('[OpenID Connect Core 3.1.2.1] an HS256 ID token is a hint at the authorization endpoint, too', async () => {
    const world = started()
    const browser = testBrowser(world.app)
    const { id_token } = await tokensOf(world, 'HS256', browser)
    const query = authorizeQuery({ client_id: 'HS256', prompt: 'none', id_token_hint: id_token })
    assert.ok(new URL(locationOf(await browser.get(`/authorize?${query}`))).searchParams.has('code'))
  })

  test('[RFC8725 3.1] a hint under HS256 that the client did not get: another secret, another client, a changed claim', async () => {
    const world = started()
    const browser = testBrowser(world.app)
    const { id_token } = await tokensOf(world, 'HS256', browser)
    const claims = claimsOf(id_token)
    const sign = (more: object, secret = CLIENT_SECRET, header: object = {}) =>
      new SignJWT({ ...claims, ...more })
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT', ...header })
        .sign(Buffer.from(secret))
    const [head, body, mac = ''] = id_token.split('.')
    const forged: [string, string][] = [
      ['another secret', await sign({}, 'another-secret-that-is-long-enough-to-be-one')],
      ['for a client that gets RS256, by its secret', await sign({ aud: 'other' })],
      ['for a client that has no secret here', await sign({ aud: 'ES256' })],
      ['for nobody', await sign({ aud: 'nobody' })],
      ['for several', await sign({ aud: ['HS256', 'other'] })],
      ['another typ', await sign({}, CLIENT_SECRET, { typ: 'at+jwt' })],
      ['more in the header', await sign({}, CLIENT_SECRET, { kid: 'x' })],
      ['no signature', `${head}.${body}.`],
      ['half a signature', `${head}.${body}.${mac.slice(0, 20)}`],
      ['another spelling', `${id_token}=`],
    ]
    for (const [title, hint] of forged) {
      assert.match(locationOf(await signOut(browser, hint)), /^\/sign-out/, title)
    }
    assert.match(locationOf(await signOut(browser, await sign({}))), /^https:\/\/app\.example\/bye/, 'the real one')
  })

  test('[OpenID Connect Core 3.1.2.1] a hint that is encrypted to someone else is refused, and says what to send', async () => {
    const world = started()
    const browser = testBrowser(world.app)
    await tokensOf(world, 'RS256', browser)
    const jwe = `${Buffer.from('{"alg":"dir","enc":"A256GCM"}').toString('base64url')}..AAAA.AAAA.AAAA`
    const response = await signOut(browser, jwe)
    assert.equal(response.statusCode, 400)
    assert.match(JSON.stringify(world.logged.at(-1)) + response.body, /id_token_hint is encrypted/)
    const query = authorizeQuery({ client_id: 'RS256', id_token_hint: jwe })
    const { searchParams } = new URL(locationOf(await browser.get(`/authorize?${query}`)))
    assert.equal(searchParams.get('error'), 'invalid_request')
    assert.match(searchParams.get('error_description') ?? '', /send the signed ID token that is in it/)
  })
})

describe('[OpenID Connect Core 3.1.2.1] a hint that is encrypted to us', () => {
  const started = suiteApp({ config: { keys: { ...KEYS, encryptionAlgorithms: ['RSA-OAEP-256', 'ECDH-ES'] } } })

  for (const alg of ['RSA-OAEP-256', 'ECDH-ES']) {
    test(`with ${alg}: is as good as the ID token inside`, async () => {
      const world = started()
      const browser = testBrowser(world.app)
      const { id_token } = await tokensOf(world, 'app', browser)
      const keys: JWK[] = (await world.app.inject('/jwks')).json().keys
      const jwk = keys.find((key) => key.use === 'enc' && key.alg === alg)
      assert.ok(jwk?.kid)
      const encrypt = async (text: string) =>
        new CompactEncrypt(Buffer.from(text))
          .setProtectedHeader({ alg, enc: 'A128CBC-HS256', kid: String(jwk.kid), cty: 'JWT' })
          .encrypt(await importJWK(jwk))
      const forged = await encrypt(id_token.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')))
      assert.match(locationOf(await signOut(browser, forged)), /^\/sign-out/)
      assert.equal(locationOf(await signOut(browser, await encrypt(id_token))), BYE)
    })
  }
})

describe('a client that changes its algorithm', () => {
  test('what it got before is still a hint, an access token goes on; what comes next is signed anew', async () => {
    const before = await testApp({
      ...OPTIONS,
      clients: [aClient({ accessTokenAlgorithm: 'PS256', metadata: { id_token_signed_response_alg: 'EdDSA' } })],
    })
    try {
      await before.addAccount()
      const browser = testBrowser(before.app)
      const old = await tokensOf(before, 'app', browser)
      const clients = [aClient({ accessTokenAlgorithm: 'ES256', metadata: { id_token_signed_response_alg: 'PS256' } })]
      const after = await testApp({
        ...OPTIONS,
        ...{ clients, clock: before.clock, databaseUrl: before.deps.config.database.url, seed: 'after' },
      })
      try {
        assert.equal((await userinfo(after.app, old.access_token)).statusCode, 200)
        const refresh = { grant_type: 'refresh_token', refresh_token: old.refresh_token }
        const fresh: Tokens = (
          await postForm(after.app, '/token', refresh, { authorization: basicAuthorization() })
        ).json()
        assert.equal(decodeProtectedHeader(fresh.id_token).alg, 'PS256')
        assert.equal(decodeProtectedHeader(fresh.access_token).alg, 'ES256')
        const later = testBrowser(after.app)
        for (const [name, value] of browser.cookies) later.cookies.set(name, value)
        assert.equal(locationOf(await signOut(later, old.id_token)), BYE)
      } finally {
        await after.close()
      }
    } finally {
      await before.close()
    }
  })
})
