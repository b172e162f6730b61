/** The pages of one's own account that tell what is kept: a real Chromium, by keyboard, without JavaScript, on a phone. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { findChromium, NO_CHROMIUM } from '../fixtures/chromium.ts'
import { ALICE, appUrl, BOB, ISSUER, signOnWorld, type World } from '../fixtures/sign-on-world.ts'

const NARROW = { width: 320, height: 640 }

describe('what is kept of an account, in a real browser', {
  skip: findChromium() === undefined ? NO_CHROMIUM : false,
}, () => {
  let world: World

  before(async () => {
    world = await signOnWorld()
  })
  after(() => world?.close())

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
  /** WCAG 1.4.10 */
  async function assertFits(page: Page): Promise<void> {
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth')
    assert.ok(wide <= 0, `${page.url()} is ${wide} px too wide`)
  }
  const open = (page: Page, path: string) => page.goto(`${ISSUER}${path}`)

  test('an app’s access is found, read and taken away by keyboard, and the app asks again', () =>
    world.visit(async ({ page, login, heading, signIn, screenshot }) => {
      await login('delta')
      await signIn()
      await page.getByRole('button', { name: 'Allow', exact: true }).click()
      await page.waitForURL(appUrl('delta'))
      await open(page, '/account/apps')
      assert.equal(await heading(), 'Apps with access to your account')
      await assertAccessible(page)
      await screenshot('account-apps')
      const link = page.getByRole('link', { name: 'Delta Notes' })
      await link.focus()
      await page.keyboard.press('Enter')
      await page.waitForURL(/apps\/app\?id=delta/)
      assert.equal(await heading(), 'What Delta Notes may do')
      await assertAccessible(page)
      await screenshot('account-app')
      // Down the page, as one who can't point at it does.
      const focus = () => page.evaluate<string>('document.activeElement.textContent.trim()')
      for (let stops = 0; stops < 20 && (await focus()) !== 'Remove its access'; stops++)
        await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      await page.getByRole('status').waitFor()
      assert.equal(await page.getByRole('status').textContent(), 'The access was removed.')
      await assertAccessible(page)
      await screenshot('account-apps-removed')
      await login('delta')
      assert.equal(await heading(), 'Allow Delta Notes to use your account?')
    }))

  test('what happened is told, in the dark and at 320 px as well', () =>
    world.visit(
      async ({ page, login, heading, signIn, screenshot }) => {
        await login('alpha')
        await page.locator('#username').fill(ALICE.username)
        await page.locator('#password').fill('wrong')
        await page.getByRole('button', { name: 'Sign in', exact: true }).click()
        await page.waitForSelector('#errors')
        await signIn()
        await page.waitForURL(appUrl('alpha'))
        await open(page, '/account/activity')
        assert.equal(await heading(), 'Activity of your account')
        const rows = await page.locator('.rows li strong').allTextContents()
        assert.deepEqual(rows.slice(0, 3), [
          'Signed in to Alpha',
          'Signed in, in a new browser',
          'A wrong password was entered',
        ])
        await assertAccessible(page)
        await assertFits(page)
        await screenshot('account-activity-narrow')
        for (const path of ['/account/apps', '/account/apps/app?id=alpha', '/account/data', '/account/remove']) {
          await open(page, path)
          await assertFits(page)
          await assertAccessible(page)
        }
        await page.setViewportSize({ width: 900, height: 760 })
        await open(page, '/account/activity')
        await screenshot('account-activity')
      },
      { viewport: NARROW, colorScheme: 'dark', expectedComplaints: /status of 400/ },
    ))

  test('without JavaScript: the data as a file, and the end of the account', () =>
    world.visit(
      async ({ page, login, heading, signIn, screenshot }) => {
        await login('beta')
        await signIn(BOB)
        await page.waitForURL(appUrl('beta'))
        await open(page, '/account/data')
        assert.equal(await heading(), 'Your data')
        await screenshot('account-data')
        const [file] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('link', { name: 'Download your data' }).click(),
        ])
        assert.equal(file.suggestedFilename(), 'account.json')
        const data = JSON.parse(await readFile(await file.path(), 'utf8'))
        assert.equal(data.account.username, BOB.username)
        assert.ok(data.events.length > 1)
        await page.getByRole('link', { name: 'What that means' }).click()
        assert.equal(await heading(), 'Remove your account?')
        await screenshot('account-remove')
        await page.getByLabel(/enter your user name/).fill('alice')
        await page.getByRole('button', { name: 'Remove my account for good' }).click()
        assert.match(await page.title(), /^Error: /)
        assert.equal(await page.locator('#username').getAttribute('aria-invalid'), 'true')
        assert.equal(await page.locator('#username').inputValue(), 'alice')
        await screenshot('account-remove-wrong')
        await page.getByLabel(/enter your user name/).fill(BOB.username)
        await page.getByRole('button', { name: 'Remove my account for good' }).click()
        assert.equal(await heading(), 'Your account is removed')
        await screenshot('account-removed')
        await login('beta')
        await signIn(BOB)
        assert.match(await page.title(), /^Error: /)
      },
      { javaScriptEnabled: false, expectedComplaints: /status of 400/ },
    ))

  test('the page that removes, with its error, is heard and found by keyboard', () =>
    world.visit(
      async ({ page, login, heading, signIn }) => {
        await login('alpha')
        await signIn()
        await page.waitForURL(appUrl('alpha'))
        await open(page, '/account/remove')
        assert.equal(await heading(), 'Remove your account?')
        await page.locator('#username').focus()
        await page.keyboard.press('Enter')
        await page.waitForSelector('#errors')
        await page.locator('#errors:focus').waitFor()
        await assertAccessible(page)
        await page.getByRole('link', { name: /Enter your user name, if/ }).press('Enter')
        await page.locator('#username:focus').waitFor()
        await page.getByRole('link', { name: 'Keep it and go back' }).press('Enter')
        assert.equal(await heading(), 'Your data')
        await open(page, '/account/removed')
        await assertAccessible(page)
      },
      { expectedComplaints: /status of 400/ },
    ))
})
