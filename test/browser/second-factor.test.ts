/** The second factor as people meet it: a real Chromium, by keyboard, without JavaScript, with a phone that shows codes. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { findChromium, NO_CHROMIUM } from '../fixtures/chromium.ts'
import { phoneOf } from '../fixtures/second-factor.ts'
import { ALICE, appUrl, BOB, signOnWorld, type World } from '../fixtures/sign-on-world.ts'

const AAL2 = { claims: JSON.stringify({ id_token: { acr: { essential: true, value: 'aal2' } } }) }
const SIGNED_IN = 'Signed in as Alice Adams'

describe('the second factor in a real browser', { skip: findChromium() === undefined ? NO_CHROMIUM : false }, () => {
  let world: World
  let phone: ReturnType<typeof phoneOf>
  /** Each is used once. */
  let recoveryCodes: string[] = []

  before(async () => {
    world = await signOnWorld()
  })
  after(() => world?.close())

  const visit: World['visit'] = (body, options) => world.visit(body, options)
  const focusOf = (page: Page): Promise<string> =>
    page.evaluate('document.activeElement.id || document.activeElement.textContent.trim()')
  const read = async (page: Page) => ({ body: await page.content() })

  async function assertAccessible(page: Page): Promise<void> {
    await page.evaluate(axe.source)
    const violations = await page.evaluate<{ id: string; nodes: { html: string }[] }[]>(
      "axe.run({ resultTypes: ['violations'] }).then((results) => results.violations)",
    )
    assert.deepEqual(
      violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
      [],
    )
  }

  test('an app wants two factors: one is set up by keyboard alone, and the codes can be saved', () =>
    visit(async ({ page, login, heading, screenshot }) => {
      await login('alpha', AAL2)
      await page.locator('#username:focus').waitFor()
      await page.keyboard.type(ALICE.username)
      await page.keyboard.press('Tab')
      await page.keyboard.type(ALICE.password)
      await page.keyboard.press('Enter')
      await page.waitForSelector('img.qr')
      assert.equal(await heading(), 'Set up a second step')
      await screenshot('totp-setup')
      phone = phoneOf(await read(page), Date.now)
      const qr = await page.locator('img.qr').boundingBox()
      assert.ok(qr && qr.width >= 180 && qr.width === qr.height, JSON.stringify(qr))
      // What is pressed on the way to the field, in the order of the page.
      const stops: string[] = []
      while (stops.at(-1) !== 'code' && stops.length < 9) {
        await page.keyboard.press('Tab')
        stops.push(await focusOf(page))
      }
      assert.deepEqual(stops, ['Open the app here', 'code'])
      await page.keyboard.type(phone.code())
      await page.keyboard.press('Enter')
      await page.waitForSelector('ul.codes')
      await screenshot('recovery-codes')
      recoveryCodes = await page.locator('ul.codes code').allTextContents()
      assert.equal(recoveryCodes.length, 10)
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: 'Save them as a file' }).press('Enter'),
      ])
      assert.equal(file.suggestedFilename(), 'recovery-codes.txt')
      const saved = await readFile(await file.path(), 'utf8')
      for (const code of recoveryCodes) assert.ok(saved.includes(code))
      await page.getByRole('link', { name: /I have kept them/ }).press('Enter')
      await page.waitForURL(appUrl('alpha'))
      assert.equal(await heading(), SIGNED_IN)
    }))

  test('a wrong code: the page says so where it is heard, and going back or reloading asks for nothing again', () =>
    visit(
      async ({ page, login, heading, signIn, screenshot }) => {
        await login('beta')
        await signIn()
        assert.equal(await heading(), 'Confirm it’s you')
        await page.locator('#code:focus').waitFor()
        await screenshot('second-factor')
        const address = page.url()
        await page.keyboard.type('000000')
        await page.keyboard.press('Enter')
        await page.waitForSelector('#errors')
        assert.match(await page.title(), /^Error: /)
        await page.locator('#errors:focus').waitFor()
        await screenshot('second-factor-wrong')
        assert.equal(page.url(), address)
        await assertAccessible(page)
        await page.reload()
        assert.equal(await heading(), 'Confirm it’s you')
        assert.equal(await page.locator('#errors').count(), 0)
        await page.locator('#code:focus').waitFor()
        await page.keyboard.type(phone.code(1))
        await page.keyboard.press('Enter')
        await page.waitForURL(appUrl('beta'))
        assert.equal(await heading(), SIGNED_IN)
        // Back: on to the app, as ever.
        await page.goBack()
        await page.waitForURL(appUrl('beta'))
      },
      { expectedComplaints: /status of 400/ },
    ))

  test('without JavaScript: a recovery code, a browser that is remembered, and an app that asks for more all the same', () =>
    visit(
      async ({ page, login, heading, signIn }) => {
        await login('gamma')
        await signIn()
        await page.getByRole('link', { name: 'Use a recovery code' }).click()
        await page.locator('#code').fill(recoveryCodes[0] ?? '')
        await page.getByRole('checkbox').check()
        await page.getByRole('button', { name: 'Confirm and continue' }).click()
        await page.waitForURL(appUrl('gamma'))
        assert.equal(await heading(), SIGNED_IN)
        await page.context().clearCookies({ name: '__Host-countersign-session' })
        await login('alpha')
        await signIn()
        await page.waitForURL(appUrl('alpha'))
        await login('beta', { acr_values: 'aal2' })
        assert.equal(await heading(), 'Confirm it’s you')
        await page.getByRole('link', { name: 'Use a recovery code' }).click()
        await page.locator('#code').fill(recoveryCodes[1] ?? '')
        await page.getByRole('button', { name: 'Confirm and continue' }).click()
        await page.waitForURL(appUrl('beta'))
        assert.equal(await heading(), SIGNED_IN)
      },
      { javaScriptEnabled: false },
    ))

  test('the account’s own page: set up there, taken away there', () =>
    visit(async ({ page, login, heading, signIn, screenshot }) => {
      await login('alpha')
      await signIn(BOB)
      await page.goto(`${new URL('https://login.example.test/').origin}/`)
      await page.getByRole('link', { name: 'Your account' }).click()
      await page.getByRole('link', { name: 'Second step' }).click()
      assert.equal(await heading(), 'Set up a second step')
      await assertAccessible(page)
      const bobs = phoneOf(await read(page), Date.now)
      await page.locator('#code').fill(bobs.code())
      await page.getByRole('button', { name: 'Turn it on' }).click()
      await page.getByRole('link', { name: /I have kept them/ }).click()
      assert.equal(await heading(), 'Your second step is on')
      await screenshot('totp')
      await assertAccessible(page)
      await page.getByRole('button', { name: 'Remove the authenticator app' }).click()
      assert.equal(await heading(), 'Set up a second step')
    }))
})
