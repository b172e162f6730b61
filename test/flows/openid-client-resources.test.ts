/** openid-client against the real program: tokens for one API at a time (RFC 8707), and clients that share no names (Core §8). */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as oidc from 'openid-client'
import { countersignInstallation, type Installation, newClientSecret } from '../fixtures/countersign.ts'
import { httpBrowser } from '../fixtures/http-browser.ts'

const ALICE = { username: 'alice', password: 'correct horse battery staple' }
const SECRET = newClientSecret()
const [ORDERS, OLD] = ['https://orders.example', 'https://old.example']

const entry = (id: string, more: Readonly<Record<string, unknown>>) => ({
  client_id: id,
  client_secret: SECRET,
  redirect_uris: [`https://${id}.example/callback`],
  grant_types: ['authorization_code', 'refresh_token'],
  scope: 'openid email orders:read',
  first_party: true,
  ...more,
})

const CLIENTS = [
  entry('shop', { access_token_audience: [ORDERS, OLD] }),
  entry('wiki', { subject_type: 'pairwise' }),
  entry('blog', { subject_type: 'pairwise' }),
  entry('orders-api', { grant_types: [], redirect_uris: [] }),
]
const APIS = [
  { audience: ORDERS, scopes: ['orders:read'], introspection_client: 'orders-api' },
  { audience: OLD, access_token_typ: 'JWT', access_token_signed_response_alg: 'RS256' },
]

describe('openid-client, tokens for one API, and names of its own', () => {
  let countersign: Installation
  before(async () => {
    countersign = await countersignInstallation({ clients: CLIENTS, config: { apis: APIS } })
    await countersign.addAccounts({ ...ALICE, email: 'alice@example.org' })
    await countersign.start()
  })
  after(() => countersign?.remove())

  const discover = (id: string) =>
    oidc.discovery(new URL(countersign.issuer), id, {}, oidc.ClientSecretBasic(SECRET), {
      execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
    })

  /** @param resources at the authorization endpoint, and the one at the token endpoint */
  async function signOn(id: string, resources: readonly string[] = [], resource?: string) {
    const config = await discover(id)
    const verifier = oidc.randomPKCECodeVerifier()
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: `https://${id}.example/callback`,
      scope: 'openid email orders:read',
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })
    for (const one of resources) url.searchParams.append('resource', one)
    const answer = await httpBrowser().authorize(url, ALICE)
    const checks = { pkceCodeVerifier: verifier, idTokenExpected: true }
    const parameters: Record<string, string> = resource === undefined ? {} : { resource }
    const tokens = await oidc.authorizationCodeGrant(config, answer.url, checks, parameters)
    return { config, tokens }
  }
  const verify = (config: oidc.Configuration, token: string, options: Parameters<typeof jwtVerify>[2]) =>
    jwtVerify(token, createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri ?? '')), options)

  test('[RFC8707 2.2] one grant, one token for each API, and one for userinfo', async () => {
    const { config, tokens } = await signOn('shop', [ORDERS, OLD], ORDERS)
    const { payload } = await verify(config, tokens.access_token, { audience: ORDERS, typ: 'at+jwt' })
    assert.deepEqual([payload.aud, payload['scope'], tokens.scope], [ORDERS, 'orders:read', 'orders:read'])
    const sub = tokens.claims()?.sub ?? ''
    await assert.rejects(oidc.fetchUserInfo(config, tokens.access_token, sub))

    const refresh = (resource: string) => oidc.refreshTokenGrant(config, tokens.refresh_token ?? '', { resource })
    const old = await refresh(OLD)
    await verify(config, old.access_token, { audience: OLD, typ: 'JWT', algorithms: ['RS256'] })
    assert.equal(old.scope, '')
    const own = await refresh(countersign.issuer)
    assert.equal((await oidc.fetchUserInfo(config, own.access_token, sub)).email, 'alice@example.org')
    await assert.rejects(refresh('https://elsewhere.example'), { error: 'invalid_target' })
  })

  test('[RFC7662 4] the API introspects what is for it', async () => {
    const { tokens } = await signOn('shop', [ORDERS], ORDERS)
    const api = await discover('orders-api')
    const { active, aud, scope } = await oidc.tokenIntrospection(api, tokens.access_token)
    assert.deepEqual([active, aud, scope], [true, ORDERS, 'orders:read'])
    const { tokens: others } = await signOn('shop', [OLD], OLD)
    assert.equal((await oidc.tokenIntrospection(api, others.access_token)).active, false)
  })

  test('[OpenID Connect Core 8] two pairwise clients know one person by two names, each everywhere by its own', async () => {
    const subs: string[] = []
    for (const id of ['wiki', 'blog']) {
      const { config, tokens } = await signOn(id)
      const sub = tokens.claims()?.sub ?? ''
      // openid-client refuses userinfo of another sub.
      assert.equal((await oidc.fetchUserInfo(config, tokens.access_token, sub)).sub, sub)
      const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')
      assert.equal(refreshed.claims()?.sub, sub)
      subs.push(sub)
    }
    assert.equal(new Set(subs).size, 2)
    const again = await signOn('wiki')
    assert.equal(again.tokens.claims()?.sub, subs[0])
  })
})
