/** The second factor at a sign-in: asked for, proven, and never got past. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decodeJwt } from 'jose'
import { changePassword, disableAccount, signOutEverywhere } from '../../src/accounts/account-changes.ts'
import { HOUR, MINUTE, SECOND } from '../../src/base/duration.ts'
import { aClient, aPublicClient } from '../fixtures/client.ts'
import { addTotp, enterCode, enterPassword } from '../fixtures/second-factor.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { PASSWORD } from '../fixtures/test-app.ts'
import {
  authorizeQuery,
  basicAuthorization,
  formToken,
  locationOf,
  spaQuery,
  type TestBrowser,
  testBrowser,
  VERIFIER,
} from '../fixtures/test-browser.ts'

const SESSION = '__Host-countersign-session'
const PROOF = '__Secure-countersign-proof'

const strict = aClient({ id: 'strict', requiresSecondFactor: true })
const started = { clients: [aClient(), aPublicClient(), strict] }
const strictQuery = (more = {}) => authorizeQuery({ client_id: 'strict', ...more })
const essential = (acr: string) => JSON.stringify({ id_token: { acr: { essential: true, values: [acr] } } })

/** The ID token of the answer at the client. */
async function idTokenOf(app: Parameters<typeof testBrowser>[0], answer: URL, clientId = 'app') {
  const form = { grant_type: 'authorization_code', code: answer.searchParams.get('code') ?? '' }
  const response = await app.inject({
    method: 'POST',
    url: '/token',
    headers: {
      authorization: basicAuthorization(clientId),
      'content-type': 'application/x-www-form-urlencoded',
    },
    payload: new URLSearchParams({
      ...form,
      redirect_uri: 'https://app.example/callback',
      code_verifier: VERIFIER,
    }).toString(),
  })
  assert.equal(response.statusCode, 200, response.body)
  return { claims: decodeJwt(response.json()['id_token']), tokens: response.json() }
}

const arrive = async (browser: TestBrowser, path: string): Promise<URL> => new URL(locationOf(await browser.get(path)))

