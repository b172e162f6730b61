/** Request objects that are encrypted to us: RFC 9101 §6.1. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CompactEncrypt, importJWK, type JWK } from 'jose'
import { HOUR } from '../../src/base/duration.ts'
import type { KeysConfig } from '../../src/config/config.ts'
import { ENCRYPTION_ALGORITHMS } from '../../src/protocol/vocabulary.ts'
import { aClient } from '../fixtures/client.ts'
import { ecPair, jwkOf } from '../fixtures/client-keys.ts'
import { requestObject } from '../fixtures/request-object.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { basicAuthorization, locationOf, testBrowser } from '../fixtures/test-browser.ts'
import { postForm } from '../fixtures/test-client.ts'

const [own, other] = [ecPair(), ecPair()]
const KEYS: KeysConfig = {
  sealingKey: { kind: 'value', value: '' },
  signingAlgorithms: ['RS256', 'ES256'],
  encryptionAlgorithms: ENCRYPTION_ALGORITHMS,
  rotateEvery: 1,
  publishBeforeUse: 1,
  jwksMaxAge: HOUR,
  rsaBits: 2048,
}

describe('a request object that is encrypted to us', () => {
  const jwks = { keys: [jwkOf(own, { kid: 'one' })] } as never
  const started = suiteApp({ clients: [aClient({ metadata: { jwks } })], config: { keys: KEYS } })

  async function encrypted(text: string, alg = 'ECDH-ES', header: object = {}): Promise<string> {
    const keys: JWK[] = (await started().app.inject('/jwks')).json().keys
    const jwk = keys.find((key) => key.use === 'enc' && key.alg === alg)
    assert.ok(jwk?.kid)
    return new CompactEncrypt(Buffer.from(text))
      .setProtectedHeader({ alg, enc: 'A256GCM', kid: jwk.kid, cty: 'JWT', ...header })
      .encrypt(await importJWK(jwk))
  }
  const object = (key = own.privateKey) => requestObject(key, { exp: started().clock.now() / 1000 + 60, state: 'in' })
  const ask = (request: string) =>
    testBrowser(started().app).get(`/authorize?${new URLSearchParams({ client_id: 'app', request })}`)

  for (const alg of ENCRYPTION_ALGORITHMS) {
    test(`[RFC9101 6.1] ${alg}: is read like the signed one inside, asked for or pushed`, async () => {
      assert.match(locationOf(await ask(await encrypted(object(), alg))), /^\/sign-in\//)
      const fields = { client_id: 'app', request: await encrypted(object(), alg) }
      const pushed = await postForm(started().app, '/par', fields, { authorization: basicAuthorization() })
      assert.equal(pushed.statusCode, 201, pushed.body)
    })
  }

  test('[OpenID Connect Discovery 3] the metadata say how', async () => {
    const document = (await started().app.inject('/.well-known/openid-configuration')).json()
    assert.deepEqual(document.request_object_encryption_alg_values_supported, [...ENCRYPTION_ALGORITHMS])
  })

  test('[RFC9101 6.2] to be encrypted proves nothing: signed by someone else, not at all, or as something else', async () => {
    for (const inside of [
      object(other.privateKey),
      JSON.stringify({ client_id: 'app', response_type: 'code', scope: 'openid' }),
      `${Buffer.from('{"alg":"none"}').toString('base64url')}.${object().split('.')[1]}.`,
      await encrypted(object()),
    ]) {
      const response = await ask(await encrypted(inside))
      assert.match(JSON.stringify(response.headers) + response.body, /invalid_request_object/)
    }
  })

  test('[RFC9101 6.1] encrypted to someone else is refused, and whoever sent it learns no more', async () => {
    const response = await ask(await encrypted(object(), 'ECDH-ES', { kid: 'nobody' }))
    assert.match(JSON.stringify(response.headers) + response.body, /invalid_request_object/)
  })
})

describe('where there are no keys to encrypt to', () => {
  const started = suiteApp()

  test('[OpenID Connect Discovery 3] the metadata do not speak of it', async () => {
    const document = (await started().app.inject('/.well-known/openid-configuration')).json()
    assert.equal('request_object_encryption_alg_values_supported' in document, false)
  })
})
