/** Forgotten passwords and e-mail addresses as people meet them: a real Chromium, the mails out of a folder, a second device. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { findChromium, NO_CHROMIUM } from '../fixtures/chromium.ts'
import { mailsIn, type ReadMail } from '../fixtures/eml.ts'
import { phoneOf } from '../fixtures/second-factor.ts'
import { ALICE, appUrl, BOB, ISSUER, signOnWorld, type World } from '../fixtures/sign-on-world.ts'
import { until } from '../fixtures/until.ts'

const SIGNED_IN = 'Signed in as Alice Adams'
const RESET = 'A new password for Example Login'
const CONFIRM = 'Confirm your e-mail address for Example Login'

describe('recovery in a real browser', { skip: findChromium() === undefined ? NO_CHROMIUM : false }, () => {
  let world: World
  let folder: string
  let password = ALICE.password
  /** How many of each kind were read. */
  const read = new Map<string, number>()

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-mails-'))
    const mail = { from: 'Example Login <login@example.test>', folder }
    // Each test asks for several mails, all within a minute.
    world = await signOnWorld({ mail, throttling: { enabled: false } })
  })
  after(async () => {
    await world?.close()
    await rm(folder, { recursive: true, force: true })
  })

  const visit: World['visit'] = (body, options) => world.visit(body, options)
  const focusOf = (page: Page): Promise<string> =>
    page.evaluate('document.activeElement.id || document.activeElement.textContent.trim()')

  /** The next one of this kind. */
  async function nextMail(subject: string): Promise<ReadMail> {
    const before = read.get(subject) ?? 0
    const mails = () =>
      existsSync(folder) ? mailsIn(folder).filter(({ headers }) => headers['subject'] === subject) : []
    await until(`a mail: ${subject}`, () => mails().length > before)
    read.set(subject, before + 1)
    return mails()[before] ?? assert.fail(subject)
  }
  const codeIn = ({ text }: ReadMail): string => /^(\d{4} \d{4})$/m.exec(text)?.[1] ?? assert.fail(text)
  const linkIn = ({ text }: ReadMail): string =>
    new RegExp(`^(${ISSUER}/code/\\S+)$`, 'm').exec(text)?.[1] ?? assert.fail(text)

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
  async function assertNarrow(page: Page): Promise<void> {
    const before = page.viewportSize()
    await page.setViewportSize({ width: 320, height: 700 })
    const width = await page.evaluate<number>('document.documentElement.scrollWidth')
    assert.ok(width <= 320, `${page.url()} is ${width} wide`)
    if (before) await page.setViewportSize(before)
  }
  async function look(page: Page): Promise<void> {
    await assertAccessible(page)
    await assertNarrow(page)
  }

  test('by keyboard alone: forgotten, a wrong code, the right one pasted, a weak password, a good one, and at the app', () =>
    visit(
      async ({ page, login, heading, screenshot }) => {
        await login('alpha')
        await page.locator('#username:focus').waitFor()
        const stops: string[] = []
        while (stops.at(-1) !== 'Forgot password?' && stops.length < 6) {
          await page.keyboard.press('Tab')
          stops.push(await focusOf(page))
        }
        assert.deepEqual(stops, ['password', 'reveal', 'Forgot password?'])
        await page.keyboard.press('Enter')
        await page.waitForURL(/\/forgot$/)
        assert.equal(await heading(), 'Forgot your password?')
        await page.locator('#username:focus').waitFor()
        await screenshot('forgot-password')
        await look(page)
        await page.locator('#username').focus()
        await page.keyboard.press('Enter')
        await page.locator('#errors:focus').waitFor()
        assert.match(await page.title(), /^Error: /)
        await look(page)
        await page.locator('#username').fill(ALICE.username)
        await page.keyboard.press('Enter')
        await page.waitForURL(/\/code\/[0-9a-f-]+$/)
        assert.equal(await heading(), 'Enter the code from the mail')
        await page.locator('#code:focus').waitFor()
        await screenshot('mailed-code')
        await look(page)
        const code = codeIn(await nextMail(RESET))
        const address = page.url()
        await page.locator('#code').focus()
        await page.keyboard.type(code === '0000 0000' ? '11111111' : '00000000')
        await page.keyboard.press('Enter')
        await page.locator('#errors:focus').waitFor()
        assert.match(await page.title(), /^Error: /)
        // The address is that of the page, so that reloading posts nothing.
        assert.equal(page.url(), address)
        await screenshot('mailed-code-wrong')
        await look(page)
        await page.locator('#code').focus()
        await page.keyboard.insertText(` ${code} `)
        await page.keyboard.press('Enter')
        await page.waitForSelector('#password')
        assert.equal(await heading(), 'Choose a new password')
        await page.locator('#password:focus').waitFor()
        await screenshot('new-password')
        await look(page)
        await page.reload()
        assert.equal(await heading(), 'Choose a new password')
        await page.locator('#password').fill('12345678')
        await page.keyboard.press('Enter')
        await page.locator('#errors:focus').waitFor()
        assert.equal(await page.locator('#password').inputValue(), '')
        await screenshot('new-password-weak')
        await look(page)
        password = 'three blue kettles sing'
        await page.locator('#password').fill(password)
        await page.keyboard.press('Enter')
        await page.waitForURL(appUrl('alpha'))
        assert.equal(await heading(), SIGNED_IN)
        // Back: on to the app, as ever.
        await page.goBack()
        await page.waitForURL(appUrl('alpha'))
      },
      { expectedComplaints: /status of 400/ },
    ))

  test('without JavaScript, on another device: the link goes on there, and the page that asked says so', () =>
    visit(
      async ({ page, login, heading }) => {
        await login('beta')
        await page.getByRole('link', { name: 'Forgot password?' }).click()
        await page.locator('#username').fill('alice@example.org')
        await page.getByRole('button', { name: 'Send the mail' }).click()
        await page.waitForURL(/\/code\//)
        const link = linkIn(await nextMail(RESET))
        await visit(
          async ({ page: phone, heading: phoneHeading, screenshot }) => {
            await phone.goto(link)
            assert.equal(await phoneHeading(), 'Choose a new password')
            assert.match((await phone.locator('main').textContent()) ?? '', /Chrome on Linux.*to sign in to Beta/)
            await screenshot('mailed-link')
            await phone.getByRole('button', { name: 'Choose a new password' }).click()
            await phone.waitForSelector('#password')
            password = 'seven green lanterns hum'
            await phone.locator('#password').fill(password)
            await phone.getByRole('button', { name: 'Save and continue' }).click()
            await phone.waitForURL(`${ISSUER}/`)
            assert.ok((await phone.getByRole('link', { name: 'Beta' }).count()) > 0)
          },
          { javaScriptEnabled: false, viewport: { width: 360, height: 740 } },
        )
        await page.reload()
        assert.equal(await heading(), 'You went on in another browser')
        await page.getByRole('link', { name: 'Go back' }).click()
        await page.getByRole('link', { name: 'Back to the sign-in' }).click()
        await page.locator('#username').fill(ALICE.username)
        await page.locator('#password').fill(password)
        await page.getByRole('button', { name: 'Sign in', exact: true }).click()
        await page.waitForURL(appUrl('beta'))
        assert.equal(await heading(), SIGNED_IN)
      },
      { javaScriptEnabled: false },
    ))

  test('with an authenticator app: the mail does not get past it', () =>
    visit(async ({ page, login, heading }) => {
      await login('alpha', { claims: JSON.stringify({ id_token: { acr: { essential: true, value: 'aal2' } } }) })
      await page.locator('#username').fill(ALICE.username)
      await page.locator('#password').fill(password)
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await page.waitForSelector('img.qr')
      const phone = phoneOf({ body: await page.content() }, Date.now)
      await page.locator('#code').fill(phone.code(-1))
      await page.keyboard.press('Enter')
      await page.getByRole('link', { name: /I have kept them/ }).click()
      await page.waitForURL(appUrl('alpha'))
      await visit(async ({ page: other, login: loginThere, heading: there }) => {
        await loginThere('gamma')
        await other.getByRole('link', { name: 'Forgot password?' }).click()
        await other.locator('#username').fill(ALICE.username)
        await other.keyboard.press('Enter')
        await other.waitForURL(/\/code\//)
        await other.locator('#code').fill(codeIn(await nextMail(RESET)))
        await other.keyboard.press('Enter')
        await other.waitForSelector('#password')
        password = 'nine quiet otters read'
        await other.locator('#password').fill(password)
        await other.keyboard.press('Enter')
        await other.waitForSelector('#code')
        assert.equal(await there(), 'Confirm it’s you')
        await other.locator('#code').fill(phone.code())
        await other.keyboard.press('Enter')
        await other.waitForURL(appUrl('gamma'))
        assert.equal(await there(), SIGNED_IN)
      })
      // What was signed in before is not any more.
      await login('beta')
      assert.equal(await heading(), 'Sign in to Beta')
    }))

  test('an address is added and confirmed: by the code, and by the link on another device while the page waits', () =>
    visit(
      async ({ page, heading, screenshot }) => {
        await page.goto(`${ISSUER}/account/email`)
        await page.locator('#username').fill(BOB.username)
        await page.locator('#password').fill(BOB.password)
        await page.getByRole('button', { name: 'Sign in', exact: true }).click()
        await page.waitForURL(`${ISSUER}/account/email`)
        assert.equal(await heading(), 'Your e-mail address')
        await screenshot('email-none')
        await look(page)
        await page.getByRole('button', { name: 'Send a code there' }).click()
        await page.locator('#errors:focus').waitFor()
        await look(page)
        await page.locator('#email').fill('bob@example.org')
        await page.keyboard.press('Enter')
        await page.waitForURL(/\/code\//)
        await page.locator('#code').fill(codeIn(await nextMail(CONFIRM)))
        await page.keyboard.press('Enter')
        await page.waitForURL(`${ISSUER}/account/email`)
        assert.match((await page.locator('main').textContent()) ?? '', /It is bob@example\.org\..*It is confirmed/s)
        await screenshot('email-confirmed')
        await look(page)
        await page.locator('#email').fill('robert@example.org')
        await page.keyboard.press('Enter')
        await page.waitForURL(/\/code\//)
        const link = linkIn(await nextMail(CONFIRM))
        await page.getByRole('link', { name: /I have opened the link/ }).click()
        assert.equal(await heading(), 'Open the link in the mail')
        await screenshot('mailed-code-waiting')
        await look(page)
        await visit(async ({ page: phone, heading: there, screenshot: shot }) => {
          await phone.goto(link)
          assert.match(
            (await phone.locator('main').textContent()) ?? '',
            /robert@example\.org is to be the address of the account bob/,
          )
          await shot('mailed-link-confirm')
          await look(phone)
          await phone.getByRole('button', { name: 'Confirm this address' }).press('Enter')
          await phone.waitForURL(/\/use$/)
          assert.equal(await there(), 'Your address is confirmed')
          await look(phone)
          // Opened again, as people do.
          await phone.goto(link)
          assert.equal(await there(), 'Your address is confirmed')
        })
        // By itself.
        await page.waitForURL(`${ISSUER}/account/email`, { timeout: 15_000 })
        assert.match((await page.locator('main').textContent()) ?? '', /It is robert@example\.org/)
      },
      { expectedComplaints: /status of 400/ },
    ))

  test('a link that is over: plain words, and a way on', () =>
    visit(
      async ({ page, heading, screenshot }) => {
        await page.goto(`${ISSUER}/code/0190a5b2-6f7e-7c3d-8a1b-2c3d4e5f6a7b.${'A'.repeat(43)}`)
        assert.equal(await heading(), 'This does not work any more')
        await screenshot('mailed-link-over')
        await look(page)
        await page.getByRole('link', { name: 'Go to the sign-in page' }).click()
        await page.waitForSelector('#password')
      },
      { expectedComplaints: /status of 410/ },
    ))
})
