/** Dynamic OP: request objects that Countersign fetches. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SignJWT } from 'jose'
import { ISSUER } from '../../fixtures/test-app.ts'
import { redirectUriOfObject, unsignedByReference } from '../basic/request-objects.ts'
import { discovery } from '../checks.ts'
import type { DynamicSetting } from '../dynamic-setting.ts'
import { newKey } from '../registration.ts'
import { aRun } from '../run.ts'

export function requestUriModules(setting: DynamicSetting): void {
  const { started, mode, server, register } = setting

  unsignedByReference(setting, 'oidcc-request-uri-unsigned')

  test('[oidcc-request-uri-signed-rs256] a registered request_uri, signed by RS256: its state and nonce count', async () => {
    const document = await discovery(started().app)
    // True is the default (OpenID Connect Discovery §3).
    assert.notEqual(document['request_uri_parameter_supported'], false)
    const algorithms = document['request_object_signing_alg_values_supported']
    assert.ok(Array.isArray(algorithms) && algorithms.includes('RS256'))
    const path = `/test/a/countersign/requesturi/${'aB3'.repeat(32)}`
    const uri = `${server().origin}${path}`
    const key = await newKey()
    const changes = { request_object_signing_alg: 'RS256', request_uris: [uri] }
    const client = await register({ key, changes })
    const run = aRun(started(), { mode, client })
    const request = run.request()
    const object = await new SignJWT({ ...request, iss: client.id, aud: ISSUER })
      .setProtectedHeader({ alg: 'RS256' })
      .sign(key.privateKey)
    server().publish(path, 'application/jwt', object)
    const { state: _, nonce: __, ...outside } = request
    const answer = run.answerOf(await run.authorize({ ...outside, request_uri: uri }), request)
    await run.redeem(answer, request)
  })

  redirectUriOfObject(setting)
}
