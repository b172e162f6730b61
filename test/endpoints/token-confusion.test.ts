/**
 * Every kind of token at every endpoint that takes one (RFC 8725 §2.8, §3.12; RFC 9068 §5): each is taken where it
 * belongs, and nowhere else. Two kinds have the same `typ`, all of them may have the same key.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { toSeconds } from '../../src/base/clock.ts'
import { anApi } from '../fixtures/api.ts'
import { aClient, aPublicClient } from '../fixtures/client.ts'
import { changedInEveryPart, claimsOf, headerOf } from '../fixtures/forged-tokens.ts'
import { fakeRandom } from '../fixtures/random.ts'
import { ISSUER, type TestApp, testApp } from '../fixtures/test-app.ts'
import { authorizeQuery, basicAuthorization, type TestBrowser, testBrowser } from '../fixtures/test-browser.ts'
import { codeFields, newCode, newTokens, postAsApp, postForm, userinfo } from '../fixtures/test-client.ts'

/** Its APIs want tokens with the typ of ID tokens, signed with the same key. */
const confusing = aClient({ id: 'confusing', accessTokenAudience: ['old'], accessTokenAlgorithm: 'RS256' })
/** The same client as `app` but for what it gets signed. */
const signs = aClient({ id: 'signs', metadata: { userinfo_signed_response_alg: 'RS256' } })
const gateway = aClient({ id: 'gateway', introspects: 'any' })
const api = anApi({ audience: 'old', scopes: ['api'], accessTokenType: 'JWT' })

type Kind =
  | 'access token at+jwt'
  | 'access token JWT'
  | 'access token JWT for an API alone'
  | 'access token of the client itself'
  | 'ID token'
  | 'refresh token'
  | 'code'
  | 'logout token'
  | 'signed userinfo response'
  | 'signed introspection response'
  | 'JWT with all but the token_use of an access token'
  | 'nothing of ours'

interface World {
  readonly started: TestApp
  readonly browser: TestBrowser
  readonly tokens: Readonly<Record<Kind, string>>
}

async function makeWorld(): Promise<World> {
  const started = await testApp({ clients: [aClient(), aPublicClient(), confusing, signs, gateway], apis: [api] })
  await started.addAccount()
  const { app, deps } = started
  const browser = testBrowser(app)
  const usual = await newTokens(app, { browser })
  const authorization = basicAuthorization('confusing')
  const query = authorizeQuery({ client_id: 'confusing', scope: 'openid api' })
  const redeem = async (more: Record<string, string> = {}) => {
    const form = codeFields(await newCode(app, { query }), more)
    return (await postForm(app, '/token', form, { authorization })).json()
  }
  const own = await postForm(app, '/token', { grant_type: 'client_credentials' }, { authorization })
  const asSigns = basicAuthorization('signs')
  const code = await newCode(app, { query: authorizeQuery({ client_id: 'signs' }) })
  const signing = (await postForm(app, '/token', codeFields(code), { authorization: asSigns })).json()
  const introspected = await postForm(
    app,
    '/introspect',
    { token: signing.access_token },
    { authorization: asSigns, accept: 'application/token-introspection+jwt' },
  )
  assert.equal(headerOf(introspected.body)['typ'], 'token-introspection+jwt')
  const { sub, sid } = claimsOf(usual.id_token)
  const now = toSeconds(deps.clock.now())
  const likeIdToken = { iss: ISSUER, aud: 'app', sub, sid, iat: now }
  const sign = (typ: string, claims: Readonly<Record<string, unknown>>) => deps.keyRing.sign('RS256', typ, claims)
  return {
    started,
    browser,
    tokens: {
      'access token at+jwt': usual.access_token,
      'access token JWT': (await redeem()).access_token,
      'access token JWT for an API alone': (await redeem({ resource: 'old' })).access_token,
      'access token of the client itself': own.json().access_token,
      'ID token': usual.id_token,
      'refresh token': usual.refresh_token,
      code: await newCode(app),
      // OpenID Connect Back-Channel Logout §2.4
      'logout token': await sign('logout+jwt', {
        ...likeIdToken,
        exp: now + 120,
        jti: 'a-jti',
        events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
      }),
      // OpenID Connect Core §5.3.2 names no type for it.
      'signed userinfo response': (await userinfo(app, signing.access_token)).body,
      'signed introspection response': introspected.body,
      'JWT with all but the token_use of an access token': await sign('JWT', {
        ...claimsOf(usual.access_token),
        auth_time: undefined,
      }),
      'nothing of ours': fakeRandom('elsewhere').bytes(32).toString('base64url'),
    },
  }
}

