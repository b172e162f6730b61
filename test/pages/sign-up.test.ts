/** People who make accounts for themselves: the address first, and nothing of the account before it is proven. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { decodeJwt } from 'jose'
import { HOUR, MINUTE } from '../../src/base/duration.ts'
import { aClient, aPublicClient } from '../fixtures/client.ts'
import { phoneOf } from '../fixtures/second-factor.ts'
import {
  askForAccount,
  codeIn,
  fillIn,
  GOOD_PASSWORD,
  linkIn,
  type SignUpApp,
  signUpApp,
  signUpWhole,
  typeCode,
} from '../fixtures/sign-up.ts'
import { PASSWORD } from '../fixtures/test-app.ts'
import {
  authorizeQuery,
  basicAuthorization,
  formToken,
  locationOf,
  testBrowser,
  VERIFIER,
} from '../fixtures/test-browser.ts'
import { shownErrorId } from '../fixtures/test-pages.ts'

const SESSION = '__Host-countersign-session'

/** The claims of the ID token and of userinfo that the app gets. */
async function claimsAt({ app }: SignUpApp, arrival: string) {
  const code = new URL(arrival).searchParams.get('code') ?? assert.fail(`no code in ${arrival}`)
  const response = await app.inject({
    method: 'POST',
    url: '/token',
    headers: { authorization: basicAuthorization(), 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: 'https://app.example/callback',
      code_verifier: VERIFIER,
    }).toString(),
  })
  assert.equal(response.statusCode, 200, response.body)
  const { id_token: idToken, access_token: token } = response.json()
  const userinfo = await app.inject({ url: '/userinfo', headers: { authorization: `Bearer ${token}` } })
  return { idToken: decodeJwt(idToken), userinfo: userinfo.json() }
}

const accountsOf = async ({ storage }: SignUpApp) => storage.accounts.list({ after: undefined, limit: 999 })

