/** A forgotten password: asked for, mailed, chosen, and the sign-in goes on; and what strangers make of it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { changePassword, disableAccount } from '../../src/accounts/account-changes.ts'
import { HOUR, MINUTE } from '../../src/base/duration.ts'
import { codeIn, linkIn, type MailedApp, mailedApp } from '../fixtures/mailed-app.ts'
import { addTotp, enterCode } from '../fixtures/second-factor.ts'
import { PASSWORD } from '../fixtures/test-app.ts'
import { authorizeQuery, formToken, locationOf, type TestBrowser, testBrowser } from '../fixtures/test-browser.ts'
import { assertErrorPage, shownErrorId } from '../fixtures/test-pages.ts'

const SESSION = '__Host-countersign-session'
const PROOF = '__Secure-countersign-proof'
const NEW = 'three blue kettles sing'

/** Asks for a new password at the sign-in to the app; gives the address of the page for the code. */
async function forget(browser: TestBrowser, login: string, query = authorizeQuery()) {
  const { path, page } = await browser.start(query)
  assert.match(page.body, new RegExp(`href="${path}/forgot">Forgot password\\?`))
  const form = await browser.get(`${path}/forgot`)
  const answer = await browser.post(`${path}/forgot`, { csrf: formToken(form, '/forgot'), username: login })
  return { path, answer, codePage: answer.headers.location as string }
}
async function typeCode(browser: TestBrowser, codePage: string, code: string) {
  const page = await browser.get(codePage)
  return browser.post(`${codePage}/type`, { csrf: formToken(page, '/type'), code })
}
async function useLink(browser: TestBrowser, link: string) {
  const page = await browser.get(link)
  return browser.post(`${link}/use`, { csrf: formToken(page, '/use') })
}
async function choose(browser: TestBrowser, address: string, password: string) {
  const page = await browser.get(address)
  return browser.post(address, { csrf: formToken(page, '/password'), password })
}
async function signsIn(ask: () => MailedApp, username: string, password: string): Promise<boolean> {
  const browser = testBrowser(ask().app)
  const { path, csrf } = await browser.start()
  return (await browser.post(`${path}/password`, { csrf, username, password })).statusCode === 303
}
const someone = (one: MailedApp, username: string, more = {}) =>
  one.addAccount({ username, claims: { email: `${username}@example.org`, email_verified: true }, ...more })

