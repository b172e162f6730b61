/** RFC 9700 §4.11.2: nobody is sent to a client that came by itself by a link alone, before they have seen a page of ours. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Client } from '../../src/protocol/client.ts'
import { aClient, aPublicClient } from '../fixtures/client.ts'
import { jwtOf } from '../fixtures/client-assertion.ts'
import { readTags } from '../fixtures/html.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { ISSUER } from '../fixtures/test-app.ts'
import { formToken, locationOf, spaQuery, testBrowser } from '../fixtures/test-browser.ts'
import { formEncoded } from '../fixtures/test-client.ts'
import { answerOf, assertErrorPage, linkToClient, signInAndConsent } from '../fixtures/test-pages.ts'

const CALLBACK = 'https://tool.example/callback'
const BYE = 'https://tool.example/bye'
const DOCUMENT = 'https://apps.example/tool.json'
const metadata = { client_name: 'Tool', redirect_uris: [CALLBACK], post_logout_redirect_uris: [BYE] }
const client = (id: string, source: Client['source'], more = {}): Client =>
  aPublicClient({ id, source, metadata: { ...metadata, ...more } })

describe('[RFC9700 4.11.2] a client that came by itself', () => {
  const started = suiteApp({
    clients: [
      client('reg', 'registration'),
      client(DOCUMENT, 'document'),
      client('listed', 'configuration'),
      client('native', 'registration', {
        ...{ application_type: 'native', redirect_uris: ['com.example.tool:/callback'] },
      }),
      client('framing', 'registration', { frontchannel_logout_uri: 'https://tool.example/out' }),
      aClient({
        ...{ id: 'secretly', source: 'registration', sharedSecret: 's'.repeat(43) },
        metadata: { ...metadata, id_token_signed_response_alg: 'HS256' },
      }),
    ],
  })
  const query = (client_id: string, more: Record<string, string | undefined> = {}) =>
    spaQuery({ client_id, redirect_uri: CALLBACK, scope: 'openid', ...more })
  const bogus = (client_id: string, more: Record<string, string> = {}) =>
    query(client_id, { scope: 'bogus', state: 'a b', ...more })
  const authorize = (sent: string, browser = testBrowser(started().app)) => browser.get(`/authorize?${sent}`)

  for (const id of ['reg', DOCUMENT]) {
    test(`${id}: a refusal is a page that names it and where it leads, with the answer to be sent`, async () => {
      const page = await authorize(bogus(id))
      assertErrorPage(started(), page)
      assert.match(page.body, /<bdi>Tool<\/bdi>/)
      assert.match(page.body, /You go on to <strong><bdi>tool\.example<\/bdi>/)
      const link = linkToClient(page)
      const { error_description: _, ...fields } = Object.fromEntries(link.searchParams)
      assert.equal(`${link.origin}${link.pathname}`, CALLBACK)
      assert.deepEqual(fields, { error: 'invalid_scope', state: 'a b', iss: ISSUER })
      // Nothing goes on by itself.
      assert.equal(page.headers['refresh'], undefined)
      assert.doesNotMatch(page.body, /<script|http-equiv/)
    })
  }

  test('by form post it is a form that nothing sends but the person', async () => {
    const page = await authorize(bogus('reg', { response_mode: 'form_post' }))
    assertErrorPage(started(), page)
    const form = readTags(page.body).find(({ name }) => name === 'form')
    assert.deepEqual([form?.attributes.get('id'), form?.attributes.get('action')], ['to-client', CALLBACK])
    assert.match(page.body, /name="error" value="invalid_scope"/)
    assert.doesNotMatch(page.body, /<script/)
  })

  test('a native one is led back to by its own scheme', async () => {
    const page = await authorize(bogus('native', { redirect_uri: 'com.example.tool:/callback' }))
    assert.match(page.body, /<bdi>com\.example\.tool<\/bdi> on this device/)
    assert.equal(linkToClient(page).protocol, 'com.example.tool:')
  })

  test('a refusal that the decision makes, from the endpoint and from a post of another site, too', async () => {
    const hint = { id_token_hint: 'not-a-token' }
    assertErrorPage(started(), await authorize(query('reg', hint)))
    const posted = await started().app.inject({
      ...{ method: 'POST', url: '/authorize', payload: query('reg', hint) },
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'cross-site' },
    })
    assertErrorPage(started(), await testBrowser(started().app).get(locationOf(posted)))
  })

  test('prompt=none is answered where nobody looks; a client of the configuration, and who is signed in, at once', async () => {
    const browser = testBrowser(started().app)
    for (const answer of [
      await authorize(query('reg', { prompt: 'none' }), browser),
      await authorize(bogus('reg', { prompt: 'none' }), browser),
      await authorize(bogus('listed'), browser),
    ]) {
      assert.ok(answerOf(answer).searchParams.get('error'))
    }
    await signInAndConsent(browser, query('reg'))
    assert.equal(answerOf(await authorize(bogus('reg'), browser)).searchParams.get('error'), 'invalid_scope')
  })

  describe('at the end session endpoint, for whoever is not signed in', () => {
    const asking = (client_id: string) => ({ client_id, post_logout_redirect_uri: BYE, state: 's' })
    const end = (fields: Record<string, string>, browser = testBrowser(started().app)) =>
      browser.get(`/end-session?${formEncoded(fields)}`)

    for (const path of ['/end-session', '/sign-out']) {
      test(`${path} leads to the page that says so, and from there the person goes on`, async () => {
        const browser = testBrowser(started().app)
        const to = locationOf(await browser.get(`${path}?${formEncoded(asking('reg'))}`))
        assert.match(to, /^\/signed-out\?/)
        const page = await browser.get(to)
        assert.match(page.body, /You go on to <strong><bdi>tool\.example<\/bdi>/)
        assert.equal(linkToClient(page).href, `${BYE}?state=s`)
        assert.equal(locationOf(await browser.get(`${path}?${formEncoded(asking('listed'))}`)), `${BYE}?state=s`)
      })
    }

    test('an address that it did not register is no link there', async () => {
      const page = await testBrowser(started().app).get(
        `/signed-out?${formEncoded({ ...asking('reg'), post_logout_redirect_uri: 'https://evil.example/' })}`,
      )
      assert.doesNotMatch(page.body, /evil|to-client/)
    })

    test('an ID token of ours leads back at once; one that the client could sign itself does not', async () => {
      const browser = testBrowser(started().app)
      const code = (await signInAndConsent(browser, query('reg'))).searchParams.get('code') ?? ''
      const token = await started().app.inject({
        ...{ method: 'POST', url: '/token' },
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: formEncoded({
          ...{ grant_type: 'authorization_code', code, client_id: 'reg', redirect_uri: CALLBACK },
          code_verifier: 'a-code-verifier-of-forty-three-characters-ok',
        }),
      })
      const id_token_hint: string = token.json().id_token
      assert.equal(locationOf(await end({ id_token_hint, ...asking('reg') })), `${BYE}?state=s`)
      const now = started().clock.now() / 1000
      const claims = { iss: ISSUER, aud: 'secretly', sub: 'x', exp: now, iat: now, auth_time: now }
      const forged = jwtOf({ alg: 'HS256', typ: 'JWT' }, claims, 's'.repeat(43))
      assert.match(locationOf(await end({ id_token_hint: forged, ...asking('secretly') })), /^\/signed-out\?/)
    })

    test('past the pages of clients the browser that signed out goes on by itself, and no other one', async () => {
      const browser = testBrowser(started().app)
      await signInAndConsent(browser, query('framing'))
      const asked = locationOf(await end(asking('framing'), browser))
      const page = await browser.get(asked)
      const done = await browser.post(asked, { csrf: formToken(page), answer: 'yes' })
      const wayOn = String(done.headers['refresh']).replace(/^.*url=/, '')
      assert.equal(locationOf(await browser.get(wayOn)), `${BYE}?state=s`)
      assert.match(locationOf(await testBrowser(started().app).get(wayOn)), /^\/signed-out\?/)
      assert.match(locationOf(await browser.get(wayOn.replace('state=s', 'state=t'))), /^\/signed-out\?/)
    })
  })
})
