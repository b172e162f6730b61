/** Implicit OP: one test for each module of `oidcc-implicit-certification-test-plan` and each of its response types. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { signatureModule, userinfoModules } from './basic/answers.ts'
import { claimModules } from './basic/claims.ts'
import { redirectUriModule, unsignedByValue } from './basic/codes.ts'
import { redirectUriOfObject, unsignedByReference } from './basic/request-objects.ts'
import { signInModules } from './basic/sign-in.ts'
import { assertErrorFields } from './checks.ts'
import { aRun } from './run.ts'
import { implicitClients, newRun, type Setting } from './setting.ts'

for (const responseType of ['id_token', 'id_token token'] as const) {
  describe(`Implicit OP, ${responseType}`, () => {
    const setting = implicitClients(responseType)
    implicitModules(setting)
    signatureModule(setting)
    claimModules(setting)
    signInModules(setting)
    redirectUriModule(setting)
    unsignedByReference(setting, 'oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported')
    unsignedByValue(setting)
    redirectUriOfObject(setting)
    if (responseType === 'id_token token') {
      userinfoModules(setting)
      responseTypeModule(setting)
    }
  })
}

function implicitModules(setting: Setting): void {
  test('[oidcc-server] a sign-on: the tokens in the fragment, at_hash beside an access token', async () => {
    const run = await newRun(setting)
    const { answer, idToken } = await run.signOn()
    const alone = ['id_token', 'iss', 'state']
    const both = ['access_token', 'expires_in', ...alone, 'scope', 'token_type']
    assert.deepEqual([...answer.keys()].sort(), setting.responseType === 'id_token' ? alone : both.sort())
    assert.equal(idToken['name'], undefined)
    assert.equal(idToken['c_hash'], undefined)
  })

  test('[oidcc-ensure-request-without-nonce-fails] no nonce is invalid_request, in the fragment', async () => {
    const run = await newRun(setting)
    const request = run.request({ nonce: undefined })
    const journey = await run.authorize(request)
    const fields = run.fieldsOf(journey)
    assertErrorFields(fields, request['state'])
    assert.equal(fields.get('error'), 'invalid_request')
    assert.deepEqual(journey.asked, [])
  })
}

function responseTypeModule({ started, first }: Setting): void {
  test('[oidcc-response-type-missing] without response_type the error is in the query', async () => {
    const run = aRun(started(), { mode: 'query', client: await first() })
    const request = run.request({ response_type: undefined })
    const fields = run.fieldsOf(await run.authorize(request))
    assertErrorFields(fields, request['state'])
    assert.match(fields.get('error') ?? '', /^(invalid_request|unsupported_response_type)$/)
  })
}
