/** Setting a second factor up, taking it away, recovery codes and remembered browsers. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { changePassword, signOutEverywhere } from '../../src/accounts/account-changes.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/base/duration.ts'
import { aClient } from '../fixtures/client.ts'
import { addTotp, enterCode, enterPassword, phoneOf } from '../fixtures/second-factor.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { PASSWORD } from '../fixtures/test-app.ts'
import { authorizeQuery, formToken, locationOf, type TestBrowser, testBrowser } from '../fixtures/test-browser.ts'

const SESSION = '__Host-countersign-session'
const REMEMBERED = '__Host-countersign-remembered'
const SECOND_FACTOR = {
  requiredOf: 'nobody',
  requiredGroups: ['admins'],
  rememberDevice: 30 * DAY,
  isOffered: true,
} as const

const strict = aClient({ id: 'strict', requiresSecondFactor: true })
const codesOn = (page: { body: string }): string[] =>
  [...page.body.matchAll(/<li><code>([0-9a-z-]{19})<\/code>/g)].map(([, code = '']) => code)

/** Signs in for a page of one's own, and opens it. */
async function openOwn(browser: TestBrowser, username: string, code?: () => string) {
  const path = locationOf(await browser.get('/account/totp'))
  const page = await browser.get(path)
  let answer = await browser.post(`${path}/password`, { csrf: formToken(page), username, password: PASSWORD })
  if (code !== undefined) answer = await enterCode(browser, path, code())
  const back = await browser.get(locationOf(answer))
  assert.equal(locationOf(back), '/account/totp')
  return browser.get('/account/totp')
}

