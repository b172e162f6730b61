/** Basic OP: redirection URIs, codes, PKCE, and request objects without a signature. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SECOND as ONE_SECOND } from '../../../src/base/duration.ts'
import { CHALLENGE, VERIFIER } from '../../fixtures/test-browser.ts'
import { userinfo } from '../../fixtures/test-client.ts'
import { assertErrorPage } from '../../fixtures/test-pages.ts'
import { assertErrorFields, assertTokenError } from '../checks.ts'
import { newRun, type Setting } from '../setting.ts'
import { refreshModule } from './refresh.ts'
import { assertUnsignedIsNotOffered, redirectUriOfObject, unsigned, unsignedByReference } from './request-objects.ts'

export function codeModules(setting: Setting): void {
  const { started } = setting
  redirectUriModule(setting)

  test('[oidcc-codereuse] a code works once: then invalid_grant', async () => {
    const run = await newRun(setting)
    const { answer } = await run.signOn()
    assertTokenError(await run.token(run.codeFields(answer.get('code') ?? '')), 'invalid_grant')
  })

  test('[oidcc-codereuse-30seconds] the same half a minute later, and the access token of the first time is over', async () => {
    const run = await newRun(setting)
    const { answer, tokens } = await run.signOn()
    started().clock.advance(30 * ONE_SECOND)
    assertTokenError(await run.token(run.codeFields(answer.get('code') ?? '')), 'invalid_grant')
    const response = await userinfo(started().app, tokens.access_token)
    assert.ok(response.statusCode >= 400 && response.statusCode < 500, `${response.statusCode}`)
  })

  test('[oidcc-ensure-request-with-valid-pkce-succeeds] PKCE of a client that need not use it', async () => {
    const run = await newRun(setting)
    const changes = { code_challenge: CHALLENGE, code_challenge_method: 'S256' }
    await run.signOn(changes, { token: { code_verifier: VERIFIER } })
  })

  refreshModule(setting)
  unsignedByValue(setting)
  redirectUriOfObject(setting)
  unsignedByReference(setting, 'oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported')
}

export function redirectUriModule(setting: Setting): void {
  test('[oidcc-ensure-registered-redirect-uri] an unregistered redirect_uri is an error page, and nobody goes there', async () => {
    const run = await newRun(setting)
    const { redirect_uri = '' } = run.request()
    const journey = await run.authorize(run.request({ redirect_uri: `${redirect_uri}/2wuVbXzA0p` }))
    assert.equal(journey.arrival, undefined)
    assertErrorPage(setting.started(), journey.last)
  })
}

export function unsignedByValue(setting: Setting): void {
  const { started } = setting

  test('[oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported] an unsigned one is refused', async () => {
    await assertUnsignedIsNotOffered(started().app, 'request')
    const run = await newRun(setting)
    const { state: _, nonce: __, ...outside } = run.request()
    const journey = await run.authorize({ ...outside, request: unsigned(run.request()) })
    const fields = run.fieldsOf(journey)
    assertErrorFields(fields, undefined)
    assert.match(fields.get('error') ?? '', /^(request_not_supported|invalid_request_object)$/)
    assert.deepEqual(journey.asked, [])
  })
}
