/** Dynamic OP: what is signed, and with which key. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { DAY } from '../../../src/base/duration.ts'
import { ISSUER } from '../../fixtures/test-app.ts'
import { userinfo } from '../../fixtures/test-client.ts'
import { assertClaimTypes, discovery, serverKeys } from '../checks.ts'
import type { DynamicSetting } from '../dynamic-setting.ts'
import { aRun } from '../run.ts'
import type { Setting } from '../setting.ts'

export function tokenModules(setting: DynamicSetting): void {
  const { started, mode } = setting

  test('[oidcc-idtoken-rs256] a client that asks for RS256 gets it, and the key has a name', async () => {
    const client = await setting.first({ id_token_signed_response_alg: 'RS256' })
    const { tokens } = await aRun(started(), { mode, client }).signOn()
    const { alg, kid } = decodeProtectedHeader(tokens.id_token)
    assert.equal(alg, 'RS256')
    assert.ok(kid)
  })

  test('[oidcc-idtoken-unsigned] does not apply: alg none is not offered', async () => {
    const algorithms = (await discovery(started().app))['id_token_signing_alg_values_supported']
    assert.ok(Array.isArray(algorithms) && !algorithms.includes('none'))
  })

  test('[oidcc-userinfo-rs256] userinfo as a JWT: RS256, iss, aud and the subject, no nonce', async () => {
    const { app, clock } = started()
    const algorithms = (await discovery(app))['userinfo_signing_alg_values_supported']
    assert.ok(Array.isArray(algorithms) && algorithms.includes('RS256'))
    const client = await setting.first({ userinfo_signed_response_alg: 'RS256' })
    const { tokens, idToken } = await aRun(started(), { mode, client }).signOn()
    const response = await userinfo(app, tokens.access_token)
    assert.equal(response.statusCode, 200)
    assert.match(String(response.headers['content-type']), /^application\/jwt(;|$)/)
    const { payload, protectedHeader } = await jwtVerify(response.body, createLocalJWKSet(await serverKeys(app)), {
      ...{ issuer: ISSUER, audience: client.id, currentDate: new Date(clock.now()) },
    })
    assert.equal(protectedHeader.alg, 'RS256')
    assert.equal(payload.sub, idToken['sub'])
    assert.equal(payload['nonce'], undefined)
    assertClaimTypes(payload)
  })
}

/** OpenID Connect Core §10.1.1: what an operator does to the keys, or what comes by itself in time. */
export function rotationModule(setting: Setting): void {
  test('[oidcc-server-rotate-keys] after a rotation there is a new signing key, and the old ones are still there', async () => {
    const { app, clock, deps } = setting.started()
    const before = await serverKeys(app)
    clock.advance(90 * DAY)
    await deps.keyRing.tick()
    const after = await serverKeys(app)
    const known = new Set(before.keys.map(({ kid }) => kid))
    const fresh = after.keys.filter(({ kid }) => !known.has(kid))
    assert.ok(fresh.length > 0)
    for (const { n, x, use } of fresh) {
      assert.equal(use, 'sig')
      for (const old of before.keys) assert.ok((n ?? x) !== (old.n ?? old.x), 'an old key under a new name')
    }
    for (const { kid } of before.keys) assert.ok(after.keys.some((key) => key.kid === kid))
  })
}