describe('an account with an authenticator app', () => {
  const ask = suiteApp(started)

  test('is asked for its code after the password, and no session is there before', async () => {
    const one = ask()
    const alice = await one.addAccount({ username: 'alice-1', claims: {} })
    const phone = await addTotp(one, alice)
    const browser = testBrowser(one.app)
    const { path, answer, page } = await enterPassword(browser, { username: 'alice-1' })
    assert.equal(locationOf(answer), path)
    assert.equal(browser.cookies.has(SESSION), false)
    assert.match(page.body, /name="code" type="text" inputmode="numeric" autocomplete="one-time-code"/)
    assert.equal(
      await one.storage.sessions.ofAccount(alice.id, { now: one.clock.now(), limit: 9 }).then((s) => s.length),
      0,
    )

    const right = await enterCode(browser, path, phone.code())
    assert.equal(locationOf(right), path)
    assert.equal(browser.cookies.has(SESSION), true)
    assert.equal(browser.cookies.has(PROOF), false)
    const { claims } = await idTokenOf(one.app, await arrive(browser, path))
    assert.deepEqual([claims['amr'], claims['acr'], claims['sub']], [['pwd', 'otp', 'mfa'], 'aal2', alice.id])
  })

  test('the password alone is no way in, whichever page is opened next', async () => {
    const one = ask()
    const alice = await one.addAccount({ username: 'alice-2', claims: {} })
    await addTotp(one, alice)
    const browser = testBrowser(one.app)
    const { path } = await enterPassword(browser, { username: 'alice-2' })
    for (const url of [
      path,
      `${path}?account=`,
      `${path}?way=recovery`,
      '/',
      '/account/totp',
      `/authorize?${authorizeQuery()}`,
    ]) {
      const page = await browser.get(url)
      assert.doesNotMatch(String(page.headers.location ?? ''), /code=/, url)
      assert.doesNotMatch(page.body, /You are signed in|Remove the authenticator app/, url)
    }
    const silent = locationOf(await browser.get(`/authorize?${authorizeQuery({ prompt: 'none' })}`))
    assert.match(silent, /error=login_required/)
    for (const step of ['consent', 'account', 'totp']) {
      const answer = await browser.post(`${path}/${step}`, { answer: 'allow', code: '000000', csrf: '' })
      assert.equal(locationOf(answer), path, step)
    }
    assert.equal(browser.cookies.has(SESSION), false)
  })

  test('a wrong code, an empty one and one of another account are refused, and the password stays proven', async () => {
    const one = ask()
    const alice = await one.addAccount({ username: 'alice-3', claims: {} })
    const phone = await addTotp(one, alice)
    const other = await addTotp(one, await one.addAccount({ username: 'other-3', claims: {} }))
    const browser = testBrowser(one.app)
    const { path } = await enterPassword(browser, { username: 'alice-3' })
    const wrong = await enterCode(browser, path, other.code())
    assert.equal(wrong.statusCode, 400)
    assert.match(wrong.body, /That code is not right/)
    assert.match(wrong.body, /<title>Error: /)
    assert.match(wrong.body, /aria-invalid="true" aria-describedby="code-error"/)
    assert.match((await enterCode(browser, path, ' ')).body, /Enter the code from your authenticator app/)
    assert.equal((await enterCode(browser, path, phone.code())).statusCode, 303)
    await one.deps.audit.flush?.()
    assert.ok(one.logged.some((line) => line['audit'] === 'second_factor_refused'))
  })

  test('[RFC 6238 5.2] one step before and after counts, two do not, and spaces and other digits are no matter', async () => {
    const one = ask()
    for (const [name, distance, expected] of [
      ['early', -1, 303],
      ['late', 1, 303],
      ['too-early', -2, 400],
      ['too-late', 2, 400],
    ] as const) {
      const phone = await addTotp(one, await one.addAccount({ username: name, claims: {} }))
      const browser = testBrowser(one.app)
      const { path } = await enterPassword(browser, { username: name })
      assert.equal((await enterCode(browser, path, phone.code(distance))).statusCode, expected, name)
    }
    const phone = await addTotp(one, await one.addAccount({ username: 'scripts', claims: {} }))
    const browser = testBrowser(one.app)
    const { path } = await enterPassword(browser, { username: 'scripts' })
    const arabic = [...phone.code()].map((digit) => String.fromCharCode(0x660 + Number(digit))).join('')
    assert.equal((await enterCode(browser, path, ` ${arabic.slice(0, 3)} ${arabic.slice(3)} `)).statusCode, 303)
  })

  test('[RFC 6238 5.2] a code counts once: of 50 at the same moment, in two processes, one', async () => {
    const one = ask()
    const two = await one.another()
    try {
      const alice = await one.addAccount({ username: 'alice-50', claims: {} })
      const phone = await addTotp(one, alice)
      const tabs = []
      for (let i = 0; i < 50; i++) {
        const browser = testBrowser((i % 2 ? one : two).app)
        const { path } = await enterPassword(browser, { username: 'alice-50' })
        const page = await browser.get(path)
        tabs.push({ browser, path, csrf: formToken(page, '/second-factor') })
      }
      const code = phone.code()
      const answers = await Promise.all(
        tabs.map(({ browser, path, csrf }) => browser.post(`${path}/second-factor`, { csrf, code })),
      )
      assert.equal(answers.filter(({ statusCode }) => statusCode === 303).length, 1)
      assert.equal(tabs.filter(({ browser }) => browser.cookies.has(SESSION)).length, 1)
      const sessions = await one.storage.sessions.ofAccount(alice.id, { now: one.clock.now(), limit: 99 })
      assert.equal(sessions.length, 1)
      // One that is older than the last one that was taken does not count either.
      one.clock.advance(5 * MINUTE)
      const late = testBrowser(one.app)
      const { path } = await enterPassword(late, { username: 'alice-50' })
      assert.equal((await enterCode(late, path, phone.code(0))).statusCode, 303)
      const later = testBrowser(one.app)
      const again = await enterPassword(later, { username: 'alice-50' })
      assert.match((await enterCode(later, again.path, phone.code(0))).body, /used already/)
      assert.match((await enterCode(later, again.path, phone.code(-1))).body, /used already/)
      assert.equal((await enterCode(later, again.path, phone.code(1))).statusCode, 303)
    } finally {
      await two.close()
    }
  })

  test('wrong codes are counted for the account, wherever they come from, and a right password does not help', async () => {
    const one = ask()
    const alice = await one.addAccount({ username: 'alice-4', claims: {} })
    const phone = await addTotp(one, alice)
    const statuses: number[] = []
    for (let i = 0; i < 12; i++) {
      const browser = testBrowser(one.app)
      const { path, page } = await enterPassword(browser, { username: 'alice-4' })
      const fields = { csrf: formToken(page, '/second-factor'), code: '000000' }
      const answer = await browser.post(`${path}/second-factor`, fields, { 'x-forwarded-for': `203.0.${i}.1` })
      statuses.push(answer.statusCode)
      if (answer.statusCode === 429) {
        assert.match(answer.body, /too many wrong codes/)
        assert.ok(Number(answer.headers['retry-after']) > 0)
      }
    }
    assert.deepEqual(statuses, [...Array(10).fill(400), 429, 429])
    one.clock.advance(3 * MINUTE)
    const browser = testBrowser(one.app)
    const { path } = await enterPassword(browser, { username: 'alice-4' })
    assert.equal((await enterCode(browser, path, phone.code())).statusCode, 303)
  })

  describe('a step that is skipped, taken over or replayed', () => {
    test('a code without a password: nothing happens, and the sign-in page is due', async () => {
      const one = ask()
      const phone = await addTotp(one, await one.addAccount({ username: 'alice-5', claims: {} }))
      const browser = testBrowser(one.app)
      const { path, csrf } = await browser.start()
      for (const fields of [{}, { csrf: '' }, { csrf, code: '' }, { csrf, code: phone.code(), username: 'alice-5' }]) {
        const answer = await browser.post(`${path}/second-factor`, { ...fields } as Record<string, string>)
        assert.equal(locationOf(answer), path)
        assert.match((await browser.get(path)).body, /name="password"/)
      }
      assert.equal(browser.cookies.has(SESSION), false)
    })

    test('with the interaction of somebody else: it is asked afresh, from the beginning', async () => {
      const one = ask()
      const phone = await addTotp(one, await one.addAccount({ username: 'alice-6', claims: {} }))
      const victim = testBrowser(one.app)
      const { path, page } = await enterPassword(victim, { username: 'alice-6' })
      const csrf = formToken(page, '/second-factor')
      const thief = testBrowser(one.app)
      await thief.start()
      const answer = await thief.post(`${path}/second-factor`, { csrf, code: phone.code() })
      assert.notEqual(locationOf(answer), path)
      assert.match((await thief.get(locationOf(answer))).body, /name="password"/)
      assert.equal(thief.cookies.has(SESSION), false)
      // The victim's own still counts.
      assert.equal((await enterCode(victim, path, phone.code())).statusCode, 303)
    })

    test('[session fixation] with every cookie that was planted before the password: nothing was proven there', async () => {
      const one = ask()
      const phone = await addTotp(one, await one.addAccount({ username: 'alice-7', claims: {} }))
      const attacker = testBrowser(one.app)
      const { path } = await attacker.start()
      const victim = testBrowser(one.app)
      for (const [name, value] of attacker.cookies) victim.cookies.set(name, value)
      const page = await victim.get(path)
      await victim.post(`${path}/password`, { csrf: formToken(page), username: 'alice-7', password: PASSWORD })
      assert.match((await victim.get(path)).body, /name="code"/)
      assert.match((await attacker.get(path)).body, /name="password"/)
      attacker.cookies.set(PROOF, 'a-guess-that-is-as-long-as-the-right-one-00')
      assert.match((await attacker.get(path)).body, /name="password"/)
      assert.equal((await enterCode(victim, path, phone.code())).statusCode, 303)
      assert.equal(attacker.cookies.has(SESSION), false)
    })

    test('the cookies are others before and after each step', async () => {
      const one = ask()
      const phone = await addTotp(one, await one.addAccount({ username: 'alice-8', claims: {} }))
      const browser = testBrowser(one.app)
      await browser.start()
      assert.deepEqual([browser.cookies.has(PROOF), browser.cookies.has(SESSION)], [false, false])
      const { path } = await enterPassword(browser, { username: 'alice-8' })
      const first = browser.cookies.get(PROOF)
      assert.ok(first !== undefined)
      const { path: second } = await enterPassword(browser, { username: 'alice-8' })
      assert.notEqual(browser.cookies.get(PROOF), first)
      assert.notEqual(second, path)
      await enterCode(browser, second, phone.code())
      const session = browser.cookies.get(SESSION)
      assert.ok(session !== undefined && !browser.cookies.has(PROOF))
      one.clock.advance(MINUTE)
      const again = await enterPassword(browser, {
        query: authorizeQuery({ prompt: 'login' }),
        username: 'alice-8',
      })
      assert.equal(browser.cookies.get(SESSION), session)
      await enterCode(browser, again.path, phone.code())
      assert.notEqual(browser.cookies.get(SESSION), session)
    })

    test('a code that is posted again after it was taken leads on, and takes nothing', async () => {
      const one = ask()
      const phone = await addTotp(one, await one.addAccount({ username: 'alice-9', claims: {} }))
      const browser = testBrowser(one.app)
      const { path, page } = await enterPassword(browser, { username: 'alice-9' })
      const fields = { csrf: formToken(page, '/second-factor'), code: phone.code() }
      await browser.post(`${path}/second-factor`, fields)
      assert.equal(locationOf(await browser.post(`${path}/second-factor`, fields)), path)
      assert.equal((await arrive(browser, path)).searchParams.has('code'), true)
    })

    test('another site’s post, and one without its token, do nothing', async () => {
      const one = ask()
      const phone = await addTotp(one, await one.addAccount({ username: 'alice-10', claims: {} }))
      const browser = testBrowser(one.app)
      const { path, page } = await enterPassword(browser, { username: 'alice-10' })
      const fields = { csrf: formToken(page, '/second-factor'), code: phone.code() }
      const elsewhere = await browser.post(`${path}/second-factor`, fields, { 'sec-fetch-site': 'cross-site' })
      assert.equal(elsewhere.statusCode, 403)
      assert.equal((await browser.post(`${path}/second-factor`, { code: phone.code() })).statusCode, 403)
      assert.equal((await enterCode(browser, path, phone.code())).statusCode, 303)
    })
  })

  describe('what happens between the steps', () => {
    const CHANGES: Readonly<Record<string, (one: ReturnType<typeof ask>, accountId: string) => Promise<unknown>>> = {
      'the account is disabled': ({ storage, clock }, id) => disableAccount(storage, id, clock.now()),
      'the account is removed': ({ storage }, id) => storage.accounts.remove(id),
      'its password is changed': async ({ storage, clock, deps }, accountId) => {
        clock.advance(SECOND)
        return changePassword(storage, { accountId, passwordHash: await deps.passwords.hash('another') }, clock.now())
      },
      'too much time goes by': async ({ clock }) => clock.advance(16 * MINUTE),
      'the interaction expires': async ({ clock }) => clock.advance(HOUR + SECOND),
    }
    for (const [name, change] of Object.entries(CHANGES)) {
      test(`${name}: the code is worth nothing, and the password is asked for again`, async () => {
        const one = ask()
        const username = name.replaceAll(' ', '-')
        const account = await one.addAccount({ username, claims: {} })
        const phone = await addTotp(one, account)
        const browser = testBrowser(one.app)
        const { path, page } = await enterPassword(browser, { username })
        await change(one, account.id)
        const fields = { csrf: formToken(page, '/second-factor'), code: phone.code() }
        const answer = await browser.post(`${path}/second-factor`, fields)
        const again = answer.statusCode === 200 ? answer : await browser.get(locationOf(answer))
        assert.match(again.body, /name="password"/)
        assert.match(again.body, /Please enter your password once more|so please sign in again/)
        assert.equal(browser.cookies.has(SESSION), false)
      })
    }

    test('two tabs: each has its own step, and the second goes on with the session of the first', async () => {
      const one = ask()
      const phone = await addTotp(one, await one.addAccount({ username: 'tabs', claims: {} }))
      const browser = testBrowser(one.app)
      const first = await enterPassword(browser, { username: 'tabs' })
      const proof = browser.cookies.get(PROOF) ?? ''
      const second = await enterPassword(browser, { username: 'tabs' })
      // A browser sends to each page what it got there.
      browser.cookies.set(PROOF, proof)
      assert.equal((await enterCode(browser, first.path, phone.code())).statusCode, 303)
      assert.equal((await arrive(browser, first.path)).searchParams.has('code'), true)
      assert.equal((await arrive(browser, second.path)).searchParams.has('code'), true)
    })

    test('somebody else signs in in another tab: the page still belongs to whose password was typed there', async () => {
      const one = ask()
      const phone = await addTotp(one, await one.addAccount({ username: 'mine', claims: {} }))
      const browser = testBrowser(one.app)
      const { path } = await enterPassword(browser, { username: 'mine' })
      const proof = browser.cookies.get(PROOF) ?? ''
      await browser.signIn(authorizeQuery(), { username: 'bob' })
      browser.cookies.set(PROOF, proof)
      assert.match((await browser.get(path)).body, /<bdi>mine<\/bdi>/)
      await enterCode(browser, path, phone.code())
      const { claims } = await idTokenOf(one.app, await arrive(browser, path))
      assert.notEqual(claims['sub'], undefined)
      assert.deepEqual(claims['amr'], ['pwd', 'otp', 'mfa'])
    })

    test('another account: the first one is forgotten', async () => {
      const one = ask()
      await addTotp(one, await one.addAccount({ username: 'wrong-one', claims: {} }))
      const browser = testBrowser(one.app)
      const { path, page } = await enterPassword(browser, { username: 'wrong-one' })
      const answer = await browser.post(`${path}/restart`, { csrf: formToken(page, '/restart') })
      assert.match((await browser.get(locationOf(answer))).body, /name="password"/)
      assert.match((await browser.get(path)).body, /name="password"/)
    })

    test('cancelling tells the app', async () => {
      const one = ask()
      await addTotp(one, await one.addAccount({ username: 'cancels', claims: {} }))
      const browser = testBrowser(one.app)
      const { path, page } = await enterPassword(browser, { username: 'cancels' })
      const answer = await browser.post(`${path}/cancel`, { csrf: formToken(page, '/cancel') })
      assert.match(locationOf(answer), /error=access_denied/)
    })
  })
})

