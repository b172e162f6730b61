/** private_key_jwt and client_secret_jwt at the endpoints: whose assertions are accepted, when, and how often. */
import assert from 'node:assert/strict'
import type { KeyObject } from 'node:crypto'
import { describe, test } from 'node:test'
import type { LightMyRequestResponse } from 'fastify'
import { type Egress, EgressError } from '../../src/egress/egress.ts'
import type { Client, ClientMetadata } from '../../src/protocol/client.ts'
import { aClient, CLIENT_SECRET } from '../fixtures/client.ts'
import { assertionFields, jwtOf } from '../fixtures/client-assertion.ts'
import { ecPair, ed25519Pair, jwkOf, type KeyPair, otherRsaPair, rsaPair } from '../fixtures/client-keys.ts'
import { START } from '../fixtures/clock.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { ISSUER, type TestApp, testApp } from '../fixtures/test-app.ts'
import { basicAuthorization } from '../fixtures/test-browser.ts'
import { assertRefused, postForm } from '../fixtures/test-client.ts'

type Json = Readonly<Record<string, unknown>>

const [rsa, ec, ed] = [rsaPair(), ecPair(), ed25519Pair()]
const NOW = START / 1000
const TOKEN = `${ISSUER}/token`

const signing = (id: string, metadata: Partial<ClientMetadata>, more: Partial<Client> = {}): Client =>
  aClient({
    ...{ id, secretHashes: [], sharedSecret: undefined, ...more },
    metadata: { token_endpoint_auth_method: 'private_key_jwt', ...metadata },
  })
const jwks = (...keys: readonly object[]) => ({ keys: keys as Record<string, unknown>[] })

const EVERY_KEY = jwks(jwkOf(rsa, { kid: 'rsa' }), jwkOf(ec, { kid: 'ec' }), jwkOf(ed, { kid: 'ed' }))
const signer = signing('signer', { jwks: EVERY_KEY })
const pinned = signing('pinned', { jwks: EVERY_KEY, token_endpoint_auth_signing_alg: 'ES256' })
const secretive = signing(
  'secretive',
  { token_endpoint_auth_method: 'client_secret_jwt' },
  { sharedSecret: CLIENT_SECRET },
)
/** Its secret is known, and yet it is not its method. */
const both = signing('both', { jwks: EVERY_KEY }, { sharedSecret: CLIENT_SECRET })
const confused = signing('confused', { jwks: EVERY_KEY, token_endpoint_auth_signing_alg: 'HS256' })
const clients = [aClient(), signer, pinned, secretive, both, confused]

let serial = 0
const claimsOf = (id: string, more: Json = {}): Json => ({
  ...{ iss: id, sub: id, aud: ISSUER, jti: `jti-${serial++}`, iat: NOW, exp: NOW + 60 },
  ...more,
})

interface Assertion {
  readonly id?: string
  readonly alg?: string
  readonly key?: KeyObject | string
  readonly header?: Json
  readonly claims?: Json
}

const made = ({
  id = 'signer',
  alg = 'ES256',
  key = ec.privateKey,
  header = {},
  claims = {},
}: Assertion = {}): string => jwtOf({ alg, ...header }, claimsOf(id, claims), key)

const pem = ({ publicKey }: KeyPair): string => publicKey.export({ type: 'spki', format: 'pem' }).toString()
function macWith(key: string, id = 'signer'): string {
  return made({ id, alg: 'HS256', key })
}

const send = (
  { app }: TestApp,
  assertion: string,
  more: Record<string, string> = {},
): Promise<LightMyRequestResponse> =>
  postForm(app, '/token', { grant_type: 'client_credentials', ...assertionFields(assertion), ...more })

