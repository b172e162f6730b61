/** Several accounts in one browser as people meet them: a real Chromium, by keyboard, without JavaScript, on a narrow screen. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { findChromium, NO_CHROMIUM } from '../fixtures/chromium.ts'
import { appUrl, BOB, ISSUER, signOnWorld, type Visitor, type World } from '../fixtures/sign-on-world.ts'

const AS_ALICE = 'Signed in as Alice Adams'
const AS_BOB = 'Signed in as Bob Brown'

describe('several accounts in a real browser', { skip: findChromium() === undefined ? NO_CHROMIUM : false }, () => {
  let world: World
  before(async () => {
    world = await signOnWorld()
  })
  after(() => world?.close())

  const visit: World['visit'] = (body, options) => world.visit(body, options)

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

  /** Alice at Alpha; then Bob beside her, from the home page. */
  async function both({ page, login, signIn }: Visitor): Promise<void> {
    await login('alpha')
    await signIn()
    await page.waitForURL(appUrl('alpha'))
    await page.goto(`${ISSUER}/`)
    await page.getByRole('link', { name: 'Add another account' }).click()
    await signIn(BOB)
    await page.waitForURL(`${ISSUER}/`)
  }
  const activeOf = async (page: Page): Promise<string> => {
    await page.goto(`${ISSUER}/`)
    return ((await page.locator('.account strong').textContent()) ?? '').trim()
  }

  test('added, chosen for an app, switched and signed out, one and all; each page is accessible', () =>
    visit(async (visitor) => {
      const { page, login, heading, screenshot } = visitor
      await both(visitor)
      assert.equal(await activeOf(page), 'Bob Brown')
      await login('beta', { prompt: 'select_account' })
      assert.equal(await heading(), 'Choose an account')
      await assertAccessible(page)
      await screenshot('chooser-app')
      await page.getByRole('button', { name: 'Alice Adams alice alice@example.org' }).click()
      await page.waitForURL(appUrl('beta'))
      assert.equal(await heading(), AS_ALICE)
      // The app goes on for her; Bob is active all the same.
      await login('beta')
      await page.waitForURL(appUrl('beta'))
      assert.equal(await heading(), AS_ALICE)
      assert.equal(await activeOf(page), 'Bob Brown')

      await assertAccessible(page)
      await screenshot('home-several')
      await page.getByRole('link', { name: 'Switch account' }).click()
      assert.equal(page.url(), `${ISSUER}/accounts`)
      await assertAccessible(page)
      await screenshot('chooser-own')
      await page.getByRole('button', { name: /^Alice Adams/ }).click()
      await page.waitForURL(`${ISSUER}/`)
      assert.equal(await activeOf(page), 'Alice Adams')

      await page.getByRole('button', { name: 'Sign out', exact: true }).click()
      await page.waitForURL(/\/signed-out/)
      await assertAccessible(page)
      await screenshot('signed-out-one-of-several')
      await page.getByRole('link', { name: 'See the accounts in this browser' }).click()
      assert.equal(await page.locator('.beside').count(), 1)
      await page.getByRole('button', { name: 'Sign out Bob Brown' }).click()
      await page.waitForURL(/\/signed-out/)
      assert.equal(await page.getByRole('link', { name: 'See the accounts' }).count(), 0)
      await page.goto(`${ISSUER}/`)
      assert.equal(await page.locator('.account').count(), 0)
    }))

  test('by keyboard alone: each account, its sign-out and another one are stops in the order of the page', () =>
    visit(async (visitor) => {
      const { page, login, heading } = visitor
      await both(visitor)
      await login('beta', { prompt: 'select_account' })
      const stops: string[] = []
      for (let stop = 0; stop < 6; stop++) {
        await page.keyboard.press('Tab')
        stops.push(
          await page.evaluate(`
            (document.activeElement.name + ' ' + document.activeElement.textContent).replaceAll(/\\s+/g, ' ').trim()`),
        )
      }
      assert.deepEqual(stops, [
        'answer B Bob Brown bob Active',
        'sign_out Sign out',
        'answer A Alice Adams alice alice@example.org',
        'sign_out Sign out',
        'answer Use another account',
        'sign_out Sign out of all accounts',
      ])
      for (let back = 0; back < 3; back++) await page.keyboard.press('Shift+Tab')
      await page.keyboard.press('Enter')
      await page.waitForURL(appUrl('beta'))
      assert.equal(await heading(), AS_ALICE)
    }))

  test('without JavaScript, on 320 px, in the dark: nothing is wider than the screen, and everything works', () =>
    visit(
      async (visitor) => {
        const { page, login, heading, screenshot } = visitor
        await both(visitor)
        await login('gamma', { prompt: 'select_account' })
        const width = () => page.evaluate<number>('document.documentElement.scrollWidth')
        assert.ok((await width()) <= 320)
        await screenshot('chooser-narrow')
        for (const button of await page.getByRole('button').all()) {
          assert.ok(((await button.boundingBox())?.height ?? 0) >= 44)
        }
        await page.getByRole('button', { name: /^Alice Adams/ }).click()
        await page.waitForURL(appUrl('gamma'))
        assert.equal(await heading(), AS_ALICE)
        await page.goto(`${ISSUER}/sign-out`)
        assert.ok((await width()) <= 320)
        await screenshot('sign-out-narrow')
        await page.getByRole('button', { name: 'Sign out of all accounts' }).click()
        await page.waitForURL(/\/signed-out/)
        await page.goto(`${ISSUER}/`)
        assert.equal(await page.locator('.account').count(), 0)
      },
      { javaScriptEnabled: false, viewport: { width: 320, height: 640 }, colorScheme: 'dark' },
    ))

  test('two tabs: each stays with its account, and consent is for who was asked', () =>
    visit(async (visitor) => {
      const { page, login, heading } = visitor
      await both(visitor)
      await login('delta', { login_hint: 'alice' })
      assert.match(await heading(), /Allow/)
      assert.equal((await page.locator('.account strong').textContent())?.trim(), 'Alice Adams')
      await assertAccessible(page)
      const other = await page.context().newPage()
      await other.goto(appUrl('beta', '/login?prompt=select_account'))
      await other.getByRole('button', { name: /^Bob Brown/ }).click()
      await other.waitForURL(appUrl('beta'))
      assert.equal((await other.locator('h1').textContent())?.trim(), AS_BOB)
      await page.reload()
      assert.equal((await page.locator('.account strong').textContent())?.trim(), 'Alice Adams')
      await page.getByRole('button', { name: 'Allow', exact: true }).click()
      await page.waitForURL(appUrl('delta'))
      assert.equal(await heading(), AS_ALICE)
    }))

  test('a password is asked for the one who was chosen, and the way back to the others is there', () =>
    visit(async (visitor) => {
      const { page, login, heading } = visitor
      await both(visitor)
      await login('beta', { prompt: 'login', login_hint: 'alice' })
      assert.equal(await heading(), 'Confirm it’s you')
      assert.equal(await page.locator('#username').inputValue(), 'alice')
      await page.getByRole('button', { name: 'Use another account' }).click()
      assert.equal(await heading(), 'Choose an account')
      await page.getByRole('button', { name: 'Use another account' }).click()
      assert.equal(await heading(), 'Sign in to Beta')
      await assertAccessible(page)
      await page.getByRole('button', { name: 'Choose an account' }).click()
      await page.getByRole('button', { name: /^Bob Brown/ }).click()
      assert.equal(await heading(), 'Confirm it’s you')
      assert.equal(await page.locator('#username').inputValue(), 'bob')
      await page.locator('#password').fill(BOB.password)
      await page.keyboard.press('Enter')
      await page.waitForURL(appUrl('beta'))
      assert.equal(await heading(), AS_BOB)
    }))
})
