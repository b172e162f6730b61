/** What pages look like in a brand: on whose pages, under which policy, and how heavy they are. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { openBrands } from '../../src/http/brands.ts'
import { cspHash } from '../../src/http/styles.ts'
import { LANGUAGE_TAGS } from '../../src/words/languages.ts'
import { aClient, aPublicClient } from '../fixtures/client.ts'
import { readTags, unescapeHtml } from '../fixtures/html.ts'
import { BRANDED, LOGO } from '../fixtures/sample-brands.ts'
import { sampleServer } from '../fixtures/sample-server.ts'
import { SAMPLES } from '../fixtures/sample-views.ts'
import { testApp } from '../fixtures/test-app.ts'
import { spaQuery, testBrowser } from '../fixtures/test-browser.ts'

let app: FastifyInstance
before(async () => {
  app = await sampleServer(SAMPLES, openBrands(BRANDED))
})
after(() => app.close())

const accentOf = (html: string): string | undefined =>
  /<style>:root\{[^}]*--accent:(#\w+)[^<]*<\/style>\n<\/head>/.exec(html)?.[1]
const withClient = (id: string) => `/${id}?client=wiki`

describe('a page with a brand', () => {
  test('each, with everything at its longest, in each language: 14,000 bytes, two requests, and a policy that fits', async () => {
    for (const { id, view } of SAMPLES) {
      for (const language of view.startsWith('admin') ? ['en'] : LANGUAGE_TAGS) {
        for (const query of ['', '&client=wiki']) {
          const { body, headers } = await app.inject(`/${id}?ui_locales=${language}${query}`)
          assert.ok(Buffer.byteLength(body) <= 14_000, `${id} ${language} ${query}: ${Buffer.byteLength(body)} bytes`)
          const tags = readTags(body)
          const images = new Set(
            tags.flatMap(({ name, attributes }) =>
              name === 'img'
                ? [attributes.get('src')]
                : attributes.get('rel') === 'icon'
                  ? [attributes.get('href')]
                  : [],
            ),
          )
          const asked = [...images].filter((one) => !one?.startsWith('data:'))
          assert.ok(asked.length <= 1, `${id}: ${asked}`)
          const policy = String(headers['content-security-policy'])
          const styles = tags
            .filter(({ name, closing }) => name === 'style' && !closing)
            .map(({ raw = '' }) => cspHash(raw))
          assert.deepEqual(/style-src ([^;]*)/.exec(policy)?.[1]?.split(' '), styles, id)
          assert.equal(
            /img-src [^;]*'self'/.test(policy),
            asked.some((one) => one?.startsWith('/')),
            id,
          )
          assert.doesNotMatch(policy, /unsafe/)
        }
      }
    }
  })

  test('a client’s is on that client’s pages, the installation’s everywhere else', async () => {
    const accent = async (path: string) => accentOf((await app.inject(path)).body)
    assert.equal(await accent('/sign-in'), '#7a1fa2')
    assert.equal(await accent(withClient('sign-in')), '#0033aa')
    assert.equal(await accent(withClient('consent')), '#0033aa')
    assert.equal(await accent('/home'), '#7a1fa2')
    assert.equal(await accent('/sign-in?client=another'), '#7a1fa2')
    assert.equal(await accent('/admin-overview'), '#7a1fa2')
  })

  test('the links of the installation are on each, and a mail address may be one', async () => {
    const { body } = await app.inject('/sign-in')
    const links = readTags(body)
      .filter(({ name }) => name === 'a')
      .map(({ attributes }) => attributes.get('href'))
    for (const link of ['mailto:help@acme.example', 'https://acme.example/privacy', 'https://acme.example/terms']) {
      assert.ok(links.includes(link), link)
    }
  })

  test('without a brand there is neither a second style nor an image', async () => {
    const plain = await sampleServer()
    const { body, headers } = await plain.inject('/sign-in')
    assert.equal(readTags(body).filter(({ name, closing }) => name === 'style' && !closing).length, 1)
    assert.doesNotMatch(String(headers['content-security-policy']), /img-src[^;]*'self'/)
    await plain.close()
  })
})

describe('in the real application', () => {
  test('the logo is at an address that names what is in it, to be kept for good, and runs nothing', async () => {
    const started = await testApp({ config: { brand: BRANDED.brand } })
    const { page } = await testBrowser(started.app).start()
    const src =
      readTags(page.body)
        .find(({ name }) => name === 'img')
        ?.attributes.get('src') ?? ''
    assert.match(src, /^\/brand\/logo-[0-9a-f]{16}\.svg$/)
    const logo = await started.app.inject(src)
    assert.equal(logo.statusCode, 200)
    assert.equal(logo.headers['content-type'], 'image/svg+xml')
    assert.equal(logo.headers['cache-control'], 'public, max-age=31536000, immutable')
    assert.equal(logo.headers['x-content-type-options'], 'nosniff')
    assert.match(String(logo.headers['content-security-policy']), /^default-src 'none'; .*; sandbox$/)
    assert.equal(logo.body, LOGO)
    for (const other of ['/brand/logo-0000000000000000.svg', '/brand/..%2f..%2fpackage.json', '/brand/']) {
      assert.equal((await started.app.inject(other)).statusCode, 404, other)
    }
    await started.close()
  })

  test('a client’s look is on the pages on which people sign in to it, and not on their own', async () => {
    const spa = { ...aPublicClient(), brand: BRANDED.clients[0]?.brand }
    const started = await testApp({ config: { brand: BRANDED.brand }, clients: [aClient(), spa] })
    const browser = testBrowser(started.app)
    const { path } = await browser.start(spaQuery())
    assert.equal(accentOf((await browser.get(path)).body), '#0033aa')
    assert.equal(accentOf((await browser.get('/')).body), '#7a1fa2')
    const error = await browser.get(`/authorize?${spaQuery({ redirect_uri: 'https://evil.example/' })}`)
    assert.equal(error.statusCode, 400)
    assert.match(String(error.headers['content-security-policy']), /style-src 'sha256-[^']+' 'sha256-[^']+'$/)
    assert.equal(accentOf((await testBrowser(started.app).start()).page.body), '#7a1fa2')
    await started.close()
  })

  test('[WCAG 2.2, 1.1.1] a logo with the name in it is read as that name, whatever is in the name', async () => {
    const name = '"><script>alert(1)</script>'
    const brand = { ...BRANDED.brand, logoShowsName: true }
    const started = await testApp({ config: { brand, name } })
    const { body } = await testBrowser(started.app).get('/')
    const [image] = readTags(body).filter((tag) => tag.name === 'img')
    assert.equal(unescapeHtml(image?.attributes.get('alt') ?? ''), name)
    assert.doesNotMatch(body, /<script>alert/)
    await started.close()
  })

  test('there is an icon for whoever was told of none', async () => {
    const started = await testApp()
    const { statusCode, headers, body } = await started.app.inject('/favicon.ico')
    assert.equal(statusCode, 200)
    assert.equal(headers['content-type'], 'image/svg+xml')
    assert.match(body, /^<svg .*#0b6655/)
    await started.close()
  })
})
