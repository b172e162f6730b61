/** Passkeys on the pages: signing in, as a second factor, making, naming and taking them away; and what others try. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { passkeyLabel } from '../../src/accounts/passkeys.ts'
import { DAY, MINUTE } from '../../src/base/duration.ts'
import type { Account } from '../../src/storage/storage.ts'
import { type AskedFor, type Authenticator, authenticator, type Lies } from '../fixtures/authenticator.ts'
import { aClient } from '../fixtures/client.ts'
import { unescapeHtml } from '../fixtures/html.ts'
import { addTotp } from '../fixtures/second-factor.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { PASSWORD, type TestApp } from '../fixtures/test-app.ts'
import { authorizeQuery, formToken, locationOf, type TestBrowser, testBrowser } from '../fixtures/test-browser.ts'

const ORIGIN = 'https://login.example'
const PASSKEYS = { rpId: 'login.example', isOffered: true }
const SESSION = '__Host-countersign-session'
const ESSENTIAL_PHR = { claims: JSON.stringify({ id_token: { acr: { essential: true, value: 'phr' } } }) }

type Shown = Parameters<typeof formToken>[0]

/** What the form asks for, as the page's script reads it. */
function askedBy(page: Shown): AskedFor {
  const options = / data-options="([^"]+)"/.exec(page.body)?.[1]
  assert.ok(options, page.body.slice(0, 400))
  return JSON.parse(unescapeHtml(options))
}

function actionOf(page: Shown): string {
  const action = /action="([^"]+)" id="passkey"/.exec(page.body)?.[1]
  assert.ok(action)
  return action
}

/** Posts what the device answers to the page. */
async function answer(browser: TestBrowser, page: Shown, device: Authenticator, lies: Lies = {}) {
  const asked = askedBy(page)
  const passkey = asked.user === undefined ? device.get(asked, lies) : device.create(asked, lies)
  return browser.post(actionOf(page), { csrf: formToken(page, actionOf(page)), passkey })
}

let people = 0