describe('making an account', () => {
  let one: SignUpApp
  before(async () => {
    one = await signUpApp(
      {},
      { clients: [aClient({ isFirstParty: true }), aPublicClient()], lifetimes: { interaction: 10 * MINUTE } },
    )
    await one.addAccount()
  })
  after(() => one?.close())

  test('from the sign-in page to the app: an address, the code out of the mail, a user name and a password', async () => {
    const browser = testBrowser(one.app)
    const { path: interaction, page: signIn } = await browser.start(authorizeQuery())
    assert.match(signIn.body, new RegExp(`<a href="${interaction}/sign-up">Create an account</a>`))
    const before = await accountsOf(one)
    const { path, page } = await askForAccount(browser, 'Ada@New.example')
    assert.match(page.body, /type="email" value="" autocomplete="email"/)
    assert.match((await browser.get(path)).body, /mail to <bdi>Ada@new\.example<\/bdi>/i)
    const [mail] = await one.mailsTo('Ada@new.example')
    assert.ok(mail)
    assert.equal(mail.headers['subject'], 'Your new account at Example Login')
    const form = locationOf(await typeCode(browser, path, codeIn(mail)))
    assert.equal(form, `${path}/sign-up`)
    const formPage = await browser.get(form)
    assert.match(formPage.body, /name="username" type="text" value="ada" autocomplete="username"/)
    assert.match(formPage.body, /autocomplete="new-password"/)
    // Nothing of it is there before, and nobody is signed in.
    assert.deepEqual(await accountsOf(one), before)
    assert.equal(browser.cookies.has(SESSION), false)

    const answer = await fillIn(browser, form, { name: 'Ada Lovelace' })
    const back = locationOf(answer)
    assert.match(back, /^\/sign-in\//)
    assert.equal(browser.cookies.has(SESSION), true)
    const { idToken, userinfo } = await claimsAt(one, locationOf(await browser.get(back)))
    const account = await one.storage.accounts.findByUsername('ada')
    assert.ok(account)
    assert.deepEqual([idToken['sub'], idToken['amr'], account.origin], [account.id, ['pwd'], 'sign_up'])
    assert.deepEqual(
      [userinfo.email, userinfo.email_verified, userinfo.name, userinfo.preferred_username],
      ['Ada@new.example', true, 'Ada Lovelace', 'ada'],
    )
    assert.deepEqual([account.claims.groups, account.claims.locale], [['members'], 'en'])
    // The password is theirs, by the address as well.
    assert.match(
      (await testBrowser(one.app).signIn(undefined, { username: 'ada@new.example', password: GOOD_PASSWORD })).href,
      /code=/,
    )
    // Back: on to the app, and no second account.
    for (const url of [form, path, `${interaction}/sign-up`]) {
      const again = await browser.get(url)
      assert.equal(again.statusCode, 303, url)
    }
    const events = one.logged.filter((line) => line['audit'] === 'signed_up')
    assert.deepEqual(
      events.map((line) => [line['accountId'], line['by']]),
      [[account.id, 'sign_up']],
    )
  })

  test('the link on another device confirms, says who asked, and the page that asked goes on', async () => {
    const [asking, phone] = [testBrowser(one.app), testBrowser(one.app)]
    const { path } = await askForAccount(asking, 'elsewhere@new.example')
    const [mail] = await one.mailsTo('elsewhere@new.example')
    assert.ok(mail)
    const link = linkIn(mail)
    // Scanners open it as often as they like.
    for (let i = 0; i < 3; i++) await testBrowser(one.app).get(link)
    const page = await phone.get(link)
    assert.match(page.body, /Go on only if that is you, now: whoever asked for it gets the account/)
    assert.match((await asking.get(path)).body, /name="code"/)
    const done = await phone.post(`${link}/use`, { csrf: formToken(page, '/use') })
    assert.match(done.body, /Your address is confirmed/)
    // The phone has proven the address for the other page, and gets nothing itself.
    assert.equal((await phone.get(`${path}/sign-up`)).statusCode, 303)
    const form = locationOf(await asking.get(path))
    assert.equal(form, `${path}/sign-up`)
    assert.match(locationOf(await fillIn(asking, form)), /^\/sign-in\//)
    assert.equal((await one.storage.accounts.findByUsername('elsewhere'))?.claims.email_verified, true)
  })

  test('the link in the browser that asked goes on there', async () => {
    const browser = testBrowser(one.app)
    const { path } = await askForAccount(browser, 'here@new.example')
    const [mail] = await one.mailsTo('here@new.example')
    assert.ok(mail)
    const link = linkIn(mail)
    const page = await browser.get(link)
    assert.equal(locationOf(await browser.post(`${link}/use`, { csrf: formToken(page, '/use') })), `${path}/sign-up`)
    assert.match(locationOf(await fillIn(browser, `${path}/sign-up`)), /^\/sign-in\//)
  })

  test('a user name that is taken is told after the proof, another one is proposed, and nothing is lost', async () => {
    const browser = testBrowser(one.app)
    const { form, answer } = await signUpWhole(one, browser, 'alice@other.example', {
      username: 'Alice',
      name: 'The other Alice',
    })
    assert.equal(answer.statusCode, 400)
    shownErrorId(answer)
    assert.match(answer.body, /<title>Error: Your account/)
    assert.match(answer.body, /<bdi>Alice<\/bdi> is taken\. Choose another one; <bdi>alice2<\/bdi> is free/)
    assert.match(answer.body, /aria-invalid="true" aria-describedby="username-error username-hint"/)
    assert.match(answer.body, /value="The other Alice"/)
    assert.doesNotMatch(answer.body, new RegExp(GOOD_PASSWORD))
    // With all else that is wrong, at once.
    const both = await fillIn(browser, form, { username: 'ALICE', password: 'short' })
    assert.match(both.body, /is taken[\s\S]*too short/)
    assert.match(locationOf(await fillIn(browser, form, { username: 'alice2' })), /^\/sign-in\//)
  })

  test('everything that is wrong is told at once, beside its field', async () => {
    const browser = testBrowser(one.app)
    const { answer, form } = await signUpWhole(one, browser, 'faults@new.example', {
      username: 'a b',
      password: 'short',
    })
    assert.equal(answer.statusCode, 400)
    assert.match(answer.body, /id="username-error"[\s\S]*A user name has no blanks/)
    assert.match(answer.body, /id="password-error"[\s\S]*too short/)
    for (const [fields, words] of [
      [{ username: '' }, 'Choose a user name'],
      [{ username: 'victim@example.org' }, 'A user name has no blanks, no @'],
      [{ password: '' }, 'Choose a password'],
      [{ password: 'password1' }, 'Many people use that password'],
      [{ password: 'faults@new.example' }, 'too much like your e-mail address'],
      [{ password: 'x'.repeat(5000) }, 'too long'],
      [{ name: 'x'.repeat(3000) }, 'can’t be kept'],
    ] as const) {
      const page = await fillIn(browser, form, fields)
      assert.equal(page.statusCode, 400, words)
      assert.match(page.body, new RegExp(words))
    }
    assert.match(locationOf(await fillIn(browser, form)), /^\/sign-in\//)
  })

  test('an address that mails can’t be sent to is told, and kept in its field', async () => {
    const browser = testBrowser(one.app)
    for (const [email, words] of [
      ['', 'Enter your e-mail address'],
      ['nobody', 'Mails can’t be sent to that'],
      ['"a b"@new.example', 'Mails can’t be sent to that'],
      ['a@new.example\r\nBcc: b@c.example', 'Mails can’t be sent to that'],
      [`${'x'.repeat(400)}@new.example`, 'Mails can’t be sent to that'],
    ] as const) {
      const { answer } = await askForAccount(browser, email)
      assert.equal(answer.statusCode, 400)
      shownErrorId(answer)
      assert.match(answer.body, new RegExp(words))
      assert.match(answer.body, /aria-invalid="true" aria-describedby="email-error email-hint"/)
    }
  })

  test('a second factor that is required is set up before there is a session', async () => {
    const strict = await signUpApp(
      {},
      { config: { secondFactor: { ...one.deps.config.secondFactor, requiredOf: 'everyone' } } },
    )
    try {
      const browser = testBrowser(strict.app)
      const { answer } = await signUpWhole(strict, browser, 'two@new.example')
      assert.equal(browser.cookies.has(SESSION), false)
      const page = await browser.get(locationOf(answer))
      assert.match(page.body, /Set up a second step/)
      assert.ok(phoneOf(page, strict.clock.now).secret)
      assert.equal((await browser.get('/account/totp')).statusCode, 303)
    } finally {
      await strict.close()
    }
  })

  test('[Initiating User Registration 4.1] prompt=create opens the page, whoever is signed in; a sign-in will do', async () => {
    const browser = testBrowser(one.app)
    const open = async () => {
      const answer = await browser.get(`/authorize?${authorizeQuery({ prompt: 'create' })}`)
      return locationOf(answer)
    }
    const interaction = await open()
    assert.equal(locationOf(await browser.get(interaction)), `${interaction}/sign-up`)
    const page = await browser.get(`${interaction}/sign-up`)
    assert.match(page.body, /<h1>Create an account<\/h1>/)
    const [, signIn = ''] = /<a href="([^"]+)">Sign in<\/a>/.exec(page.body) ?? []
    const signInPage = await browser.get(signIn.replace('&#x3D;', '='))
    const arrived = await browser.post(`${interaction}/password?account=other`, {
      csrf: formToken(signInPage, '/password?account&#x3D;other'),
      username: 'alice',
      password: PASSWORD,
    })
    assert.match(locationOf(await browser.get(locationOf(arrived))), /code=/)
    one.clock.advance(MINUTE)
    // Now somebody is signed in, and a new account is wanted all the same.
    assert.equal(locationOf(await browser.get(await open())).endsWith('/sign-up'), true)
    // Whom the app expects stands in the field, when it is an address.
    for (const [hint, value] of [
      ['eve@new.example', 'eve@new.example'],
      ['eve', ''],
    ] as const) {
      const fresh = testBrowser(one.app)
      const { path: own } = await fresh.start(authorizeQuery({ login_hint: hint }))
      assert.match((await fresh.get(`${own}/sign-up`)).body, new RegExp(`type="email" value="${value}"`))
    }
    const silent = locationOf(await browser.get(`/authorize?${authorizeQuery({ prompt: 'none create' })}`))
    assert.match(silent, /error=invalid_request/)
    const { prompt_values_supported: prompts } = (
      await one.app.inject({ url: '/.well-known/openid-configuration' })
    ).json()
    assert.ok(prompts.includes('create'))
  })

  test('each state has a way on, and expired ones say so', async () => {
    const browser = testBrowser(one.app)
    const { interaction, path } = await askForAccount(browser, 'late@new.example')
    const [mail] = await one.mailsTo('late@new.example')
    assert.ok(mail)
    one.clock.advance(11 * MINUTE)
    const late = await typeCode(browser, path, codeIn(mail))
    assert.equal(late.statusCode, 400)
    // Another mail, to the same address.
    const again = await browser.post(`${path}/again`, { csrf: formToken(late, '/again') })
    const next = locationOf(again).replace(/\?.*/, '')
    assert.notEqual(next, path)
    const newest = (await one.mailsTo('late@new.example')).at(-1)
    assert.ok(newest)
    const form = locationOf(await typeCode(browser, next, codeIn(newest)))
    // The sign-in that it belongs to is over by now: it is asked afresh, and leads to the app all the same.
    const back = locationOf(await fillIn(browser, form))
    assert.notEqual(back, interaction)
    assert.match(locationOf(await browser.get(back)), /code=/)
    one.clock.advance(HOUR)
  })
})

describe('who may make an account', () => {
  test('nobody, unless it says so: no link, no page, no prompt', async () => {
    const off = await signUpApp({}, { config: { signUp: undefined } })
    try {
      const browser = testBrowser(off.app)
      const { path, page } = await browser.start(authorizeQuery())
      assert.doesNotMatch(page.body, /Create an account/)
      assert.equal((await browser.get(`${path}/sign-up`)).statusCode, 303)
      assert.equal((await browser.post(`${path}/sign-up`, { email: 'a@b.example', csrf: '' })).statusCode, 405)
      const refused = locationOf(await browser.get(`/authorize?${authorizeQuery({ prompt: 'create' })}`))
      assert.match(refused, /error=invalid_request/)
      const document = (await off.app.inject({ url: '/.well-known/openid-configuration' })).json()
      assert.ok(!document.prompt_values_supported.includes('create'))
    } finally {
      await off.close()
    }
  })

  test('switched off in the middle, the pages say so, and nothing is made', async () => {
    const on = await signUpApp()
    const databaseUrl = on.deps.config.database.url
    const off = await signUpApp({}, { databaseUrl, clock: on.clock, config: { signUp: undefined } })
    try {
      const browser = testBrowser(on.app)
      const { path } = await askForAccount(browser, 'middle@new.example')
      const [mail] = await on.mailsTo('middle@new.example')
      assert.ok(mail)
      const form = locationOf(await typeCode(browser, path, codeIn(mail)))
      const later = testBrowser(off.app)
      for (const [name, value] of browser.cookies) later.cookies.set(name, value)
      for (const answer of [
        await later.get(form),
        await later.post(form, { csrf: '', username: 'middle', password: GOOD_PASSWORD }),
        await later.get('/invitation/x.y'),
      ]) {
        assert.equal(answer.statusCode, 404)
        assert.match(answer.body, /Nobody can make an account here now/)
        shownErrorId(answer)
      }
      assert.deepEqual(await accountsOf(on), [])
    } finally {
      await off.close()
      await on.close()
    }
  })

  test('by domain: those that are named and, with *., what is below them; in any script and case', async () => {
    const some = await signUpApp({
      mode: 'domains',
      allowedDomains: ['acme.example', '*.acme.example', 'xn--bcher-kva.example'],
    })
    try {
      for (const [email, status] of [
        ['a@acme.example', 303],
        ['a@ACME.example', 303],
        ['a@lab.acme.example', 303],
        ['a@bücher.example', 303],
        ['a@ａｃｍｅ.example', 303],
        ['a@notacme.example', 400],
        ['a@acme.example.evil.example', 400],
        ['a@evil.example', 400],
      ] as const) {
        const { answer, page } = await askForAccount(testBrowser(some.app), email)
        assert.equal(answer.statusCode, status, email)
        assert.match(page.body, /It has to be one at/)
        if (status === 400) assert.match(answer.body, /Accounts here are for addresses at/)
      }
    } finally {
      await some.close()
    }
  })

  test('[RFC 5891] a domain in any script is one address, however it is typed, and its owner signs in with it', async () => {
    const any = await signUpApp({}, { clients: [aClient({ isFirstParty: true })] })
    try {
      for (const [i, typed] of [
        'ida@b\u00fccher.example',
        'IDA@xn--bcher-kva.example',
        'ida@B\u00dcCHER.example',
      ].entries()) {
        const { path } = await askForAccount(testBrowser(any.app), typed)
        assert.match(path, /^\/code\//)
        await any.deps.deliveries.idle()
        if (i > 0) continue
        await signUpWhole(any, testBrowser(any.app), typed, {}, 'ida@xn--bcher-kva.example')
      }
      const [account, ...others] = await accountsOf(any)
      assert.equal(others.length, 0)
      assert.equal(account?.claims.email, 'ida@b\u00fccher.example')
      const subjects = (await any.mailsTo('ida@xn--bcher-kva.example')).map(({ headers }) => headers['subject'])
      assert.equal(subjects.filter((subject) => subject?.includes('already')).length, 1)
      const person = { username: 'ida@b\u00fccher.example', password: GOOD_PASSWORD }
      assert.match((await testBrowser(any.app).signIn(undefined, person)).href, /code=/)
    } finally {
      await any.close()
    }
  })

  test('the address can be the user name, and the name be left out', async () => {
    const plain = await signUpApp({ username: 'email', name: 'none' }, { clients: [aClient({ isFirstParty: true })] })
    try {
      const browser = testBrowser(plain.app)
      const { answer } = await signUpWhole(plain, browser, 'ada@new.example', { username: 'somebody-else' })
      assert.match(locationOf(answer), /^\/sign-in\//)
      const [account] = await accountsOf(plain)
      assert.deepEqual([account?.username, account?.claims.name], ['ada@new.example', undefined])
    } finally {
      await plain.close()
    }
  })
})