describe('[OIDC Core 9] a client authenticates by an assertion', () => {
  const started = suiteApp({ clients })
  const accepted = async (assertion: string, more: Record<string, string> = {}): Promise<void> => {
    const response = await send(started(), assertion, more)
    assert.equal(response.statusCode, 200, response.body)
  }
  const refused = async (assertion: string, detail: RegExp): Promise<void> => {
    const { logged } = started()
    const before = logged.length
    const response = await send(started(), assertion)
    assertRefused(response, 401, 'invalid_client')
    assert.match(JSON.stringify(logged.slice(before)), detail)
    if (assertion.length > 10) assert.equal(JSON.stringify(logged.slice(before)).includes(assertion.slice(-40)), false)
  }

  for (const [alg, pair, kid] of [
    ['RS256', rsa, 'rsa'],
    ['PS256', rsa, 'rsa'],
    ['ES256', ec, 'ec'],
    ['EdDSA', ed, 'ed'],
  ] as const) {
    test(`private_key_jwt with ${alg}`, () => accepted(made({ alg, key: pair.privateKey, header: { kid } })))
    test(`private_key_jwt with ${alg}, without kid`, () => accepted(made({ alg, key: pair.privateKey })))
  }

  test('client_secret_jwt with HS256', () => accepted(made({ id: 'secretive', alg: 'HS256', key: CLIENT_SECRET })))

  test('[RFC7521 4.2] client_id beside it, when it is the same', async () => {
    await accepted(made(), { client_id: 'signer' })
    assertRefused(await send(started(), made(), { client_id: 'app' }), 400, 'invalid_request')
  })

  for (const [what, aud] of [
    ['the issuer', ISSUER],
    ['the token endpoint', TOKEN],
    ['a list with the issuer', [ISSUER]],
    ['a list of our names alone', [TOKEN, ISSUER]],
  ] as const) {
    test(`[RFC7523 3] aud is ${what}`, () => accepted(made({ claims: { aud } })))
  }

  for (const [what, aud] of [
    ['missing', undefined],
    ['empty', ''],
    ['an empty list', []],
    ['another server', 'https://other.example'],
    ['a list with another server', [ISSUER, 'https://other.example']],
    ['our name as the beginning of another', `${ISSUER}.evil.example`],
    ['with a slash more', `${ISSUER}/`],
    ['in other letters', ISSUER.toUpperCase()],
    ['another endpoint of ours', `${ISSUER}/introspect`],
    ['no text', { aud: ISSUER }],
    ['a list in a list', [[ISSUER]]],
  ] as const) {
    test(`[RFC7523 3] an aud that is ${what} is refused`, () =>
      refused(made({ claims: { aud } }), /assertion_audience/))
  }

  for (const [what, claims, detail] of [
    ['another iss', { iss: 'app' }, /assertion_issuer/],
    ['no iss', { iss: undefined }, /assertion_issuer/],
    ['a list as iss', { iss: ['signer'] }, /assertion_issuer/],
    ['no exp', { exp: undefined }, /assertion_time.*left out/],
    ['a text as exp', { exp: String(NOW + 60) }, /assertion_time.*no number/],
    ['an exp in the past', { exp: NOW - 60 }, /expired 60 s ago/],
    ['an exp in ten years', { exp: NOW + 10 * 365 * 86_400 }, /expires in 3650 days/],
    ['an exp in milliseconds', { exp: START + 60_000 }, /expires in \d+ days/],
    ['an exp in more than an hour', { exp: NOW + 3661 }, /exp at most 60 min ahead.*expires in 61 min/],
    ['an nbf in the future', { nbf: NOW + 61 }, /valid in 61 s/],
    ['a text as nbf', { nbf: 'now' }, /nbf in the past/],
    ['an iat in the future', { iat: NOW + 61 }, /issued in 61 s/],
    ['a text as iat', { iat: 'now' }, /iat in the past/],
    ['an iat of ten years ago', { iat: NOW - 10 * 365 * 86_400 }, /issued 3650 days ago/],
    ['an iat of more than an hour ago', { iat: NOW - 3661 }, /issued 61 min ago/],
    ['no jti', { jti: undefined }, /assertion_jti/],
    ['an empty jti', { jti: '' }, /assertion_jti/],
    ['a number as jti', { jti: 1 }, /assertion_jti/],
    ['a long jti', { jti: 'x'.repeat(257) }, /assertion_jti/],
  ] as const) {
    test(`[RFC7523 3] ${what} is refused`, () => refused(made({ claims }), detail))
  }

  for (const [what, claims] of [
    ['an exp of a moment ago', { exp: NOW - 59 }],
    ['an exp in an hour', { exp: NOW + 3600 }],
    ['no iat', { iat: undefined }],
    ['an iat and an nbf a moment ahead', { iat: NOW + 60, nbf: NOW + 60 }],
    ['a long jti that is not too long', { jti: 'x'.repeat(256) }],
    ['times with fractions', { iat: NOW - 0.5, exp: NOW + 59.5 }],
  ] as const) {
    test(`[RFC7523 3] ${what} is fine`, () => accepted(made({ claims })))
  }

  for (const [what, assertion, detail] of [
    ['[RFC7515 4.1.1] alg none', made({ alg: 'none', key: '' }), /assertion_algorithm.*alg none/],
    [
      '[RFC8725 3.1] an algorithm that was not registered',
      made({ id: 'pinned', alg: 'RS256', key: rsa.privateKey }),
      /assertion_algorithm/,
    ],
    ['an algorithm that we do not know', made({ alg: 'RS512', key: rsa.privateKey }), /assertion_algorithm/],
    ['an algorithm in other letters', made({ alg: 'es256' }), /assertion_algorithm/],
    ['a key of somebody else', made({ key: ecPair().privateKey }), /assertion_signature/],
    [
      'a key of somebody else under a known kid',
      made({ key: ecPair().privateKey, header: { kid: 'ec' } }),
      /assertion_signature/,
    ],
    ['an unknown kid', made({ header: { kid: 'unknown' } }), /kid unknown, and no key there fits/],
    ['the kid of another key', made({ header: { kid: 'rsa' } }), /kid rsa, and no key there fits/],
    ['[RFC8725 3.11] a request object', made({ header: { typ: 'oauth-authz-req+jwt' } }), /assertion_typ/],
    ['[RFC8725 3.11] an access token', made({ header: { typ: 'at+jwt' } }), /assertion_typ/],
    [
      '[RFC8725 2.1] HS256 with the public key as PEM',
      macWith(pem(rsa)),
      /client_auth_method.*"expected":"private_key_jwt"/,
    ],
    [
      '[RFC8725 2.1] HS256 with the public key as JWK',
      macWith(JSON.stringify(jwkOf(rsa))),
      /client_auth_method.*"expected":"private_key_jwt"/,
    ],
    [
      '[RFC8725 2.1] HS256 with the modulus',
      macWith(String(jwkOf(rsa).n)),
      /client_auth_method.*"expected":"private_key_jwt"/,
    ],
    [
      'HS256 where only a misconfiguration allows it',
      macWith(pem(ec), 'confused'),
      /client_auth_method.*"expected":"private_key_jwt"/,
    ],
    ['ES256 where only HS256 is registered', made({ id: 'confused' }), /assertion_algorithm/],
    [
      'HS256 with the secret of a client that signs with keys',
      macWith(CLIENT_SECRET, 'both'),
      /client_auth_method.*"expected":"private_key_jwt"/,
    ],
    ['HS256 with another secret', macWith(`${CLIENT_SECRET}x`, 'secretive'), /assertion_signature/],
    ['HS256 with an empty secret', macWith('', 'secretive'), /assertion_signature/],
    [
      'HS512 with the right secret',
      made({ id: 'secretive', alg: 'HS512', key: CLIENT_SECRET }),
      /client_auth_method.*"expected":"client_secret_jwt"/,
    ],
    [
      'a key where a secret is registered',
      made({ id: 'secretive' }),
      /client_auth_method.*"expected":"client_secret_jwt"/,
    ],
    [
      'a client that is registered for its secret',
      made({ id: 'app' }),
      /client_auth_method.*"expected":"client_secret_basic"/,
    ],
    ['a client that does not exist', made({ id: 'nobody' }), /client_id.*nobody/],
    ['a signature of nothing', `${made().split('.').slice(0, 2).join('.')}.AAAA`, /assertion_signature/],
  ] as const) {
    test(`${what} is refused`, () => refused(assertion, detail))
  }

  for (const [what, header] of [
    ['[RFC7515 4.1.11] crit', { crit: ['exp'], exp: 1 }],
    ['[RFC7797 6] b64', { b64: false, crit: ['b64'] }],
    ['[RFC7797 6] b64 without crit', { b64: true }],
    ['[RFC7515 4.1.3] a key of its own', { jwk: jwkOf(ec) }],
    ['[RFC7515 4.1.2] an address of keys', { jku: 'https://evil.example/jwks' }],
    ['[RFC7515 4.1.5] an address of certificates', { x5u: 'https://evil.example/chain' }],
    ['a compression', { zip: 'DEF' }],
    ['a number as kid', { kid: 1 }],
    ['a list as typ', { typ: ['JWT'] }],
    ['no alg', { alg: undefined }],
  ] as const) {
    test(`a header with ${what} is refused, although the signature is right`, () =>
      refused(made({ header }), /malformed/))
  }

  for (const [what, assertion] of [
    ['garbage', 'garbage'],
    ['dots', '..'],
    ['five parts', 'e30.e30.e30.e30.e30'],
    ['a payload that is no object', jwtOf({ alg: 'ES256' }, [1], ec.privateKey)],
    ['no sub', made({ claims: { sub: undefined } })],
    ['a list as sub', made({ claims: { sub: ['signer'] } })],
    ['padding', `${made()}=`],
    ['white space', `${made()} `],
  ] as const) {
    test(`[RFC7521 4.2.1] ${what} is refused`, () => refused(assertion, /malformed/))
  }

  for (const typ of ['JWT', 'jwt', 'client-authentication+jwt', 'application/client-authentication+jwt']) {
    test(`the type ${typ} is fine`, () => accepted(made({ header: { typ } })))
  }

  test('[RFC6749 2.3] with a secret or a header beside it, it is two methods', async () => {
    assertRefused(await send(started(), made(), { client_secret: CLIENT_SECRET }), 400, 'invalid_request')
    const { app } = started()
    const fields = { grant_type: 'client_credentials', ...assertionFields(made({ id: 'app' })) }
    const response = await postForm(app, '/token', fields, { authorization: basicAuthorization() })
    assertRefused(response, 400, 'invalid_request')
  })

  test('[RFC7521 4.2] half of it, or another kind of assertion', async () => {
    const { app } = started()
    const post = (fields: Record<string, string>) =>
      postForm(app, '/token', { grant_type: 'client_credentials', ...fields })
    const { client_assertion = '', client_assertion_type = '' } = assertionFields(made())
    assertRefused(await post({ client_assertion }), 400, 'invalid_request')
    assertRefused(await post({ client_assertion_type }), 400, 'invalid_request')
    const saml = 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer'
    assertRefused(await post({ client_assertion, client_assertion_type: saml }), 401, 'invalid_client')
  })

  test('[RFC7009 2.1, RFC7662 2.1] at revocation and introspection, under their own names, too', async () => {
    const { app } = started()
    for (const path of ['/revoke', '/introspect']) {
      for (const aud of [ISSUER, TOKEN, `${ISSUER}${path}`]) {
        const fields = { token: 'x', ...assertionFields(made({ claims: { aud } })) }
        assert.equal((await postForm(app, path, fields)).statusCode, 200, `${path} ${aud}`)
      }
      const fields = { token: 'x', ...assertionFields(made({ claims: { aud: 'https://other.example/introspect' } })) }
      assertRefused(await postForm(app, path, fields), 401, 'invalid_client')
    }
  })

  test('[RFC7523 3] the Host header gives us no other name', async () => {
    const assertion = made({ claims: { aud: 'https://evil.example/token' } })
    const fields = { grant_type: 'client_credentials', ...assertionFields(assertion) }
    assertRefused(await postForm(started().app, '/token', fields, { host: 'evil.example' }), 401, 'invalid_client')
  })
})