describe('a forgotten password', () => {
  const ask = mailedApp()

  test('by the code: asked for at an app, typed, a new one chosen, and on to the app; everything else of the account ends', async () => {
    const one = ask()
    const account = await someone(one, 'ada')
    const elsewhere = testBrowser(one.app)
    await elsewhere.signIn(authorizeQuery(), { username: 'ada' })
    const browser = testBrowser(one.app)
    const { path, codePage } = await forget(browser, 'ada@example.org')
    const mail = await one.mailTo('ada@example.org')
    assert.equal(mail.headers['subject'], 'A new password for Example Login')
    const right = await typeCode(browser, codePage, codeIn(mail))
    const address = locationOf(right)
    assert.equal(address, `${codePage}/password`)
    assert.equal(browser.cookies.has(SESSION), false)
    const page = await browser.get(address)
    assert.match(page.body, /autocomplete="new-password"/)
    assert.match(page.body, /name="username" type="text" value="ada" autocomplete="username" readonly/)
    const chosen = await choose(browser, address, NEW)
    assert.equal(locationOf(chosen), path)
    // The session begins at the address of the sign-in, as after any first factor.
    assert.equal(locationOf(await browser.get(path)), path)
    const answer = new URL(locationOf(await browser.get(path)))
    assert.ok(answer.searchParams.get('code'), answer.href)
    assert.equal(browser.cookies.has(SESSION), true)
    assert.equal(await signsIn(ask, 'ada', PASSWORD), false)
    assert.equal(await signsIn(ask, 'ada', NEW), true)
    assert.match(locationOf(await elsewhere.get(`/authorize?${authorizeQuery({ prompt: 'none' })}`)), /login_required/)
    const subjects = (await one.mailsTo('ada@example.org')).map(({ headers }) => headers['subject'])
    assert.ok(subjects.includes('Your password at Example Login was changed'), subjects.join())
    for (const event of ['password_reset_asked', 'password_reset']) {
      assert.ok(
        one.logged.some((line) => line['audit'] === event && line['accountId'] === account.id),
        event,
      )
    }
    // Back: on to the app, as ever.
    for (const back of [codePage, address]) assert.equal(locationOf(await browser.get(back)), path)
  })

  test('by the link on another device: it goes on there and nowhere else, whoever asked', async () => {
    const one = ask()
    await someone(one, 'bea')
    const attacker = testBrowser(one.app)
    const { path, codePage } = await forget(attacker, 'bea')
    const link = linkIn(await one.mailTo('bea@example.org'))
    const phone = testBrowser(one.app)
    const page = await phone.get(link)
    assert.match(page.body, /For the account <strong><bdi>bea<\/bdi><\/strong>/)
    assert.match(page.body, /to sign in to/)
    const address = locationOf(await useLink(phone, link))
    // Whoever asked, in hope of that click, gets nothing of it.
    assert.match((await attacker.get(codePage)).body, /You went on in another browser/)
    assert.equal(locationOf(await attacker.get(address)), path)
    assert.equal(locationOf(await attacker.post(address, { csrf: '', password: NEW })), path)
    const chosen = await choose(phone, address, NEW)
    const own = locationOf(chosen)
    assert.notEqual(own, path)
    assert.equal(locationOf(await phone.get(own)), own)
    const onward = await phone.get(own)
    // No app is gone on to that this browser knows nothing of.
    assert.equal(locationOf(onward), '/')
    assert.match((await phone.get('/')).body, /You are signed in/)
    assert.equal((await attacker.get(path)).statusCode, 200)
    assert.equal(attacker.cookies.has(SESSION), false)
    assert.equal((await useLink(testBrowser(one.app), link).catch((error: Error) => error)) instanceof Error, true)
  })

  test('[ASVS 6.4.3] a reset does not get past the second factor, nor does a remembered browser', async () => {
    const one = ask()
    const account = await someone(one, 'cleo')
    const phone = await addTotp(one, account)
    const browser = testBrowser(one.app)
    const { path, codePage } = await forget(browser, 'cleo')
    const address = locationOf(await typeCode(browser, codePage, codeIn(await one.mailTo('cleo@example.org'))))
    await choose(browser, address, NEW)
    assert.equal(browser.cookies.has(SESSION), false)
    const page = await browser.get(path)
    assert.match(page.body, /Enter the code that your authenticator app shows now/)
    assert.equal(browser.cookies.has(SESSION), false)
    assert.equal((await enterCode(browser, path, '000000')).statusCode, 400)
    assert.equal((await enterCode(browser, path, phone.code())).statusCode, 303)
    assert.match(locationOf(await browser.get(path)), /code=/)
  })

  test('a password that may not be chosen says why, and the page waits for another; none is ever shown again', async () => {
    const one = ask()
    await someone(one, 'dora')
    const browser = testBrowser(one.app)
    const { codePage } = await forget(browser, 'dora')
    const address = locationOf(await typeCode(browser, codePage, codeIn(await one.mailTo('dora@example.org'))))
    for (const [password, said] of [
      ['', /Choose a password/],
      ['short', /too short/],
      ['dora@example.org', /too much like your (user name|e-mail address)/],
      ['12345678901', /row of characters|Many people use/],
      ['x'.repeat(2000), /too long/],
    ] as const) {
      const page = await choose(browser, address, password)
      assertErrorPage(one, page)
      assert.match(page.body, said)
      assert.match(page.body, /<title>Error: /)
      if (password !== '') assert.ok(!page.body.includes(`"${password}"`))
    }
    assert.equal((await choose(browser, address, NEW)).statusCode, 303)
  })

  test('takes a quarter of an hour to choose one at most, and what comes too late leads back to the sign-in', async () => {
    const one = ask()
    await someone(one, 'eva')
    const browser = testBrowser(one.app)
    const { path, codePage } = await forget(browser, 'eva')
    const address = locationOf(await typeCode(browser, codePage, codeIn(await one.mailTo('eva@example.org'))))
    const page = await browser.get(address)
    one.clock.advance(15 * MINUTE)
    const late = await browser.post(address, { csrf: formToken(page, '/password'), password: NEW })
    assert.equal(locationOf(late), path)
    assert.equal(await signsIn(ask, 'eva', PASSWORD), true)
  })

  test('a mail is no good once the account has changed: another password, another address, disabled', async () => {
    const one = ask()
    const { deps, storage, clock } = one
    const changes = {
      'other-password': async (id: string) =>
        void (await changePassword(
          storage,
          { accountId: id, passwordHash: await deps.passwords.hash('another one here') },
          clock.now() + 1,
        )),
      'other-address': async (id: string) => {
        const account = await storage.accounts.find(id)
        assert.ok(account)
        const claims = { ...account.claims, email: 'new@example.org' }
        await storage.accounts.setClaims(id, {
          ...account,
          claims,
          emailKey: 'new@example.org',
          updatedAt: clock.now() + 1,
        })
      },
      disabled: async (id: string) => void (await disableAccount(storage, id, clock.now() + 1)),
    }
    for (const [name, change] of Object.entries(changes)) {
      const account = await someone(one, name)
      const before = testBrowser(one.app)
      const { codePage } = await forget(before, name)
      const code = codeIn(await one.mailTo(`${name}@example.org`))
      one.clock.advance(1000)
      const after = testBrowser(one.app)
      const { codePage: used } = await forget(after, name)
      const address = locationOf(await typeCode(after, used, codeIn(await one.mailTo(`${name}@example.org`))))
      const page = await after.get(address)
      await change(account.id)
      const typed = await typeCode(before, codePage, code).catch((error: Error) => error)
      if (!(typed instanceof Error)) assert.notEqual(typed.headers.location, `${codePage}/password`, name)
      const chosen = await after.post(address, { csrf: formToken(page, '/password'), password: NEW })
      assert.equal(chosen.statusCode, 410, name)
      shownErrorId(chosen)
      assert.equal(await signsIn(ask, name, NEW), false, name)
    }
  })

  test('of two who choose one at once with the same mail one goes on', async () => {
    const one = ask()
    await someone(one, 'fay')
    const browser = testBrowser(one.app)
    const { codePage } = await forget(browser, 'fay')
    const address = locationOf(await typeCode(browser, codePage, codeIn(await one.mailTo('fay@example.org'))))
    const csrf = formToken(await browser.get(address), '/password')
    const proof = browser.cookies.get(PROOF) ?? ''
    const both = await Promise.all(
      [NEW, `${NEW} too`].map((password) => {
        const twin = testBrowser(one.app)
        for (const [name, value] of browser.cookies) twin.cookies.set(name, value)
        twin.cookies.set(PROOF, proof)
        return twin.post(address, { csrf, password })
      }),
    )
    assert.deepEqual(
      both.map(({ statusCode }) => statusCode),
      [303, 303],
    )
    const changes = one.logged.filter((line) => line['audit'] === 'password_reset')
    assert.equal(
      (await Promise.all([NEW, `${NEW} too`].map((each) => signsIn(ask, 'fay', each)))).filter(Boolean).length,
      1,
    )
    assert.ok(changes.length > 0)
  })

  test('a session that is fixed, a form of another site, a page without its step: nothing', async () => {
    const one = ask()
    await someone(one, 'gil')
    const browser = testBrowser(one.app)
    const { path, codePage } = await forget(browser, 'gil')
    // Straight to the end.
    assert.equal(locationOf(await browser.get(`${codePage}/password`)), path)
    assert.equal(locationOf(await browser.post(`${codePage}/password`, { csrf: '', password: NEW })), path)
    const forged = await browser.post(
      `${path}/forgot`,
      { csrf: '', username: 'gil' },
      { 'sec-fetch-site': 'cross-site' },
    )
    assert.equal(forged.statusCode, 403)
    assert.match(
      (await browser.post(`${path}/forgot`, { csrf: 'x', username: 'gil' })).body,
      /That form was an old one/,
    )
    // The code that the attacker got with their own account, and its page in the victim's browser: it belongs to the attacker's.
    const victim = testBrowser(one.app)
    assert.equal((await victim.get(codePage)).statusCode, 410)
    assert.equal(victim.cookies.has(SESSION), false)
    assert.equal(await signsIn(ask, 'gil', PASSWORD), true)
  })
})

