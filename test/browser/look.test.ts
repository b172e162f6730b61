/** A brand in a real Chromium: read by everybody, in both directions, and harmless whatever is in it. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import axe from 'axe-core'
import type { FastifyInstance } from 'fastify'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { openBrands } from '../../src/http/brands.ts'
import { wholeStyle } from '../../src/http/styles.ts'
import { imageData } from '../../src/look/image.ts'
import { findChromium, NO_CHROMIUM, startChromium } from '../fixtures/chromium.ts'
import { BRANDED } from '../fixtures/sample-brands.ts'
import { sampleServer } from '../fixtures/sample-server.ts'
import { SAMPLES } from '../fixtures/sample-views.ts'

/** One that the configuration would refuse: it is to be harmless all the same. */
const HOSTILE_LOGO = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" onload="document.title='taken'">
<script>document.title = 'taken'; fetch('/taken')</script><image href="/taken"/><rect width="9" height="9" onclick="fetch('/taken')"/></svg>`

/** The first state of each page, and those with everything at its longest. */
const FEW = SAMPLES.filter(
  ({ id, view }, at) => SAMPLES.findIndex((other) => other.view === view) === at || /-(long|wrong)$/.test(id),
)

describe('a brand in a real browser', { skip: findChromium() === undefined ? NO_CHROMIUM : false }, () => {
  let app: FastifyInstance
  let hostile: FastifyInstance
  let origin: string
  let hostileOrigin: string
  let browser: Browser
  /** What arrived at a server. */
  const asked: { readonly url: string; readonly status: number }[] = []
  const listen = (server: FastifyInstance) =>
    server.addHook('onResponse', async ({ url }, { statusCode: status }) => void asked.push({ url, status }))

  before(async () => {
    app = await sampleServer(SAMPLES, openBrands(BRANDED))
    listen(app)
    origin = await app.listen({ host: '127.0.0.1', port: 0 })
    const brand = { ...BRANDED.brand, logo: imageData(Buffer.from(HOSTILE_LOGO)) }
    hostile = await sampleServer(SAMPLES, openBrands({ ...BRANDED, brand }))
    listen(hostile)
    hostileOrigin = await hostile.listen({ host: '127.0.0.1', port: 0 })
    const started = await startChromium()
    assert.ok(started)
    browser = started
  })
  after(async () => {
    await browser?.close()
    await app?.close()
    await hostile?.close()
  })

  /** What the browser complains of, the policy among it, fails the test. */
  async function withPage(options: BrowserContextOptions, body: (page: Page) => Promise<void>): Promise<void> {
    const context = await browser.newContext(options)
    const page = await context.newPage()
    await page.addInitScript('HTMLFormElement.prototype.submit = () => {}')
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(String(error)))
    await body(page)
    await context.close()
    assert.deepEqual(
      complaints.filter((text) => !text.startsWith('Autofocus processing')),
      [],
    )
  }

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const query of ['', '?client=wiki']) {
      test(
        `axe finds nothing: ${colorScheme}, ${query === '' ? 'the installation’s' : 'a client’s'}`,
        { timeout: 180_000 },
        () =>
          withPage({ colorScheme, reducedMotion: 'reduce' }, async (page) => {
            const found: string[] = []
            for (const { id, model } of FEW) {
              if (query !== '' && !('client' in model && model.client)) continue
              await page.goto(`${origin}/${id}${query}`)
              await page.evaluate(axe.source)
              const violations = await page.evaluate<{ id: string; nodes: { html: string }[] }[]>(
                "axe.run({ resultTypes: ['violations'] }).then((results) => results.violations)",
              )
              for (const { id: rule, nodes } of violations) found.push(`${id}: ${rule}: ${nodes[0]?.html}`)
            }
            assert.deepEqual(found, [])
          }),
      )
    }
  }

  for (const locale of ['en', 'he']) {
    test(`nothing scrolls sideways at 320 px with letters of twice the size: ${locale}`, { timeout: 120_000 }, () =>
      withPage({ locale, viewport: { width: 320, height: 640 } }, async (page) => {
        for (const { id } of FEW) {
          await page.goto(`${origin}/${id}`)
          const width = await page.evaluate<number>(
            "document.documentElement.style.fontSize = '200%', document.documentElement.scrollWidth",
          )
          assert.ok(width <= 320, `${id}: ${width}`)
        }
      }),
    )
  }

  test('a page asks for one image at most, and finds each', async () => {
    for (const path of ['home', 'sign-in', 'sign-in?client=wiki', 'consent', 'admin-overview']) {
      await withPage({}, async (page) => {
        asked.length = 0
        await page.goto(`${origin}/${path}`, { waitUntil: 'networkidle' })
        assert.deepEqual(
          asked.map(({ status }) => status),
          [200, 200],
          `${path}: ${asked.map(({ url }) => url)}`,
        )
        const sizes = await page.evaluate<number[]>('[...document.images].map((image) => image.naturalWidth)')
        assert.ok(sizes.length === 1 && sizes.every((size) => size > 0), path)
      })
    }
  })

  test('an SVG that would run or load something does neither: on a page, nor opened as one', async () => {
    const context = await browser.newContext()
    const page = await context.newPage()
    asked.length = 0
    await page.goto(`${hostileOrigin}/sign-out`, { waitUntil: 'networkidle' })
    const src = (await page.locator('header img').getAttribute('src')) ?? ''
    assert.ok(!(await page.title()).includes('taken'))
    await page.goto(`${hostileOrigin}${src}`, { waitUntil: 'networkidle' })
    assert.notEqual(await page.title(), 'taken')
    assert.deepEqual([...new Set(asked.map(({ url }) => url))], ['/sign-out', src])
    await context.close()
  })

  test('in forced colours buttons and their text have those of the system, and nothing of the brand’s is needed', () =>
    withPage({ forcedColors: 'active', colorScheme: 'dark' }, async (page) => {
      await page.goto(`${origin}/sign-in`)
      const [background, colour] = await page.evaluate<[string, string]>(
        "(({ backgroundColor, color }) => [backgroundColor, color])(getComputedStyle(document.querySelector('.primary')))",
      )
      assert.notEqual(background, 'rgb(217, 166, 242)')
      assert.notEqual(background, colour)
    }))

  test('with less motion wanted nothing moves', () =>
    withPage({ reducedMotion: 'reduce' }, async (page) => {
      for (const { id } of FEW) {
        await page.goto(`${origin}/${id}`)
        const moving = await page.evaluate<string[]>(
          `[...document.querySelectorAll('*')].filter((one) => {
            const { transitionDuration, animationName } = getComputedStyle(one)
            return animationName !== 'none' || transitionDuration.split(', ').some((time) => parseFloat(time) > 0)
          }).map((one) => one.outerHTML.slice(0, 80))`,
        )
        assert.deepEqual(moving, [], id)
      }
    }))

  test('from right to left what points on points to the left, and the logo stands at the right', async () => {
    const turned: Record<string, string> = { en: '45deg', he: '-135deg' }
    for (const locale of ['en', 'he']) {
      await withPage({ locale }, async (page) => {
        await page.goto(`${origin}/home`)
        const rotation = await page.evaluate<string>(
          "getComputedStyle(document.querySelector('.apps a'), '::after').rotate",
        )
        assert.equal(rotation, turned[locale])
        const [logo, name] = await page.evaluate<[number, number]>(
          "['header img', 'header span'].map((one) => document.querySelector(one).getBoundingClientRect().left)",
        )
        assert.equal((logo ?? 0) > (name ?? 0), locale === 'he')
      })
    }
  })

  test('what the style of a page leaves out matches nothing on it', { timeout: 120_000 }, () =>
    withPage({}, async (page) => {
      for (const { id, view } of SAMPLES) {
        await page.goto(`${origin}/${id}`)
        assert.deepEqual(await page.evaluate<string[]>(`(${MISSED})(${JSON.stringify(wholeStyle(view))})`), [], id)
      }
    }),
  )
})

/** Run in the page: the selectors of the whole style that its own has not, and that match something all the same. */
const MISSED = `(whole) => {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(whole)
  const selectorsOf = (rules) => [...rules].flatMap((rule) =>
    rule.cssRules?.length ? selectorsOf(rule.cssRules) : (rule.selectorText ?? '').split(/, (?![^(]*\\))/))
  const own = new Set([...document.styleSheets].flatMap((one) => selectorsOf(one.cssRules)))
  const matches = (selector) => {
    const plain = selector.replace(/::[\\w-]+|:(hover|focus-visible|focus|active)/g, '')
    return plain !== '' && document.querySelector(plain) !== null
  }
  return [...new Set(selectorsOf(sheet.cssRules))].filter((one) => !own.has(one) && matches(one))
}`
