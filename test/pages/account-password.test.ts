/** Changing one's own password: who is signed out by it, what is refused, and that nobody guesses it there. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HOUR, MINUTE } from '../../src/base/duration.ts'
import { openedOwn } from '../fixtures/own-pages.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { PASSWORD } from '../fixtures/test-app.ts'
import { authorizeQuery, formToken, locationOf, type TestBrowser, testBrowser } from '../fixtures/test-browser.ts'
import { assertErrorPage } from '../fixtures/test-pages.ts'

const PAGE = '/account/password'
const CHANGE = `${PAGE}/change`
const SESSION = '__Host-countersign-session'
const NEXT = 'seven green kettles by the river'

const isSignedIn = async (browser: TestBrowser): Promise<boolean> =>
  /You are signed in/.test((await browser.get('/')).body)

describe('the password', () => {
  const ask = suiteApp()
  const opened = (username: string, password?: string) =>
    openedOwn(ask(), PAGE, { username, ...(password !== undefined && { password }) })
  const change = async (browser: TestBrowser, fields: Record<string, string>, headers = {}) =>
    browser.post(CHANGE, { csrf: formToken(await browser.get(PAGE)), ...fields }, headers)

  test('[ASVS 6.2.3, 7.4.3] is changed with the current one; others are signed out, this browser goes on under a new cookie', async () => {
    const one = ask()
    const { id } = await one.addAccount({ username: 'ana' })
    const [browser, other] = [await opened('ana'), await opened('ana')]
    const before = browser.cookies.get(SESSION)
    await one.storage.rememberedDevices.insert({
      ...{ id: 'ana-device', accountId: id, createdAt: one.clock.now(), expiresAt: one.clock.now() + HOUR },
    })
    one.clock.advance(MINUTE)
    const answer = await change(browser, { current_password: PASSWORD, password: NEXT, elsewhere: 'yes' })
    assert.equal(locationOf(answer), `${PAGE}?done=changed`)
    assert.match((await browser.get(locationOf(answer))).body, /role="status">Your password is changed/)
    assert.notEqual(browser.cookies.get(SESSION), before)
    assert.equal(await isSignedIn(browser), true)
    assert.equal(await isSignedIn(other), false)
    const thief = testBrowser(one.app)
    thief.cookies.set(SESSION, before ?? '')
    assert.equal(await isSignedIn(thief), false)
    assert.equal((await one.storage.rememberedDevices.ofAccount(id, one.clock.now())).length, 0)
    await opened('ana', NEXT)
    await assert.rejects(opened('ana'))
    const told = one.logged.find(({ audit }) => audit === 'password_changed')
    assert.equal(told?.['accountId'], id)
    assert.equal(told?.['sessions'], 1)
    await one.deps.audit.flush()
    const events = await one.storage.auditEvents.newest({}, 100)
    const event = events.find(({ kind, accountId }) => kind === 'password_changed' && accountId === id)
    assert.match(event?.fields ?? '', new RegExp(`"actor":"account:${id}"`))
  })

  test('others stay signed in where that is wanted', async () => {
    await ask().addAccount({ username: 'ben' })
    const [browser, other] = [await opened('ben'), await opened('ben')]
    await change(browser, { current_password: PASSWORD, password: NEXT })
    assert.equal(await isSignedIn(other), true)
  })

  test('apps that were reached in another browser, or stayed connected, lose their access; those of this one keep it', async () => {
    const one = ask()
    const { id } = await one.addAccount({ username: 'cyd' })
    const [browser, other] = [await opened('cyd'), await opened('cyd')]
    for (const each of [browser, other]) await each.get(`/authorize?${authorizeQuery()}`)
    await change(browser, { current_password: PASSWORD, password: NEXT, elsewhere: 'yes' })
    const signOns = await one.storage.grants.signOnsOf(id, { now: one.clock.now(), limit: 9 })
    assert.deepEqual(
      signOns.map(({ sessionId }) => sessionId),
      [browser.cookies.get(SESSION)?.split('.')[0]],
    )
  })

  test('what is wrong is said beside its field, and what was typed is not shown again', async () => {
    await ask().addAccount({ username: 'dag' })
    const browser = await opened('dag')
    const cases: readonly (readonly [Record<string, string>, string, RegExp])[] = [
      [{}, 'current', /Enter your current password/],
      [{ current_password: PASSWORD }, 'password', /Choose a password/],
      [{ current_password: 'not it at all', password: NEXT }, 'current', /That is not your current password/],
      [{ current_password: PASSWORD, password: 'short' }, 'password', /too short/],
      [{ current_password: PASSWORD, password: 'password123' }, 'password', /Many people use that/],
      [{ current_password: PASSWORD, password: PASSWORD }, 'password', /the password that you have/],
    ]
    for (const [fields, field, says] of cases) {
      const page = await change(browser, fields)
      assert.equal(page.statusCode, 400)
      assert.match(page.body, says)
      assert.match(page.body, /<title>Error: /)
      assert.match(page.body, new RegExp(`id="${field}"[^>]* aria-invalid="true" aria-describedby="${field}-error"`))
      assert.ok(!page.body.includes(NEXT) && !page.body.includes(PASSWORD))
      assert.doesNotMatch(page.body, /value="yes" checked/)
    }
    assert.equal(await isSignedIn(await opened('dag')), true)
  })

  test('[ASVS 6.3.1] is not guessed by whoever has the session: throttled as a sign-in is', async () => {
    const one = ask()
    await one.addAccount({ username: 'eli' })
    const browser = await opened('eli')
    let page = await change(browser, { current_password: 'wrong 0', password: NEXT })
    for (let n = 1; n < 12 && page.statusCode !== 429; n++) {
      page = await change(browser, { current_password: `wrong ${n}`, password: NEXT })
    }
    assert.equal(page.statusCode, 429)
    assert.match(page.body, /Your password was not looked at/)
    assert.ok(Number(page.headers['retry-after']) > 0)
    assert.equal((await change(browser, { current_password: PASSWORD, password: NEXT })).statusCode, 429)
    one.clock.advance(HOUR)
  })

  test('[ASVS 7.5.1] wants a fresh sign-in, for the page and for the change', async () => {
    const one = ask()
    await one.addAccount({ username: 'fay' })
    const browser = await opened('fay')
    const csrf = formToken(await browser.get(PAGE))
    one.clock.advance(16 * MINUTE)
    assert.match(locationOf(await browser.get(PAGE)), /^\/sign-in\//)
    one.clock.advance(HOUR)
    const answer = await browser.post(CHANGE, { csrf, current_password: PASSWORD, password: NEXT })
    assert.match(locationOf(answer), /^\/sign-in\//)
    await opened('fay')
  })

  test('[CSRF] a post from elsewhere or with another form does nothing', async () => {
    const one = ask()
    await one.addAccount({ username: 'gus' })
    const [browser, alice] = [await opened('gus'), await opened('alice')]
    const fields = { current_password: PASSWORD, password: NEXT }
    assertErrorPage(one, await change(browser, fields, { 'sec-fetch-site': 'cross-site' }), 403)
    const stolen = { csrf: formToken(await alice.get(PAGE)), ...fields }
    assert.equal((await browser.post(CHANGE, stolen)).statusCode, 403)
    assert.equal((await browser.post(CHANGE, fields)).statusCode, 403)
    assert.equal(locationOf(await browser.get(CHANGE)), PAGE)
    await opened('gus')
  })

  test('of two changes at the same moment one counts', async () => {
    await ask().addAccount({ username: 'hal' })
    const [browser, other] = [await opened('hal'), await opened('hal')]
    const answers = await Promise.all(
      [browser, other].map((each, at) => change(each, { current_password: PASSWORD, password: `${NEXT} ${at}` })),
    )
    assert.deepEqual(answers.map(({ statusCode }) => statusCode).toSorted(), [303, 409])
  })

  test('an account without one gets its first, and a form from before counts no more', async () => {
    const one = ask()
    const { id } = await one.addAccount({ username: 'ida' })
    const browser = await opened('ida')
    const old = formToken(await browser.get(PAGE))
    await one.storage.accounts.setPasswordHash(id, '', one.clock.now())
    assert.equal((await browser.post(CHANGE, { csrf: old, password: NEXT })).statusCode, 403)
    const page = await browser.get(PAGE)
    assert.match(page.body, /Your account has no password/)
    assert.doesNotMatch(page.body, /current_password/)
    const answer = await browser.post(CHANGE, { csrf: formToken(page), password: NEXT, elsewhere: 'yes' })
    assert.equal(answer.statusCode, 303)
    await opened('ida', NEXT)
  })
})
