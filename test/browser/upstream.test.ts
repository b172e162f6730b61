/** Signing in with another provider as people meet it: two Countersigns, a real Chromium, by keyboard, without JavaScript. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { findChromium, NO_CHROMIUM } from '../fixtures/chromium.ts'
import { countersignInstallation, type Installation, newClientSecret } from '../fixtures/countersign.ts'
import { freePort } from '../fixtures/free-port.ts'
import { appUrl, ISSUER, signOnWorld, type World } from '../fixtures/sign-on-world.ts'

const ANNA = { username: 'anna', password: 'a third battery of staples' }
const ALICE_THERE = { username: 'alice-there', password: 'a fourth battery of staples' }
const SECRET = newClientSecret()

describe('another provider, in a real browser', { skip: findChromium() === undefined ? NO_CHROMIUM : false }, () => {
  let world: World
  let provider: Installation | undefined

  before(async () => {
    const port = await freePort()
    const issuer = `http://localhost:${port}`
    provider = await countersignInstallation({
      issuer,
      clients: [
        {
          ...{ client_id: 'countersign', client_secret: SECRET, client_name: 'Example Login', first_party: true },
          redirect_uris: [`${ISSUER}/upstream/work/callback`],
        },
      ],
      config: { name: 'Work' },
    })
    await provider.addAccounts({ ...ANNA, name: 'Anna Works' }, { ...ALICE_THERE, name: 'Alice There' })
    await provider.start({ port })
    const entry = { id: 'work', name: 'Work', issuer, client_id: 'countersign', client_secret: SECRET }
    world = await signOnWorld(
      { upstream: [{ ...entry, sign_up: 'everyone' }], egress: { allowed_hosts: [`localhost:${port}`] } },
      { localhost: `127.0.0.1:${port}` },
    )
  })
  after(async () => {
    await world?.close()
    await provider?.remove()
  })

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

  test('by keyboard alone: from the app over the provider back to the app', () =>
    visit(async ({ page, login, heading, screenshot }) => {
      await login('alpha')
      await page.locator('#username:focus').waitFor()
      await assertAccessible(page)
      await screenshot('upstream-sign-in')
      const button = page.getByRole('button', { name: 'Sign in with Work' })
      let tabs = 0
      while (!(await button.evaluate((element) => element.matches(':focus'))) && tabs++ < 12) {
        await page.keyboard.press('Tab')
      }
      await page.keyboard.press('Enter')
      await page.waitForURL(/^http:\/\/localhost/)
      assert.equal(await heading(), 'Sign in to Example Login')
      await page.locator('#username:focus').waitFor()
      await page.keyboard.type(ANNA.username)
      await page.keyboard.press('Tab')
      await page.keyboard.type(ANNA.password)
      await page.keyboard.press('Enter')
      await page.waitForURL(appUrl('alpha'))
      assert.equal(await heading(), 'Signed in as Anna Works')
      // Back: on to the app, as ever.
      await page.goBack()
      await page.waitForURL(/./)
    }))

  test('“Cancel” there: the sign-in page says so, where it is heard, and the password is still a way', () =>
    visit(async ({ page, login, heading, signIn, screenshot }) => {
      await login('beta')
      await page.getByRole('button', { name: 'Sign in with Work' }).click()
      await page.waitForURL(/^http:\/\/localhost/)
      await page.getByRole('button', { name: /^Cancel/ }).click()
      await page.waitForURL((url) => url.href.startsWith(ISSUER))
      assert.match(await page.title(), /^Error: /)
      await page.locator('#errors:focus').waitFor()
      await assertAccessible(page)
      await screenshot('upstream-denied')
      await signIn()
      await page.waitForURL(appUrl('beta'))
      assert.equal(await heading(), 'Signed in as Alice Adams')
    }))

  test('without JavaScript: one’s account is linked on its page, signs in by it, and is unlinked', () =>
    visit(
      async ({ page, login, heading, signIn, screenshot }) => {
        await login('gamma')
        await signIn()
        await page.waitForURL(appUrl('gamma'))
        await page.goto(`${ISSUER}/account/linked`)
        await screenshot('linked-none')
        await page.getByRole('button', { name: 'Link Work' }).click()
        await page.waitForURL(/^http:\/\/localhost/)
        await signIn(ALICE_THERE)
        await page.waitForURL(`${ISSUER}/account/linked?done=linked`)
        await screenshot('linked')
        await page.context().clearCookies({ name: /session/ })
        await login('alpha')
        await page.getByRole('button', { name: 'Sign in with Work' }).click()
        await page.waitForURL(/^http:\/\/localhost/)
        await signIn(ALICE_THERE)
        await page.waitForURL(appUrl('alpha'))
        assert.equal(await heading(), 'Signed in as Alice There')
        await page.goto(`${ISSUER}/account/linked`)
        await page.getByRole('button', { name: 'Unlink Work' }).click()
        await page.waitForURL(`${ISSUER}/account/linked?done=unlinked`)
      },
      { javaScriptEnabled: false },
    ))

  test('the page of linked providers has no fault that axe finds', () =>
    visit(async ({ page, signIn }) => {
      await page.goto(`${ISSUER}/account/linked`)
      await signIn()
      await page.waitForURL(`${ISSUER}/account/linked`)
      await assertAccessible(page)
    }))
})
