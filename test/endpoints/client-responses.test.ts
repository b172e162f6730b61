/** What is signed and encrypted for one client: ID tokens, userinfo, introspection. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createLocalJWKSet, decodeProtectedHeader, type JWTVerifyOptions, jwtVerify } from 'jose'
import { HOUR, MINUTE, SECOND } from '../../src/base/duration.ts'
import { type Egress, EgressError } from '../../src/egress/egress.ts'
import type { Client, ClientMetadata } from '../../src/protocol/client.ts'
import { CONTENT_ENCRYPTION_ALGORITHMS, KEY_MANAGEMENT_ALGORITHMS } from '../../src/protocol/vocabulary.ts'
import { aClient, CLIENT_SECRET } from '../fixtures/client.ts'
import { decrypted, encryptionPair } from '../fixtures/encryption.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { ISSUER, type TestApp, testApp } from '../fixtures/test-app.ts'
import { authorizeQuery, basicAuthorization, locationOf, testBrowser } from '../fixtures/test-browser.ts'
import { assertRefused, codeFields, newCode, postForm, type Tokens, userinfo } from '../fixtures/test-client.ts'

const BYE = 'https://app.example/bye'
const RSA = await encryptionPair('RSA-OAEP-256')
const EC = await encryptionPair('ECDH-ES')
/** Web Crypto ties an RSA key to one hash. */
const RSA_SHA1 = await encryptionPair('RSA-OAEP')
const pairFor = (alg: string) => (alg === 'RSA-OAEP' ? RSA_SHA1 : alg === 'RSA-OAEP-256' ? RSA : EC)

const client = (id: string, metadata: Partial<ClientMetadata>, more: Partial<Omit<Client, 'metadata'>> = {}) =>
  aClient({ id, metadata, ...more })

async function answerTo({ app }: TestApp, id: string, browser = testBrowser(app)) {
  const code = await newCode(app, { browser, query: authorizeQuery({ client_id: id }) })
  return postForm(app, '/token', codeFields(code), { authorization: basicAuthorization(id) })
}

async function tokensOf(world: TestApp, id: string, browser = testBrowser(world.app)): Promise<Tokens> {
  const response = await answerTo(world, id, browser)
  assert.equal(response.statusCode, 200, response.body)
  return response.json()
}

async function verified({ app, clock }: TestApp, jwt: string, options: JWTVerifyOptions) {
  const jwks = createLocalJWKSet((await app.inject('/jwks')).json())
  return jwtVerify(jwt, jwks, { currentDate: new Date(clock.now()), issuer: ISSUER, ...options })
}

const signOut = (browser: ReturnType<typeof testBrowser>, hint: string) =>
  browser.get(`/end-session?${new URLSearchParams({ id_token_hint: hint, post_logout_redirect_uri: BYE })}`)

