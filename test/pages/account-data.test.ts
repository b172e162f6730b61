/** What is kept about somebody, for themselves; and how they remove their account. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MINUTE } from '../../src/base/duration.ts'
import { aClient, aPublicClient } from '../fixtures/client.ts'
import { addTotp, enterCode } from '../fixtures/second-factor.ts'
import { openOwn, signOn, textOf } from '../fixtures/sign-on.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { PASSWORD, type TestApp } from '../fixtures/test-app.ts'
import { authorizeQuery, formToken, locationOf, spaQuery, testBrowser } from '../fixtures/test-browser.ts'
import { codeFields, postAsApp, type Tokens, userinfo } from '../fixtures/test-client.ts'

const DATA = '/account/data'
const FILE = '/account/data/account.json'
const REMOVE = '/account/remove'
const CONFIRM = '/account/remove/confirm'
const SESSION = '__Host-countersign-session'

let people = 0
async function someone(one: TestApp, claims: Readonly<Record<string, unknown>> = { email: 'ada@example.org' }) {
  const account = await one.addAccount({ username: `Ada${people++}`, claims })
  return { account, browser: testBrowser(one.app), username: account.username }
}

const wiki = aClient({ metadata: { client_name: 'The Wiki', backchannel_logout_uri: 'https://app.example/bye' } })
const pairwise = aPublicClient({ metadata: { subject_type: 'pairwise' } })

describe('the data of one’s account', () => {
  const ask = suiteApp({ clients: [wiki, pairwise] })

  test('[ASVS 7.5.1] is for who has signed in a moment ago, with all factors, and for nobody else', async () => {
    const one = ask()
    for (const url of [DATA, FILE]) assert.match(locationOf(await testBrowser(one.app).get(url)), /^\/sign-in\//)
    const { account, browser, username } = await someone(one)
    assert.match((await openOwn(browser, DATA, username)).body, /href="\/account\/data\/account\.json"/)
    assert.equal((await browser.get(FILE)).statusCode, 200)
    one.clock.advance(16 * MINUTE)
    const path = locationOf(await browser.get(FILE))
    assert.match(path, /^\/sign-in\//)
    await browser.post(`${path}/password`, { csrf: formToken(await browser.get(path)), username, password: PASSWORD })
    // To the page, not to the file: that would be saved while the sign-in page stays.
    assert.equal(locationOf(await browser.get(path)), DATA)
    await addTotp(one, account)
    assert.match(locationOf(await browser.get(FILE)), /^\/sign-in\//)
  })

  test('is one JSON file with everything, without secrets, and that it was taken is an event', async () => {
    const one = ask()
    const { account, browser, username } = await someone(one, { name: 'Ada “the” Löwe', email: 'ada@example.org' })
    await signOn(browser, authorizeQuery(), username)
    await signOn(browser, spaQuery(), username)
    one.deps.audit.record(
      { kind: 'account_enabled', accountId: account.id },
      { actor: 'operator:root', ip: '192.0.2.7', headers: { 'user-agent': 'the operator’s' } },
    )
    const phone = await addTotp(one, account)
    await openOwn(browser, DATA, username, (path) => enterCode(browser, path, phone.code()))
    const response = await browser.get(FILE)
    assert.equal(response.headers['content-type'], 'application/json; charset=utf-8')
    assert.equal(response.headers['content-disposition'], 'attachment; filename="account.json"')
    assert.equal(response.headers['cache-control'], 'no-store')
    const data = response.json()
    assert.deepEqual(data.account.sub, account.id)
    assert.deepEqual([data.account.username, data.account.claims.name], [username, 'Ada “the” Löwe'])
    assert.equal(data.sign_in.password, true)
    assert.ok(data.sign_in.authenticator_app.added_at)
    assert.deepEqual(data.sign_in.recovery_codes, { made: 10, left: 10 })
    assert.equal(data.sessions.length, 1)
    const apps = Object.fromEntries(data.apps.map((app: { client_id: string }) => [app.client_id, app]))
    assert.deepEqual([apps.app.name, apps.app.sub], ['The Wiki', account.id])
    assert.ok(apps.spa.sub && apps.spa.sub !== account.id)
    const kinds = data.events.map(({ kind }: { kind: string }) => kind)
    for (const kind of ['signed_in', 'code_issued', 'consented', 'account_data_exported']) {
      assert.ok(kinds.includes(kind), kind)
    }
    const enabled = data.events.find(({ kind }: { kind: string }) => kind === 'account_enabled')
    assert.deepEqual(Object.keys(enabled), ['at', 'kind', 'by'])
    const stored = await one.storage.totps.find(account.id)
    const session = (await one.storage.sessions.ofAccount(account.id, { now: one.clock.now(), limit: 1 }))[0]
    const secrets = [account.passwordHash, stored?.sealedSecret, session?.secretHash, 'argon2', 'root', '192.0.2.7']
    for (const secret of [...secrets, ...phone.recoveryCodes]) {
      assert.ok(secret !== undefined && !response.body.includes(secret), String(secret))
    }
  })

  test('has every event once, however many there are, and those of nobody else', async () => {
    const one = ask()
    const { account, browser, username } = await someone(one)
    const other = await someone(one)
    await openOwn(browser, DATA, username)
    for (let n = 0; n < 1300; n++) {
      if (n % 400 === 0) one.clock.advance(1)
      const accountId = n % 13 === 0 ? other.account.id : account.id
      one.deps.audit.record({ kind: 'recovery_codes_made', accountId, count: n }, {})
      if (n % 100 === 0) await one.deps.audit.flush()
    }
    await one.deps.audit.flush()
    const { events } = (await browser.get(FILE)).json()
    const counts = events.flatMap(({ kind, count }: { kind: string; count: number }) =>
      kind === 'recovery_codes_made' ? [count] : [],
    )
    assert.equal(counts.length, 1200)
    assert.equal(new Set(counts).size, 1200)
    assert.ok(counts.every((count: number) => count % 13 !== 0))
  })
})

describe('removing one’s account', () => {
  const ask = suiteApp({
    clients: [wiki, pairwise],
    config: { admin: { groups: ['admins'], maxAge: 30 * MINUTE, hasActions: false } },
  })

  test('says what ends; then everything ends at once, and apps are told', async () => {
    const one = ask()
    const { account, browser, username } = await someone(one)
    const elsewhere = testBrowser(one.app)
    const answer = await signOn(elsewhere, authorizeQuery({ scope: 'openid email offline_access' }), username)
    const code = answer.searchParams.get('code') ?? ''
    const tokens: Tokens = (await postAsApp(one.app, '/token', codeFields(code))).json()
    const data = await openOwn(browser, DATA, username)
    assert.match(data.body, /href="\/account\/remove"/)
    const page = await browser.get(REMOVE)
    assert.match(textOf(page), /You are signed out everywhere\..* Apps lose their access.* deleted\..* The log/)
    const done = await browser.post(CONFIRM, { csrf: formToken(page), username: username.toUpperCase() })
    assert.equal(locationOf(done), '/account/removed')
    assert.equal(browser.cookies.has(SESSION), false)
    assert.match(textOf(await browser.get('/account/removed')), /Your account is removed/)
    assert.equal(await one.storage.accounts.find(account.id), undefined)
    assert.equal((await userinfo(one.app, tokens.access_token)).statusCode, 401)
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }
    assert.equal((await postAsApp(one.app, '/token', refresh)).json().error, 'invalid_grant')
    assert.match(locationOf(await elsewhere.get(DATA)), /^\/sign-in\//)
    const told = await one.storage.deliveries.list({ clientId: 'app', limit: 100 })
    assert.equal(told.filter(({ accountId }) => accountId === account.id).length, 1)
    await one.deps.audit.flush()
    const [event] = await one.storage.auditEvents.newest({ accountId: account.id, kinds: ['account_removed'] }, 1)
    assert.equal(JSON.parse(event?.fields ?? '{}').actor, `account:${account.id}`)
    const { path, csrf } = await testBrowser(one.app).start()
    const again = await testBrowser(one.app).post(`${path}/password`, { csrf, username, password: PASSWORD })
    assert.notEqual(again.statusCode, 303)
  })

  test('not with another name, an empty one, an old form, another’s, or from another site', async () => {
    const one = ask()
    const { account, browser, username } = await someone(one)
    const other = await someone(one)
    await openOwn(browser, REMOVE, username)
    await openOwn(other.browser, REMOVE, other.username)
    const csrf = formToken(await browser.get(REMOVE))
    const wrong = await browser.post(CONFIRM, { csrf, username: other.username })
    assert.equal(wrong.statusCode, 400)
    assert.match(wrong.body, /<title>Error: Remove your account\?/)
    assert.match(wrong.body, /aria-invalid="true" aria-describedby="username-error"/)
    assert.match(wrong.body, new RegExp(`value="${other.username}"`))
    assert.match((await browser.post(CONFIRM, { csrf, username: ' ' })).body, /Enter your user name, if/)
    const evil = '"><script>alert(1)</script>'
    assert.ok(!(await browser.post(CONFIRM, { csrf, username: evil })).body.includes('<script>alert'))
    const theirs = formToken(await other.browser.get(REMOVE))
    for (const token of [theirs, '', 'x']) {
      const refused = await browser.post(CONFIRM, { csrf: token, username })
      assert.equal(refused.statusCode, 403)
      assert.match(refused.body, /That form was an old one/)
    }
    const crossSite = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
    assert.equal((await browser.post(CONFIRM, { csrf, username }, crossSite)).statusCode, 403)
    assert.equal(locationOf(await browser.get(CONFIRM)), REMOVE)
    one.clock.advance(16 * MINUTE)
    assert.match(locationOf(await browser.post(CONFIRM, { csrf, username })), /^\/sign-in\//)
    assert.ok(await one.storage.accounts.find(account.id))
    assert.ok(await one.storage.accounts.find(other.account.id))
  })

  test('[ASVS 7.5.1] wants the second factor of who has one', async () => {
    const one = ask()
    const { account, browser, username } = await someone(one)
    const phone = await addTotp(one, account)
    const path = locationOf(await browser.get(REMOVE))
    await browser.post(`${path}/password`, { csrf: formToken(await browser.get(path)), username, password: PASSWORD })
    assert.match(locationOf(await browser.get(REMOVE)), /^\/sign-in\//)
    await enterCode(browser, path, phone.code())
    assert.equal((await browser.get(REMOVE)).statusCode, 200)
  })

  test('not by an admin, who would leave the login to nobody', async () => {
    const one = ask()
    const { account, browser, username } = await someone(one, { groups: ['admins'] })
    const page = await openOwn(browser, DATA, username)
    assert.doesNotMatch(page.body, /account\/remove/)
    const refused = await browser.get(REMOVE)
    assert.equal(refused.statusCode, 403)
    assert.match(textOf(refused), /An admin’s account can’t be removed here/)
    assert.equal((await browser.post(CONFIRM, { csrf: 'x', username })).statusCode, 403)
    assert.ok(await one.storage.accounts.find(account.id))
  })
})

describe('where nobody may remove their account', () => {
  const ask = suiteApp({ config: { account: { editable: [], remove: false } } })

  test('there is no page for it, and its form does nothing', async () => {
    const one = ask()
    const { account, browser, username } = await someone(one)
    const page = await openOwn(browser, DATA, username)
    assert.doesNotMatch(page.body, /account\/remove/)
    assert.equal((await browser.get(REMOVE)).statusCode, 404)
    assert.equal((await browser.post(CONFIRM, { csrf: 'x', username })).statusCode, 404)
    assert.ok(await one.storage.accounts.find(account.id))
  })
})
