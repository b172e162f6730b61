/** The apps that have access to one's account: told in the words of the consent page, and taken away for good. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MINUTE } from '../../src/base/duration.ts'
import { aClient, aPublicClient } from '../fixtures/client.ts'
import { openOwn, signOn, textOf } from '../fixtures/sign-on.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import type { TestApp } from '../fixtures/test-app.ts'
import {
  authorizeQuery,
  formToken,
  locationOf,
  spaQuery,
  type TestBrowser,
  testBrowser,
} from '../fixtures/test-browser.ts'
import { codeFields, postAsApp, type Tokens, userinfo } from '../fixtures/test-client.ts'

const LIST = '/account/apps'
const detail = (id: string) => `${LIST}/app?id=${id}`
const remove = (id: string) => `${LIST}/remove?id=${id}`

const wiki = aClient({
  id: 'app',
  metadata: { client_name: 'The Wiki', backchannel_logout_uri: 'https://app.example/bye' },
})
const notes = aPublicClient({ metadata: { client_name: 'Notes <b>', policy_uri: 'https://spa.example/privacy' } })

describe('apps with access', () => {
  const ask = suiteApp({ clients: [wiki, notes] })
  let people = 0
  const someone = async (one: TestApp) => {
    const account = await one.addAccount({ username: `ada${people++}`, claims: { email: 'ada@example.org' } })
    return { account, browser: testBrowser(one.app), username: account.username }
  }
  const ALL = spaQuery({ scope: 'openid email api offline_access' })
  /** Signs on to the app that asks for consent, and allows it. */
  const allowNotes = (browser: TestBrowser, username: string) => signOn(browser, ALL, username)
  const text = async (browser: TestBrowser, url: string) => textOf(await browser.get(url))

  test('are for nobody who is not signed in, and then shown', async () => {
    const one = ask()
    const { browser, username } = await someone(one)
    for (const url of [LIST, detail('app')]) assert.match(locationOf(await browser.get(url)), /^\/sign-in\//)
    const post = await browser.post(remove('app'), { csrf: 'x' })
    assert.match(locationOf(post), /^\/sign-in\//)
    await browser.signIn(authorizeQuery(), { username })
    assert.match(await text(browser, LIST), /The Wiki/)
  })

  test('none yet; then since when, when last, and what each may do', async () => {
    const one = ask()
    const { browser, username } = await someone(one)
    assert.match(textOf(await openOwn(browser, LIST, username)), /No app has access/)
    await allowNotes(browser, username)
    one.clock.advance(10 * MINUTE)
    await signOn(browser, authorizeQuery(), username)
    const list = await text(browser, LIST)
    assert.ok(list.indexOf('The Wiki') < list.indexOf('Notes <b>'))
    assert.match(list, /Has access also when you are signed out/)
    const app = await text(browser, detail('spa'))
    for (const said of ['Know that it is you', 'See your e-mail address', 'Use api', 'Stay connected']) {
      assert.ok(app.includes(said), said)
    }
    assert.match(app, /it has to ask you again/)
    assert.match(await text(browser, detail('app')), /it has access again/)
  })

  test('what it had ends at once: tokens, refresh tokens, the consent; and its server is told', async () => {
    const one = ask()
    const { account, browser, username } = await someone(one)
    await browser.signIn(authorizeQuery(), { username })
    const answer = await signOn(browser, authorizeQuery({ scope: 'openid email offline_access' }), username)
    const code = answer.searchParams.get('code') ?? ''
    const tokens: Tokens = (await postAsApp(one.app, '/token', codeFields(code))).json()
    assert.equal((await userinfo(one.app, tokens.access_token)).statusCode, 200)
    const page = await browser.get(detail('app'))
    const done = await browser.post(remove('app'), { csrf: formToken(page) })
    assert.equal(locationOf(done), `${LIST}?done=removed`)
    assert.match(await text(browser, locationOf(done)), /The access was removed\. No app has access/)
    assert.equal((await userinfo(one.app, tokens.access_token)).statusCode, 401)
    const refreshed = await postAsApp(one.app, '/token', {
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token,
    })
    assert.equal(refreshed.json().error, 'invalid_grant')
    const told = (await one.storage.deliveries.list({ clientId: 'app', limit: 10 })).filter(
      ({ accountId }) => accountId === account.id,
    )
    assert.equal(told.length, 1)
    await one.deps.audit.flush()
    const [event] = await one.storage.auditEvents.newest({ accountId: account.id, kinds: ['access_removed'] }, 9)
    assert.deepEqual([event?.clientId, JSON.parse(event?.fields ?? '{}').grants], ['app', 2])
    // The person stays signed in.
    assert.equal((await browser.get(LIST)).statusCode, 200)
    assert.match(locationOf(await browser.get(`/authorize?${authorizeQuery({ prompt: 'none' })}`)), /code=/)
  })

  test('an app that was allowed is asked for again', async () => {
    const one = ask()
    const { account, browser, username } = await someone(one)
    await allowNotes(browser, username)
    const silent = spaQuery({ scope: 'openid email', prompt: 'none' })
    assert.match(locationOf(await browser.get(`/authorize?${silent}`)), /code=/)
    await browser.post(remove('spa'), { csrf: formToken(await browser.get(detail('spa'))) })
    assert.equal(await one.storage.consents.find(account.id, 'spa'), undefined)
    assert.match(locationOf(await browser.get(`/authorize?${silent}`)), /error=consent_required/)
  })

  test('nobody takes anything from another’s account, nor by another’s form, another app’s or none', async () => {
    const one = ask()
    const mine = await someone(one)
    const theirs = await someone(one)
    await mine.browser.signIn(authorizeQuery(), { username: mine.username })
    await allowNotes(theirs.browser, theirs.username)
    // What is not mine is not there, whatever I ask for.
    assert.equal(locationOf(await mine.browser.get(detail('spa'))), LIST)
    const token = formToken(await mine.browser.get(detail('app')))
    const theirToken = formToken(await theirs.browser.get(detail('spa')))
    for (const csrf of [token, theirToken, '']) {
      assert.equal(locationOf(await mine.browser.post(remove('spa'), { csrf })), detail('spa'))
    }
    assert.ok(await one.storage.consents.find(theirs.account.id, 'spa'))
    assert.equal(locationOf(await mine.browser.post(remove('app'), { csrf: theirToken })), detail('app'))
    const elsewhere = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
    assert.equal((await mine.browser.post(remove('app'), { csrf: token }, elsewhere)).statusCode, 403)
    assert.match(await text(mine.browser, LIST), /The Wiki/)
    // Looking at it changes nothing.
    assert.equal(locationOf(await mine.browser.get(remove('app'))), LIST)
    assert.match(await text(mine.browser, LIST), /The Wiki/)
  })

  test('a form that was left open does nothing twice', async () => {
    const one = ask()
    const { browser, username } = await someone(one)
    await browser.signIn(authorizeQuery(), { username })
    const csrf = formToken(await browser.get(detail('app')))
    await browser.post(remove('app'), { csrf })
    assert.equal(locationOf(await browser.post(remove('app'), { csrf })), LIST)
  })

  test('many apps of long names are told a page at a time, each once, and no page is too heavy', async () => {
    const one = ask()
    const { account, browser, username } = await someone(one)
    await browser.signIn(authorizeQuery(), { username })
    const ids = Array.from({ length: 23 }, (_, n) => `https://${'gone-'.repeat(20)}${n}.example/client`)
    for (const [n, clientId] of ids.entries()) {
      const consentedAt = one.clock.now() - n * MINUTE
      await one.storage.consents.add({
        ...{ accountId: account.id, clientId, scopes: ['openid'], claims: [], consentedAt },
        ...{ resources: undefined, shownHash: undefined },
      })
    }
    const seen: string[] = []
    let url: string | undefined = LIST
    while (url !== undefined && seen.length < 100) {
      const { body } = await browser.get(url)
      assert.ok(Buffer.byteLength(body) <= 14_000, `${url}: ${Buffer.byteLength(body)}`)
      seen.push(
        ...[...body.matchAll(/<li><a href="[^"]*apps\/app\?id[^"]*"><bdi>([^<]*)/g)].map(([, name = '']) => name),
      )
      url = /href="(\/account\/apps\?from[^"]+)">Show more/.exec(body)?.[1]?.replaceAll('&#x3D;', '=')
    }
    assert.deepEqual(seen, ['The Wiki', ...ids])
    for (const wrong of ['from=99', 'from=-1', 'from=x', 'done=x']) {
      assert.equal((await browser.get(`${LIST}?${wrong}`)).statusCode, 200)
    }
    // One that is gone can be taken its access all the same.
    const gone = encodeURIComponent(ids[0] ?? '')
    await browser.post(remove(gone), { csrf: formToken(await browser.get(detail(gone))) })
    assert.equal(await one.storage.consents.find(account.id, ids[0] ?? ''), undefined)
  })
})
