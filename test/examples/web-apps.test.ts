/** The examples with pages: a person signs in, sees what is hers, and signs out. */
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { hasModAuthOpenidc, NO_APACHE } from '../fixtures/apache.ts'
import { findChromium, NO_CHROMIUM, startChromium } from '../fixtures/chromium.ts'
import { formOf, httpBrowser } from '../fixtures/http-browser.ts'
import { navigate } from '../interop/navigate.ts'
import { ALICE, EXAMPLES, type ExamplesWorld, examplesWorld } from './world.ts'

describe('the examples with pages', () => {
  let world: ExamplesWorld
  before(async () => {
    world = await examplesWorld()
  })
  after(() => world?.close())

  test('express-app: sign in, tokens refresh, sign out; the sign-on is over then', async () => {
    const origin = world.origins.expressApp
    await world.start('expressApp', [process.execPath, join(EXAMPLES, 'express-app/app.js')])
    const browser = httpBrowser(navigate)
    assert.match((await browser.get(`${origin}/`)).body, /Nobody is signed in/)
    const begun = await browser.get(`${origin}/login`)
    const { url } = await browser.authorize(begun.headers.get('location') ?? '', ALICE)
    assert.match((await browser.open(url)).body, /Hello, Alice Adams<\/h1> <p>alice@example\.org/)
    const again = await browser.open(url)
    assert.match(again.body, /Hello, Alice Adams/, 'a reload of the callback changes nothing')
    assert.match((await browser.open(`${origin}/refresh`)).body, /Hello, Alice Adams/)
    const left = await browser.post(`${origin}/logout`, {})
    const back = await browser.open(left.headers.get('location') ?? '')
    assert.equal(back.headers.get('location'), `${origin}/`)
    assert.match((await browser.get(`${origin}/`)).body, /Nobody is signed in/)
    const asked = new URL((await browser.get(`${origin}/login`)).headers.get('location') ?? '')
    assert.match((await browser.open(asked)).body, /name="password"/)
  })

  test('express-app: who cancels gets a page of the app with a way on', async () => {
    const origin = world.origins.expressApp
    const browser = httpBrowser(navigate)
    const begun = await browser.get(`${origin}/login`)
    const page = await browser.open(begun.headers.get('location') ?? '')
    const { action, fields } = formOf(page, '/cancel')
    const refused = await browser.post(action, fields)
    const answer = await browser.open(refused.headers.get('location') ?? '')
    assert.equal(answer.status, 502)
    assert.match(answer.body, /href="\/login"/)
  })

  test('single-page-app: sign in, orders from the API, sign out', {
    skip: findChromium() === undefined ? NO_CHROMIUM : false,
  }, async () => {
    const { issuer, api, singlePageApp } = world.origins
    await world.start('api', [process.execPath, join(EXAMPLES, 'api/server.js')], { PAGES: singlePageApp })
    await world.start('singlePageApp', [process.execPath, join(EXAMPLES, 'single-page-app/serve.js')], { API: api })
    const browser = await startChromium()
    assert.ok(browser)
    try {
      const page = await browser.newPage()
      page.setDefaultTimeout(10_000)
      const complaints: string[] = []
      page.on('pageerror', (error) => complaints.push(String(error)))
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
      await page.goto(`${singlePageApp}/`)
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await page.waitForURL(`${issuer}/**`)
      await page.locator('#username').fill(ALICE.username)
      await page.locator('#password').fill(ALICE.password)
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await page.getByRole('heading', { name: 'Hello, Alice Adams' }).waitFor()
      await page.locator('#orders li').nth(2).waitFor()
      assert.deepEqual(await page.locator('#orders li').allTextContents(), ['12 pencils', '1 desk', '3 lamps'])
      assert.equal(page.url(), `${singlePageApp}/`, 'the code is not left in the address')
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.getByRole('heading', { name: 'Nobody is signed in' }).waitFor()
      assert.deepEqual(complaints, [])
    } finally {
      await browser.close()
    }
  })

  test('static-site: files behind Apache are for people who are signed in', {
    skip: hasModAuthOpenidc() ? false : NO_APACHE,
  }, async () => {
    const origin = world.origins.staticSite
    // Apache gives up root's rights, so its files are where everybody can read them.
    const site = mkdtempSync(join(tmpdir(), 'countersign-static-site-'))
    cpSync(join(EXAMPLES, 'static-site'), site, { recursive: true })
    try {
      const apache = await world.start('staticSite', [join(site, 'run.sh')], { PORT: new URL(origin).port })
      const browser = httpBrowser(navigate)
      assert.match((await browser.get(`${origin}/bye.html`)).body, /You are signed out/)
      const asked = (await browser.get(`${origin}/`)).headers.get('location') ?? ''
      const { url } = await browser.authorize(asked, ALICE)
      assert.match((await browser.open(url)).body, /Only for people who are signed in/)
      const left = await browser.get(`${origin}/callback?${new URLSearchParams({ logout: `${origin}/bye.html` })}`)
      const back = await browser.open(left.headers.get('location') ?? '')
      assert.equal(back.headers.get('location'), `${origin}/bye.html`)
      assert.equal((await browser.get(`${origin}/`)).status, 302)
      await apache.end()
    } finally {
      rmSync(site, { recursive: true, force: true })
    }
  })
})
