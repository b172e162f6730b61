/** Making an account as people meet it: a real Chromium, mails out of a folder, two browsers, the keyboard, no JavaScript. */
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { findChromium, NO_CHROMIUM } from '../fixtures/chromium.ts'
import { mailsIn, type ReadMail } from '../fixtures/eml.ts'
import { appUrl, ISSUER, signOnWorld, type World } from '../fixtures/sign-on-world.ts'
import { codeIn, GOOD_PASSWORD, linkIn } from '../fixtures/sign-up.ts'

const MAIL = { from: 'Example Login <login@login.example.test>', folder: './mails' }

describe('making an account in a real browser', { skip: findChromium() === undefined ? NO_CHROMIUM : false }, () => {
  let world: World
  let folder: string
  before(async () => {
    world = await signOnWorld({ mail: MAIL, sign_up: { mode: 'open' } })
    folder = join(world.installation.folder, 'mails')
    await mkdir(folder, { recursive: true })
  })
  after(() => world?.close())

  const visit: World['visit'] = (body, options) => world.visit(body, options)
  const focusOf = (page: Page): Promise<string> =>
    page.evaluate('document.activeElement.id || document.activeElement.textContent.trim()')

  /** The newest one to this address. */
  async function mailTo(address: string): Promise<ReadMail> {
    for (let tries = 0; tries < 200; tries++) {
      const mail = mailsIn(folder).findLast(({ headers }) => headers['to'] === address)
      if (mail !== undefined) return mail
      await delay(50)
    }
    throw new Error(`no mail to ${address}`)
  }

  async function assertAccessible(page: Page): Promise<void> {
    await page.evaluate(axe.source)
    const violations = await page.evaluate<{ id: string; nodes: { html: string }[] }[]>(
      "axe.run({ resultTypes: ['violations'] }).then((results) => results.violations)",
    )
    assert.deepEqual(
      violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
      [],
    )
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
    assert.ok(wide <= 0, `${page.url()} scrolls sideways by ${wide}`)
  }

  test('by keyboard alone, from the app to the app', () =>
    visit(async ({ page, login, heading, screenshot }) => {
      await login('alpha')
      await screenshot('sign-in-sign-up')
      await assertAccessible(page)
      await page.getByRole('link', { name: 'Create an account' }).press('Enter')
      assert.equal(await heading(), 'Create an account')
      await page.locator('#email:focus').waitFor()
      await screenshot('sign-up')
      await assertAccessible(page)
      await page.keyboard.type('grace@new.example')
      await page.keyboard.press('Enter')
      await page.locator('#code:focus').waitFor()
      await assertAccessible(page)
      await page.keyboard.type(codeIn(await mailTo('grace@new.example')))
      await page.keyboard.press('Enter')
      await page.locator('#username:focus').waitFor()
      assert.equal(await heading(), 'Your account')
      assert.equal(await page.locator('#username').inputValue(), 'grace')
      await screenshot('sign-up-account')
      await assertAccessible(page)
      const stops: string[] = []
      for (let i = 0; i < 4; i++) {
        stops.push(await focusOf(page))
        await page.keyboard.press('Tab')
      }
      assert.deepEqual(stops, ['username', 'name', 'password', 'reveal'])
      await page.locator('#name').focus()
      await page.keyboard.type('Grace Hopper')
      await page.keyboard.press('Tab')
      await page.keyboard.type('short')
      await page.keyboard.press('Enter')
      // Wrong: told where it is heard, and nothing else is lost.
      await page.locator('#errors:focus').waitFor()
      assert.match(await page.title(), /^Error: /)
      assert.equal(await page.locator('#name').inputValue(), 'Grace Hopper')
      assert.equal(await page.locator('#password').inputValue(), '')
      await screenshot('sign-up-account-faulty')
      await assertAccessible(page)
      await page.locator('#password').focus()
      await page.keyboard.type(GOOD_PASSWORD)
      await page.keyboard.press('Enter')
      await page.waitForURL(appUrl('alpha'))
      assert.equal(await heading(), 'Signed in as Grace Hopper')
      // Back: on to the app, as ever.
      await page.goBack()
      await page.waitForURL(appUrl('alpha'))
    }))

  test('without JavaScript, on a phone, the link opened on another device; the page that asked goes on', () =>
    visit(
      async ({ page, login, heading, screenshot }) => {
        await login('beta', { prompt: 'create' })
        assert.equal(await heading(), 'Create an account')
        await page.locator('#email').fill('not an address')
        await page.getByRole('button', { name: 'Send the code' }).click()
        assert.match(await page.title(), /^Error: /)
        await screenshot('sign-up-faulty-phone')
        await page.locator('#email').fill('linus@new.example')
        await page.getByRole('button', { name: 'Send the code' }).click()
        assert.equal(await heading(), 'Enter the code from the mail')
        const mail = await mailTo('linus@new.example')
        await page.getByRole('link', { name: 'I have opened the link in the mail, or will' }).click()
        await visit(async ({ page: other, heading: otherHeading, screenshot: shoot }) => {
          await other.goto(`${ISSUER}${linkIn(mail)}`)
          assert.equal(await otherHeading(), 'Are you making an account?')
          await shoot('sign-up-elsewhere')
          await assertAccessible(other)
          await other.getByRole('button', { name: 'Yes, I am making this account' }).click()
          assert.equal(await otherHeading(), 'Your address is confirmed')
          await assertAccessible(other)
        })
        // By itself: the page looks again.
        await page.waitForSelector('#password', { timeout: 15_000 })
        await screenshot('sign-up-account-phone')
        await page.locator('#password').fill(GOOD_PASSWORD)
        await page.getByRole('button', { name: 'Create the account' }).click()
        await page.waitForURL(appUrl('beta'))
        assert.match(await heading(), /^Signed in as/)
      },
      { javaScriptEnabled: false, viewport: { width: 320, height: 640 } },
    ))

  test('at 320 px and in the dark each state fits and reads', () =>
    visit(
      async ({ page, login, screenshot }) => {
        await login('gamma')
        await page.getByRole('link', { name: 'Create an account' }).click()
        await assertAccessible(page)
        await page.getByRole('button', { name: 'Send the code' }).click()
        await page.locator('#errors:focus').waitFor()
        await assertAccessible(page)
        await page.locator('#email').fill('a-very-long-address.of-somebody@a-domain-that-goes-on-and-on-and-on.example')
        await page.getByRole('button', { name: 'Send the code' }).click()
        await page.waitForSelector('#code')
        await assertAccessible(page)
        const mail = await mailTo('a-very-long-address.of-somebody@a-domain-that-goes-on-and-on-and-on.example')
        await page.locator('#code').fill(codeIn(mail))
        await page.keyboard.press('Enter')
        await page.waitForSelector('#password')
        await assertAccessible(page)
        await page.locator('#username').fill('alice')
        await page.locator('#password').fill('password1')
        await page.getByRole('button', { name: 'Create the account' }).click()
        await page.locator('#errors:focus').waitFor()
        await screenshot('sign-up-account-faulty-dark-phone')
        await assertAccessible(page)
      },
      { viewport: { width: 320, height: 640 }, colorScheme: 'dark' },
    ))

  test('an invitation: the link leads through one form to the app', async () => {
    const { status, stdout, stderr } = await world.installation.run([
      ...['account', 'invite', 'katherine@acme.example', '--name', 'Katherine Johnson', '--app', 'alpha'],
    ])
    assert.equal(status, 0, stderr)
    assert.doesNotMatch(stdout, /invitation\//)
    const mail = await mailTo('katherine@acme.example')
    await visit(async ({ page, heading, screenshot }) => {
      await page.goto(`${ISSUER}${linkIn(mail)}`)
      assert.equal(await heading(), 'Your account')
      await screenshot('invitation')
      await assertAccessible(page)
      await page.locator('#password').fill(GOOD_PASSWORD)
      await page.getByRole('button', { name: 'Create the account' }).click()
      await page.waitForURL(appUrl('alpha'))
      await page.goto(`${ISSUER}${linkIn(mail)}`)
      assert.equal(await heading(), 'This invitation is over')
      await assertAccessible(page)
      await page.getByRole('link', { name: /sign.in/i }).click()
      await page.waitForURL(`${ISSUER}/`)
    })
  })
})
