/** Request objects at the authorization endpoint and when they are pushed: RFC 9101, OpenID Connect Core §6. */
import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { MINUTE } from '../../src/base/duration.ts'
import { aClient, CLIENT_SECRET } from '../fixtures/client.ts'
import { jwtOf } from '../fixtures/client-assertion.ts'
import { ecPair, ed25519Pair, jwkOf, rsaPair } from '../fixtures/client-keys.ts'
import { START } from '../fixtures/clock.ts'
import { withoutErrorId } from '../fixtures/refusals.ts'
import { requestClaims, requestObject } from '../fixtures/request-object.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { ISSUER, PASSWORD } from '../fixtures/test-app.ts'
import { authorizeQuery, basicAuthorization, formToken, locationOf, testBrowser } from '../fixtures/test-browser.ts'
import { assertRefused, postForm } from '../fixtures/test-client.ts'
import { answerOf, assertErrorPage } from '../fixtures/test-pages.ts'

const [ec, ed, other] = [ecPair(), ed25519Pair(), ecPair()]
const jwks = {
  keys: [jwkOf(ec, { kid: 'one' }), jwkOf(rsaPair(), { kid: 'rsa' }), jwkOf(ed, { kid: 'ed' })],
} as const
const CALLBACK = 'https://app.example/callback'

const client = (id: string, metadata: Parameters<typeof aClient>[0] = {}) =>
  aClient({ id, ...metadata, metadata: { jwks, ...metadata.metadata } })

const app = client('app')
const strict = client('strict', { metadata: { require_signed_request_object: true } })
const pinned = client('pinned', { metadata: { request_object_signing_alg: 'PS256' } })
const keyless = aClient({ id: 'keyless', sharedSecret: undefined })