describe('a second factor that is needed to go on', () => {
  const ask = suiteApp({ clients: [aClient(), strict], config: { secondFactor: SECOND_FACTOR } })

  test('is set up after the password: nobody is signed in before, and everything is proven after', async () => {
    const one = ask()
    const admin = await one.addAccount({ username: 'root', claims: { groups: ['admins'] } })
    const browser = testBrowser(one.app)
    const { path, page } = await enterPassword(browser, { username: 'root' })
    assert.equal(browser.cookies.has(SESSION), false)
    assert.match(page.body, /<h1>Set up a second step<\/h1>/)
    assert.match(page.body, /<img class="qr" src="data:image\/png;base64,/)
    assert.match(
      page.body,
      /href="otpauth:\/\/totp\/Example%20Login:root\?secret&#x3D;[A-Z2-7]{32}&amp;issuer&#x3D;Example%20Login"/,
    )
    // The same each time that it is looked at: phones forget pages.
    const phone = phoneOf(page, one.clock.now)
    assert.equal(phoneOf(await browser.get(path), one.clock.now).secret, phone.secret)

    const csrf = formToken(page, '/totp')
    const wrong = await browser.post(`${path}/totp`, { csrf, code: '000000' })
    assert.equal(wrong.statusCode, 400)
    assert.match(wrong.body, /That code is not right/)
    assert.equal(phoneOf(wrong, one.clock.now).secret, phone.secret)
    assert.match((await browser.post(`${path}/totp`, { csrf, code: '' })).body, /Enter the code/)
    assert.equal(browser.cookies.has(SESSION), false)

    const done = await browser.post(`${path}/totp`, { csrf, code: phone.code() })
    assert.equal(done.statusCode, 200)
    assert.equal(codesOn(done).length, 10)
    assert.equal(browser.cookies.has(SESSION), true)
    assert.match(done.body, /download="recovery-codes.txt"/)
    const file = /href="(data:text\/plain[^"]+)"/.exec(done.body)?.[1] ?? ''
    for (const code of codesOn(done)) assert.ok(decodeURIComponent(file).includes(code))
    assert.match(locationOf(await browser.get(path)), /code=/)
    // The code that confirmed it has been used.
    const other = testBrowser(one.app)
    const again = await enterPassword(other, { username: 'root' })
    assert.match((await enterCode(other, again.path, phone.code())).body, /used already/)
    const totp = await one.storage.totps.find(admin.id)
    assert.ok(totp && !totp.sealedSecret.includes(phone.secret))
    assert.ok(one.logged.some((line) => line['audit'] === 'second_factor_added'))
  })

  test('also in a session, for a client that requires it, and told to nobody who asks silently', async () => {
    const one = ask()
    await one.addAccount({ username: 'later', claims: {} })
    const browser = testBrowser(one.app)
    await browser.signIn(authorizeQuery(), { username: 'later' })
    const query = authorizeQuery({ client_id: 'strict' })
    const silent = await browser.get(`/authorize?${query}&prompt=none`)
    assert.match(locationOf(silent), /error=interaction_required/)
    const path = locationOf(await browser.get(`/authorize?${query}`))
    const page = await browser.get(path)
    const session = browser.cookies.get(SESSION)
    const phone = phoneOf(page, one.clock.now)
    await browser.post(`${path}/totp`, { csrf: formToken(page, '/totp'), code: phone.code() })
    assert.notEqual(browser.cookies.get(SESSION), session)
    assert.match(locationOf(await browser.get(path)), /code=/)
    assert.match(locationOf(await browser.get(`/authorize?${query}&prompt=none`)), /code=/)
  })

  test('[ASVS 7.5.1] an old session alone cannot choose a second factor: the password comes first', async () => {
    const one = ask()
    const account = await one.addAccount({ username: 'stolen', claims: {} })
    const browser = testBrowser(one.app)
    await browser.signIn(authorizeQuery(), { username: 'stolen' })
    one.clock.advance(SECOND)
    const query = authorizeQuery({ client_id: 'strict' })
    const open = locationOf(await browser.get(`/authorize?${query}`))
    const page = await browser.get(open)
    const phone = phoneOf(page, one.clock.now)
    one.clock.advance(16 * MINUTE)
    const csrf = formToken(page, '/totp')
    assert.equal(locationOf(await browser.post(`${open}/totp`, { csrf, code: phone.code() })), open)
    assert.match((await browser.get(open)).body, /Enter your password again/)
    assert.equal(await one.storage.totps.find(account.id), undefined)
    const path = locationOf(await browser.get(`/authorize?${query}`))
    const asks = await browser.get(path)
    assert.match(asks.body, /name="password"/)
    await browser.post(`${path}/password`, { csrf: formToken(asks), username: 'stolen', password: PASSWORD })
    const setup = await browser.get(path)
    const fresh = phoneOf(setup, one.clock.now)
    await browser.post(`${path}/totp`, { csrf: formToken(setup, '/totp'), code: fresh.code() })
    assert.match(locationOf(await browser.get(path)), /code=/)
  })

  test('what another interaction shows is another secret, and what is posted without a password does nothing', async () => {
    const one = ask()
    const account = await one.addAccount({ username: 'twice', claims: { groups: ['admins'] } })
    const [first, second] = [testBrowser(one.app), testBrowser(one.app)]
    const mine = await enterPassword(first, { username: 'twice' })
    const theirs = await enterPassword(second, { username: 'twice' })
    const [one1, two2] = [phoneOf(mine.page, one.clock.now), phoneOf(theirs.page, one.clock.now)]
    assert.notEqual(one1.secret, two2.secret)
    const csrf = formToken(mine.page, '/totp')
    assert.equal((await first.post(`${mine.path}/totp`, { csrf, code: two2.code() })).statusCode, 400)
    const nobody = testBrowser(one.app)
    const { path } = await nobody.start()
    assert.equal(locationOf(await nobody.post(`${path}/totp`, { csrf, code: one1.code() })), path)
    assert.equal(await one.storage.totps.find(account.id), undefined)
    // The first one who confirms has it; the other is asked for its code.
    await second.post(`${theirs.path}/totp`, { csrf: formToken(theirs.page, '/totp'), code: two2.code() })
    assert.equal(locationOf(await first.post(`${mine.path}/totp`, { csrf, code: one1.code() })), mine.path)
    assert.match((await first.get(mine.path)).body, /name="remember"/)
  })
})

