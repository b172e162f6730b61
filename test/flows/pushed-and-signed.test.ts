/** An independent relying party, openid-client, pushes, signs, encrypts and publishes its requests, over real ports. */
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { CompactEncrypt, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import * as oidc from 'openid-client'
import { countersignInstallation, type Installation, newClientSecret } from '../fixtures/countersign.ts'
import { httpBrowser } from '../fixtures/http-browser.ts'

const ALICE = { username: 'alice', password: 'correct horse battery staple' }
const SECRET = newClientSecret()
const CALLBACK = 'https://app.example/callback'
const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', use: 'sig' }] }

describe('openid-client pushes and signs its requests, over a real port', () => {
  let countersign: Installation
  let publisher: Server
  /** What the client publishes, and who asked for it. */
  const published = { text: '', type: 'application/oauth-authz-req+jwt', asked: 0 }

  before(async () => {
    publisher = createServer((_request, response) => {
      published.asked++
      response.writeHead(200, { 'content-type': published.type }).end(published.text)
    })
    await new Promise<void>((resolve) => void publisher.listen(0, '127.0.0.1', resolve))
    const client = {
      client_secret: SECRET,
      redirect_uris: [CALLBACK],
      scope: 'openid profile email',
      first_party: true,
    }
    const { port } = publisher.address() as AddressInfo
    countersign = await countersignInstallation({
      config: { keys: { sealing_key_file: 'keys/sealing.key', encryption_algorithms: ['ECDH-ES'] } },
      clients: [
        { ...client, client_id: 'pushing', require_pushed_authorization_requests: true },
        { ...client, client_id: 'signing', jwks, require_signed_request_object: true },
        {
          ...client,
          client_id: 'both',
          jwks,
          require_signed_request_object: true,
          require_pushed_authorization_requests: true,
        },
        { ...client, client_id: 'publishing', jwks, request_uris: [`http://127.0.0.1:${port}/request.jwt`] },
      ],
    })
    await countersign.addAccounts({ ...ALICE, name: 'Alice Adams', email: 'alice@example.org', email_verified: true })
    await countersign.start()
  })
  after(async () => {
    publisher?.close()
    await countersign?.remove()
  })

  const discover = (id: string) =>
    oidc.discovery(new URL(countersign.issuer), id, {}, oidc.ClientSecretBasic(SECRET), {
      execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
    })

  type Build = (config: oidc.Configuration, parameters: Record<string, string>) => Promise<URL> | URL
  async function signOn(id: string, build: Build, more: Record<string, string> = {}) {
    const config = await discover(id)
    const [state, nonce, verifier] = [oidc.randomState(), oidc.randomNonce(), oidc.randomPKCECodeVerifier()]
    const url = await build(config, {
      ...{ redirect_uri: CALLBACK, scope: 'openid', response_type: 'code', state, nonce },
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...more,
    })
    const answer = await httpBrowser().authorize(url, ALICE)
    const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true }
    const tokens = await oidc.authorizationCodeGrant(config, answer.url, checks)
    const claims = tokens.claims()
    return { url, claims, userinfo: await oidc.fetchUserInfo(config, tokens.access_token, claims?.sub ?? '') }
  }

  const signed: Build = (config, parameters) =>
    oidc.buildAuthorizationUrlWithJAR(config, parameters, { key: privateKey, kid: 'one' })
  const claims = JSON.stringify({ userinfo: { email: { essential: true } }, id_token: { name: null } })

  test('[RFC9126] a request that is pushed; claims that are asked for one by one', async () => {
    const { url, claims: said, userinfo } = await signOn('pushing', oidc.buildAuthorizationUrlWithPAR, { claims })
    assert.deepEqual([...url.searchParams.keys()].sort(), ['client_id', 'request_uri'])
    assert.deepEqual(
      [said?.['name'], said?.['email'], userinfo.email, userinfo.name],
      ['Alice Adams', undefined, 'alice@example.org', undefined],
    )
    await assert.rejects(signOn('pushing', oidc.buildAuthorizationUrl), { error: 'invalid_request' })
  })

  test('[RFC9101] a request that is signed', async () => {
    const { url, userinfo } = await signOn('signing', signed, { claims })
    assert.deepEqual([...url.searchParams.keys()].sort(), ['client_id', 'request'])
    assert.equal(userinfo.email, 'alice@example.org')
    await assert.rejects(signOn('signing', oidc.buildAuthorizationUrl), { error: 'invalid_request' })
  })

  test('[RFC9126 3] one that is signed and pushed', async () => {
    const both: Build = async (config, parameters) =>
      oidc.buildAuthorizationUrlWithPAR(config, (await signed(config, parameters)).searchParams)
    assert.ok((await signOn('both', both)).claims)
    // Signed, and not pushed: nothing in the query says where that could be told.
    const config = await discover('both')
    const page = await httpBrowser().open(await signed(config, { redirect_uri: CALLBACK, response_type: 'code' }))
    assert.equal(page.status, 400)
    assert.match(page.body, /the client must push its requests first/)
    await assert.rejects(signOn('both', oidc.buildAuthorizationUrlWithPAR), { error: 'invalid_request' })
  })

  test('[RFC9101 6.1] one that is signed and encrypted to us', async () => {
    const encrypted: Build = async (config, parameters) => {
      const { keys } = (await (await fetch(config.serverMetadata().jwks_uri ?? '')).json()) as { keys: JWK[] }
      const key = keys.find(({ use }) => use === 'enc')
      assert.ok(key?.kid)
      const url = await signed(config, parameters)
      const jwe = new CompactEncrypt(Buffer.from(url.searchParams.get('request') ?? ''))
      jwe.setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', kid: key.kid, cty: 'oauth-authz-req+jwt' })
      url.searchParams.set('request', await jwe.encrypt(await importJWK(key, 'ECDH-ES')))
      return url
    }
    assert.ok((await signOn('signing', encrypted)).claims)
  })

  test('[OpenID Connect Core 6.2] one that is published, as it is asked for', async () => {
    const { port } = publisher.address() as AddressInfo
    const byReference: Build = async (config, parameters) => {
      const url = await signed(config, parameters)
      published.text = url.searchParams.get('request') ?? ''
      url.searchParams.delete('request')
      url.searchParams.set('request_uri', `http://127.0.0.1:${port}/request.jwt`)
      for (const name of ['redirect_uri', 'response_type', 'scope', 'state'])
        url.searchParams.set(name, parameters[name] ?? '')
      return url
    }
    assert.ok((await signOn('publishing', byReference)).claims)
    assert.equal(published.asked, 1)
    published.type = 'text/html'
    await assert.rejects(signOn('publishing', byReference), { error: 'invalid_request_uri' })
  })
})