describe('passkeys', () => {
  const strict = aClient({ id: 'strict', requiresSecondFactor: true })
  const ask = suiteApp({ clients: [aClient(), strict], config: { passkeys: PASSKEYS } })

  const newPerson = (one: TestApp, input = {}) =>
    one.addAccount({ username: `person${++people}`, claims: {}, ...input })

  async function newPasskey(one: TestApp, { id: accountId }: Account): Promise<Authenticator> {
    const device = authenticator({ origin: ORIGIN })
    const browser = testBrowser(one.app)
    const account = (await one.storage.accounts.find(accountId)) ?? assert.fail()
    const { username } = account
    const page = await openOwn(browser, '/account/passkeys/add', username)
    const made = await answer(browser, page, device)
    assert.ok([200, 303].includes(made.statusCode), made.body)
    return device
  }

  /** Signs in with the password for a page of one's own, and opens it. */
  async function openOwn(browser: TestBrowser, own: string, username: string) {
    const path = locationOf(await browser.get(own))
    const page = await browser.get(path)
    await browser.post(`${path}/password`, { csrf: formToken(page), username, password: PASSWORD })
    await browser.get(path)
    return browser.get(own)
  }

  test('a passkey signs in by itself, as two factors, without a name or a password', async () => {
    const one = ask()
    const account = await newPerson(one)
    const device = await newPasskey(one, account)
    const browser = testBrowser(one.app)
    const { path, page } = await browser.start(authorizeQuery({ client_id: 'strict', acr_values: 'phr' }))
    assert.match(page.body, /autocomplete="username webauthn"/)
    const before = browser.cookies.get(SESSION)
    const posted = await answer(browser, page, device)
    assert.equal(locationOf(posted), path)
    assert.notEqual(browser.cookies.get(SESSION), before)
    assert.match(locationOf(await browser.get(path)), /code=/)
    const [signedIn] = one.logged.filter(({ audit }) => audit === 'signed_in').slice(-1)
    assert.deepEqual([signedIn?.['accountId'], signedIn?.['amr']], [account.id, ['pop', 'user', 'mfa']])
    assert.ok(one.logged.some((line) => line['audit'] === 'passkey_used' && line['accountId'] === account.id))
  })

  test('the page allows the one script, by its address, and nobody else’s', async () => {
    const one = ask()
    const browser = testBrowser(one.app)
    const { page } = await browser.start()
    const csp = String(page.headers['content-security-policy'])
    assert.match(csp, /script-src 'sha256-[^;]* https:\/\/login\.example\/passkeys\.js;/)
    const src = / src="([^"]+)" defer/.exec(page.body)?.[1] ?? ''
    const script = await browser.get(unescapeHtml(src))
    assert.equal(script.statusCode, 200)
    assert.match(String(script.headers['content-type']), /^text\/javascript/)
    assert.match(String(script.headers['cache-control']), /immutable/)
    assert.equal(script.headers['set-cookie'], undefined)
  })

  test('what is not right is refused with words, a status and an id, and counts for nothing', async () => {
    const one = ask()
    const account = await newPerson(one)
    const device = await newPasskey(one, account)
    const cases: readonly (readonly [Lies, RegExp])[] = [
      [{ isTampered: true }, /did not work here/],
      [{ origin: 'https://evil.example' }, /did not work here/],
      [{ id: 'AAAA' }, /did not work here/],
      [{ isVerified: false }, /did not check that it is you/],
      [{ challenge: 'A'.repeat(75) }, /longer than five minutes/],
    ]
    for (const [lies, words] of cases) {
      const browser = testBrowser(one.app)
      const { page } = await browser.start()
      const refused = await answer(browser, page, device, lies)
      assert.equal(refused.statusCode, 400)
      assert.match(refused.body, /<title>Error: /)
      assert.match(refused.body, words)
      assert.equal(browser.cookies.has(SESSION), false)
      // It can be tried again at once: the page asks anew.
      assert.equal((await answer(browser, refused, device)).statusCode, 303)
    }
    assert.ok(one.logged.some((line) => line['audit'] === 'passkey_refused' && line['reason'] === 'wrong'))
  })

  test('an answer is good in its browser, at its interaction, once', async () => {
    const one = ask()
    const account = await newPerson(one)
    const device = await newPasskey(one, account)
    const victim = testBrowser(one.app)
    const mine = await victim.start()
    const passkey = device.get(askedBy(mine.page))
    // Another browser, with a form of its own.
    const other = testBrowser(one.app)
    const theirs = await other.start()
    const csrf = formToken(theirs.page, '/passkey')
    assert.equal((await other.post(`${theirs.path}/passkey`, { csrf, passkey })).statusCode, 400)
    assert.equal((await other.post(`${mine.path}/passkey`, { csrf, passkey })).statusCode, 403)
    assert.equal(other.cookies.has(SESSION), false)
    // Another tab of the same browser.
    const tab = await victim.start()
    const fromTab = await victim.post(`${tab.path}/passkey`, { csrf: formToken(tab.page, '/passkey'), passkey })
    assert.equal(fromTab.statusCode, 400)
    const fields = { csrf: formToken(mine.page, '/passkey'), passkey }
    assert.equal((await victim.post(`${mine.path}/passkey`, fields)).statusCode, 303)
    victim.cookies.delete(SESSION)
    assert.equal((await victim.post(`${mine.path}/passkey`, fields)).statusCode, 400)
    assert.equal(victim.cookies.has(SESSION), false)
  })

  test('from another site, without the form’s token, and empty: nothing', async () => {
    const one = ask()
    const browser = testBrowser(one.app)
    const { path, page } = await browser.start()
    const csrf = formToken(page, '/passkey')
    const elsewhere = await browser.post(`${path}/passkey`, { csrf, passkey: '{}' }, { 'sec-fetch-site': 'cross-site' })
    assert.equal(elsewhere.statusCode, 403)
    assert.equal((await browser.post(`${path}/passkey`, { passkey: '{}' })).statusCode, 403)
    assert.equal((await browser.post(`${path}/passkey`, { csrf })).statusCode, 400)
    assert.equal(
      (await browser.post(`${path}/passkey`, { csrf, passkey: '"><script>alert(1)</script>' })).statusCode,
      400,
    )
    assert.equal(locationOf(await browser.post(`${path}/passkey-factor`, { csrf, passkey: '{}' })), path)
    assert.equal(locationOf(await browser.post(`${path}/passkey-setup`, { csrf, passkey: '{}' })), path)
    assert.equal(locationOf(await browser.post(`${path}/offer/create`, { csrf, passkey: '{}' })), path)
    assert.equal(browser.cookies.has(SESSION), false)
  })

  test('a disabled account is told so after its passkey, and nobody before', async () => {
    const one = ask()
    const account = await newPerson(one)
    const device = await newPasskey(one, account)
    await one.storage.accounts.setDisabled(account.id, one.clock.now(), one.clock.now())
    const browser = testBrowser(one.app)
    const { page } = await browser.start()
    const refused = await answer(browser, page, device)
    assert.equal(refused.statusCode, 403)
    assert.match(refused.body, /disabled|switched off|turned off/i)
    assert.equal(browser.cookies.has(SESSION), false)
  })

  test('with a password alone it is not asked for; where a second factor is required it is one', async () => {
    const one = ask()
    const account = await newPerson(one)
    const device = await newPasskey(one, account)
    const { username } = account
    assert.match((await testBrowser(one.app).signIn(authorizeQuery(), { username })).search, /code=/)
    const browser = testBrowser(one.app)
    const { path, csrf } = await browser.start(authorizeQuery({ client_id: 'strict' }))
    await browser.post(`${path}/password`, { csrf, username, password: PASSWORD })
    assert.equal(browser.cookies.has(SESSION), false)
    const page = await browser.get(path)
    assert.match(page.body, /Use your passkey/)
    assert.doesNotMatch(page.body, /id="code"/)
    assert.deepEqual(
      askedBy(page).allowCredentials?.map(({ id }) => id),
      [device.id],
    )
    // Somebody else's is none of this account's.
    const another = await newPasskey(one, await newPerson(one))
    const refused = await answer(browser, page, another)
    assert.equal(refused.statusCode, 400)
    assert.equal(browser.cookies.has(SESSION), false)
    await answer(browser, refused, device, { isVerified: false })
    assert.match(locationOf(await browser.get(path)), /code=/)
    const [session] = await one.storage.sessions.ofAccount(account.id, { now: one.clock.now(), limit: 1 })
    assert.deepEqual(session?.amr, ['pwd', 'pop', 'mfa'])
  })

  test('a recovery code stands in for it, also on pages without a script', async () => {
    const one = ask()
    const account = await newPerson(one)
    const browser = testBrowser(one.app)
    const setup = await openOwn(browser, '/account/passkeys/add', account.username)
    const codes = await answer(browser, setup, authenticator({ origin: ORIGIN }))
    const [code = ''] = [...codes.body.matchAll(/<li><code>([0-9a-z-]{19})<\/code>/g)].map(([, each = '']) => each)
    const other = testBrowser(one.app)
    const { path, csrf } = await other.start(authorizeQuery({ client_id: 'strict' }))
    await other.post(`${path}/password`, { csrf, username: account.username, password: PASSWORD })
    const page = await other.get(`${path}?way=recovery`)
    await other.post(`${path}/second-factor?way=recovery`, {
      csrf: formToken(page, '/second-factor?way&#x3D;recovery'),
      code,
    })
    assert.match(locationOf(await other.get(path)), /code=/)
  })

  test('in the middle of a session: a passkey makes it stronger, under a new cookie; a code does not reach phr', async () => {
    const one = ask()
    const account = await newPerson(one)
    const phone = await addTotp(one, account)
    const device = await newPasskeyWithApp(one, account, phone.code)
    const browser = testBrowser(one.app)
    const { path, csrf } = await browser.start()
    await browser.post(`${path}/password`, { csrf, username: account.username, password: PASSWORD })
    const both = await browser.get(path)
    assert.match(both.body, /id="code"/)
    assert.match(both.body, /Use your passkey/)
    one.clock.advance(MINUTE)
    await browser.post(`${path}/second-factor`, { csrf: formToken(both, '/second-factor'), code: phone.code() })
    assert.match(locationOf(await browser.get(path)), /code=/)
    const cookie = browser.cookies.get(SESSION)
    const stepUp = await browser.start(authorizeQuery(ESSENTIAL_PHR))
    assert.doesNotMatch(stepUp.page.body, /id="code"|way=recovery/)
    // A code for this step is not due, and changes nothing.
    const skipped = await browser.post(`${stepUp.path}/second-factor`, { csrf: stepUp.csrf, code: phone.code(1) })
    assert.equal(locationOf(skipped), stepUp.path)
    await answer(browser, stepUp.page, device)
    assert.notEqual(browser.cookies.get(SESSION), cookie)
    assert.match(locationOf(await browser.get(stepUp.path)), /code=/)
    const [session] = await one.storage.sessions.ofAccount(account.id, { now: one.clock.now(), limit: 1 })
    assert.ok(session?.amr.includes('pop') && session.amr.includes('otp'))
  })

  async function newPasskeyWithApp(one: TestApp, account: Account, code: () => string): Promise<Authenticator> {
    const device = authenticator({ origin: ORIGIN })
    const browser = testBrowser(one.app)
    const path = locationOf(await browser.get('/account/passkeys/add'))
    const page = await browser.get(path)
    await browser.post(`${path}/password`, { csrf: formToken(page), username: account.username, password: PASSWORD })
    const step = await browser.get(path)
    await browser.post(`${path}/second-factor`, { csrf: formToken(step, '/second-factor'), code: code() })
    await browser.get(path)
    const made = await answer(browser, await browser.get('/account/passkeys/add'), device)
    // There are codes already.
    assert.equal(made.statusCode, 303)
    return device
  }

  test('phr that must be is set up on the way, and one that is wished for is given up', async () => {
    const one = ask()
    const account = await newPerson(one)
    const wishing = await testBrowser(one.app).signIn(authorizeQuery({ acr_values: 'phr' }), account)
    assert.match(wishing.search, /code=/)
    const browser = testBrowser(one.app)
    const { path, csrf } = await browser.start(authorizeQuery(ESSENTIAL_PHR))
    await browser.post(`${path}/password`, { csrf, username: account.username, password: PASSWORD })
    const page = await browser.get(path)
    assert.match(page.body, /<h1>Create a passkey<\/h1>/)
    const wrong = await answer(browser, page, authenticator({ origin: ORIGIN }), { origin: 'https://evil.example' })
    assert.match(wrong.body, /could not be saved/)
    assert.equal(browser.cookies.has(SESSION), false)
    const made = await answer(browser, wrong, authenticator({ origin: ORIGIN }))
    assert.match(made.body, /Keep your recovery codes/)
    assert.match(locationOf(await browser.get(path)), /code=/)
  })

  test('who needs a second factor may set up a passkey instead of an app', async () => {
    const one = ask()
    const account = await newPerson(one)
    const browser = testBrowser(one.app)
    const { path, csrf } = await browser.start(authorizeQuery({ client_id: 'strict' }))
    await browser.post(`${path}/password`, { csrf, username: account.username, password: PASSWORD })
    const app = await browser.get(path)
    assert.match(app.body, /Set up a second step/)
    const way = /href="([^"]+way(?:=|&#x3D;)passkey)"/.exec(app.body)?.[1] ?? ''
    const page = await browser.get(unescapeHtml(way))
    const made = await answer(browser, page, authenticator({ origin: ORIGIN }))
    assert.match(made.body, /Keep your recovery codes/)
    assert.match(locationOf(await browser.get(path)), /code=/)
    assert.equal(await one.storage.totps.find(account.id), undefined)
  })

  test('an account without a password: a passkey is its way in, and the last one stays', async () => {
    const one = ask()
    const account = await newPerson(one)
    const device = await newPasskey(one, account)
    await one.storage.accounts.remove(account.id)
    const passwordless = { ...account, passwordHash: undefined }
    await one.storage.accounts.insert(passwordless)
    const browser = testBrowser(one.app)
    // Its passkeys went with the account.
    assert.equal((await answer(browser, (await browser.start()).page, device)).statusCode, 400)
    await one.storage.passkeys.add({ ...(await kept(one, device, account)) })
    const { path, page } = await browser.start()
    await answer(browser, page, device)
    assert.match(locationOf(await browser.get(path)), /code=/)
    const list = await browser.get('/account/passkeys')
    const url = /href="(\/account\/passkeys\/[\w-]{16})"/.exec(list.body)?.[1] ?? assert.fail(list.body)
    const own = await browser.get(url)
    assert.match(own.body, /only way to sign in/)
    assert.doesNotMatch(own.body, /\/remove"/)
    // The form of another one does not help, and neither does none.
    await browser.post(`${url}/remove`, { csrf: formToken(own, '/rename') })
    assert.equal((await one.storage.passkeys.ofAccount(account.id)).length, 1)
    assert.match((await tryPassword(one, account.username)).body, /not right|wrong/i)
  })

  /** As it was registered. */
  async function kept(one: TestApp, device: Authenticator, account: Account) {
    const somebody = await newPerson(one)
    const browser = testBrowser(one.app)
    const page = await openOwn(browser, '/account/passkeys/add', somebody.username)
    await answer(browser, page, device)
    const passkey = (await one.storage.passkeys.find(device.id)) ?? assert.fail()
    await one.storage.passkeys.remove({ id: passkey.id, accountId: somebody.id }, { keepsOne: false })
    return { ...passkey, accountId: account.id }
  }

  async function tryPassword(one: TestApp, username: string) {
    const browser = testBrowser(one.app)
    const { path, csrf } = await browser.start()
    return browser.post(`${path}/password`, { csrf, username, password: PASSWORD })
  }

  test('its own page: a name, and away with it; nobody’s business but its owner’s', async () => {
    const one = ask()
    const account = await newPerson(one)
    const device = await newPasskey(one, account)
    const browser = testBrowser(one.app)
    const list = await openOwnWith(one, browser, device)
    assert.match(list.body, /<bdi>Passkey<\/bdi>/)
    const passkey = (await one.storage.passkeys.find(device.id)) ?? assert.fail()
    const url = `/account/passkeys/${passkeyLabel(passkey)}`
    const page = await browser.get(url)
    const name = '"><script>alert(1)</script>'
    const empty = await browser.post(`${url}/rename`, { csrf: formToken(page, '/rename'), name: ' ' })
    assert.equal(empty.statusCode, 400)
    assert.match(empty.body, /aria-invalid="true"/)
    await browser.post(`${url}/rename`, { csrf: formToken(page, '/rename'), name })
    const renamed = await browser.get('/account/passkeys')
    assert.ok(!renamed.body.includes('<script>alert'))
    assert.match(renamed.body, /&quot;&gt;&lt;script&gt;/)

    // Another person, signed in, with the address and a form of their own.
    const other = await newPerson(one)
    const theirs = await newPasskey(one, other)
    const intruder = testBrowser(one.app)
    await openOwnWith(one, intruder, theirs)
    const own = await intruder.get(`/account/passkeys/${passkeyLabel({ id: theirs.id })}`)
    assert.equal(locationOf(await intruder.get(url)), '/account/passkeys')
    await intruder.post(`${url}/remove`, { csrf: formToken(own, '/remove') })
    await intruder.post(`${url}/rename`, { csrf: formToken(own, '/rename'), name: 'mine' })
    assert.equal((await one.storage.passkeys.find(device.id))?.name, name)

    await browser.post(`${url}/remove`, { csrf: 'x' })
    assert.ok(await one.storage.passkeys.find(device.id))
    await browser.post(`${url}/remove`, { csrf: formToken(page, '/remove') })
    assert.equal(await one.storage.passkeys.find(device.id), undefined)
    assert.ok(one.logged.some((line) => line['audit'] === 'passkey_removed' && line['accountId'] === account.id))
    assert.equal((await one.storage.recoveryCodes.count(account.id)).left, 0)
  })

  async function openOwnWith(_one: TestApp, browser: TestBrowser, device: Authenticator) {
    const path = locationOf(await browser.get('/account/passkeys'))
    await answer(browser, await browser.get(path), device)
    await browser.get(path)
    return browser.get('/account/passkeys')
  }

  test('[ASVS 7.5.1] an old session adds and removes none, and a password alone is not enough where there is one', async () => {
    const one = ask()
    const account = await newPerson(one)
    const device = await newPasskey(one, account)
    const browser = testBrowser(one.app)
    const path = locationOf(await browser.get('/account/passkeys/add'))
    const page = await browser.get(path)
    await browser.post(`${path}/password`, { csrf: formToken(page), username: account.username, password: PASSWORD })
    // The page wants the passkey, too.
    const step = await browser.get(path)
    assert.match(step.body, /Use your passkey/)
    await answer(browser, step, device)
    await browser.get(path)
    const add = await browser.get('/account/passkeys/add')
    assert.deepEqual(askedBy(add).user === undefined, false)
    one.clock.advance(15 * MINUTE + 1)
    const late = await answer(browser, add, authenticator({ origin: ORIGIN }))
    assert.match(locationOf(late), /\/sign-in\//)
    assert.equal((await one.storage.passkeys.ofAccount(account.id)).length, 1)
  })

  test('the offer: only to a browser that can, once signed in, and left alone for 30 days, after three times for good', async () => {
    const one = ask()
    const account = await newPerson(one)
    const { username } = account
    const browser = testBrowser(one.app)
    const signIn = async (able = 'yes') => {
      browser.cookies.delete(SESSION)
      const { path, csrf } = await browser.start()
      const posted = await browser.post(`${path}/password`, { csrf, username, password: PASSWORD, able })
      return { path, next: locationOf(posted) }
    }
    const unable = await signIn('')
    assert.equal(unable.next, unable.path)
    for (const times of [1, 2, 3]) {
      const { path, next } = await signIn()
      assert.equal(next, `${path}/offer`)
      const page = await browser.get(next)
      assert.match(page.body, /Sign in faster next time\?/)
      assert.match(page.body, /Not now/)
      // Nobody has to answer: the app is one step away.
      const declined = await browser.post(`${path}/offer/decline`, { csrf: formToken(page, '/decline') })
      assert.equal(locationOf(declined), path)
      assert.match(locationOf(await browser.get(path)), /code=/)
      const soon = await signIn()
      assert.equal(soon.next, soon.path, `after ${times}`)
      one.clock.advance(30 * DAY)
    }
    one.clock.advance(300 * DAY)
    const after = await signIn()
    assert.equal(after.next, after.path)
    // In another browser it is new.
    browser.cookies.clear()
    const { path, next } = await signIn()
    const made = await answer(browser, await browser.get(next), authenticator({ origin: ORIGIN }))
    assert.equal(locationOf(made), path)
    assert.match(locationOf(await browser.get(path)), /code=/)
    const has = await signIn()
    assert.equal(has.next, has.path)
  })

  test('the offer of another browser’s, or without a session, is no page', async () => {
    const one = ask()
    const browser = testBrowser(one.app)
    const { path } = await browser.start()
    assert.equal(locationOf(await browser.get(`${path}/offer`)), path)
    assert.equal(locationOf(await browser.get(`${path}/offer/create`)), path)
  })
})

describe('without passkeys', () => {
  const ask = suiteApp({})
  test('no page speaks of them, and nothing is posted', async () => {
    const browser = testBrowser(ask().app)
    const { path, page, csrf } = await browser.start()
    // The style of the page is the same for all of its states.
    assert.doesNotMatch(page.body.replace(/<style>.*?<\/style>/s, ''), /passkey|webauthn/)
    assert.doesNotMatch(String(page.headers['content-security-policy']), /passkeys\.js/)
    assert.equal((await browser.post(`${path}/passkey`, { csrf, passkey: '{}' })).statusCode, 405)
    assert.equal((await browser.get('/account/passkeys')).statusCode, 404)
    const metadata = (await browser.get('/.well-known/openid-configuration')).json()
    assert.deepEqual(metadata.acr_values_supported, ['aal1', 'aal2'])
  })
})
