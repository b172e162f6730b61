/** Invitations: a link that makes an account, once, whoever has opened it before. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { invite } from '../../src/authorization/invitation.ts'
import { DAY } from '../../src/base/duration.ts'
import { aClient, aPublicClient } from '../fixtures/client.ts'
import { fillIn, linkIn, type SignUpApp, signUpApp } from '../fixtures/sign-up.ts'
import { formToken, locationOf, testBrowser } from '../fixtures/test-browser.ts'

const SESSION = '__Host-countersign-session'
const wiki = aPublicClient({
  id: 'wiki',
  metadata: { client_name: 'Wiki', initiate_login_uri: 'https://wiki.example/login?from=sso' },
})

describe('an invitation', () => {
  let one: SignUpApp
  before(async () => {
    one = await signUpApp({ mode: 'invitation' }, { clients: [aClient(), wiki] })
    await one.addAccount()
  })
  after(() => one?.close())

  /** The path of its link, out of the mail. */
  async function invited(address: string, different: Partial<Parameters<typeof invite>[1]> = {}): Promise<string> {
    const order = { name: undefined, groups: ['staff'], clientId: undefined, language: 'en', isMailed: true }
    await invite(one.deps, { ...order, address, lasts: 7 * DAY, ...different })
    const mail = (await one.mailsTo(address)).at(-1)
    assert.ok(mail)
    assert.equal(mail.headers['subject'], 'You are invited to Example Login')
    return linkIn(mail)
  }

  test('leads through a form to the app; the address is verified, the name proposed, the groups those of the invitation', async () => {
    const link = await invited('ada@acme.example', { name: 'Ada Lovelace', clientId: 'wiki' })
    // Scanners.
    for (let i = 0; i < 3; i++) assert.equal((await testBrowser(one.app).get(link)).statusCode, 200)
    const browser = testBrowser(one.app)
    const page = await browser.get(link)
    assert.match(page.body, /You are invited to <bdi>Example Login<\/bdi> as <bdi>ada@acme\.example<\/bdi>/)
    assert.match(page.body, /value="Ada Lovelace"/)
    const back = locationOf(await fillIn(browser, link, { name: 'Ada L.' }))
    assert.equal(browser.cookies.has(SESSION), true)
    assert.equal(
      locationOf(await browser.get(back)),
      'https://wiki.example/login?from=sso&iss=https%3A%2F%2Flogin.example',
    )
    const account = await one.storage.accounts.findByUsername('ada')
    assert.deepEqual(
      [account?.claims.email, account?.claims.email_verified, account?.claims.groups, account?.claims.name],
      ['ada@acme.example', true, ['staff'], 'Ada L.'],
    )
    assert.equal(account?.origin, 'invitation')
    // It is used up.
    const over = await testBrowser(one.app).get(link)
    assert.equal(over.statusCode, 410)
    assert.match(over.body, /This invitation is over/)
    assert.match(over.body, /href="\/sign-in"/)
  })

  test('is not used up by a form that was not right', async () => {
    const link = await invited('ben@acme.example')
    const browser = testBrowser(one.app)
    assert.equal((await fillIn(browser, link, { username: 'alice' })).statusCode, 400)
    assert.equal((await fillIn(browser, link, { password: 'short' })).statusCode, 400)
    assert.equal(
      (await browser.post(`${link}/account`, { username: 'ben', password: 'x', csrf: 'wrong' })).statusCode,
      403,
    )
    assert.match(locationOf(await fillIn(browser, link)), /^\/sign-in\//)
  })

  test('used by two at once makes one account', async () => {
    const link = await invited('cid@acme.example')
    const browsers = [testBrowser(one.app), testBrowser(one.app), testBrowser(one.app)]
    const answers = await Promise.all(browsers.map((browser, i) => fillIn(browser, link, { username: `cid-${i}` })))
    assert.deepEqual(
      answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b),
      [303, 409, 409],
    )
    assert.equal((await one.storage.accounts.findByEmail('cid@acme.example')).length, 1)
    assert.equal(browsers.filter(({ cookies }) => cookies.has(SESSION)).length, 1)
  })

  test('that was taken back, is too old or was never made says so, each in the same way', async () => {
    const takenBack = await invited('dora@acme.example')
    const [code] = await one.storage.oneTimeCodes.ofPurpose('invitation', { now: one.clock.now(), limit: 9 })
    assert.equal(code?.address, 'dora@acme.example')
    await one.storage.oneTimeCodes.use(code.id, { by: 'nobody', now: one.clock.now() })
    const old = await invited('emil@acme.example', { lasts: DAY })
    const browser = testBrowser(one.app)
    const page = await browser.get(old)
    one.clock.advance(DAY)
    const none = `${old.slice(0, -1)}${old.endsWith('A') ? 'B' : 'A'}`
    const bodies = new Set<string>()
    for (const link of [takenBack, old, none, '/invitation/x', '/invitation/x.y']) {
      const over = await testBrowser(one.app).get(link)
      assert.equal(over.statusCode, 410, link)
      bodies.add(over.body.replace(/<code>[^<]*<\/code>/g, ''))
    }
    assert.equal(bodies.size, 1)
    const csrf = formToken(page, '/account')
    const late = await browser.post(`${old}/account`, { csrf, username: 'emil', password: 'three green kettles' })
    assert.equal(late.statusCode, 410)
    assert.equal(await one.storage.accounts.findByUsername('emil'), undefined)
  })

  test('is for nothing else: no code is typed for it, and other links open no account', async () => {
    const link = await invited('fay@acme.example')
    const browser = testBrowser(one.app)
    const id = link.replace('/invitation/', '').split('.')[0] ?? ''
    for (const path of [`/code/${id}`, `/code/${link.replace('/invitation/', '')}`, `/code/${id}/sign-up`]) {
      const answer = await browser.get(path)
      assert.ok([303, 404, 410].includes(answer.statusCode), `${path} ${answer.statusCode}`)
      assert.doesNotMatch(answer.body, /new-password|name="code"/)
    }
    const order = { purpose: 'reset_password', address: 'alice@example.org' } as const
    const { handle } = await one.deps.codes.make(order)
    assert.equal((await browser.get(`/invitation/${handle}`)).statusCode, 410)
  })

  test('there is no way in without one: no link, and no prompt', async () => {
    const browser = testBrowser(one.app)
    const { path, page } = await browser.start()
    assert.doesNotMatch(page.body, /Create an account/)
    assert.equal(locationOf(await browser.get(`${path}/sign-up`)), path)
    const document = (await one.app.inject({ url: '/.well-known/openid-configuration' })).json()
    assert.ok(!document.prompt_values_supported.includes('create'))
  })

  test('from another site nothing is made of it', async () => {
    const link = await invited('gil@acme.example')
    const browser = testBrowser(one.app)
    const csrf = formToken(await browser.get(link), '/account')
    const fields = { csrf, username: 'gil', password: 'three green kettles' }
    const answer = await browser.post(`${link}/account`, fields, { 'sec-fetch-site': 'cross-site' })
    assert.equal(answer.statusCode, 403)
    assert.equal(await one.storage.accounts.findByUsername('gil'), undefined)
  })
})
