/** Consent holds for what stood on the page: the APIs, and of a client that nobody has checked its name and places. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MINUTE } from '../../src/base/duration.ts'
import { anApi } from '../fixtures/api.ts'
import { aPublicClient } from '../fixtures/client.ts'
import { fakeWeb } from '../fixtures/fake-web.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { NO_REGISTRATION, PASSWORD } from '../fixtures/test-app.ts'
import { authorizeQuery, formToken, locationOf, type TestBrowser, testBrowser } from '../fixtures/test-browser.ts'
import { answerOf, signInAndConsent } from '../fixtures/test-pages.ts'

const [NOTES, PAYROLL, LISTED] = ['https://notes.example/', 'https://payroll.example/', 'https://listed.example/']
const CALLBACK = 'https://tool.example/callback'
const ELSEWHERE = 'https://evil.example/callback'
const DOCUMENT = 'https://apps.example/tool.json'
const web = fakeWeb()
const documentOf = (name: string, redirectUri: string) =>
  web.pages.set(DOCUMENT, {
    body: JSON.stringify({ client_id: DOCUMENT, client_name: name, redirect_uris: [redirectUri] }),
    cacheControl: 'no-cache',
  })

describe('consent to what was shown', () => {
  const started = suiteApp({
    clients: [
      aPublicClient({
        id: 'listed',
        accessTokenAudience: [NOTES, LISTED],
        metadata: { redirect_uris: [CALLBACK], scope: ['openid', 'read'] },
      }),
    ],
    apis: [
      anApi({ audience: NOTES, name: 'Notes', scopes: ['read'] }),
      anApi({ audience: PAYROLL, name: 'Payroll', scopes: ['read'] }),
    ],
    egress: web,
    config: {
      registration: {
        ...NO_REGISTRATION,
        isEnabled: true,
        isOpen: true,
        allowedScopes: ['openid', 'read'],
        allowedResources: [NOTES, PAYROLL],
      },
      clientIdMetadataDocuments: { allowedDomains: ['apps.example'], allowedScopes: ['openid'], allowedResources: [] },
    },
  })

  const send = async (method: 'POST' | 'PUT', url: string, body: object, token?: string) => {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const headers = { 'content-type': 'application/json', ...authorization }
    const response = await started().app.inject({ method, url, headers, payload: JSON.stringify(body) })
    assert.ok(response.statusCode < 300, response.body)
    return response.json()
  }
  const register = () => send('POST', '/register', { client_name: 'Honest', redirect_uris: [CALLBACK] })
  const queryOf = (id: string, more: Readonly<Record<string, string>> = {}) =>
    authorizeQuery({ client_id: id, redirect_uri: CALLBACK, scope: 'openid read', ...more })
  const silently = async (browser: TestBrowser, query: string) =>
    answerOf(await browser.get(`/authorize?${query}&prompt=none`)).searchParams
  const consentPage = async (query: string) => {
    const browser = testBrowser(started().app)
    const { path, csrf } = await browser.start(query)
    await browser.post(`${path}/password`, { csrf, username: 'alice', password: PASSWORD })
    return { browser, path, page: await browser.get(path) }
  }
  const allow = ({ browser, path, page }: Awaited<ReturnType<typeof consentPage>>) =>
    browser.post(`${path}/consent`, { csrf: formToken(page, '/consent'), answer: 'allow' })

  test('[RFC8707 3] to one API is none to another with the same scopes', async () => {
    const { client_id: id } = await register()
    const browser = testBrowser(started().app)
    await signInAndConsent(browser, queryOf(id, { resource: NOTES }))
    assert.ok((await silently(browser, queryOf(id, { resource: NOTES }))).get('code'))
    assert.ok((await silently(browser, queryOf(id))).get('code'))
    const refused = await silently(browser, queryOf(id, { resource: PAYROLL }))
    assert.equal(refused.get('error'), 'consent_required')
    const path = locationOf(await browser.get(`/authorize?${queryOf(id, { resource: PAYROLL })}`))
    const page = await browser.get(path)
    assert.match(page.body, /Use <bdi>Payroll<\/bdi> for you<\/strong> <span class="badge">New/)
    await allow({ browser, path, page })
    for (const resource of [NOTES, PAYROLL]) assert.ok((await silently(browser, queryOf(id, { resource }))).get('code'))
  })

  test('[RFC8707 3] a named API is on the page, also when no scope speaks of it', async () => {
    const { client_id: id } = await register()
    const { page } = await consentPage(queryOf(id, { scope: 'openid', resource: PAYROLL }))
    assert.match(page.body, /Use <bdi>Payroll<\/bdi> for you/)
  })

  test('[RFC8707 3] of a listed client, too: one API is none to all of them, and all of them are each', async () => {
    const { browser, ...asked } = await consentPage(queryOf('listed', { resource: NOTES }))
    await allow({ browser, ...asked })
    assert.ok((await silently(browser, queryOf('listed', { resource: NOTES }))).get('code'))
    assert.equal((await silently(browser, queryOf('listed'))).get('error'), 'consent_required')
    const path = locationOf(await browser.get(`/authorize?${queryOf('listed')}`))
    await allow({ browser, path, page: await browser.get(path) })
    for (const resource of [NOTES, LISTED])
      assert.ok((await silently(browser, queryOf('listed', { resource }))).get('code'))
  })

  test('[RFC7591 5] a client that registered itself and is another by the time of the answer was not allowed', async () => {
    const { client_id: id, registration_access_token: token } = await register()
    const change = { client_id: id, client_name: 'Other', redirect_uris: [CALLBACK, ELSEWHERE] }
    const asked = await consentPage(queryOf(id))
    assert.match(asked.page.body, /Honest/)
    await send('PUT', `/register/${id}`, change, token)
    const again = await asked.browser.get(locationOf(await allow(asked)))
    assert.match(again.body, /Allow <bdi>Other<\/bdi>/)
    const there = await silently(asked.browser, queryOf(id, { redirect_uri: ELSEWHERE }))
    assert.equal(there.get('error'), 'consent_required')
    await allow({ ...asked, page: again })
    assert.ok((await silently(asked.browser, queryOf(id, { redirect_uri: ELSEWHERE }))).get('code'))
  })

  for (const [what, name, redirectUri] of [
    ['name', 'Something else', CALLBACK],
    ['redirect URIs', 'Tool', ELSEWHERE],
  ] as const) {
    test(`[CIMD 8] a document with other ${what} is asked about again, and the new one alone is remembered`, async () => {
      documentOf('Tool', CALLBACK)
      started().clock.advance(2 * MINUTE)
      const browser = testBrowser(started().app)
      await signInAndConsent(browser, queryOf(DOCUMENT, { scope: 'openid', prompt: 'consent' }))
      assert.ok((await silently(browser, queryOf(DOCUMENT, { scope: 'openid' }))).get('code'))
      documentOf(name, redirectUri)
      started().clock.advance(2 * MINUTE)
      const query = queryOf(DOCUMENT, { scope: 'openid', redirect_uri: redirectUri })
      assert.equal((await silently(browser, query)).get('error'), 'consent_required')
      const path = locationOf(await browser.get(`/authorize?${query}`))
      await allow({ browser, path, page: await browser.get(path) })
      assert.ok((await silently(browser, query)).get('code'))
    })
  }
})
