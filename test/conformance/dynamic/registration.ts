/** Dynamic OP: what a client says of itself when it registers, and what becomes of that. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTags } from '../../fixtures/html.ts'
import { formEncoded } from '../../fixtures/test-client.ts'
import { discovery, entropyOf } from '../checks.ts'
import type { DynamicSetting } from '../dynamic-setting.ts'
import { assertProviderDocument, listOf } from '../provider-document.ts'
import {
  assertRegistrationRefused,
  newKey,
  postRegistration,
  registrationRequest,
  unregister,
} from '../registration.ts'
import { aRun } from '../run.ts'

export function registrationModules(setting: DynamicSetting): void {
  const { started, mode, base, server, register } = setting

  test('[oidcc-discovery-endpoint-verification] with dynamic registration come the response types and grant types of the implicit flow', async () => {
    const document = await assertProviderDocument(started().app)
    assert.equal(new URL(String(document['registration_endpoint'])).protocol, 'https:')
    // The order of the words in a response type does not matter (OAuth 2.0 Multiple Response Types §3).
    const types = listOf(document, 'response_types_supported').map((type) => type.split(' ').sort().join(' '))
    for (const type of ['code', 'id_token', 'id_token token']) assert.ok(types.includes(type), type)
    const grantTypes = listOf(document, 'grant_types_supported')
    for (const type of ['authorization_code', 'implicit']) assert.ok(grantTypes.includes(type), type)
  })

  test('[oidcc-server] registered with a key by value, a sign-on, unregistered', async () => {
    const client = await register()
    const { answer, idToken } = await aRun(started(), { mode, client }).signOn()
    const code = answer.get('code') ?? ''
    assert.ok(code.length * 8 >= 128 && entropyOf(code) >= 96)
    assert.equal(idToken['name'], undefined)
    await unregister(started(), client)
  })

  /** The page that the person sees first. */
  const signInPage = async (changes: Record<string, string>) => {
    const run = aRun(started(), { mode, client: await setting.first(changes) })
    const parked = await run.browser.get(`/authorize?${formEncoded(run.request())}`)
    return run.browser.get(String(parked.headers.location))
  }

  test('[oidcc-registration-logo-uri] the sign-in page shows the logo, and may load it', async () => {
    const logo_uri = `${server().origin}/images/logo.png`
    const page = await signInPage({ logo_uri })
    const shown = readTags(page.body).find(
      ({ name, attributes }) => name === 'img' && attributes.get('src') === logo_uri,
    )
    assert.ok(shown, page.body.slice(-2000))
    assert.match(
      String(page.headers['content-security-policy']),
      new RegExp(`img-src [^;]*${server().origin.replaceAll('.', '\\.')}`),
    )
  })

  for (const [module, member, what] of [
    ['oidcc-registration-policy-uri', 'policy_uri', 'policy'],
    ['oidcc-registration-tos-uri', 'tos_uri', 'terms'],
  ] as const) {
    test(`[${module}] the sign-in page links the ${what}`, async () => {
      const uri = `${base()}/${what}`
      const page = await signInPage({ [member]: uri })
      assert.ok(readTags(page.body).some(({ name, attributes }) => name === 'a' && attributes.get('href') === uri))
    })
  }

  const sector = (listed: readonly string[]) => {
    const path = '/test/a/countersign/redirect_uris.json'
    server().publish(path, 'application/json', JSON.stringify(listed))
    return { subject_type: 'pairwise', sector_identifier_uri: `${server().origin}${path}` }
  }

  test('[oidcc-registration-sector-uri] pairwise, with a sector document that lists the redirection URI', async () => {
    const document = await discovery(started().app)
    assert.ok(listOf(document, 'subject_types_supported').includes('pairwise'))
    const client = await register({ changes: sector([`${base()}/callback`]) })
    assert.equal(client.metadata['subject_type'], 'pairwise')
  })

  test('[oidcc-registration-sector-bad] a sector document without it is refused', async () => {
    const request = registrationRequest(`${base()}/callback`, {
      ...{ authentication: 'private_key_jwt', key: await newKey() },
    })
    const response = await postRegistration(started(), { ...request, ...sector(['https://example.com/op']) })
    assertRegistrationRefused(response, 'invalid_client_metadata')
  })
}
