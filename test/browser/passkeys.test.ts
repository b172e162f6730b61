/** Passkeys as people meet them: a real Chromium with an authenticator of its own, by keyboard, with axe. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { findChromium, NO_CHROMIUM } from '../fixtures/chromium.ts'
import { ALICE, appUrl, ISSUER, signOnWorld, type World } from '../fixtures/sign-on-world.ts'

const SIGNED_IN = 'Signed in as Alice Adams'
const ESSENTIAL_PHR = { claims: JSON.stringify({ id_token: { acr: { essential: true, value: 'phr' } } }) }

/** What Chromium tells of one passkey, so that another page's authenticator can have it: with its count, which only grows. */
type Kept = Readonly<Record<string, unknown>>

interface Device {
  /** Whether its owner is there, and lets it answer. */
  answers(isThere: boolean): Promise<void>
  passkeys(): Promise<readonly Kept[]>
}

/** The lock of the device that this page is on. */
async function deviceOf(page: Page, passkeys: readonly Kept[] = []): Promise<Device> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable', { enableUI: false })
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true },
      ...{ hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: false },
    },
  })
  for (const credential of passkeys) {
    await cdp.send('WebAuthn.addCredential', { authenticatorId, credential } as never)
  }
  return {
    answers: async (enabled) => {
      await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled })
    },
    passkeys: async () =>
      (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials as unknown as readonly Kept[],
  }
}