describe('an encrypted ID token', () => {
  const started = suiteApp({
    clients: [
      ...KEY_MANAGEMENT_ALGORITHMS.map((alg) =>
        client(alg, { jwks: pairFor(alg).jwks, id_token_encrypted_response_alg: alg }),
      ),
      ...CONTENT_ENCRYPTION_ALGORITHMS.map((enc) =>
        client(enc, {
          ...{ jwks: EC.jwks, id_token_signed_response_alg: 'ES256' },
          ...{ id_token_encrypted_response_alg: 'ECDH-ES+A128KW', id_token_encrypted_response_enc: enc },
        }),
      ),
      client(
        'secretly',
        { jwks: RSA.jwks, id_token_signed_response_alg: 'HS256', id_token_encrypted_response_alg: 'RSA-OAEP-256' },
        { sharedSecret: CLIENT_SECRET },
      ),
      client('keyless', { jwks: { keys: [] }, id_token_encrypted_response_alg: 'ECDH-ES' }),
      client('misfit', { jwks: RSA.jwks, id_token_encrypted_response_alg: 'ECDH-ES' }),
      client('signing-key', {
        jwks: { keys: EC.jwks.keys.map((key) => ({ ...key, use: 'sig' })) },
        id_token_encrypted_response_alg: 'ECDH-ES',
      }),
    ],
  })

  for (const alg of KEY_MANAGEMENT_ALGORITHMS) {
    test(`[OpenID Connect Core 10.2] [RFC7518 4.1] ${alg}: a signed ID token inside, A128CBC-HS256 by default`, async () => {
      const world = started()
      const { id_token, access_token } = await tokensOf(world, alg)
      const { text, header } = await decrypted(id_token, pairFor(alg).privateKey)
      const { epk, ...rest } = header
      assert.deepEqual(rest, {
        alg,
        enc: 'A128CBC-HS256',
        kid: pairFor(alg).jwks.keys[0]?.['kid'],
        typ: 'JWT',
        cty: 'JWT',
      })
      assert.equal(epk !== undefined, alg.startsWith('ECDH'))
      const { payload } = await verified(world, text, { audience: alg, algorithms: ['RS256'] })
      assert.equal(payload['nonce'], 'a-nonce')
      assert.equal((await userinfo(world.app, access_token)).json().sub, payload.sub)
    })
  }

  for (const enc of CONTENT_ENCRYPTION_ALGORITHMS) {
    test(`[RFC7518 5.1] ${enc}`, async () => {
      const world = started()
      const { id_token } = await tokensOf(world, enc)
      const { text, header } = await decrypted(id_token, EC.privateKey)
      assert.equal(header.enc, enc)
      await verified(world, text, { audience: enc, algorithms: ['ES256'] })
    })
  }

  test('[OpenID Connect Core 10.2] HS256 inside', async () => {
    const { text } = await decrypted((await tokensOf(started(), 'secretly')).id_token, RSA.privateKey)
    const currentDate = new Date(started().clock.now())
    await jwtVerify(text, Buffer.from(CLIENT_SECRET), { currentDate, audience: 'secretly', algorithms: ['HS256'] })
  })

  test('[OpenID Connect Core 12.1] a refreshed one is encrypted, too', async () => {
    const { app } = started()
    const { refresh_token } = await tokensOf(started(), 'ECDH-ES')
    const fields = { grant_type: 'refresh_token', refresh_token }
    const response = await postForm(app, '/token', fields, { authorization: basicAuthorization('ECDH-ES') })
    assert.equal((await decrypted(response.json().id_token, EC.privateKey)).header.cty, 'JWT')
  })

  test('[OpenID Connect Core 3.1.2.1] its client decrypts it before it sends it as a hint; as it is, it is refused', async () => {
    const world = started()
    const browser = testBrowser(world.app)
    const { id_token } = await tokensOf(world, 'ECDH-ES', browser)
    const refused = await signOut(browser, id_token)
    assert.equal(refused.statusCode, 400)
    const { text } = await decrypted(id_token, EC.privateKey)
    const query = authorizeQuery({ client_id: 'ECDH-ES', prompt: 'none', id_token_hint: text })
    assert.ok(new URL(locationOf(await browser.get(`/authorize?${query}`))).searchParams.has('code'))
    assert.equal(locationOf(await signOut(browser, text)), BYE)
  })

  for (const [id, why] of [
    ['keyless', 'no key at all'],
    ['misfit', 'a key of another kind'],
    ['signing-key', 'a key for signatures'],
  ] as const) {
    test(`[OpenID Connect Core 10.2] ${why}: no token is sent; the client is told, and the log says what to do`, async () => {
      const world = started()
      const response = await answerTo(world, id)
      assertRefused(response, 400, 'invalid_client_metadata')
      assert.match(
        response.json().error_description,
        /no key of the client fits id_token_encrypted_response_alg ECDH-ES/,
      )
      assert.equal(response.json().access_token, undefined)
      const line = world.logged.findLast(({ error }) => error === 'invalid_client_metadata')
      assert.match(String(line?.['came']), new RegExp(`client ${id} .*needs a public key for ECDH-ES`))
    })
  }
})

