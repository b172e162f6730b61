/** The pages of one's own account as people meet them: a real Chromium, two browsers, by keyboard, without JavaScript, on a small phone. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { findChromium, NO_CHROMIUM } from '../fixtures/chromium.ts'
import { ALICE, appUrl, BOB, ISSUER, signOnWorld, type World } from '../fixtures/sign-on-world.ts'

const NEXT = 'seven green kettles by the river'

describe('one’s own account in a real browser', { skip: findChromium() === undefined ? NO_CHROMIUM : false }, () => {
  let world: World

  before(async () => {
    world = await signOnWorld()
  })
  after(() => world?.close())

  const visit: World['visit'] = (body, options) => world.visit(body, options)
  const statusOf = (page: Page) => page.getByRole('status').textContent()

  /** Best practice, too; and nothing beside the page on the smallest phone. */
  async function assertGood(page: Page): Promise<void> {
    await page.evaluate(axe.source)
    const violations = await page.evaluate<{ id: string; nodes: { html: string }[] }[]>(
      "axe.run({ resultTypes: ['violations'] }).then((results) => results.violations)",
    )
    assert.deepEqual(
      violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
      [],
    )
    const size = page.viewportSize()
    for (const width of [320, 1280]) {
      await page.setViewportSize({ width, height: 800 })
      const wide = await page.evaluate<number>('document.documentElement.scrollWidth')
      assert.ok(wide <= width, `${page.url()}: ${wide} of ${width}`)
    }
    if (size) await page.setViewportSize(size)
  }

  const open = async (page: Page, name: string): Promise<void> => {
    await page.getByRole('navigation', { name: 'Pages of your account' }).getByRole('link', { name }).click()
    assert.equal(await page.locator('[aria-current=page]').textContent(), name)
  }

  test('from the home page to an app, and to the account; the profile is changed by keyboard alone', () =>
    visit(async ({ page, login, signIn, heading, screenshot }) => {
      await login('alpha')
      await signIn()
      await page.goto(`${ISSUER}/`)
      // The one that was used comes first.
      const apps = page.getByRole('navigation', { name: 'Go to an app' }).getByRole('link')
      assert.match((await apps.allTextContents())[0] ?? '', /^A\s*Alpha$/)
      await assertGood(page)
      await screenshot('home')
      await page.getByRole('link', { name: 'Your account' }).press('Enter')
      assert.equal(await heading(), 'Your profile')
      await assertGood(page)
      await screenshot('account-profile')
      assert.match((await page.locator('dl').textContent()) ?? '', /alice@example\.org\s*\(confirmed\)/)
      await page.locator('#name').focus()
      await page.keyboard.press('ControlOrMeta+A')
      await page.keyboard.type('Alice Q. Adams')
      await page.keyboard.press('Enter')
      await page.getByRole('status').waitFor()
      assert.equal(await statusOf(page), 'Saved.')
      assert.equal(await page.locator('#name').inputValue(), 'Alice Q. Adams')
      await assertGood(page)
    }))

  test('a language is chosen, and the pages follow; from right to left, too', () =>
    visit(async ({ page, login, signIn, heading, screenshot }) => {
      await login('beta')
      await signIn(BOB)
      await page.goto(`${ISSUER}/account`)
      await page.getByLabel('Language').selectOption({ label: 'עברית' })
      await page.getByRole('button', { name: 'Save' }).click()
      assert.equal(await page.locator('html').getAttribute('dir'), 'rtl')
      assert.equal(await heading(), 'הפרופיל שלך')
      await assertGood(page)
      await screenshot('account-profile-he')
      for (const path of ['password', 'sessions']) {
        await page.goto(`${ISSUER}/account/${path}`)
        await assertGood(page)
        await screenshot(`account-${path}-he`)
      }
      await page.goto(`${ISSUER}/account/profile`)
      await page.locator('#locale').selectOption('')
      await page.locator('main button').click()
      assert.equal(await heading(), 'Your profile')
    }))

  test('what is wrong is said where it is heard, and going back asks nothing again', () =>
    visit(
      async ({ page, login, signIn, screenshot }) => {
        await login('alpha')
        await signIn()
        await page.goto(`${ISSUER}/account/profile`)
        await page.locator('#name').fill('x'.repeat(300))
        await page.getByRole('button', { name: 'Save' }).click()
        await page.locator('#errors:focus').waitFor()
        assert.match(await page.title(), /^Error: /)
        await assertGood(page)
        await screenshot('account-profile-wrong')
        await page.getByRole('link', { name: /That is too long/ }).press('Enter')
        await page.locator('#name:focus').waitFor()

        await page.goto(`${ISSUER}/account/password`)
        await page.locator('#current').fill('not the one')
        await page.locator('#password').fill(NEXT)
        await page.getByRole('button', { name: 'Change the password' }).click()
        await page.locator('#errors:focus').waitFor()
        await assertGood(page)
        await screenshot('account-password-wrong')
        assert.equal(page.url(), `${ISSUER}/account/password`)
        await page.reload()
        assert.equal(await page.locator('#errors').count(), 0)
      },
      { expectedComplaints: /status of 400/ },
    ))

  test('the password is changed in one browser, and another one is signed out', () =>
    visit(async ({ page: other, login: loginOther, signIn: signInOther, heading: otherHeading }) => {
      await loginOther('alpha')
      await signInOther()
      await visit(async ({ page, login, signIn, screenshot }) => {
        await login('beta')
        await signIn()
        await page.goto(`${ISSUER}/account/profile`)
        await open(page, 'Password')
        await assertGood(page)
        await screenshot('account-password')
        const reveal = page.getByRole('button', { name: 'Show password' })
        await reveal.click()
        assert.equal(await page.locator('#password').getAttribute('type'), 'text')
        await page.locator('#current').fill(ALICE.password)
        await page.locator('#password').fill(NEXT)
        assert.equal(await page.getByRole('checkbox').isChecked(), true)
        await page.keyboard.press('Enter')
        await page.getByRole('status').waitFor()
        assert.equal(await statusOf(page), 'Your password is changed.')
        await assertGood(page)
      })
      await other.goto(`${ISSUER}/`)
      assert.equal(await otherHeading(), 'Sign in once for all apps')
    }))

  test('without JavaScript: a session is ended in another browser, then all others', () =>
    visit(async ({ page: phone, login: loginPhone, signIn: signInPhone, heading: phoneHeading }) => {
      const alice = { ...ALICE, password: NEXT }
      await loginPhone('gamma')
      await signInPhone(alice)
      await visit(
        async ({ page, login, signIn, screenshot }) => {
          await login('alpha')
          await signIn(alice)
          await page.goto(`${ISSUER}/account/profile`)
          await open(page, 'Devices')
          await screenshot('account-sessions')
          const items = page.locator('.sessions li')
          assert.match((await items.nth(0).textContent()) ?? '', /^Chrome on .* This browser.*Apps: Alpha/s)
          assert.match((await items.nth(1).textContent()) ?? '', /Apps: Gamma/)
          await items.nth(1).getByRole('button').click()
          assert.match((await statusOf(page)) ?? '', /^That session has ended/)
          await page.getByRole('button', { name: 'Sign out everywhere else' }).click()
          assert.match((await statusOf(page)) ?? '', /^You are signed out everywhere else/)
          assert.match((await page.locator('main').textContent()) ?? '', /You are signed in nowhere else/)
          await screenshot('account-sessions-one')
        },
        { javaScriptEnabled: false, viewport: { width: 320, height: 640 } },
      )
      await phone.goto(`${ISSUER}/`)
      assert.equal(await phoneHeading(), 'Sign in once for all apps')
      await phone.goto(appUrl('alpha'))
    }))

  test('sessions hold to every bar', () =>
    visit(async ({ page, login, signIn }) => {
      const alice = { ...ALICE, password: NEXT }
      await visit(async ({ login: loginOther, signIn: signInOther }) => {
        await loginOther('alpha')
        await signInOther(alice)
      })
      await login('alpha')
      await signIn(alice)
      await page.goto(`${ISSUER}/account/sessions`)
      await assertGood(page)
      await page.getByRole('button', { name: 'Sign out everywhere else' }).press('Enter')
      await page.getByRole('status').waitFor()
      await assertGood(page)
    }))
})
