import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import axe from 'axe-core'
import type { FastifyInstance } from 'fastify'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { LANGUAGE_TAGS, LANGUAGES, type LanguageTag } from '../../src/words/languages.ts'
import { message } from '../../src/words/message.ts'
import { findChromium, NO_CHROMIUM, startChromium } from '../fixtures/chromium.ts'
import { sampleServer } from '../fixtures/sample-server.ts'
import { SAMPLES, type Sample } from '../fixtures/sample-views.ts'

const HOSTILE = '"><script>document.title="taken"</script><img src=x onerror=document.title="taken">'

const signIn = SAMPLES.find(({ id }) => id === 'sign-in')?.model
assert.ok(signIn)
const hostile: Sample = {
  id: 'hostile',
  view: 'sign-in',
  model: {
    ...signIn,
    installation: HOSTILE,
    client: { name: HOSTILE },
    username: HOSTILE,
    notice: message('sign_in.away_to', { client: HOSTILE }),
  },
}
const local: Sample = {
  id: 'form-post-local',
  view: 'form-post',
  model: {
    installation: 'Acme Team',
    client: { name: 'Wiki' },
    action: '/echo',
    fields: [
      { name: 'submit', value: HOSTILE },
      { name: 'state', value: 'a b' },
    ],
  },
}

/** Every state in a language of each direction; in the others every page once, with everything at its longest where there is that. */
function inLanguage(locale: LanguageTag): typeof SAMPLES {
  const samples = SAMPLES.filter(({ view }) => !view.startsWith('admin'))
  if (locale === 'de' || locale === 'he') return samples
  const oneOf = new Map(samples.map((sample) => [sample.view, sample]))
  for (const sample of samples) if (sample.id.endsWith('-long')) oneOf.set(sample.view, sample)
  return [...oneOf.values()]
}

