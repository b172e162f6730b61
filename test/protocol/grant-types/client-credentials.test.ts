import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { describe, test } from 'node:test'
import { clientCredentialsGrant } from '../../../src/protocol/grant-types/client-credentials.ts'
import { grantTypes } from '../../../src/protocol/grant-types/index.ts'
import { GRANT_TYPES, SCOPES } from '../../../src/protocol/vocabulary.ts'
import { anApi, NO_APIS } from '../../fixtures/api.ts'
import { aClient, aPublicClient } from '../../fixtures/client.ts'
import { START } from '../../fixtures/clock.ts'
import { assertRefused, someParameters } from '../../fixtures/refusals.ts'

const CONTEXT = { refreshTokenKey: createSecretKey(Buffer.alloc(32)), refreshRetryWindow: 0, resources: NO_APIS }
const client = aClient({ metadata: { scope: ['openid', 'email', 'api:read', 'api:write', 'offline_access'] } })

const ask = (scope?: string, by = client) => clientCredentialsGrant.parse(someParameters({ scope }), by, CONTEXT)

function scopesOf(scope?: string, by = client): readonly string[] {
  const decision = ask(scope, by).decide(undefined, START)
  assert.ok(decision.kind === 'issue')
  return decision.issue.scopes
}

describe('[RFC6749 4.4] client credentials', () => {
  test('[RFC6749 4.4.3] give an access token alone: no refresh token, no ID token, no end-user, no change', () => {
    assert.equal(ask().grantId, undefined)
    assert.deepEqual(ask().decide(undefined, START), {
      kind: 'issue',
      change: undefined,
      issue: {
        scopes: ['api:read', 'api:write'],
        subject: undefined,
        refreshGeneration: undefined,
        idToken: undefined,
      },
    })
  })

  test('[RFC6749 4.4.2] are for confidential clients only', () => {
    assertRefused(() => ask(undefined, aPublicClient()), 'unauthorized_client', /public/)
  })

  test('[RFC6749 3.3] give what is asked for, as far as it is allowed', () => {
    assert.deepEqual(scopesOf('api:write'), ['api:write'])
    assert.deepEqual(scopesOf('api:write admin openid'), ['api:write'])
  })

  for (const scope of SCOPES) {
    test(`${scope} speaks of an end-user, and here is none`, () => {
      const all = aClient({ metadata: { scope: [...SCOPES, 'api'] } })
      assert.deepEqual(scopesOf(undefined, all), ['api'])
      assertRefused(() => ask(scope, all), 'invalid_scope')
    })
  }

  test('[RFC6749 5.2] refuse what is not allowed at all', () => {
    for (const scope of ['admin', ' ', 'a"b']) assertRefused(() => ask(scope), 'invalid_scope')
  })

  test('[RFC8707 2.2, RFC6749 3.3] are refused when the named API understands nothing of what was asked', () => {
    const api = anApi()
    const resources = { ...NO_APIS, apis: new Map([[api.audience, api]]) }
    const own = aClient({ accessTokenAudience: [api.audience], metadata: { scope: ['orders:read', 'other'] } })
    const askFor = (scope: string | undefined) =>
      clientCredentialsGrant.parse(someParameters({ scope, resource: api.audience }), own, { ...CONTEXT, resources })
    assertRefused(() => askFor('other'), 'invalid_scope', /understands none/)
    assert.ok(askFor('other orders:read'))
    assert.ok(askFor(undefined))
  })

  test('of a client without scopes of its own give a token without scope', () => {
    assert.deepEqual(scopesOf(undefined, aClient({ metadata: { scope: ['openid'] } })), [])
  })
})

test('the list of grant types is that of the vocabulary, but for the one without the token endpoint', () => {
  assert.deepEqual(
    grantTypes.map(({ name }) => name),
    GRANT_TYPES.filter((name) => name !== 'implicit'),
  )
})