describe('the page of one’s own second factor', () => {
  const ask = suiteApp({ clients: [aClient(), strict], config: { secondFactor: SECOND_FACTOR } })

  test('[ASVS 7.5.1] wants a fresh sign-in, sets it up, makes new codes and takes it away', async () => {
    const one = ask()
    const { storage, clock } = one
    const account = await one.addAccount({ username: 'own', claims: {} })
    const browser = testBrowser(one.app)
    const page = await openOwn(browser, 'own')
    const phone = phoneOf(page, clock.now)
    const done = await browser.post('/account/totp/confirm', { csrf: formToken(page, '/confirm'), code: phone.code() })
    assert.equal(codesOn(done).length, 10)
    const old = codesOn(done)[0] ?? ''
    assert.match(
      locationOf(await browser.get(`/authorize?${authorizeQuery({ client_id: 'strict', prompt: 'none' })}`)),
      /code=/,
    )

    const on = await browser.get('/account/totp')
    assert.match(on.body, /You have 10 left/)
    const made = await browser.post('/account/totp/recovery-codes', { csrf: formToken(on, '/recovery-codes') })
    assert.equal(codesOn(made).length, 10)
    assert.ok(!codesOn(made).includes(old))

    clock.advance(16 * MINUTE)
    const csrf = formToken(on, '/remove')
    const late = await browser.post('/account/totp/remove', { csrf })
    assert.match(locationOf(late), /^\/sign-in\//)
    assert.ok(await storage.totps.find(account.id))
    // The password alone is not fresh enough for who has more.
    const fresh = await openOwn(browser, 'own', phone.code)
    await browser.post('/account/totp/remove', { csrf: formToken(fresh, '/remove') })
    assert.equal(await storage.totps.find(account.id), undefined)
    assert.deepEqual(await storage.recoveryCodes.count(account.id), { made: 0, left: 0 })
    assert.ok(one.logged.some((line) => line['audit'] === 'second_factor_removed'))
    assert.match((await browser.get('/account/totp')).body, /Set up a second step/)
  })

  test('takes as long as it takes to install an app, and no longer', async () => {
    const one = ask()
    await one.addAccount({ username: 'slow', claims: {} })
    const browser = testBrowser(one.app)
    const page = await openOwn(browser, 'slow')
    const phone = phoneOf(page, one.clock.now)
    const csrf = formToken(page, '/confirm')
    one.clock.advance(HOUR + SECOND)
    const late = await browser.post('/account/totp/confirm', { csrf, code: phone.code() })
    assert.match(late.body, /there is a new QR code/)
    const next = phoneOf(late, one.clock.now)
    assert.notEqual(next.secret, phone.secret)
    one.clock.advance(MINUTE)
    const done = await browser.post('/account/totp/confirm', { csrf: formToken(late, '/confirm'), code: next.code() })
    assert.equal(codesOn(done).length, 10)
  })

  test('posts of others, and without its token, do nothing', async () => {
    const one = ask()
    const account = await one.addAccount({ username: 'guarded', claims: {} })
    const phone = await addTotp(one, account)
    const browser = testBrowser(one.app)
    const page = await openOwn(browser, 'guarded', phone.code)
    const csrf = formToken(page, '/remove')
    const elsewhere = await browser.post('/account/totp/remove', { csrf }, { 'sec-fetch-site': 'cross-site' })
    assert.equal(elsewhere.statusCode, 403)
    assert.equal(locationOf(await browser.post('/account/totp/remove', {})), '/account/totp')
    assert.equal(
      locationOf(await browser.post('/account/totp/remove', { csrf: formToken(page, '/recovery-codes') })),
      '/account/totp',
    )
    assert.ok(await one.storage.totps.find(account.id))
    assert.equal(locationOf(await browser.get('/account/totp/remove')), '/account/totp')
  })

  test('is not there where none is offered', async () => {
    const one = ask()
    await one.addAccount({ username: 'none', claims: {} })
    const browser = testBrowser(one.app)
    assert.match((await openOwn(browser, 'none')).body, /Set up/)
    assert.match((await browser.get('/')).body, /href="\/account"/)
    const first = await browser.get('/account')
    assert.equal(locationOf(first), '/account/profile')
  })
})

describe('recovery codes', () => {
  const ask = suiteApp({ clients: [aClient()], config: { secondFactor: SECOND_FACTOR } })

  test('each lets in once, in place of the app, and the account sees how many are left', async () => {
    const one = ask()
    const account = await one.addAccount({ username: 'lost', claims: {} })
    const phone = await addTotp(one, account)
    const [code = '', another = ''] = phone.recoveryCodes
    const way = '?way=recovery'
    const browser = testBrowser(one.app)
    const { path, page } = await enterPassword(browser, { username: 'lost' })
    assert.match(page.body, new RegExp(`href="${path}\\?way&#x3D;recovery"`))
    assert.equal((await enterCode(browser, path, code)).statusCode, 400)
    assert.equal((await enterCode(browser, path, code.toUpperCase().replaceAll('-', ' '), { way })).statusCode, 303)
    assert.match(locationOf(await browser.get(path)), /code=/)
    assert.ok(one.logged.some((line) => line['audit'] === 'recovery_code_used' && line['left'] === 9))

    const other = testBrowser(one.app)
    const second = await enterPassword(other, { username: 'lost' })
    const used = await enterCode(other, second.path, code, { way })
    assert.match(used.body, /none of your recovery codes, or it was used already/)
    assert.match(used.body, /<label for="code">Recovery code/)
    const others = await addTotp(one, await one.addAccount({ username: 'lost-2', claims: {} }))
    assert.equal((await enterCode(other, second.path, others.recoveryCodes[0] ?? '', { way })).statusCode, 400)
    assert.equal((await enterCode(other, second.path, phone.code(), { way })).statusCode, 400)
    assert.equal((await enterCode(other, second.path, another, { way })).statusCode, 303)
    assert.match((await other.get('/account/totp')).body, /You have 8 left/)
  })

  test('one in 20 requests at the same moment lets one in', async () => {
    const one = ask()
    const account = await one.addAccount({ username: 'many', claims: {} })
    const phone = await addTotp(one, account)
    const tabs = []
    for (let i = 0; i < 8; i++) {
      const browser = testBrowser(one.app)
      const { path } = await enterPassword(browser, { username: 'many' })
      const page = await browser.get(`${path}?way=recovery`)
      tabs.push({ browser, path, csrf: formToken(page, '/second-factor?way&#x3D;recovery') })
    }
    const code = phone.recoveryCodes[0] ?? ''
    const answers = await Promise.all(
      tabs.map(({ browser, path, csrf }) => browser.post(`${path}/second-factor?way=recovery`, { csrf, code })),
    )
    assert.equal(answers.filter(({ statusCode }) => statusCode === 303).length, 1)
    assert.deepEqual(await one.storage.recoveryCodes.count(account.id), { made: 10, left: 9 })
  })

  test('whoever has none left is told so', async () => {
    const one = ask()
    const account = await one.addAccount({ username: 'empty', claims: {} })
    const phone = await addTotp(one, account)
    await one.storage.recoveryCodes.replace(account.id, [], one.clock.now())
    const browser = testBrowser(one.app)
    assert.match((await openOwn(browser, 'empty', phone.code)).body, /You have none left/)
    assert.match((await browser.get('/')).body, /You have no recovery codes left/)
  })
})

describe('a remembered browser', () => {
  const ask = suiteApp({ clients: [aClient(), strict], config: { secondFactor: SECOND_FACTOR } })

  /** A browser that is not asked again, signed out. */
  async function remembered(username: string) {
    const one = ask()
    const account = await one.addAccount({ username, claims: {} })
    const phone = await addTotp(one, account)
    const browser = testBrowser(one.app)
    const { path, page } = await enterPassword(browser, { username })
    assert.match(page.body, /Don’t ask for a code in this browser for 30 days/)
    await enterCode(browser, path, phone.code(), { remember: 'yes' })
    assert.ok(browser.cookies.has(REMEMBERED))
    browser.cookies.delete(SESSION)
    one.clock.advance(MINUTE)
    return { ...one, account, phone, browser }
  }
  /** What comes after the password. */
  async function next(browser: TestBrowser, username: string, query = authorizeQuery()): Promise<'in' | 'code'> {
    const { page } = await enterPassword(browser, { username, query })
    return page.statusCode === 303 && locationOf(page).includes('code=') ? 'in' : 'code'
  }

  test('is asked for the password alone, and its sessions never say more than that', async () => {
    const { browser, app, storage, account, clock, logged } = await remembered('home-pc')
    assert.equal(await next(browser, 'home-pc'), 'in')
    const [session] = await storage.sessions.ofAccount(account.id, { now: clock.now(), limit: 1 })
    assert.deepEqual(session?.amr, ['pwd'])
    // It counts where our own rules want two, and not where a client asks how strong the sign-in was.
    const silent = async (query: Record<string, string>) =>
      locationOf(await browser.get(`/authorize?${authorizeQuery({ prompt: 'none', ...query })}`))
    assert.match(await silent({ client_id: 'strict' }), /code=/)
    const essential = JSON.stringify({ id_token: { acr: { essential: true, value: 'aal2' } } })
    assert.match(await silent({ claims: essential }), /error=login_required/)
    const path = locationOf(await browser.get(`/authorize?${authorizeQuery({ acr_values: 'aal2' })}`))
    assert.match((await browser.get(path)).body, /name="code"/)
    // Another browser with the same password is asked.
    assert.equal(await next(testBrowser(app), 'home-pc'), 'code')
    assert.ok(logged.some((line) => line['audit'] === 'device_remembered'))
  })

  test('is remembered by its cookie alone, for its own account, and by no word of the cookie in the database', async () => {
    const { browser, app, storage, account, addAccount, deps, clock, logged } = await remembered('family')
    const other = await addAccount({ username: 'sister', claims: {} })
    await addTotp({ ...ask(), deps, clock, storage, app, logged }, other)
    assert.equal(await next(browser, 'sister'), 'code')
    const word = browser.cookies.get(REMEMBERED) ?? ''
    const [kept] = await storage.rememberedDevices.ofAccount(account.id, clock.now())
    assert.ok(kept && !word.includes(kept.id))
    const forged = testBrowser(app)
    for (const cookie of [kept.id, `${'x'.repeat(43)}`, '', `${word}x`]) {
      forged.cookies.set(REMEMBERED, cookie)
      assert.equal(await next(forged, 'family'), 'code', cookie)
    }
    forged.cookies.set(REMEMBERED, word)
    assert.equal(await next(forged, 'family'), 'in')
  })

  const ENDS: Readonly<Record<string, (at: Awaited<ReturnType<typeof remembered>>) => Promise<unknown>>> = {
    'after its time': async ({ clock }) => clock.advance(30 * DAY),
    'with a change of the password': async ({ storage, account, clock, deps }) =>
      changePassword(
        storage,
        { accountId: account.id, passwordHash: await deps.passwords.hash(PASSWORD) },
        clock.now(),
      ),
    'with a sign-out everywhere': ({ storage, account, clock }) => signOutEverywhere(storage, account.id, clock.now()),
    'with another authenticator app': async (at) => addTotp({ ...ask(), ...at }, at.account),
    'when its owner says so': async ({ browser, account, phone }) => {
      const page = await openOwn(browser, account.username, phone.code)
      return browser.post('/account/totp/forget-devices', { csrf: formToken(page, '/forget-devices') })
    },
  }
  for (const [when, end] of Object.entries(ENDS)) {
    test(`ends ${when}`, async () => {
      const username = when.replaceAll(' ', '-')
      const at = await remembered(username)
      await end(at)
      at.browser.cookies.delete(SESSION)
      assert.equal(await next(at.browser, username), 'code')
    })
  }
})

describe('where no browser is remembered', () => {
  const ask = suiteApp({
    clients: [aClient()],
    config: { secondFactor: { ...SECOND_FACTOR, rememberDevice: 0, isOffered: false } },
  })

  test('it is not offered, and a post that asks for it changes nothing', async () => {
    const one = ask()
    const phone = await addTotp(one, await one.addAccount({ username: 'always', claims: {} }))
    const browser = testBrowser(one.app)
    const { path, page } = await enterPassword(browser, { username: 'always' })
    assert.doesNotMatch(page.body, /name="remember"/)
    await enterCode(browser, path, phone.code(), { remember: 'yes' })
    assert.equal(browser.cookies.has(REMEMBERED), false)
    browser.cookies.delete(SESSION)
    assert.match((await enterPassword(browser, { username: 'always' })).page.body, /name="code"/)
  })

  test('nor may anybody set one up who needs none; whoever has one may take it away', async () => {
    const one = ask()
    const browser = testBrowser(one.app)
    const path = locationOf(await browser.get('/account/totp'))
    const page = await browser.get(path)
    await browser.post(`${path}/password`, { csrf: formToken(page), username: 'alice', password: PASSWORD })
    assert.equal((await browser.get('/account/totp')).statusCode, 404)
    assert.doesNotMatch((await browser.get('/')).body, /account\/totp/)
    assert.match((await browser.get('/')).body, /You are signed in/)
  })
})
