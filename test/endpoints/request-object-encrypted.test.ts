/** Request objects that are encrypted to us: RFC 9101 §6.1, OpenID Connect Core §6.1. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CompactEncrypt, importJWK, type JWK } from 'jose'
import { aClient } from '../fixtures/client.ts'
import { ecPair, jwkOf } from '../fixtures/client-keys.ts'
import { requestClaims, requestObject } from '../fixtures/request-object.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { basicAuthorization, testBrowser } from '../fixtures/test-browser.ts'
import { assertRefused, postForm } from '../fixtures/test-client.ts'

const ec = ecPair()
const client = aClient({ metadata: { jwks: { keys: [jwkOf(ec, { kid: 'one' })] } } })
const ALGORITHMS = ['RSA-OAEP-256', 'ECDH-ES'] as const
const keys = {
  sealingKey: { kind: 'value', value: '' },
  rotateEvery: 1,
  publishBeforeUse: 1,
  jwksMaxAge: 3_600_000,
  rsaBits: 2048,
  signingAlgorithms: ['RS256', 'ES256'],
  encryptionAlgorithms: ALGORITHMS,
} as const

describe('an encrypted request object', () => {
  const started = suiteApp({ clients: [client], config: { keys } })

  async function encrypted(text: string, alg = 'ECDH-ES', header: Record<string, string> = {}): Promise<string> {
    const { keys: published } = (await started().app.inject({ url: '/jwks' })).json<{ keys: JWK[] }>()
    const jwk = published.find((key) => key.use === 'enc' && key.alg === alg)
    assert.ok(jwk?.kid)
    return new CompactEncrypt(Buffer.from(text))
      .setProtectedHeader({ alg, enc: 'A256GCM', kid: jwk.kid, ...header })
      .encrypt(await importJWK(jwk, alg))
  }
  const push = (request: string) =>
    postForm(started().app, '/par', { request }, { authorization: basicAuthorization() })

  for (const alg of ALGORITHMS) {
    test(`[RFC9101 6.1] signed, then encrypted with ${alg}: the flow goes all the way`, async () => {
      const request = await encrypted(requestObject(ec.privateKey, { state: 'inside' }), alg, { cty: 'JWT' })
      const answer = await testBrowser(started().app).signIn(
        new URLSearchParams({ client_id: 'app', request }).toString(),
      )
      assert.ok(answer.searchParams.get('code'))
      assert.equal(answer.searchParams.get('state'), 'inside')
    })
  }

  test('it is advertised', async () => {
    const document = (await started().app.inject({ url: '/.well-known/openid-configuration' })).json()
    assert.deepEqual(document.request_object_encryption_alg_values_supported, ALGORITHMS)
  })

  test('[RFC9101 6.1] encryption is no signature: without one inside, or with a wrong one, it is refused', async () => {
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(requestClaims())).toString('base64url')}.`
    const signed = requestObject(ec.privateKey)
    for (const text of [
      JSON.stringify(requestClaims()),
      unsigned,
      requestObject(ecPair().privateKey),
      `${signed}x`,
      await encrypted(signed),
      '',
    ]) {
      assertRefused(await push(await encrypted(text)), 400, 'invalid_request_object')
    }
    const good = await encrypted(signed)
    assertRefused(await push(good.slice(0, -2)), 400, 'invalid_request_object')
    assertRefused(await push(`${good}.x`), 400, 'invalid_request_object')
    assertRefused(await push(await encrypted(signed, 'ECDH-ES', { kid: 'unknown' })), 400, 'invalid_request_object')
    assert.equal((await push(good)).statusCode, 201)
  })
})