describe('step-up in the middle of a session', () => {
  const ask = suiteApp(started)

  test('[OpenID Connect Core 5.5.1.1] [RFC 9470 4] who is signed in by a password proves more when a client asks for aal2', async () => {
    const one = ask()
    const { app, clock } = one
    const account = await one.addAccount({ username: 'up', claims: {} })
    const browser = testBrowser(app)
    await browser.signIn(authorizeQuery(), { username: 'up' })
    const phone = await addTotp(one, account)
    const before = browser.cookies.get(SESSION)
    clock.advance(10 * MINUTE)
    // Nothing for whoever does not ask for more.
    assert.equal((await browser.signIn().catch(() => undefined)) === undefined, true)
    const plain = locationOf(await browser.get(`/authorize?${authorizeQuery()}`))
    assert.match(plain, /code=/)
    for (const query of [
      authorizeQuery({ claims: essential('aal2'), prompt: 'none' }),
      strictQuery({ prompt: 'none' }),
    ]) {
      assert.match(locationOf(await browser.get(`/authorize?${query}`)), /error=login_required/)
    }
    // What is only wished for is no reason to answer a silent request with an error.
    const wished = authorizeQuery({ acr_values: 'aal2', prompt: 'none' })
    assert.match(locationOf(await browser.get(`/authorize?${wished}`)), /code=/)

    const path = locationOf(await browser.get(`/authorize?${authorizeQuery({ acr_values: 'aal2' })}`))
    const page = await browser.get(path)
    assert.match(page.body, /wants to be sure that it is you/)
    assert.doesNotMatch(page.body, /name="password"/)
    await enterCode(browser, path, phone.code())
    assert.notEqual(browser.cookies.get(SESSION), before)
    const { claims, tokens } = await idTokenOf(app, await arrive(browser, path))
    assert.deepEqual([claims['amr'], claims['acr']], [['pwd', 'otp', 'mfa'], 'aal2'])
    // The password was not proven again.
    assert.equal(claims['auth_time'], Math.floor((clock.now() - 10 * MINUTE) / SECOND))
    // From then on it is there for everybody, and grants keep what they were given for.
    assert.match(locationOf(await browser.get(`/authorize?${strictQuery({ prompt: 'none' })}`)), /code=/)
    const refreshed = await app.inject({
      method: 'POST',
      url: '/token',
      headers: { authorization: basicAuthorization(), 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token }).toString(),
    })
    const later = decodeJwt(refreshed.json()['id_token'])
    assert.deepEqual([later['amr'], later['acr']], [['pwd', 'otp', 'mfa'], 'aal2'])
  })

  test('[OpenID Connect Core 3.1.2.1] with max_age that is over, the password comes first, and then the code', async () => {
    const one = ask()
    const phone = await addTotp(one, await one.addAccount({ username: 'age', claims: {} }))
    const browser = testBrowser(one.app)
    const { path } = await enterPassword(browser, { username: 'age' })
    await enterCode(browser, path, phone.code())
    one.clock.advance(10 * MINUTE)
    const query = authorizeQuery({ max_age: '60', claims: essential('aal2') })
    const again = await enterPassword(browser, { query, username: 'age' })
    assert.match(again.page.body, /name="code"/)
    await enterCode(browser, again.path, phone.code())
    const { claims } = await idTokenOf(one.app, await arrive(browser, again.path))
    assert.equal(claims['auth_time'], Math.floor(one.clock.now() / SECOND))
    assert.equal(claims['acr'], 'aal2')
  })

  test('a form of the step without its session does nothing', async () => {
    const one = ask()
    const account = await one.addAccount({ username: 'gone', claims: {} })
    const browser = testBrowser(one.app)
    await browser.signIn(authorizeQuery(), { username: 'gone' })
    const phone = await addTotp(one, account)
    const path = locationOf(await browser.get(`/authorize?${strictQuery()}`))
    const csrf = formToken(await browser.get(path), '/second-factor')
    await signOutEverywhere(one.storage, account.id, one.clock.now())
    assert.equal(locationOf(await browser.post(`${path}/second-factor`, { csrf, code: phone.code() })), path)
    assert.match((await browser.get(path)).body, /name="password"/)
  })

  test('consent that is posted before the step is no consent', async () => {
    const one = ask()
    const account = await one.addAccount({ username: 'skips', claims: {} })
    const browser = testBrowser(one.app)
    await browser.signIn(authorizeQuery(), { username: 'skips' })
    const start = locationOf(await browser.get(`/authorize?${spaQuery()}`))
    const csrf = formToken(await browser.get(start), '/consent')
    await addTotp(one, account)
    const path = locationOf(await browser.get(`/authorize?${spaQuery({ acr_values: 'aal2' })}`))
    assert.equal(locationOf(await browser.post(`${path}/consent`, { csrf, answer: 'allow' })), path)
    assert.equal(await one.storage.consents.find(account.id, 'spa'), undefined)
  })
})