describe('who asks for a new password learns nothing', () => {
  const ask = mailedApp()

  /** Everything that can be seen of the answer, but for what is new each time. */
  const seen = (page: { statusCode: number; headers: object; body: string }) =>
    JSON.stringify([
      page.statusCode,
      Object.keys(page.headers).toSorted(),
      page.body
        .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
        .replace(/value="[\w-]{43}"/g, 'TOKEN')
        .replace(/content-length.*/g, ''),
    ])

  test('[ASVS 6.3.8] of names, addresses and kinds of accounts: the same answer, the same page, the same rows, the same statements', async () => {
    const one = ask()
    await someone(one, 'known')
    await someone(one, 'unverified', { claims: { email: 'unverified@example.org' } })
    await someone(one, 'passwordless', { passwordHash: undefined })
    await someone(one, 'disabled', { isDisabled: true })
    await one.addAccount({ username: 'no-mail', claims: {} })
    for (const username of ['twin-1', 'twin-2']) {
      await one.addAccount({ username, claims: { email: 'twins@example.org', email_verified: true } })
    }
    const answers = new Set<string>()
    const work = new Set<string>()
    for (const login of [
      'known',
      'known@example.org',
      'KNOWN@example.org',
      'unverified',
      'unverified@example.org',
      'passwordless',
      'disabled',
      'no-mail',
      'twins@example.org',
      'nobody',
      'nobody@example.org',
      '"><script>alert(1)</script>',
    ]) {
      const browser = testBrowser(one.app)
      const { path } = await browser.start()
      const form = await browser.get(`${path}/forgot`)
      const { storage } = one
      const calls: string[] = []
      // Every statement behind the stores that it takes.
      const counted = <Store extends object>(name: string, store: Store): (() => void) => {
        const before = Object.entries(store)
        for (const [method, run] of before) {
          Object.assign(store, {
            [method]: (...given: unknown[]) => {
              calls.push(`${name}.${method}`)
              return (run as (...all: unknown[]) => unknown).apply(store, given)
            },
          })
        }
        return () => void Object.assign(store, Object.fromEntries(before))
      }
      const undo = [
        counted('accounts', storage.accounts),
        counted('throttles', storage.throttles),
        counted('oneTimeCodes', storage.oneTimeCodes),
        counted('deliveries', storage.deliveries),
      ]
      const answer = await browser.post(`${path}/forgot`, { csrf: formToken(form, '/forgot'), username: login })
      work.add(
        calls
          .filter((call) => !/deliveries\.(?!insert)/.test(call))
          .toSorted()
          .join(' '),
      )
      for (const each of undo) each()
      const codePage = locationOf(answer)
      const page = await browser.get(codePage)
      const wrong = await typeCode(browser, codePage, '00000000')
      // A mail that is on its way when time leaps would be sent once more.
      await one.deps.deliveries.idle()
      one.clock.advance(MINUTE)
      const again = await browser.post(`${codePage}/again`, { csrf: formToken(await browser.get(codePage), '/again') })
      answers.add(
        [page, wrong]
          .map(seen)
          .join('\n')
          .replaceAll(/\b[\w]{4}-[\w]{4}\b/g, 'SUPPORT'),
      )
      assert.match(locationOf(again), /mail=again$/)
      await one.deps.deliveries.idle()
      one.clock.advance(HOUR)
    }
    assert.equal(answers.size, 1)
    assert.equal(work.size, 1, [...work].join('\n'))
    await one.deps.deliveries.idle()
    const told = async (address: string) => (await one.mailsTo(address)).map(({ headers }) => headers['subject'])
    assert.equal((await told('known@example.org')).length, 6)
    for (const address of ['unverified', 'twins', 'nobody']) {
      assert.deepEqual(
        await told(`${address}@example.org`),
        Array(2).fill('No new password by this address at Example Login'),
      )
    }
    for (const address of ['passwordless', 'disabled']) assert.deepEqual(await told(`${address}@example.org`), [])
  })

  test('a limit of what was typed is told; one that would tell which address a name stands for is not', async () => {
    const one = ask()
    await someone(one, 'hal')
    for (let i = 0; i < 4; i++)
      assert.equal((await forget(testBrowser(one.app), 'hal@example.org')).answer.statusCode, 303)
    const fifth = await forget(testBrowser(one.app), 'HAL@example.org')
    assert.equal(fifth.answer.statusCode, 429)
    assert.match(fifth.answer.body, /Too many mails were asked for/)
    assert.ok(Number(fifth.answer.headers['retry-after']) > 0)
    // By the name one more goes out; then none does, and nobody can tell.
    for (let i = 0; i < 3; i++) assert.equal((await forget(testBrowser(one.app), 'hal')).answer.statusCode, 303)
    assert.equal((await one.mailsTo('hal@example.org')).length, 5)
  })

  test('four mails in a row from one page, and the next one has to wait', async () => {
    const one = ask()
    await someone(one, 'ida')
    const browser = testBrowser(one.app)
    let { codePage } = await forget(browser, 'ida')
    for (let mails = 2; mails <= 4; mails++) {
      one.clock.advance(MINUTE)
      const again = await browser.post(`${codePage}/again`, { csrf: formToken(await browser.get(codePage), '/again') })
      codePage = locationOf(again).split('?')[0] ?? ''
      assert.equal((await one.mailsTo('ida@example.org')).length, mails)
    }
    one.clock.advance(MINUTE)
    const fifth = await browser.post(`${codePage}/again`, { csrf: formToken(await browser.get(codePage), '/again') })
    assert.equal(fifth.statusCode, 429)
    // The newest one is good.
    const right = await typeCode(browser, codePage, codeIn(await one.mailTo('ida@example.org')))
    assert.equal(locationOf(right), `${codePage}/password`)
  })

  test('an empty field says so; where mails are off there is no such page', async () => {
    const one = ask()
    const browser = testBrowser(one.app)
    const { answer } = await forget(browser, ' ')
    assertErrorPage(one, answer)
    assert.match(answer.body, /aria-invalid="true" aria-describedby="username-error"/)
  })
})

describe('without recovery by mail', () => {
  const ask = mailedApp({ config: { recovery: { byMail: false } } })

  test('nothing is offered, and nothing is there', async () => {
    const browser = testBrowser(ask().app)
    const { path, page } = await browser.start()
    assert.doesNotMatch(page.body, /Forgot password/)
    assert.equal(locationOf(await browser.get(`${path}/forgot`)), path)
    assert.equal(locationOf(await browser.post(`${path}/forgot`, { csrf: '', username: 'alice' })), path)
  })
})