describe('[OpenID Connect Core 10.2.1] a client that publishes its keys at its jwks_uri', () => {
  const URI = 'https://client.example/jwks'
  const served = { jwks: EC.jwks as unknown, isThere: true }
  const egress: Egress = {
    async get(url) {
      assert.ok(url.startsWith(URI))
      if (!served.isThere) throw new EgressError('connection', 'nobody is there')
      return { body: JSON.stringify(served.jwks), headers: { get: () => null } }
    },
    post: () => assert.fail('nothing is posted'),
    send: () => assert.fail('nothing is sent'),
  }
  const started = suiteApp({
    egress,
    clients: [
      client('app', { jwks_uri: URI, id_token_encrypted_response_alg: 'ECDH-ES' }),
      client(
        'rotating',
        { jwks_uri: `${URI}?2`, id_token_encrypted_response_alg: 'ECDH-ES' },
        { rotatesRefreshTokens: true },
      ),
    ],
  })
  const headerOf = async () => decodeProtectedHeader((await tokensOf(started(), 'app')).id_token)

  test('[RFC9700 4.14.2] while it cannot be had, no code and no refresh token is used up', async () => {
    const world = started()
    served.isThere = true
    const code = await newCode(world.app, { query: authorizeQuery({ client_id: 'rotating' }) })
    const post = (fields: Record<string, string>) =>
      postForm(world.app, '/token', fields, { authorization: basicAuthorization('rotating') })
    served.isThere = false
    const redemption = { ...codeFields(code), code } as Record<string, string>
    assertRefused(await post(redemption), 400, 'invalid_client_metadata')
    served.isThere = true
    world.clock.advance(15 * SECOND)
    const first = await post(redemption)
    assert.equal(first.statusCode, 200, first.body)
    served.jwks = { keys: [] }
    world.clock.advance(HOUR)
    const refresh = { grant_type: 'refresh_token', refresh_token: first.json().refresh_token }
    assertRefused(await post(refresh), 400, 'invalid_client_metadata')
    served.jwks = EC.jwks
    world.clock.advance(HOUR)
    assert.equal((await post(refresh)).statusCode, 200)
  })

  test('the key is fetched; a new one is used once what was fetched is old; an outage over there changes nothing', async () => {
    served.isThere = false
    assertRefused(await answerTo(started(), 'app'), 400, 'invalid_client_metadata')
    served.isThere = true
    started().clock.advance(MINUTE)
    assert.equal((await headerOf()).kid, 'for-ECDH-ES')
    const other = await encryptionPair('ECDH-ES', { kid: 'new' })
    served.jwks = other.jwks
    assert.equal((await headerOf()).kid, 'for-ECDH-ES')
    started().clock.advance(11 * MINUTE)
    assert.equal((await headerOf()).kid, 'new')
    served.isThere = false
    started().clock.advance(11 * MINUTE)
    const { id_token } = await tokensOf(started(), 'app')
    const { text } = await decrypted(id_token, other.privateKey)
    await verified(started(), text, { audience: 'app' })
  })
})

describe('[RFC8037 3.2] [RFC7518 4.6] ECDH-ES on every curve that a client may have', () => {
  for (const crv of ['P-256', 'P-384', 'P-521', 'X25519']) {
    test(crv, async () => {
      const pair = await encryptionPair('ECDH-ES', {}, crv)
      const own = client('app', { jwks: pair.jwks, id_token_encrypted_response_alg: 'ECDH-ES' })
      const world = await testApp({ clients: [own] })
      try {
        await world.addAccount()
        const { text } = await decrypted((await tokensOf(world, 'app')).id_token, pair.privateKey)
        await verified(world, text, { audience: 'app' })
      } finally {
        await world.close()
      }
    })
  }
})