describe('below an issuer with a path', () => {
  const ask = suiteApp({ ...started, issuer: 'https://login.example/auth' })

  test('the cookie of a first factor is sent to the pages of its interaction alone, and goes with it', async () => {
    const one = ask()
    const phone = await addTotp(one, await one.addAccount({ username: 'deep', claims: {} }))
    const browser = testBrowser(one.app)
    const path = locationOf(await browser.get(`/auth/authorize?${authorizeQuery()}`))
    const page = await browser.get(path)
    const fields = { csrf: formToken(page), username: 'deep', password: PASSWORD }
    const answer = await browser.post(`${path}/password`, fields)
    const cookie = answer.cookies.find(({ name }) => name === PROOF)
    assert.deepEqual([cookie?.path, cookie?.httpOnly, cookie?.secure, cookie?.sameSite], [path, true, true, 'Lax'])
    assert.match(path, /^\/auth\/sign-in\//)
    const done = await enterCode(browser, path, phone.code())
    assert.equal(done.cookies.find(({ name }) => name === PROOF)?.path, path)
    assert.equal(browser.cookies.has(PROOF), false)
    assert.match(locationOf(await browser.get(path)), /code=/)
  })
})

describe('a form of the second step that is not ours', () => {
  const ask = suiteApp(started)

  // Without our cookie no step is due there: the sign-in begins anew.
  for (const [check, csrf] of [
    ['no_form_token', ''],
    ['form_token', 'A'.repeat(43)],
  ] as const) {
    test(`${check}: says why, looks at no code, and the code counts in the form that comes with it`, async () => {
      const one = ask()
      const username = `form-${check}`
      const phone = await addTotp(one, await one.addAccount({ username, claims: {} }))
      const browser = testBrowser(one.app)
      const { path } = await enterPassword(browser, { username })
      const answer = await browser.post(`${path}/second-factor`, { csrf, code: phone.code() })
      assert.equal(answer.statusCode, 403)
      assert.match(answer.body, /form was an old one, or not complete/)
      assert.ok(one.logged.some((line) => line['check'] === check && line['status'] === 403))
      const again = { csrf: formToken(answer, '/second-factor'), code: phone.code() }
      await browser.post(`${path}/second-factor`, again)
      assert.equal((await arrive(browser, path)).origin, 'https://app.example')
    })
  }

  test('on the way back to the password, and on the page of one’s own: nothing is done, and the log says why', async () => {
    const one = ask()
    const account = await one.addAccount({ username: 'form-own', claims: {} })
    const phone = await addTotp(one, account)
    const browser = testBrowser(one.app)
    const { path } = await enterPassword(browser, { username: 'form-own' })
    const said = () => one.logged.filter((line) => line['check'] === 'form_token' && line['status'] === 303).length
    const before = said()
    await browser.post(`${path}/restart`, { csrf: 'A'.repeat(43) })
    assert.equal(said(), before + 1)
    await enterCode(browser, path, phone.code())
    await browser.post('/account/totp/remove', { csrf: 'A'.repeat(43) })
    assert.equal(said(), before + 2)
    assert.ok(await one.storage.totps.find(account.id))
  })
})
