/** An independent client, openid-client, that proves itself by assertions, against the real program on a real port. */
import assert from 'node:assert/strict'
import { webcrypto } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import * as oidc from 'openid-client'
import {
  type CountersignProcess,
  countersignInstallation,
  type Installation,
  newClientSecret,
} from '../fixtures/countersign.ts'

const { subtle } = webcrypto
const SECRET = newClientSecret()
const RSA = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }
const ALGORITHMS = {
  RS256: { name: 'RSASSA-PKCS1-v1_5', ...RSA },
  PS256: { name: 'RSA-PSS', ...RSA },
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  EdDSA: { name: 'Ed25519' },
} as const

type Algorithm = keyof typeof ALGORITHMS

interface Keys {
  readonly key: webcrypto.CryptoKey
  readonly jwk: webcrypto.JsonWebKey
}

async function newKeys(alg: Algorithm): Promise<Keys> {
  const pair = await subtle.generateKey(ALGORITHMS[alg], true, ['sign', 'verify'])
  assert.ok('privateKey' in pair)
  // As Web Crypto publishes it: with key_ops, ext and an alg of its own choice.
  return { key: pair.privateKey, jwk: await subtle.exportKey('jwk', pair.publicKey) }
}

describe('openid-client proves itself by assertions, over a real port', () => {
  const keys = new Map<string, Keys>()
  const published: unknown[] = []
  let jwksServer: Server
  let countersign: Installation
  let running: CountersignProcess

  before(async () => {
    const machine = { grant_types: ['client_credentials'], scope: 'orders:read' }
    const entries: Record<string, unknown>[] = []
    for (const alg of ['RS256', 'PS256', 'ES256', 'EdDSA'] as const) {
      const made = await newKeys(alg)
      keys.set(alg, made)
      // The public members alone: the file knows no others.
      const { kty, crv, x, y, n, e } = made.jwk
      const jwks = { keys: [{ kty, crv, x, y, n, e, kid: alg }] }
      entries.push({ ...machine, client_id: alg, token_endpoint_auth_method: 'private_key_jwt', jwks })
    }
    const robot = await newKeys('ES256')
    keys.set('robot', robot)
    published.push({ ...robot.jwk, kid: 'robot' })
    jwksServer = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: published }))
    })
    await new Promise<void>((resolve) => jwksServer.listen(0, '127.0.0.1', resolve))
    const jwks_uri = `http://robot.localhost:${(jwksServer.address() as AddressInfo).port}/jwks`
    entries.push({ ...machine, client_id: 'robot', token_endpoint_auth_method: 'private_key_jwt', jwks_uri })
    entries.push({
      ...machine,
      client_id: 'secretive',
      token_endpoint_auth_method: 'client_secret_jwt',
      client_secret: SECRET,
    })
    countersign = await countersignInstallation({ clients: entries })
    running = await countersign.start()
  })
  after(async () => {
    jwksServer?.close()
    await countersign?.remove()
  })

  const discover = (id: string, authentication: oidc.ClientAuth): Promise<oidc.Configuration> =>
    oidc.discovery(new URL(countersign.issuer), id, {}, authentication, { execute: [oidc.allowInsecureRequests] })
  const keyOf = (id: string): oidc.PrivateKey => {
    const made = keys.get(id)
    assert.ok(made)
    return { key: made.key, kid: id }
  }
  /** It calls EdDSA by the name of RFC 9864. */
  const asEdDsa = {
    [oidc.modifyAssertion]: (header: Record<string, unknown>) => {
      if (header['alg'] === 'Ed25519') header['alg'] = 'EdDSA'
    },
  }

  for (const id of ['RS256', 'PS256', 'ES256', 'EdDSA']) {
    test(`[OIDC Core 9] private_key_jwt with ${id} at token, introspection and revocation`, async () => {
      const config = await discover(id, oidc.PrivateKeyJwt(keyOf(id), asEdDsa))
      const { access_token } = await oidc.clientCredentialsGrant(config)
      assert.equal((await oidc.tokenIntrospection(config, access_token)).active, true)
      await oidc.tokenRevocation(config, access_token)
      assert.equal((await oidc.tokenIntrospection(config, access_token)).active, false)
    })
  }

  test('[OIDC Core 10.1] private_key_jwt with keys that the client publishes', async () => {
    const config = await discover('robot', oidc.PrivateKeyJwt(keyOf('robot')))
    assert.ok((await oidc.clientCredentialsGrant(config)).access_token)
    const other = await discover('robot', oidc.PrivateKeyJwt({ ...keyOf('robot'), key: keyOf('ES256').key }))
    await assert.rejects(oidc.clientCredentialsGrant(other), { status: 401 })
  })

  test('[OIDC Core 9] client_secret_jwt', async () => {
    const config = await discover('secretive', oidc.ClientSecretJwt(SECRET))
    assert.ok((await oidc.clientCredentialsGrant(config)).access_token)
    const wrong = await discover('secretive', oidc.ClientSecretJwt(newClientSecret()))
    await assert.rejects(oidc.clientCredentialsGrant(wrong), { status: 401 })
  })

  test('[RFC8414 2] discovery says so', async () => {
    const metadata = (await discover('secretive', oidc.ClientSecretJwt(SECRET))).serverMetadata()
    for (const method of ['private_key_jwt', 'client_secret_jwt']) {
      assert.ok(metadata.token_endpoint_auth_methods_supported?.includes(method))
    }
    assert.deepEqual(metadata.token_endpoint_auth_signing_alg_values_supported, [
      ...['RS256', 'ES256', 'PS256', 'EdDSA'],
      'HS256',
    ])
  })

  test('nothing secret was logged', () => {
    for (const secret of [SECRET, 'eyJ']) assert.equal(running.output().includes(secret), false, secret)
  })
})
