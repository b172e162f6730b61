/** Dynamic OP: which redirection URIs may be registered, and which count afterwards. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertErrorPage } from '../../fixtures/test-pages.ts'
import type { DynamicSetting } from '../dynamic-setting.ts'
import { assertRegistrationRefused, newKey, postRegistration, registrationRequest } from '../registration.ts'
import { aRun, type Run } from '../run.ts'

export function redirectUriModules(setting: DynamicSetting): void {
  const { started, mode, base, register } = setting

  const withQuery = async (): Promise<Run> =>
    aRun(started(), { mode, client: await register({ redirectUri: `${base()}/callback?bar=foo` }) })

  const refusedAsPage = async (run: Run, redirect_uri: string | undefined): Promise<void> => {
    const journey = await run.authorize(run.request({ redirect_uri }))
    assert.equal(journey.arrival, undefined)
    assert.deepEqual(journey.asked, [])
    assertErrorPage(started(), journey.last)
  }

  test('[oidcc-ensure-redirect-uri-in-authorization-request] two are registered, none is sent: an error page', async () => {
    const redirect_uris = [`${base()}/callback`, 'https://example.org/redirect']
    const run = aRun(started(), { mode, client: await setting.first({ redirect_uris }) })
    await refusedAsPage(run, undefined)
  })

  test('[oidcc-redirect-uri-query-OK] a registered query comes back beside the answer', async () => {
    const run = await withQuery()
    const { journey } = await run.signOn()
    assert.equal(journey.arrival?.url.searchParams.get('bar'), 'foo')
  })

  test('[oidcc-redirect-uri-query-mismatch] another query than the registered one: an error page', async () => {
    await refusedAsPage(await withQuery(), `${base()}/callback?bar=foo1`)
  })

  test('[oidcc-redirect-uri-query-added] a query where none is registered: an error page', async () => {
    const run = aRun(started(), { mode, client: await setting.first() })
    await refusedAsPage(run, `${base()}/callback?bar=foo`)
  })

  test('[oidcc-redirect-uri-regfrag] registering a fragment is refused', async () => {
    const request = registrationRequest(`${base()}/callback#foobar`, {
      ...{ authentication: 'private_key_jwt', key: await newKey() },
    })
    const response = await postRegistration(started(), request)
    assertRegistrationRefused(response, 'invalid_redirect_uri', 'invalid_client_metadata')
    assert.match(response.json().error_description, /fragment/)
  })
}
