/** Clients that come by themselves, over real ports: openid-client registers, two processes serve, a document is fetched. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { exportJWK, generateKeyPair, jwtVerify } from 'jose'
import * as oidc from 'openid-client'
import { sha256 } from '../../src/base/hash.ts'
import { certificateAuthority } from '../fixtures/certificates.ts'
import {
  type CountersignProcess,
  countersignInstallation,
  type Installation,
  newClientSecret,
} from '../fixtures/countersign.ts'
import { freePort } from '../fixtures/free-port.ts'
import { httpBrowser } from '../fixtures/http-browser.ts'

const ALICE = { username: 'alice', password: 'correct horse battery staple' }
const CALLBACK = 'https://tool.example/callback'
const TOKEN = newClientSecret()
const REGISTRATION = {
  enabled: true,
  initial_access_tokens: [`sha256:${sha256(TOKEN)}`],
  allowed_redirect_hosts: ['tool.example'],
}
const { privateKey, publicKey } = await generateKeyPair('ES256')
const publicJwk: Record<string, string> = JSON.parse(JSON.stringify(await exportJWK(publicKey)))
const execute = [oidc.allowInsecureRequests]

async function signOn(config: oidc.Configuration, scope = 'openid email offline_access') {
  const [state, nonce, verifier] = [oidc.randomState(), oidc.randomNonce(), oidc.randomPKCECodeVerifier()]
  const url = oidc.buildAuthorizationUrl(config, {
    ...{ redirect_uri: CALLBACK, scope, state, nonce },
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })
  const { url: arrived } = await httpBrowser().authorize(url, ALICE)
  return oidc.authorizationCodeGrant(config, arrived, {
    ...{ expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true },
  })
}

/** Any other process than the one that discovery leads to. */
function at({ origin }: CountersignProcess, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${origin}${path}`, init)
}

describe('openid-client registers itself', () => {
  let countersign: Installation
  let other: CountersignProcess

  before(async () => {
    countersign = await countersignInstallation({ clients: [], config: { registration: REGISTRATION } })
    await countersign.addAccounts({ ...ALICE, email: 'alice@example.org' })
    await countersign.start()
    other = await countersign.start({ port: await freePort() })
  })
  after(() => countersign?.remove())

  const METHODS: Readonly<Record<string, oidc.ClientAuth>> = {
    client_secret_basic: oidc.ClientSecretBasic(),
    client_secret_post: oidc.ClientSecretPost(),
    client_secret_jwt: oidc.ClientSecretJwt(),
    private_key_jwt: oidc.PrivateKeyJwt(privateKey),
    none: oidc.None(),
  }
  const register = (metadata: Partial<oidc.ClientMetadata> = {}, initialAccessToken = TOKEN) =>
    oidc.dynamicClientRegistration(
      new URL(countersign.issuer),
      { redirect_uris: [CALLBACK], ...metadata },
      METHODS[String(metadata.token_endpoint_auth_method ?? 'client_secret_basic')],
      { execute, initialAccessToken },
    )

  const REGISTRATIONS: readonly [string, Partial<oidc.ClientMetadata>][] = [
    ['client_secret_basic by default', {}],
    ['client_secret_post', { token_endpoint_auth_method: 'client_secret_post' }],
    ['a public client', { token_endpoint_auth_method: 'none' }],
    ['client_secret_jwt', { token_endpoint_auth_method: 'client_secret_jwt' }],
    ['private_key_jwt', { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [publicJwk] } }],
  ]
  for (const [what, metadata] of REGISTRATIONS) {
    test(`[OIDC Registration 3] [RFC7591 3] and signs in: ${what}`, async () => {
      const config = await register({ ...metadata, grant_types: ['authorization_code', 'refresh_token'] })
      const tokens = await signOn(config)
      const claims = tokens.claims()
      assert.equal(claims?.aud, config.clientMetadata().client_id)
      const info = await oidc.fetchUserInfo(config, tokens.access_token, claims?.sub ?? '')
      assert.equal(info.email, 'alice@example.org')
      const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')
      assert.ok(refreshed.access_token)
    })
  }

  test('[OIDC Core 10.1] ID tokens may be signed with the secret that it was given', async () => {
    const config = await register({ id_token_signed_response_alg: 'HS256' })
    const { client_id, client_secret } = config.clientMetadata()
    const { id_token = '' } = await signOn(config)
    const { payload } = await jwtVerify(id_token, new TextEncoder().encode(client_secret), { algorithms: ['HS256'] })
    assert.equal(payload.aud, client_id)
  })

  test('[RFC7591 3.2.2] what is refused is refused in the standard’s words', async () => {
    await assert.rejects(
      register({ redirect_uris: ['https://evil.example/'] }),
      (error) => error instanceof oidc.ResponseBodyError && error.error === 'invalid_redirect_uri',
    )
    await assert.rejects(register({}, 'wrong'), oidc.WWWAuthenticateChallengeError)
  })

  test('[RFC7592 2] registered at one, served, changed and removed at the other', async () => {
    const config = await register({})
    const metadata = config.clientMetadata()
    const { client_id, client_secret = '', registration_access_token, registration_client_uri } = metadata
    const path = new URL(String(registration_client_uri)).pathname
    const headers = { authorization: `Bearer ${registration_access_token}`, 'content-type': 'application/json' }
    const tokens = await signOn(config)
    const userinfo = async (from: CountersignProcess) =>
      (await at(from, '/userinfo', { headers: { authorization: `Bearer ${tokens.access_token}` } })).status
    assert.equal(await userinfo(other), 200)

    const read = await at(other, path, { headers })
    assert.equal(read.status, 200)
    const body = JSON.stringify({ client_id, client_secret, redirect_uris: [CALLBACK], client_name: 'Renamed' })
    const changed = await at(other, path, { method: 'PUT', headers, body })
    assert.equal(changed.status, 200)
    assert.equal(JSON.parse(await changed.text()).client_name, 'Renamed')
    await delay(1000)
    const page = await httpBrowser().open(
      oidc.buildAuthorizationUrl(config, {
        redirect_uri: CALLBACK,
        scope: 'openid',
        code_challenge: 'x'.repeat(43),
        code_challenge_method: 'S256',
      }),
    )
    assert.match(page.body, /<bdi>Renamed<\/bdi> registered itself here/)

    assert.equal((await at(other, path, { method: 'DELETE', headers })).status, 204)
    assert.equal(await userinfo(other), 401)
    await delay(1000)
    assert.equal((await fetch(`${countersign.issuer}${path}`, { headers })).status, 401)
    await assert.rejects(
      oidc.fetchUserInfo(config, tokens.access_token, tokens.claims()?.sub ?? ''),
      oidc.WWWAuthenticateChallengeError,
    )
  })

  test('the operator sees it, and removes it', async () => {
    const { client_id } = (await register({ client_name: 'Seen' })).clientMetadata()
    assert.match(
      (await countersign.run(['client', 'list'])).stdout,
      new RegExp(`^${client_id} +Seen +registration`, 'm'),
    )
    assert.equal((await countersign.run(['client', 'remove', client_id, '--yes'])).status, 0)
    await delay(1000)
    const response = await fetch(`${countersign.issuer}/authorize?client_id=${client_id}`)
    assert.equal(response.status, 400)
  })
})

describe('a client at the address of its document', () => {
  let countersign: Installation
  let web: Server
  let clientId: string

  before(async () => {
    const authority = certificateAuthority()
    const { certificate, key } = authority.issue('localhost')
    web = createServer({ cert: certificate, key }, (request, response) => {
      if (request.url !== '/client.json') return void response.writeHead(302, { location: '/client.json' }).end()
      const document = { client_id: clientId, client_name: 'Tool', redirect_uris: [CALLBACK], scope: 'openid email' }
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'max-age=3600' })
      response.end(JSON.stringify(document))
    })
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve))
    const host = `localhost:${(web.address() as AddressInfo).port}`
    clientId = `https://${host}/client.json`
    countersign = await countersignInstallation({
      clients: [],
      config: { client_id_metadata_documents: { allowed_domains: [host] } },
    })
    await writeFile(join(countersign.folder, 'ca.pem'), authority.certificate)
    await countersign.addAccounts({ ...ALICE, email: 'alice@example.org' })
    await countersign.start({ environment: { NODE_EXTRA_CA_CERTS: join(countersign.folder, 'ca.pem') } })
  })
  after(async () => {
    web?.close()
    await countersign?.remove()
  })

  const discover = (id: string) =>
    oidc.discovery(new URL(countersign.issuer), id, {}, oidc.None(), { execute: [oidc.allowInsecureRequests] })

  test('[CIMD 6] signs in without having been registered', async () => {
    const config = await discover(clientId)
    assert.equal(config.serverMetadata()['client_id_metadata_document_supported'], true)
    const tokens = await signOn(config, 'openid email')
    assert.equal(tokens.claims()?.aud, clientId)
  })

  test('[CIMD 5] a redirect is not followed, and another host is not asked', async () => {
    for (const id of [clientId.replace('client.json', 'moved'), 'https://localhost/client.json', `${clientId}/..`]) {
      const response = await fetch(`${countersign.issuer}/authorize?client_id=${encodeURIComponent(id)}`)
      assert.equal(response.status, 400, id)
    }
  })
})
