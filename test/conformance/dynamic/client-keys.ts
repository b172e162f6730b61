/** Dynamic OP: keys that a client publishes and changes, and what its assertions may be for. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MINUTE } from '../../../src/base/duration.ts'
import { ISSUER } from '../../fixtures/test-app.ts'
import { userinfo } from '../../fixtures/test-client.ts'
import { idTokenClaims } from '../checks.ts'
import type { DynamicSetting } from '../dynamic-setting.ts'
import { newKey } from '../registration.ts'
import { aRun, assertTokens } from '../run.ts'
import type { ClientKey } from '../site.ts'

export function clientKeyModules(setting: DynamicSetting): void {
  const { started, mode, server, register } = setting

  let published = 0
  /** A client whose keys are at an address of its server, and a way to change them. */
  const withJwksUri = async (changes = {}) => {
    published += 1
    const path = `/test/a/countersign/client1_jwks/${published}`
    const publish = ({ publicJwk }: ClientKey): void =>
      server().publish(path, 'application/json', JSON.stringify({ keys: [publicJwk] }))
    const key = await newKey(`client-${published}`)
    publish(key)
    const jwks_uri = `${server().origin}${path}`
    const client = await register({ key, changes: { ...changes, jwks: undefined, jwks_uri } })
    return { client, publish }
  }

  test('[oidcc-registration-jwks-uri] registered with jwks_uri: a sign-on with an assertion of its key', async () => {
    const { client } = await withJwksUri()
    assert.ok(client.metadata['jwks_uri'])
    await aRun(started(), { mode, client }).signOn()
  })

  test('[oidcc-refresh-token-rp-key-rotation] a minute after the client changed its key, it refreshes with the new one', async () => {
    const { client, publish } = await withJwksUri({ grant_types: ['authorization_code', 'refresh_token'] })
    const run = aRun(started(), { mode, client })
    const { tokens, idToken } = await run.signOn({ scope: 'openid offline_access', prompt: 'consent' })
    const key = await newKey('client-rotated')
    publish(key)
    started().clock.advance(MINUTE)
    const later = aRun(started(), { mode, client: { ...client, key } })
    const { refresh_token } = tokens
    const scope = 'openid offline_access'
    const refreshed = assertTokens(await later.token({ grant_type: 'refresh_token', refresh_token, scope }))
    const claims = await idTokenClaims(started().app, refreshed.id_token, {
      ...{ clientId: client.id, nonce: undefined, now: new Date(started().clock.now()) },
    })
    for (const name of ['iss', 'sub', 'aud', 'auth_time']) assert.deepEqual(claims[name], idToken[name], name)
    assert.equal((await userinfo(started().app, refreshed.access_token)).statusCode, 200)
  })

  test('[oidcc-ensure-client-assertion-with-iss-aud-succeeds] an assertion for the issuer instead of the token endpoint', async () => {
    const client = await setting.first()
    const run = aRun(started(), { mode, client })
    const request = run.request()
    const answer = run.answerOf(await run.authorize(request), request)
    assertTokens(await run.token(run.codeFields(answer.get('code') ?? ''), { audience: ISSUER }))
  })
}