const ACCESS: readonly Kind[] = [
  'access token at+jwt',
  'access token JWT',
  'access token JWT for an API alone',
  'access token of the client itself',
]

/** An endpoint that takes tokens: which kinds it takes, and how to see that it took one. */
interface Taker {
  readonly endpoint: string
  readonly takes: readonly Kind[]
  isTaken(token: string, world: World): Promise<boolean>
}

const TAKERS: readonly Taker[] = [
  {
    endpoint: 'userinfo',
    takes: ['access token at+jwt', 'access token JWT'],
    isTaken: async (token, { started }) => (await userinfo(started.app, token)).statusCode === 200,
  },
  {
    endpoint: 'introspection',
    takes: [...ACCESS, 'refresh token'],
    async isTaken(token, { started }) {
      const authorization = basicAuthorization('gateway')
      return (await postForm(started.app, '/introspect', { token }, { authorization })).json().active === true
    },
  },
  {
    endpoint: 'grant_type=authorization_code',
    takes: ['code'],
    isTaken: async (token, { started }) =>
      (await postAsApp(started.app, '/token', codeFields(token))).statusCode === 200,
  },
  {
    endpoint: 'grant_type=refresh_token',
    takes: ['refresh token'],
    async isTaken(refresh_token, { started }) {
      const form = { grant_type: 'refresh_token', refresh_token }
      return (await postAsApp(started.app, '/token', form)).statusCode === 200
    },
  },
  {
    endpoint: 'id_token_hint at the authorization endpoint',
    takes: ['ID token'],
    async isTaken(id_token_hint, { started, browser }) {
      assert.ok(started)
      const query = authorizeQuery({ prompt: 'none', id_token_hint })
      return /[?&]code=/.test(String((await browser.get(`/authorize?${query}`)).headers.location))
    },
  },
  {
    endpoint: 'id_token_hint at the end-session endpoint',
    takes: ['ID token'],
    async isTaken(id_token_hint, { started }) {
      // Only a hint names the client, and so the one place that its address is registered at.
      const query = new URLSearchParams({ id_token_hint, post_logout_redirect_uri: 'https://app.example/bye' })
      const { headers } = await testBrowser(started.app).get(`/end-session?${query}`)
      return headers.location === 'https://app.example/bye'
    },
  },
  {
    // Last, for what it takes is dead from then on. It answers 200 to everything (RFC 7009 §2.2): what counts is what is revoked.
    endpoint: 'revocation',
    takes: [...ACCESS, 'refresh token'],
    async isTaken(token, { started }) {
      const before = started.logged.length
      for (const id of ['app', 'confusing']) {
        await postForm(started.app, '/revoke', { token }, { authorization: basicAuthorization(id) })
      }
      return started.logged.slice(before).some((line) => /revoked$/.test(String(line['audit'])))
    },
  },
]

/** One bit more, less or other. Each is a token of its kind to the eye. */
function damaged(token: string): readonly string[] {
  const middle = Math.floor(token.length / 2)
  const changed = `${token.slice(0, middle)}${token[middle] === 'A' ? 'B' : 'A'}${token.slice(middle + 1)}`
  return [token.slice(0, -1), token.slice(1), `${token}A`, `${token}.`, `A${token}`, changed, token.slice(0, middle)]
}

describe('[RFC8725 3.12] every kind of token at every endpoint', () => {
  let world: World
  before(async () => {
    world = await makeWorld()
  })
  after(() => world.started.close())

  test('two kinds are alike to the eye: same typ, algorithm and key', () => {
    const [access, id] = [world.tokens['access token JWT'], world.tokens['ID token']]
    assert.deepEqual(headerOf(access), headerOf(id))
    assert.equal(claimsOf(access)['token_use'], 'access')
    assert.equal('token_use' in claimsOf(id), false)
  })

  for (const taker of TAKERS) {
    test(`${taker.endpoint} takes no token that is damaged`, async () => {
      for (const kind of taker.takes) {
        const token = world.tokens[kind]
        const bad = kind === 'refresh token' ? [...damaged(token), ...changedInEveryPart(token)] : damaged(token)
        for (const one of bad) assert.equal(await taker.isTaken(one, world), false, `${kind}: ${one}`)
      }
    })

    test(`${taker.endpoint} takes ${taker.takes.join(', ')}, and nothing else`, async () => {
      const kinds = Object.keys(world.tokens) as readonly Kind[]
      // What it must not take first: a code is used up, and a second use would take its family with it.
      for (const kind of kinds.toSorted((a, b) => Number(taker.takes.includes(a)) - Number(taker.takes.includes(b)))) {
        assert.equal(await taker.isTaken(world.tokens[kind], world), taker.takes.includes(kind), kind)
      }
    })
  }
})