test('[RFC7523 3] an issuer with a path has its endpoints below it', async (t) => {
  const issuer = 'https://login.example/sso'
  const started = await testApp({ issuer, clients })
  t.after(() => started.close())
  const post = (aud: string) =>
    postForm(started.app, '/sso/introspect', { token: 'x', ...assertionFields(made({ claims: { aud } })) })
  for (const aud of [issuer, `${issuer}/token`, `${issuer}/introspect`])
    assert.equal((await post(aud)).statusCode, 200, aud)
  for (const aud of [ISSUER, `${ISSUER}/introspect`]) assertRefused(await post(aud), 401, 'invalid_client')
})

describe('[RFC7523 3] an assertion counts once', () => {
  test('at this process and at every other one', async (t) => {
    const first = await testApp({ clients })
    t.after(() => first.close())
    const second = await first.another()
    t.after(() => second.close())
    const assertion = made()
    assert.equal((await send(first, assertion)).statusCode, 200)
    for (const process of [first, second]) assertRefused(await send(process, assertion), 401, 'invalid_client')

    const raced = made()
    const answers = await Promise.all([first, second, first, second].map((process) => send(process, raced)))
    assert.equal(answers.filter(({ statusCode }) => statusCode === 200).length, 1)
  })

  test('until it has expired, and whatever was swept', async (t) => {
    const world = await testApp({ clients })
    t.after(() => world.close())
    const assertion = made()
    assert.equal((await send(world, assertion)).statusCode, 200)
    for (let second = 0; second < 3 * 3600; second += 600) {
      world.clock.advance(600_000)
      await world.storage.sweep(world.clock.now(), 100)
      assertRefused(await send(world, assertion), 401, 'invalid_client')
    }
  })

  test('by its jti, whatever else is in it', async (t) => {
    const world = await testApp({ clients })
    t.after(() => world.close())
    assert.equal((await send(world, made({ claims: { jti: 'one' } }))).statusCode, 200)
    assertRefused(await send(world, made({ claims: { jti: 'one', exp: NOW + 90 } })), 401, 'invalid_client')
  })

  test('and another client may have a jti of the same name', async (t) => {
    const world = await testApp({ clients })
    t.after(() => world.close())
    assert.equal((await send(world, made({ claims: { jti: 'one' } }))).statusCode, 200)
    assert.equal((await send(world, made({ id: 'pinned', claims: { jti: 'one' } }))).statusCode, 200)
  })

  test('and nobody can use it up without the client’s key', async (t) => {
    const world = await testApp({ clients })
    t.after(() => world.close())
    const claims = { jti: 'guessed' }
    assertRefused(await send(world, made({ claims, key: ecPair().privateKey })), 401, 'invalid_client')
    assert.equal((await send(world, made({ claims }))).statusCode, 200)
  })
})