describe('passkeys in a real browser', { skip: findChromium() === undefined ? NO_CHROMIUM : false }, () => {
  let world: World
  let kept: readonly Kept[] = []

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

  test('a browser that can’t is offered none', () =>
    visit(async ({ page, login, signIn, heading }) => {
      await login('alpha')
      await signIn()
      await page.waitForURL(appUrl('alpha'))
      assert.equal(await heading(), SIGNED_IN)
    }))

  test('after a password: “not now” goes on to the app; the next time, in another browser, one is made by keyboard', async () => {
    await visit(async ({ page, login, signIn, heading, screenshot }) => {
      await deviceOf(page)
      await login('alpha')
      await signIn()
      await page.waitForURL(/\/offer$/)
      assert.equal(await heading(), 'Sign in faster next time?')
      assert.equal(await page.locator('[data-passkey="unable"]').isVisible(), false)
      await assertAccessible(page)
      await screenshot('passkey-offer')
      await page.getByRole('button', { name: 'Not now' }).click()
      await page.waitForURL(appUrl('alpha'))
      assert.equal(await heading(), SIGNED_IN)
    })
    await visit(async ({ page, login, signIn, heading }) => {
      const device = await deviceOf(page)
      await login('beta')
      await signIn()
      await page.waitForURL(/\/offer$/)
      await device.answers(true)
      await page.getByRole('button', { name: 'Create a passkey' }).press('Enter')
      await page.waitForURL(appUrl('beta'))
      assert.equal(await heading(), SIGNED_IN)
      kept = await device.passkeys()
      assert.equal(kept.length, 1)
    })
  })

  test('from the button, by keyboard', () =>
    visit(async ({ page, login, heading, screenshot }) => {
      const device = await deviceOf(page, kept)
      await login('alpha')
      const button = page.getByRole('button', { name: 'Sign in with a passkey' })
      await button.waitFor()
      await assertAccessible(page)
      await screenshot('sign-in-passkey')
      await device.answers(true)
      await button.press('Enter')
      await page.waitForURL(appUrl('alpha'))
      assert.equal(await heading(), SIGNED_IN)
      kept = await device.passkeys()
    }))

  test('from what the browser fills in, without a click', () =>
    visit(async ({ page, login, heading }) => {
      const device = await deviceOf(page, kept)
      await device.answers(true)
      await login('gamma')
      await page.waitForURL(appUrl('gamma'))
      assert.equal(await heading(), SIGNED_IN)
      kept = await device.passkeys()
    }))

  test('one that is not known here: the page says so where it is heard, and reloading asks for nothing again', () =>
    visit(
      async ({ page, login, signIn, heading, screenshot }) => {
        const [own] = kept
        const device = await deviceOf(page, [{ ...own, credentialId: Buffer.alloc(32, 7).toString('base64') }])
        // Here the authenticator answers without anybody choosing it.
        await page.addInitScript('PublicKeyCredential.isConditionalMediationAvailable = async () => false')
        await login('alpha')
        await page.getByRole('button', { name: 'Sign in with a passkey' }).waitFor()
        const address = page.url()
        await device.answers(true)
        await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
        await page.waitForSelector('#errors')
        await device.answers(false)
        assert.match(await page.title(), /^Error: /)
        assert.equal(page.url(), address)
        await assertAccessible(page)
        await screenshot('sign-in-passkey-wrong')
        await page.reload()
        assert.equal(await page.locator('#errors').count(), 0)
        await signIn()
        // It has a passkey, so none is offered.
        await page.waitForURL(appUrl('alpha'))
        assert.equal(await heading(), SIGNED_IN)
      },
      { expectedComplaints: /status of 400/ },
    ))

  test('in the middle of a session, for an app that wants it', () =>
    visit(async ({ page, login, signIn, heading, screenshot }) => {
      const device = await deviceOf(page, kept)
      await login('alpha')
      await signIn()
      await page.waitForURL(appUrl('alpha'))
      await login('beta', ESSENTIAL_PHR)
      const button = page.getByRole('button', { name: 'Use your passkey' })
      await button.waitFor()
      assert.equal(await heading(), 'Confirm it’s you')
      await assertAccessible(page)
      await screenshot('second-factor-passkey')
      await device.answers(true)
      await button.press('Enter')
      await page.waitForURL(appUrl('beta'))
      assert.equal(await heading(), SIGNED_IN)
      kept = await device.passkeys()
    }))

  test('the page of one’s passkeys: another one, a name, and away with it', () =>
    visit(async ({ page, heading, screenshot }) => {
      const device = await deviceOf(page, kept)
      await device.answers(true)
      await page.goto(`${ISSUER}/account/passkeys`)
      // Signed in by what the browser filled in.
      await page.waitForURL(`${ISSUER}/account/passkeys`)
      assert.equal(await heading(), 'Your passkeys')
      await assertAccessible(page)
      await screenshot('account-passkeys')
      await page.locator('main > ul li a').first().click()
      await page.locator('#name').fill('Alices laptop')
      await assertAccessible(page)
      await screenshot('account-passkey')
      await page.locator('#name').press('Enter')
      await page.waitForURL(`${ISSUER}/account/passkeys`)
      assert.equal(await page.locator('main > ul li a').first().textContent(), 'Alices laptop')

      await page.getByRole('link', { name: 'Add a passkey' }).click()
      await page.getByRole('button', { name: 'Create a passkey' }).waitFor()
      await assertAccessible(page)
      await screenshot('passkey-add')
      // This device has one: the browser says so itself, and the page that it can be tried again.
      await page.getByRole('button', { name: 'Create a passkey' }).click()
      await page.locator('#passkey-failed').waitFor()
      await page.getByRole('link', { name: 'Back to all passkeys' }).click()
      await page.locator('main > ul li a').first().click()
      await page.getByRole('button', { name: 'Remove this passkey' }).click()
      await page.waitForURL(`${ISSUER}/account/passkeys`)
      assert.equal(await page.locator('main > ul li').count(), 0)
      await assertAccessible(page)
      await screenshot('account-passkeys-none')
    }))

  test('without JavaScript there is no button, and the password signs in as ever', () =>
    visit(
      async ({ page, login, heading, signIn }) => {
        await login('alpha')
        assert.equal(await page.locator('#passkey').isVisible(), false)
        await signIn({ ...ALICE })
        await page.waitForURL(appUrl('alpha'))
        assert.equal(await heading(), SIGNED_IN)
        await page.goto(`${ISSUER}/account/passkeys/add`)
        assert.equal(await page.locator('[data-passkey="unable"]').isVisible(), true)
      },
      { javaScriptEnabled: false },
    ))
})
