/** The list of apps: where each of them leads. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { aClient, aPublicClient } from '../fixtures/client.ts'
import { readTags, unescapeHtml } from '../fixtures/html.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { ISSUER } from '../fixtures/test-app.ts'
import { authorizeQuery, testBrowser } from '../fixtures/test-browser.ts'

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
      `https://initiated.example/login?a=%20&iss=${encodeURIComponent(ISSUER)}`,
      'https://spa.example/',
    ])
    assert.doesNotMatch(body, /Homeless/)
  })

  test('is shown to nobody who is not signed in', async () => {
    assert.deepEqual(links((await testBrowser(started().app).get('/')).body), [])
  })
})

describe('the launcher', () => {
  const app = (id: string, change: Parameters<typeof aClient>[0] = {}) =>
    aClient({ ...change, id, metadata: { client_name: id, client_uri: `https://${id}.example/`, ...change?.metadata } })
  const many = Array.from({ length: 200 }, (_, at) => app(`many-${String(at).padStart(3, '0')}`))
  const started = suiteApp({
    clients: [
      app('zebra', { metadata: { logo_uri: 'https://cdn.example/zebra.png' } }),
      app('yak', { launcherOrder: 10 }),
      app('unseen', { launcherOrder: undefined }),
      app('antelope'),
      ...many,
    ],
  })
  const names = (html: string) =>
    [...html.matchAll(/<span class="who"><bdi>([a-z0-9-]+)<\/bdi><\/span><\/a>/g)].map(([, n]) => n)

  test('has what the operator wants first, then what somebody uses, then the rest by name, a page at a time', async () => {
    const one = started()
    const browser = testBrowser(one.app)
    await browser.signIn(authorizeQuery({ client_id: 'yak' }))
    const first = (await browser.get('/')).body
    assert.deepEqual(names(first).slice(0, 3), ['yak', 'antelope', 'many-000'])
    assert.doesNotMatch(first, /unseen/)

    await browser.get(`/authorize?${authorizeQuery({ client_id: 'zebra' })}`)
    const { body, headers } = await browser.get('/')
    assert.deepEqual(names(body).slice(0, 3), ['yak', 'zebra', 'antelope'])
    assert.match(body, /<img class="avatar" src="https:\/\/cdn\.example\/zebra\.png" alt=""/)
    assert.match(String(headers['content-security-policy']), /img-src data: https:\/\/cdn\.example;/)

    const seen: unknown[] = []
    for (let path: string | undefined = '/'; path !== undefined; ) {
      const page: string = (await browser.get(path)).body
      assert.ok(Buffer.byteLength(page) <= 14_000)
      seen.push(...names(page))
      path = /href="(\/\?from[^"]*)"/.exec(page)?.[1]?.replace('&#x3D;', '=')
    }
    assert.equal(seen.length, 203)
    assert.equal(new Set(seen).size, 203)
  })

  test('what is no number, or beyond the end, is no fault', async () => {
    const browser = testBrowser(started().app)
    await browser.signIn(authorizeQuery({ client_id: 'yak' }))
    for (const from of ['x', '-1', '1e3', '99999', '']) {
      assert.equal(names((await browser.get(`/?from=${from}`)).body)[0], 'yak')
    }
    assert.equal(names((await browser.get('/?from=9999')).body).length, 1)
  })
})