describe('request objects', () => {
  const started = suiteApp({ clients: [app, strict, pinned, keyless] })
  const ask = (fields: Record<string, string>) =>
    testBrowser(started().app).get(`/authorize?${new URLSearchParams({ client_id: 'app', ...fields })}`)

  /** RFC 9101 §5: client_id and the object, nothing else. */
  const askAlone = (request: string, id = 'app') => ask({ client_id: id, request })
  /** OpenID Connect Core §6.1: what OAuth needs is in the query, too. */
  const OUTSIDE = { response_type: 'code', scope: 'openid', redirect_uri: CALLBACK, state: 'outside' }
  const askBeside = (request: string, more: Record<string, string> = {}) => ask({ ...OUTSIDE, request, ...more })

  async function assertRefusal(response: Awaited<ReturnType<typeof ask>>, error: string, state = 'outside') {
    const { searchParams, origin } = answerOf(response)
    assert.deepEqual(
      [origin, searchParams.get('error'), searchParams.get('state')],
      ['https://app.example', error, state],
      searchParams.get('error_description') ?? '',
    )
  }

  test('[RFC9101 5] the whole flow from what it says, even when its time is over while the person types', async () => {
    const { app: server, clock } = started()
    const browser = testBrowser(server)
    const exp = clock.now() / 1000 + 60
    const query = new URLSearchParams({ client_id: 'app', request: requestObject(ec.privateKey, { exp, state: 'in' }) })
    const path = locationOf(await browser.get(`/authorize?${query}`))
    clock.advance(30 * MINUTE)
    const page = await browser.get(path)
    assert.match(page.body, /Sign in to <bdi>App/)
    await browser.post(`${path}/password`, { csrf: formToken(page), username: 'alice', password: PASSWORD })
    const answer = answerOf(await browser.get(path))
    assert.equal(`${answer.origin}${answer.pathname} ${answer.searchParams.get('state')}`, `${CALLBACK} in`)
    assert.ok(answer.searchParams.get('code'))
    clock.set(START)
  })

  const algorithms: readonly [alg: string, kid: string | undefined, key: Parameters<typeof requestObject>[0]][] = [
    ['ES256', 'one', ec.privateKey],
    ['RS256', 'rsa', rsaPair().privateKey],
    ['PS256', 'rsa', rsaPair().privateKey],
    ['EdDSA', 'ed', ed.privateKey],
    ['ES256', undefined, ec.privateKey],
    ['HS256', undefined, CLIENT_SECRET],
  ]
  for (const [alg, kid, key] of algorithms) {
    test(`[RFC9101 6.2] signed with ${alg}, kid ${kid}`, async () => {
      assert.match(locationOf(await askAlone(requestObject(key, {}, { alg, kid }))), /^\/sign-in\//)
    })
  }

  for (const typ of ['oauth-authz-req+jwt', 'application/OAuth-authz-req+jwt', 'JWT']) {
    test(`[RFC9101 4] of the typ ${typ}`, async () => {
      assert.match(locationOf(await askAlone(requestObject(ec.privateKey, {}, { typ }))), /^\/sign-in\//)
    })
  }

  test('[RFC9101 4] without what is not needed: iss or client_id, aud, exp; with structures and numbers', async () => {
    const structured = { max_age: 3600, claims: { userinfo: { email: null } }, nbf: START / 1000 - 1, login_hint: null }
    for (const claims of [{ iss: undefined, aud: undefined, exp: undefined }, { client_id: undefined }, structured]) {
      assert.match(locationOf(await askAlone(requestObject(ec.privateKey, claims))), /^\/sign-in\//)
    }
    assert.match(locationOf(await askAlone(requestObject(ec.privateKey, { aud: ['x', ISSUER] }))), /^\/sign-in\//)
    const malformed = requestObject(ec.privateKey, { claims: { userinfo: [] } })
    await assertRefusal(await askAlone(malformed), 'invalid_request', 'a-state')
  })

  test('[RFC9101 5] what stands beside it in the query counts for nothing', async () => {
    const beside = {
      redirect_uri: 'https://evil.example/',
      state: 'x',
      prompt: 'login consent',
      response_mode: 'fragment',
    }
    const request = requestObject(ec.privateKey, { prompt: 'none', state: undefined })
    const answer = answerOf(await ask({ ...beside, request }))
    const { error_description: description, ...fields } = Object.fromEntries(answer.searchParams)
    assert.equal(withoutErrorId(description), 'the end-user must sign in')
    assert.deepEqual(fields, { error: 'login_required', iss: ISSUER })
  })

  test('[OpenID Connect Core 6.1] beside an OpenID Connect request it supersedes, and the query says what it does not', async () => {
    const request = requestObject(ec.privateKey, { prompt: 'none', state: undefined, redirect_uri: undefined })
    await assertRefusal(await askBeside(request, { prompt: 'login', response_mode: 'query' }), 'login_required')
    const both = requestObject(ec.privateKey, { prompt: 'none', state: 'inside' })
    await assertRefusal(await askBeside(both), 'login_required', 'inside')
    // Where the client's entry asks for signed requests only what is signed counts.
    const bare = requestObject(ec.privateKey, { iss: 'strict', client_id: 'strict', prompt: 'none', state: undefined })
    const answer = answerOf(await askBeside(bare, { client_id: 'strict' }))
    assert.deepEqual([answer.searchParams.get('error'), answer.searchParams.get('state')], ['login_required', null])
  })

  test('[OpenID Connect Core 6.1] another response_type than in the query', async () => {
    await assertRefusal(
      await askBeside(requestObject(ec.privateKey), { response_type: 'none' }),
      'invalid_request_object',
    )
  })

  test('the rules for what it says are those for every request', async () => {
    const cases: readonly [claims: Record<string, unknown>, error: string][] = [
      [{ response_type: 'none' }, 'unsupported_response_type'],
      [{ scope: 'root' }, 'invalid_scope'],
      [{ code_challenge: undefined }, 'invalid_request'],
      [{ registration: { x: 1 } }, 'registration_not_supported'],
      [{ state: ['a', 'b'] }, 'invalid_request'],
      [{ x: 'y'.repeat(3000) }, 'invalid_request'],
    ]
    for (const [claims, error] of cases) {
      const { searchParams } = answerOf(await askAlone(requestObject(ec.privateKey, claims)))
      assert.equal(searchParams.get('error'), error, JSON.stringify(claims).slice(0, 80))
    }
    assertErrorPage(started(), await askAlone(requestObject(ec.privateKey, { redirect_uri: 'https://evil.example/' })))
    assertErrorPage(started(), await askAlone(requestObject(ec.privateKey, { redirect_uri: undefined })))
  })

  describe('[RFC9101 6.3] refused with invalid_request_object, which goes to a proven redirect_uri beside it, else on a page', () => {
    const now = START / 1000
    const unsigned = (header: object) =>
      `${[header, requestClaims()].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`
    const object = requestObject(ec.privateKey)
    const [head = '', body = '', signature = ''] = object.split('.')
    const publicPem = rsaPair().publicKey.export({ type: 'spki', format: 'pem' }).toString()
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const REFUSED: Record<string, string | (() => Promise<string> | string)> = {
      'no JWT': 'x',
      'two parts': `${head}.${body}`,
      'an encrypted one that we cannot read': 'a.b.c.d.e',
      '[RFC8725 3.1] alg none': unsigned({ alg: 'none' }),
      '[RFC8725 3.1] alg None': unsigned({ alg: 'None' }),
      'alg none with a signature': `${unsigned({ alg: 'none' })}${signature}`,
      'no alg': unsigned({}),
      'an unknown alg': unsigned({ alg: 'XS256' }),
      'alg HS512': requestObject(CLIENT_SECRET, {}, { alg: 'HS512' }),
      '[RFC8725 2.1] HS256 keyed with the client’s public key': requestObject(publicPem, {}, { alg: 'HS256' }),
      '[RFC8725 2.1] HS256 keyed with its JWK': requestObject(JSON.stringify(jwks.keys[0]), {}, { alg: 'HS256' }),
      '[RFC8725 2.1] HS256 keyed with our JWKS': async () =>
        requestObject((await started().app.inject({ url: '/jwks' })).body, {}, { alg: 'HS256' }),
      'HS256 keyed with the hash of the secret': () =>
        requestObject(createHash('sha256').update(CLIENT_SECRET).digest('base64url'), {}, { alg: 'HS256' }),
      'an empty signature': `${head}.${body}.`,
      'another signature': `${head}.${body}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
      'other claims': `${head}.${Buffer.from(JSON.stringify(requestClaims({ scope: 'openid' }))).toString('base64url')}.${signature}`,
      'a key of nobody here': requestObject(other.privateKey),
      'another kid': requestObject(ec.privateKey, {}, { kid: 'two' }),
      '[RFC8725 3.10] its own key in the header': requestObject(stranger.privateKey, {}, { jwk: jwkOf(stranger) }),
      '[RFC8725 3.10] jku': requestObject(ec.privateKey, {}, { jku: 'https://evil.example/jwks' }),
      '[RFC8725 3.10] x5u': requestObject(ec.privateKey, {}, { x5u: 'https://evil.example/x5u' }),
      '[RFC7515 4.1.11] crit': requestObject(ec.privateKey, {}, { crit: ['exp'], exp: 1 }),
      '[RFC7797 6] b64': requestObject(ec.privateKey, {}, { b64: false, crit: ['b64'] }),
      '[RFC8725 3.11] typ at+jwt': requestObject(ec.privateKey, {}, { typ: 'at+jwt' }),
      '[RFC9101 10.8] typ client-authentication+jwt': requestObject(
        ec.privateKey,
        {},
        { typ: 'client-authentication+jwt' },
      ),
      'claims that are a list': jwtOf({ alg: 'ES256', kid: 'one' }, [requestClaims()], ec.privateKey),
      '[RFC9101 4] another iss': requestObject(ec.privateKey, { iss: 'strict' }),
      '[RFC9101 5] another client_id': requestObject(ec.privateKey, { client_id: 'strict' }),
      'neither iss nor client_id': requestObject(ec.privateKey, { iss: undefined, client_id: undefined }),
      '[RFC9101 4] another aud': requestObject(ec.privateKey, { aud: 'https://other.example' }),
      'an aud that only begins like ours': requestObject(ec.privateKey, { aud: `${ISSUER}/` }),
      'an aud that is no text': requestObject(ec.privateKey, { aud: 1 }),
      '[RFC7519 4.1.4] exp in the past': requestObject(ec.privateKey, { exp: now - 61 }),
      'exp that is no number': requestObject(ec.privateKey, { exp: String(now + 300) }),
      '[RFC7519 4.1.5] nbf ahead': requestObject(ec.privateKey, { nbf: now + 120 }),
      '[RFC9101 10.8] a client assertion': requestObject(ec.privateKey, { sub: 'app' }),
      '[RFC9101 4] a request in it': requestObject(ec.privateKey, { request: object }),
      '[RFC9101 4] a request_uri in it': requestObject(ec.privateKey, {
        request_uri: 'https://app.example/requests/1.jwt',
      }),
    }
    for (const [title, made] of Object.entries(REFUSED)) {
      test(title, async () => {
        const request = typeof made === 'string' ? made : await made()
        await assertRefusal(await askBeside(request), 'invalid_request_object')
        const page = await askAlone(request)
        assertErrorPage(started(), page)
        assert.match(page.body, /invalid_request_object/)
      })
    }

    test('[OpenID Connect Registration 2] another algorithm than the registered one', async () => {
      const claims = { iss: 'pinned', client_id: 'pinned' }
      const rsa = rsaPair().privateKey
      assert.match(
        locationOf(await askAlone(requestObject(rsa, claims, { alg: 'PS256', kid: 'rsa' }), 'pinned')),
        /sign-in/,
      )
      const beside = { client_id: 'pinned' }
      await assertRefusal(await askBeside(requestObject(ec.privateKey, claims), beside), 'invalid_request_object')
      const hs = requestObject(CLIENT_SECRET, claims, { alg: 'HS256', kid: undefined })
      await assertRefusal(await askBeside(hs, beside), 'invalid_request_object')
      const rs = requestObject(rsa, claims, { alg: 'RS256', kid: 'rsa' })
      await assertRefusal(await askBeside(rs, beside), 'invalid_request_object')
    })

    test('a client without any key, and with a secret that we do not know', async () => {
      const claims = { iss: 'keyless', client_id: 'keyless' }
      for (const request of [requestObject(ec.privateKey, claims), requestObject('', claims, { alg: 'HS256' })]) {
        await assertRefusal(await askBeside(request, { client_id: 'keyless' }), 'invalid_request_object')
      }
    })

    test('one that is too long', async () => {
      const long = requestObject(ec.privateKey, { x: 'x'.repeat(9000) })
      const answer = await postForm(
        started().app,
        '/authorize',
        new URLSearchParams({ client_id: 'app', ...OUTSIDE, request: long }).toString(),
      )
      await assertRefusal(answer, 'invalid_request_object')
    })
  })

  describe('[RFC9101 10.5] require_signed_request_object', () => {
    test('a request that is none is refused, told to the client', async () => {
      const query = authorizeQuery({ client_id: 'strict' })
      await assertRefusal(await testBrowser(started().app).get(`/authorize?${query}`), 'invalid_request', 'a-state')
    })

    test('a signed one goes all the way, over pages that read it again', async () => {
      const request = requestObject(ec.privateKey, { iss: 'strict', client_id: 'strict' })
      const query = new URLSearchParams({ client_id: 'strict', request }).toString()
      assert.ok((await testBrowser(started().app).signIn(query)).searchParams.get('code'))
    })
  })

  describe('[RFC9126 3] a request object that is pushed', () => {
    const push = (form: Record<string, string>, id = 'app') =>
      postForm(started().app, '/par', form, { authorization: basicAuthorization(id) })

    test('goes on as it was, whatever stood beside it', async () => {
      const response = await push({
        request: requestObject(ec.privateKey),
        redirect_uri: 'https://evil.example/',
        ...{ scope: 'openid root', response_type: 'code' },
      })
      assert.equal(response.statusCode, 201, response.body)
      const query = new URLSearchParams({ client_id: 'app', request_uri: response.json().request_uri }).toString()
      const answer = await testBrowser(started().app).signIn(query)
      assert.equal(answer.searchParams.get('state'), 'a-state')
    })

    test('of a client that must sign and does', async () => {
      const request = requestObject(ec.privateKey, { iss: 'strict', client_id: 'strict' })
      const response = await push({ request }, 'strict')
      const query = new URLSearchParams({ client_id: 'strict', request_uri: response.json().request_uri }).toString()
      assert.ok((await testBrowser(started().app).signIn(query)).searchParams.get('code'))
    })

    test('is refused for the same reasons, in JSON', async () => {
      const good = requestObject(ec.privateKey)
      assertRefused(await push({ request: requestObject(other.privateKey) }), 400, 'invalid_request_object')
      assertRefused(await push({ request: good }, 'strict'), 400, 'invalid_request_object')
      const elsewhere = requestObject(ec.privateKey, { redirect_uri: 'https://evil.example/' })
      assertRefused(await push({ request: elsewhere }), 400, 'invalid_request')
      assertRefused(
        await push({ request: good, request_uri: 'https://app.example/requests/1.jwt' }),
        400,
        'invalid_request',
      )
    })
  })
})