describe('userinfo', () => {
  const started = suiteApp({
    clients: [
      client('plain', {}),
      client('signed', { userinfo_signed_response_alg: 'ES256' }),
      client('encrypted', { jwks: RSA.jwks, userinfo_encrypted_response_alg: 'RSA-OAEP-256' }),
      client('both', {
        ...{ jwks: EC.jwks, userinfo_signed_response_alg: 'RS256' },
        ...{ userinfo_encrypted_response_alg: 'ECDH-ES', userinfo_encrypted_response_enc: 'A256GCM' },
      }),
      client('keyless', { userinfo_encrypted_response_alg: 'ECDH-ES' }),
    ],
  })
  const of = async (id: string) => userinfo(started().app, (await tokensOf(started(), id)).access_token)
  const assertAlice = (payload: Readonly<Record<string, unknown>>, id: string) => {
    const { iss, aud, sub, name, email } = payload
    assert.deepEqual([iss, aud, name, email], [ISSUER, id, 'Alice Example', 'alice@example.org'])
    assert.equal(typeof sub, 'string')
  }

  test('[OpenID Connect Core 5.3.2] plain JSON unless the entry says otherwise', async () => {
    const response = await of('plain')
    assert.match(String(response.headers['content-type']), /^application\/json/)
    assert.deepEqual([response.json().iss, response.json().aud], [undefined, undefined])
  })

  test('[OpenID Connect Core 5.3.2] signed: application/jwt, with iss and aud', async () => {
    const response = await of('signed')
    assert.equal(response.headers['content-type'], 'application/jwt')
    assert.equal(response.headers['cache-control'], 'no-store')
    const { payload } = await verified(started(), response.body, { audience: 'signed', algorithms: ['ES256'] })
    assertAlice(payload, 'signed')
  })

  test('[OpenID Connect Core 5.3.2] encrypted alone: the claims themselves inside', async () => {
    const response = await of('encrypted')
    assert.equal(response.headers['content-type'], 'application/jwt')
    const { text, header } = await decrypted(response.body, RSA.privateKey)
    assert.equal(header.cty, undefined)
    assertAlice(JSON.parse(text), 'encrypted')
  })

  test('[OpenID Connect Core 5.3.2] both: signed, then encrypted', async () => {
    const { text, header } = await decrypted((await of('both')).body, EC.privateKey)
    assert.deepEqual([header.alg, header.enc, header.cty], ['ECDH-ES', 'A256GCM', 'JWT'])
    const { payload } = await verified(started(), text, { audience: 'both', algorithms: ['RS256'] })
    assertAlice(payload, 'both')
  })

  test('[OpenID Connect Core 5.3.2] without a key that fits it is refused, never sent in the clear', async () => {
    const response = await of('keyless')
    assertRefused(response, 400, 'invalid_client_metadata')
    assert.doesNotMatch(response.body, /Alice/)
  })

  test('[RFC8725 3.12] a signed answer is neither an access token nor a hint', async () => {
    const { app } = started()
    const jwt = (await of('signed')).body
    assertRefused(await userinfo(app, jwt), 401, 'invalid_token')
    const query = authorizeQuery({ client_id: 'signed', prompt: 'none', id_token_hint: jwt })
    const answer = new URL(locationOf(await testBrowser(app).get(`/authorize?${query}`)))
    assert.equal(answer.searchParams.get('error'), 'invalid_request')
  })
})