describe('keys of a jwks_uri', () => {
  const URI = 'https://client.example/jwks'
  const publishing = signing('publishing', { jwks_uri: URI })
  const [old, next] = [ecPair(), ecPair()]

  async function world() {
    const state = { served: jwks(jwkOf(old, { kid: 'old' })) as object | undefined, asked: 0 }
    const egress: Egress = {
      async get(url) {
        assert.equal(url, URI)
        state.asked++
        if (state.served === undefined) throw new EgressError('connection', 'client.example: ECONNREFUSED')
        return { body: JSON.stringify(state.served), headers: new Headers() }
      },
      post: () => assert.fail('nothing is posted'),
      send: () => assert.fail('nothing is sent'),
    }
    return { state, started: await testApp({ clients: [publishing], egress }) }
  }
  const by = (pair: KeyPair, kid: string, claims: Json = {}) =>
    made({ id: 'publishing', key: pair.privateKey, header: { kid }, claims })
  const later = (seconds: number) => ({ iat: NOW + seconds, exp: NOW + seconds + 60 })

  test('[OIDC Core 10.1.1] a new key is fetched when something is signed with it', async (t) => {
    const { state, started } = await world()
    t.after(() => started.close())
    assert.equal((await send(started, by(old, 'old'))).statusCode, 200)
    assert.equal((await send(started, by(old, 'old'))).statusCode, 200)
    assert.equal(state.asked, 1)
    state.served = jwks(jwkOf(old, { kid: 'old' }), jwkOf(next, { kid: 'next' }))
    started.clock.advance(10_000)
    assert.equal((await send(started, by(next, 'next', later(10)))).statusCode, 200)
    assert.equal(state.asked, 2)
  })

  test('[OIDC Core 10.1.1] an old key that is published no more is refused', async (t) => {
    const { state, started } = await world()
    t.after(() => started.close())
    assert.equal((await send(started, by(old, 'old'))).statusCode, 200)
    state.served = jwks(jwkOf(next, { kid: 'next' }))
    started.clock.advance(600_000)
    assertRefused(await send(started, by(old, 'old', later(600))), 401, 'invalid_client')
  })

  test('the last good keys stay while nobody answers there', async (t) => {
    const { state, started } = await world()
    t.after(() => started.close())
    assert.equal((await send(started, by(old, 'old'))).statusCode, 200)
    state.served = undefined
    started.clock.advance(86_400_000)
    assert.equal((await send(started, by(old, 'old', later(86_400)))).statusCode, 200)
    assert.match(JSON.stringify(started.logged), /ECONNREFUSED.*a jwks_uri gives no usable keys/)
  })

  test('an assertion that is wrong in itself makes us ask nobody', async (t) => {
    const { state, started } = await world()
    t.after(() => started.close())
    assertRefused(await send(started, by(old, 'old', { exp: NOW - 3600 })), 401, 'invalid_client')
    assert.equal(state.asked, 0)
  })

  test('without any keys the client is refused, not the server broken', async (t) => {
    const { state, started } = await world()
    t.after(() => started.close())
    state.served = undefined
    assertRefused(await send(started, by(old, 'old')), 401, 'invalid_client')
  })
})

test('[RFC8725 3.2] two RSA keys without names are both tried', async (t) => {
  const client = signing('two', { jwks: jwks(jwkOf(otherRsaPair()), jwkOf(rsa)) })
  const started = await testApp({ clients: [client] })
  t.after(() => started.close())
  for (const pair of [rsa, otherRsaPair()]) {
    assert.equal((await send(started, made({ id: 'two', alg: 'RS256', key: pair.privateKey }))).statusCode, 200)
  }
})
