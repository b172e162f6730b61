/** The account's e-mail address: confirmed and changed by its reader, told to the old one, and never taken from anybody. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HOUR, MINUTE } from '../../src/base/duration.ts'
import { codeIn, linkIn, type MailedApp, mailedApp } from '../fixtures/mailed-app.ts'
import { PASSWORD } from '../fixtures/test-app.ts'
import { formToken, locationOf, type TestBrowser, testBrowser } from '../fixtures/test-browser.ts'
import { assertErrorPage } from '../fixtures/test-pages.ts'

const EMAIL = '/account/email'

/** Signed in just now, on the page. */
async function onPage(one: MailedApp, username: string): Promise<TestBrowser> {
  const browser = testBrowser(one.app)
  const path = locationOf(await browser.get(EMAIL))
  const csrf = formToken(await browser.get(path), '/password')
  await browser.post(`${path}/password`, { csrf, username, password: PASSWORD })
  assert.equal(locationOf(await browser.get(path)), EMAIL)
  return browser
}
async function send(browser: TestBrowser, change: 'confirm' | 'change', email = '') {
  const page = await browser.get(EMAIL)
  return browser.post(`${EMAIL}/${change}`, { csrf: formToken(page, `/${change}`), email })
}
async function typeCode(browser: TestBrowser, codePage: string, code: string) {
  const page = await browser.get(codePage)
  return browser.post(`${codePage}/type`, { csrf: formToken(page, '/type'), code })
}
async function signsIn(one: MailedApp, username: string): Promise<boolean> {
  const browser = testBrowser(one.app)
  const { path, csrf } = await browser.start()
  return (await browser.post(`${path}/password`, { csrf, username, password: PASSWORD })).statusCode === 303
}
const claimsOf = async (one: MailedApp, id: string) => (await one.storage.accounts.find(id))?.claims
const audited = (one: MailedApp, event: string, accountId: string) =>
  one.logged.some((line) => line['audit'] === event && line['accountId'] === accountId)