describe('the pages in a real browser', { skip: findChromium() === undefined ? NO_CHROMIUM : false }, () => {
  let app: FastifyInstance
  let origin: string
  let browser: Browser

  before(async () => {
    app = await sampleServer([...SAMPLES, hostile, local])
    origin = await app.listen({ host: '127.0.0.1', port: 0 })
    const started = await startChromium()
    assert.ok(started)
    browser = started
  })
  after(async () => {
    await browser?.close()
    await app?.close()
  })

  /** Keeps the page of form_post, which sends itself at once, to be looked at. */
  const keepStill = (page: Page) => page.addInitScript('HTMLFormElement.prototype.submit = () => {}')

  /** Runs `body` on a page of its own; what the browser complains of (the CSP, a script) fails the test. */
  async function withPage(options: BrowserContextOptions, body: (page: Page) => Promise<void>): Promise<void> {
    const context = await browser.newContext(options)
    const page = await context.newPage()
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

  const MODES: Readonly<Record<string, BrowserContextOptions>> = {
    light: { colorScheme: 'light' },
    'from right to left': { locale: 'he' },
    dark: { colorScheme: 'dark' },
    'forced colours, on a phone': {
      forcedColors: 'active',
      colorScheme: 'dark',
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    },
  }
  for (const [mode, options] of Object.entries(MODES)) {
    test(`axe finds nothing in any state, best practices included: ${mode}`, { timeout: 120_000 }, () =>
      withPage({ ...options, reducedMotion: 'reduce' }, async (page) => {
        await keepStill(page)
        const found: string[] = []
        for (const { id } of SAMPLES) {
          await page.goto(`${origin}/${id}`)
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

  test('nothing scrolls sideways at 320 px, nor at 320 px with letters of twice the size', { timeout: 120_000 }, () =>
    withPage({ viewport: { width: 320, height: 640 } }, async (page) => {
      await keepStill(page)
      for (const { id } of SAMPLES) {
        await page.goto(`${origin}/${id}`)
        for (const size of ['100%', '200%']) {
          assert.deepEqual(await page.evaluate(`(${SIDEWAYS})('${size}')`), [], `${id} at ${size}`)
        }
      }
    }),
  )

  for (const locale of LANGUAGE_TAGS.filter((tag) => tag !== 'en')) {
    test(`${locale}: every page is in it, and none scrolls sideways at 320 px`, { timeout: 120_000 }, () =>
      withPage({ locale, viewport: { width: 320, height: 640 } }, async (page) => {
        await keepStill(page)
        for (const { id } of inLanguage(locale)) {
          await page.goto(`${origin}/${id}`)
          const html = page.locator('html')
          assert.equal(await html.getAttribute('lang'), locale, id)
          assert.equal(await html.getAttribute('dir'), LANGUAGES[locale], id)
          assert.deepEqual(await page.evaluate(`(${SIDEWAYS})('200%')`), [], id)
        }
      }),
    )
  }

  test('what is pressed is 44 px high at least, and fields have letters of 16 px', () =>
    withPage({ viewport: { width: 390, height: 844 } }, async (page) => {
      await keepStill(page)
      for (const { id } of SAMPLES) {
        await page.goto(`${origin}/${id}`)
        assert.deepEqual(await page.evaluate(`(${SMALL_TARGETS})()`), [], id)
      }
    }))

  test('hostile text is shown as text', () =>
    withPage({}, async (page) => {
      await page.goto(`${origin}/hostile`)
      assert.equal(await page.title(), `Sign in to ${HOSTILE} – ${HOSTILE}`)
      assert.equal(await page.locator('img').count(), 0)
      assert.equal(await page.getByLabel('User name').inputValue(), HOSTILE)
    }))

  test('the password can be shown, hidden again, and is hidden when it is sent', () =>
    withPage({}, async (page) => {
      await page.goto(`${origin}/sign-in-hint`)
      const password = page.locator('#password')
      const reveal = page.getByRole('button', { name: 'Show password' })
      await password.fill('correct horse')
      await reveal.click()
      assert.equal(await password.getAttribute('type'), 'text')
      assert.equal(await reveal.getAttribute('aria-pressed'), 'true')
      await page.evaluate("void addEventListener('submit', (event) => event.preventDefault())")
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      assert.equal(await password.getAttribute('type'), 'password')
      assert.equal(await reveal.getAttribute('aria-pressed'), 'false')
      assert.equal(await password.inputValue(), 'correct horse')
    }))

  test('a double click sends once; after Back the form can be sent again', () =>
    withPage({}, async (page) => {
      let posts = 0
      page.on('request', (request) => {
        if (request.method() === 'POST') posts++
      })
      await page.goto(`${origin}/consent`)
      await page.getByRole('button', { name: 'Allow', exact: true }).dblclick()
      await page.waitForURL('**/sign-in/**')
      assert.equal(posts, 1)
      assert.match((await page.locator('body').textContent()) ?? '', /^csrf=.*&answer=allow$/)
      await page.goBack()
      await page.getByRole('button', { name: 'Don’t allow' }).click()
      await page.waitForURL('**/sign-in/**')
      assert.match((await page.locator('body').textContent()) ?? '', /&answer=deny$/)
      assert.equal(posts, 2)
    }))

  test('the guard against double clicks lets go by itself', () =>
    withPage({}, async (page) => {
      await page.clock.install()
      let posts = 0
      await page.route('**/sign-in/**', (route) => {
        posts++
        return route.fulfill({ status: 204 })
      })
      await page.goto(`${origin}/sign-in-hint`)
      const button = page.getByRole('button', { name: 'Sign in', exact: true })
      await button.click()
      await button.click()
      assert.equal(posts, 1)
      await page.clock.runFor(2000)
      await button.click()
      await page.waitForTimeout(50)
      assert.equal(posts, 2)
    }))

  for (const javaScriptEnabled of [true, false]) {
    test(`after an error the summary has the focus and leads to the field, JavaScript ${javaScriptEnabled}`, () =>
      withPage({ javaScriptEnabled }, async (page) => {
        await page.goto(`${origin}/sign-in-wrong`)
        await page.locator('#errors:focus').waitFor()
        await page.locator('#errors a').click()
        await page.locator('#password:focus').waitFor()
      }))
  }

  test('by keyboard alone: user name, password, Enter', () =>
    withPage({}, async (page) => {
      await page.goto(`${origin}/sign-in`)
      await page.locator('#username:focus').waitFor()
      await page.keyboard.type('ada')
      await page.keyboard.press('Tab')
      await page.keyboard.type('pass word')
      await page.keyboard.press('Enter')
      await page.waitForURL('**/sign-in/4b1c6d0e8f')
      assert.match((await page.locator('body').textContent()) ?? '', /&username=ada&password=pass\+word(&able=)?$/)
    }))

  test('without JavaScript there is no button that shows the password, and forms are sent', () =>
    withPage({ javaScriptEnabled: false }, async (page) => {
      await page.goto(`${origin}/sign-in-hint`)
      assert.equal(await page.locator('#reveal').isVisible(), false)
      await page.getByLabel('Password', { exact: true }).fill('x')
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await page.waitForURL('**/sign-in/4b1c6d0e8f')
    }))

  for (const javaScriptEnabled of [true, false]) {
    test(`form_post ${javaScriptEnabled ? 'sends itself' : 'has a button without JavaScript'}, whatever its fields are called`, () =>
      withPage({ javaScriptEnabled }, async (page) => {
        await page.goto(`${origin}/form-post-local`, { waitUntil: 'commit' })
        if (!javaScriptEnabled) await page.getByRole('button', { name: 'Continue to Wiki' }).click()
        await page.waitForURL('**/echo')
        const sent = new URLSearchParams((await page.locator('body').textContent()) ?? '')
        assert.deepEqual(
          [...sent],
          [
            ['submit', HOSTILE],
            ['state', 'a b'],
          ],
        )
      }))
  }
})

/** Run in the page: elements that stick out to the right or left at a letter size, and the document if it scrolls. */
const SIDEWAYS = `(size) => {
  document.documentElement.style.fontSize = size
  const width = document.documentElement.clientWidth
  const out = [...document.querySelectorAll('body *')]
    .filter((each) => !each.closest('.hidden'))
    .filter((each) => { const box = each.getBoundingClientRect(); return box.right > width + 0.5 || box.left < -0.5 })
    .map((each) => each.outerHTML.slice(0, 80))
  return document.documentElement.scrollWidth > width ? ['the document', ...out] : out
}`

/** Run in the page: buttons, fields and links outside running text that are lower than 44 px, fields with small letters. */
const SMALL_TARGETS = `() => [...document.querySelectorAll('button, input:not([type=hidden], [hidden]), a.button, .apps a, nav a, summary')]
  .filter((each) => (each.closest('label') ?? each).getBoundingClientRect().height < 44
    || (each.matches('input') && parseFloat(getComputedStyle(each).fontSize) < 16))
  .map((each) => each.outerHTML.slice(0, 80))`
