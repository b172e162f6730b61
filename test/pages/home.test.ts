/** The list of apps: where each of them leads. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { aClient, aPublicClient } from '../fixtures/client.ts'
import { readTags, unescapeHtml } from '../fixtures/html.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { ISSUER } from '../fixtures/test-app.ts'
import { testBrowser } from '../fixtures/test-browser.ts'

const initiated = aClient({
  id: 'initiated',
  metadata: { client_name: 'Initiated', initiate_login_uri: 'https://initiated.example/login?a=%20' },
})
const { client_uri: _, ...bare } = aClient().metadata
const homeless = { ...aClient({ id: 'homeless' }), metadata: { ...bare, client_name: 'Homeless' } }

describe('the list of apps', () => {
  const started = suiteApp({ clients: [aClient(), aPublicClient(), initiated, homeless] })
  const links = (html: string) =>
    readTags(html)
      .filter(({ name, closing }) => name === 'a' && !closing)
      .map(({ attributes }) => unescapeHtml(attributes.get('href') ?? ''))
      .filter((href) => href.startsWith('https:'))

  test('[OpenID Connect Core 4] leads to where the app begins a sign-in, with iss, else to its home page', async () => {
    const browser = testBrowser(started().app)
    await browser.signIn()
    const { body } = await browser.get('/')
    assert.deepEqual(links(body), [
      'https://app.example/',
      'https://spa.example/',
      `https://initiated.example/login?a=%20&iss=${encodeURIComponent(ISSUER)}`,
    ])
    assert.doesNotMatch(body, /Homeless/)
  })

  test('is shown to nobody who is not signed in', async () => {
    assert.deepEqual(links((await testBrowser(started().app).get('/')).body), [])
  })
})