describe('an e-mail address', () => {
  const ask = mailedApp()
  const someone = (username: string, verified = false) =>
    ask().addAccount({
      username,
      claims: { email: `${username}@example.org`, ...(verified && { email_verified: true }) },
    })

  test('is confirmed by the code; from then on it signs in', async () => {
    const one = ask()
    const { id } = await someone('ada')
    assert.equal(await signsIn(one, 'ada@example.org'), false)
    const browser = await onPage(one, 'ada')
    assert.match((await browser.get(EMAIL)).body, /It is not confirmed/)
    const codePage = locationOf(await send(browser, 'confirm'))
    const right = await typeCode(browser, codePage, codeIn(await one.mailTo('ada@example.org')))
    assert.equal(locationOf(right), EMAIL)
    assert.match((await browser.get(EMAIL)).body, /It is confirmed/)
    assert.equal((await claimsOf(one, id))?.email_verified, true)
    assert.ok(audited(one, 'email_verified', id))
    assert.equal(await signsIn(one, 'ada@example.org'), true)
  })

  test('is changed once the new one is proven; the old one is told, and is nobody’s any more', async () => {
    const one = ask()
    const { id } = await someone('bea', true)
    const browser = await onPage(one, 'bea')
    const codePage = locationOf(await send(browser, 'change', 'Bea@Other.example'))
    assert.equal((await claimsOf(one, id))?.email, 'bea@example.org')
    const mail = await one.mailTo('Bea@other.example')
    assert.equal(locationOf(await typeCode(browser, codePage, codeIn(mail))), EMAIL)
    const { email, email_verified: isVerified } = (await claimsOf(one, id)) ?? {}
    assert.deepEqual([email, isVerified], ['Bea@Other.example', true])
    assert.match(
      (await one.mailTo('bea@example.org')).headers['subject'] ?? '',
      /Your address at Example Login was changed/,
    )
    assert.ok(audited(one, 'email_changed', id))
    assert.equal(await signsIn(one, 'bea@other.example'), true)
    assert.equal(await signsIn(one, 'bea@example.org'), false)
  })

  test('the link on another device does the same, says for which account, and the page that asked goes on', async () => {
    const one = ask()
    const { id } = await someone('cleo')
    const browser = await onPage(one, 'cleo')
    const codePage = locationOf(await send(browser, 'confirm'))
    const link = linkIn(await one.mailTo('cleo@example.org'))
    const phone = testBrowser(one.app)
    const page = await phone.get(link)
    assert.match(page.body, /is to be the address of the account <strong><bdi>cleo<\/bdi><\/strong>/)
    assert.equal((await claimsOf(one, id))?.email_verified, false)
    const done = await phone.post(`${link}/use`, { csrf: formToken(page, '/use') })
    assert.match(done.body, /Your address is confirmed/)
    assert.equal((await claimsOf(one, id))?.email_verified, true)
    // Nobody is signed in on the phone by that.
    assert.match(locationOf(await phone.get(EMAIL)), /^\/sign-in\//)
    assert.equal(locationOf(await browser.get(`${codePage}?way=link`)), EMAIL)
  })

  test('[pre-hijack] an address that is confirmed for one account is not taken by another, and only its reader hears of that', async () => {
    const one = ask()
    await someone('owner', true)
    const thief = await someone('thief')
    const browser = await onPage(one, 'thief')
    const known = await send(browser, 'change', 'owner@example.org')
    const unknown = await send(browser, 'change', 'nobody-here@example.org')
    assert.deepEqual([known.statusCode, unknown.statusCode], [303, 303])
    const pages = await Promise.all([known, unknown].map((answer) => browser.get(locationOf(answer))))
    const [first, second] = pages.map(({ body }) =>
      body
        .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
        .replace(/value="[\w-]{43}"/g, '')
        .replace(/[\w-]+@example\.org/g, ''),
    )
    assert.equal(first, second)
    // Even with the owner’s help.
    const taken = await typeCode(browser, locationOf(known), codeIn(await one.mailTo('owner@example.org')))
    assertErrorPage(one, taken, 409)
    assert.match(taken.body, /Another account has this address/)
    assert.equal((await claimsOf(one, thief.id))?.email, 'thief@example.org')
    assert.equal(await signsIn(one, 'owner@example.org'), true)
  })

  test('[pre-hijack] an account that somebody made with your address is worth nothing once you confirm it for yours', async () => {
    const one = ask()
    await one.addAccount({ username: 'squatter', claims: { email: 'you@example.org' } })
    const you = await one.addAccount({ username: 'you', claims: {} })
    const browser = await onPage(one, 'you')
    assert.match((await browser.get(EMAIL)).body, /Your account has none/)
    const codePage = locationOf(await send(browser, 'change', 'you@example.org'))
    await typeCode(browser, codePage, codeIn(await one.mailTo('you@example.org')))
    assert.equal((await claimsOf(one, you.id))?.email_verified, true)
    assert.equal(await signsIn(one, 'you@example.org'), true)
    const squatter = await one.storage.accounts.findByUsername('squatter')
    assert.equal(squatter?.claims.email_verified, false)
  })

  test('[ASVS 7.5.1] an old session is not enough, nor is none, nor a form of another site', async () => {
    const one = ask()
    await someone('dora', true)
    const browser = await onPage(one, 'dora')
    const page = await browser.get(EMAIL)
    const fields = { csrf: formToken(page, '/change'), email: 'thief@example.org' }
    assert.equal((await browser.post(`${EMAIL}/change`, fields, { 'sec-fetch-site': 'cross-site' })).statusCode, 403)
    assert.equal((await browser.post(`${EMAIL}/change`, { ...fields, csrf: 'x' })).statusCode, 403)
    const other = testBrowser(one.app)
    assert.match(locationOf(await other.post(`${EMAIL}/change`, fields)), /^\/sign-in\//)
    one.clock.advance(16 * MINUTE)
    assert.match(locationOf(await browser.post(`${EMAIL}/change`, fields)), /^\/sign-in\//)
    assert.deepEqual(await one.mailsTo('thief@example.org'), [])
    assert.equal(locationOf(await browser.get(`${EMAIL}/change`)), EMAIL)
  })

  test('what is no address, none at all and the same one are told apart; nothing is sent', async () => {
    const one = ask()
    await someone('eva', true)
    const browser = await onPage(one, 'eva')
    for (const [typed, said] of [
      ['', /Enter the new address/],
      ['eva', /not an e-mail address that we can send to/],
      ['"eva"@example.org', /not an e-mail address that we can send to/],
      ['eva@example.org\r\nBcc: all@example.org', /not an e-mail address that we can send to/],
      ['EVA@example.org', /That is your address already/],
    ] as const) {
      const page = await send(browser, 'change', typed)
      assertErrorPage(one, page)
      assert.match(page.body, said)
      assert.match(page.body, /aria-invalid="true" aria-describedby="email-error email-effect"/)
    }
    assert.deepEqual(await one.mailsTo('eva@example.org'), [])
  })

  test('a mail that was asked for before another change is over, and too many are told', async () => {
    const one = ask()
    const { id } = await someone('fay')
    const browser = await onPage(one, 'fay')
    const early = locationOf(await send(browser, 'change', 'fay-1@example.org'))
    const late = locationOf(await send(browser, 'change', 'fay-2@example.org'))
    assert.equal(locationOf(await typeCode(browser, late, codeIn(await one.mailTo('fay-2@example.org')))), EMAIL)
    assert.equal((await typeCode(browser, early, codeIn(await one.mailTo('fay-1@example.org')))).statusCode, 410)
    assert.equal((await claimsOf(one, id))?.email, 'fay-2@example.org')
    const answers = []
    for (let i = 0; i < 6; i++) answers.push((await send(browser, 'change', 'fay-3@example.org')).statusCode)
    assert.deepEqual(answers.at(-1), 429)
    one.clock.advance(HOUR)
  })
})

describe('without mails', () => {
  const ask = mailedApp({ config: { mail: undefined } })

  test('there is no page for the address, and it says so', async () => {
    assertErrorPage(ask(), await testBrowser(ask().app).get(EMAIL), 404)
  })
})