describe('introspection as a JWT', () => {
  const JWT = 'application/token-introspection+jwt'
  const started = suiteApp({
    clients: [
      client('plain', {}),
      client('signed', { introspection_signed_response_alg: 'ES256' }),
      client('encrypted', {
        ...{ jwks: RSA.jwks, introspection_encrypted_response_alg: 'RSA-OAEP-256' },
        introspection_encrypted_response_enc: 'A128GCM',
      }),
      client('keyless', { introspection_encrypted_response_alg: 'ECDH-ES' }),
    ],
  })
  const ask = (id: string, token: string, accept?: string) =>
    postForm(
      started().app,
      '/introspect',
      { token },
      { authorization: basicAuthorization(id), ...(accept && { accept }) },
    )

  test('[RFC9701 4] plain JSON when nobody asks for a JWT', async () => {
    const { access_token } = await tokensOf(started(), 'plain')
    for (const accept of [
      undefined,
      'application/json',
      '*/*',
      'application/*',
      `${JWT}x`,
      `x${JWT}`,
      `${JWT};q=0`,
      `application/json, ${JWT}; q=0.000`,
    ]) {
      const response = await ask('plain', access_token, accept)
      assert.match(String(response.headers['content-type']), /^application\/json/, accept)
      assert.equal(response.json().active, true)
    }
  })

  test('[RFC9701 4, 5] by the Accept header: RS256, and exactly these claims', async () => {
    const world = started()
    const { access_token } = await tokensOf(world, 'plain')
    const plain = (await ask('plain', access_token)).json()
    for (const accept of [JWT, JWT.toUpperCase(), `application/json;q=0.5, ${JWT}`, `${JWT};q=0.1`, `${JWT} , */*`]) {
      const response = await ask('plain', access_token, accept)
      assert.equal(response.headers['content-type'], JWT, accept)
      const { payload, protectedHeader } = await verified(world, response.body, {
        ...{ audience: 'plain', typ: 'token-introspection+jwt', algorithms: ['RS256'] },
      })
      assert.equal(protectedHeader.typ, 'token-introspection+jwt')
      assert.deepEqual(payload, {
        iss: ISSUER,
        aud: 'plain',
        iat: Math.floor(world.clock.now() / 1000),
        token_introspection: plain,
      })
    }
  })

  test('[RFC9701 6] by the entry, whatever the header says', async () => {
    const { access_token, refresh_token } = await tokensOf(started(), 'signed')
    for (const token of [access_token, refresh_token]) {
      const response = await ask('signed', token, 'application/json')
      const { payload } = await verified(started(), response.body, { audience: 'signed', algorithms: ['ES256'] })
      assert.equal((payload['token_introspection'] as { active: boolean }).active, true)
    }
  })

  test('[RFC9701 5] of a token that is not alive nothing is told but that', async () => {
    const { payload } = await verified(started(), (await ask('signed', 'nothing')).body, { audience: 'signed' })
    assert.deepEqual(payload['token_introspection'], { active: false })
  })

  test('[RFC9701 5] encrypted: signed inside', async () => {
    const { access_token } = await tokensOf(started(), 'encrypted')
    const response = await ask('encrypted', access_token)
    assert.equal(response.headers['content-type'], JWT)
    const { text, header } = await decrypted(response.body, RSA.privateKey)
    assert.deepEqual([header.alg, header.enc, header.cty], ['RSA-OAEP-256', 'A128GCM', 'JWT'])
    const { payload } = await verified(started(), text, { audience: 'encrypted', typ: 'token-introspection+jwt' })
    assert.equal((payload['token_introspection'] as { active: boolean }).active, true)
  })

  test('[RFC9701 5] without a key that fits it is refused, never sent in the clear', async () => {
    const { access_token } = await tokensOf(started(), 'plain')
    assertRefused(await ask('keyless', access_token), 400, 'invalid_client_metadata')
  })

  test('[RFC9701 8.1] the answer is no access token, and no token that introspection knows', async () => {
    const world = started()
    const { access_token } = await tokensOf(world, 'signed')
    const jwt = (await ask('signed', access_token)).body
    assert.equal(decodeProtectedHeader(jwt).typ, 'token-introspection+jwt')
    assertRefused(await userinfo(world.app, jwt), 401, 'invalid_token')
    assert.equal((await ask('plain', jwt)).json().active, false)
  })
})
