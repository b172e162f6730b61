/** What pages show of clients that nobody has checked, and whose images and links they carry. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { aPublicClient } from '../fixtures/client.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { spaQuery, testBrowser } from '../fixtures/test-browser.ts'

const CALLBACK = 'https://tool.example/callback'
const DOCUMENT = 'https://apps.example/tool.json'
const client = (id: string, source: 'configuration' | 'registration' | 'document', more = {}) =>
  aPublicClient({ id, source, metadata: { client_name: 'Your Bank', redirect_uris: [CALLBACK], ...more } })

describe('a client that came by itself', () => {
  const started = suiteApp({
    clients: [
      client('listed', 'configuration', { logo_uri: 'https://images.example/logo.png?size=2' }),
      client('reg', 'registration', { redirect_uris: [CALLBACK, 'http://127.0.0.1/cb', 'com.example.tool:/cb'] }),
      client(DOCUMENT, 'document'),
      client('hostile', 'configuration', { logo_uri: 'https://a;script-src/logo.png' }),
    ],
  })
  const pageOf = async (client_id: string, redirect_uri = CALLBACK) => {
    const browser = testBrowser(started().app)
    const { path, page: signIn } = await browser.start(spaQuery({ client_id, redirect_uri }))
    const csrf = /name="csrf" value="([^"]+)"/.exec(signIn.body)?.[1] ?? ''
    await browser.post(`${path}/password`, { csrf, username: 'alice', password: 'correct horse battery staple' })
    return { signIn, consent: await browser.get(path) }
  }
  const NOBODY = /Nobody at <bdi>Example Login<\/bdi> has checked it/

  test('[RFC7591 5] that registered itself is called so where people sign in and consent, with the host that they go on to', async () => {
    const { signIn, consent } = await pageOf('reg')
    for (const page of [signIn, consent]) {
      assert.match(page.body, /<bdi>Your Bank<\/bdi> registered itself here\./)
      assert.match(page.body, NOBODY)
      assert.match(page.body, /You go on to <strong><bdi>tool\.example<\/bdi>/)
    }
  })

  for (const [redirect, to] of [
    ['http://127.0.0.1/cb', 'an app on this device'],
    ['com.example.tool:/cb', '<bdi>com.example.tool</bdi> on this device'],
  ] as const) {
    test(`of ${redirect} the page says ${to}`, async () => {
      assert.ok((await pageOf('reg', redirect)).signIn.body.includes(`You go on to <strong>${to}</strong>`))
    })
  }

  test('[CIMD 8] that has a document is shown with the host of its client_id', async () => {
    const { consent } = await pageOf(DOCUMENT)
    assert.match(consent.body, /is what <strong><bdi>apps\.example<\/bdi><\/strong> calls this app/)
    assert.match(consent.body, NOBODY)
  })

  test('of a client of the configuration nothing of this is said, and its logo is shown from its own host', async () => {
    const { signIn, consent } = await pageOf('listed')
    for (const page of [signIn, consent]) {
      assert.doesNotMatch(page.body, NOBODY)
      assert.match(page.body, /<img class="logo" src="https:\/\/images\.example\/logo\.png\?size&#x3D;2" alt=""/)
      const policy = String(page.headers['content-security-policy'])
      assert.match(policy, /; img-src data: https:\/\/images\.example;/)
    }
  })

  test('pages without a logo load no image from anywhere', async () => {
    const { signIn } = await pageOf('reg')
    assert.match(String(signIn.headers['content-security-policy']), /; img-src data:;/)
    assert.doesNotMatch(signIn.body, /<img/)
  })

  test('[RFC7591 5] no host can add to the policy', async () => {
    const { signIn } = await pageOf('hostile')
    assert.match(String(signIn.headers['content-security-policy']), /; img-src data:;/)
  })
})
