import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protectionOf } from '../../src/protocol/client-responses.ts'
import { aClient } from '../fixtures/client.ts'

test('[OpenID Connect Registration 2] [RFC9701 6] defaults: RS256 for introspection, A128CBC-HS256 for what is encrypted', () => {
  const { metadata } = aClient()
  assert.deepEqual(protectionOf(metadata, 'id_token'), { signing: 'RS256', encryption: undefined })
  assert.deepEqual(protectionOf(metadata, 'userinfo'), { signing: undefined, encryption: undefined })
  assert.deepEqual(protectionOf(metadata, 'introspection'), { signing: 'RS256', encryption: undefined })
  const own = aClient({
    metadata: {
      userinfo_encrypted_response_alg: 'ECDH-ES',
      introspection_signed_response_alg: 'ES256',
      // OpenID Connect Registration §2: nothing without the algorithm beside it.
      introspection_encrypted_response_enc: 'A256GCM',
    },
  }).metadata
  assert.deepEqual(protectionOf(own, 'userinfo'), {
    signing: undefined,
    encryption: { alg: 'ECDH-ES', enc: 'A128CBC-HS256' },
  })
  assert.deepEqual(protectionOf(own, 'introspection'), { signing: 'ES256', encryption: undefined })
})
