/** Basic OP: redirection URIs, codes, PKCE. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SECOND as ONE_SECOND } from '../../../src/base/duration.ts'
import { CHALLENGE, VERIFIER } from '../../fixtures/test-browser.ts'
import { userinfo } from '../../fixtures/test-client.ts'
import { assertErrorPage } from '../../fixtures/test-pages.ts'
import { assertTokenError } from '../checks.ts'
import { newRun, type Setting } from '../setting.ts'
import { refreshModule } from './refresh.ts'
import { requestObjectModules, unsignedByReference } from './request-objects.ts'

export function codeModules(setting: Setting): void {
  const { started } = setting

  test('[oidcc-ensure-registered-redirect-uri] an unregistered redirect_uri is an error page, and nobody goes there', async () => {
    const run = await newRun(setting)
    const { redirect_uri = '' } = run.request()
    const journey = await run.authorize(run.request({ redirect_uri: `${redirect_uri}/2wuVbXzA0p` }))
    assert.equal(journey.arrival, undefined)
    assertErrorPage(started(), journey.last)
  })

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
  requestObjectModules(setting)
  unsignedByReference(setting, 'oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported')
}
