import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeAssertion } from '../../../src/protocol/client-authentication/client-assertion.ts'
import { aClient } from '../../fixtures/client.ts'
import { START } from '../../fixtures/clock.ts'

const AUDIENCE = 'https://login.example'
const client = aClient({ id: 'signer', metadata: { token_endpoint_auth_method: 'private_key_jwt' } })

function expiryOf(exp: number): unknown {
  const claims = { iss: client.id, sub: client.id, aud: AUDIENCE, jti: 'one', exp }
  const assertion = { text: '', alg: 'ES256', kid: undefined, typ: undefined, claims }
  const presented = { method: 'private_key_jwt', clientId: client.id, assertion } as const
  const judged = judgeAssertion(client, presented, { audiences: [AUDIENCE], now: START })
  return 'check' in judged ? judged : judged.expiresAt
}

test('[RFC7519 2] an exp may have a fraction; until when the assertion counts as used is whole, and no earlier', () => {
  assert.equal(expiryOf(START / 1000 + 60), START + 120_000)
  assert.equal(expiryOf(START / 1000 + 60.5), START + 120_500)
  assert.equal(expiryOf(START / 1000 + 60.123_456_7), START + 120_124)
})
