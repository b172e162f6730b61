/** What has happened to one's account, in words: one's own alone, a page at a time. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { signOutEverywhere } from '../../src/accounts/account-changes.ts'
import { EVENT_KINDS } from '../../src/audit/event-kinds.ts'
import { MINUTE } from '../../src/base/duration.ts'
import { TOLD_KINDS } from '../../src/pages/account/activity-words.ts'
import { aClient } from '../fixtures/client.ts'
import { addTotp, enterCode } from '../fixtures/second-factor.ts'
import { openOwn, signOn, textOf } from '../fixtures/sign-on.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import type { TestApp } from '../fixtures/test-app.ts'
import { authorizeQuery, locationOf, testBrowser } from '../fixtures/test-browser.ts'

const ACTIVITY = '/account/activity'
const FIREFOX = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0 <b>' }

describe('the activity of one’s account', () => {
  const ask = suiteApp({ clients: [aClient({ metadata: { client_name: 'The Wiki' } })] })
  let people = 0
  const someone = async (one: TestApp, claims = {}) => {
    const account = await one.addAccount({ username: `ada${people++}`, claims })
    return { account, browser: testBrowser(one.app), username: account.username }
  }
  const rows = (page: { body: string }): string[] =>
    [...page.body.matchAll(/<li><strong>(.*?)<\/li>/gs)].map(([, row = '']) => textOf({ body: `<body>${row}` }).trim())

  test('is for nobody who is not signed in', async () => {
    assert.match(locationOf(await testBrowser(ask().app).get(ACTIVITY)), /^\/sign-in\//)
  })

  test('has sign-ins, wrong passwords and apps, the last first, with browser, address and when', async () => {
    const one = ask()
    const { browser, username } = await someone(one)
    const { path, csrf } = await browser.start()
    await browser.post(`${path}/password`, { csrf, username, password: 'wrong' }, FIREFOX)
    one.clock.advance(MINUTE)
    await browser.post(`${path}/password`, { csrf, username, password: 'correct horse battery staple' }, FIREFOX)
    await browser.get(path)
    one.clock.advance(MINUTE)
    for (let n = 0; n < 3; n++) await browser.get(`/authorize?${authorizeQuery()}`)
    const page = await browser.get(ACTIVITY)
    assert.equal(page.headers['cache-control'], 'no-store')
    const [apps, signedIn, wrong, ...others] = rows(page)
    assert.deepEqual(others, [])
    assert.match(apps ?? '', /^Signed in to The Wiki 4 times, from .* UTC to .* UTC 127\.0\.0\.1$/)
    assert.match(signedIn ?? '', /^Signed in, in a new browser .* UTC Firefox on Linux · 127\.0\.0\.1$/)
    assert.match(wrong ?? '', /^A wrong password was entered .* Firefox on Linux · 127\.0\.0\.1$/)
    assert.match(page.body, /<time datetime="2026-/)
  })

  test('has the second factor, recovery codes, and what others did', async () => {
    const one = ask()
    const { account, browser, username } = await someone(one)
    const phone = await addTotp(one, account)
    await openOwn(browser, ACTIVITY, username, async (path) => {
      await enterCode(browser, path, '000000')
      await enterCode(browser, path, phone.recoveryCodes[0] ?? '', { way: '?way=recovery', remember: 'yes' })
    })
    const { clock, storage } = one
    const ended = await signOutEverywhere(storage, account.id, clock.now())
    const operator = { actor: 'operator:root', ip: '192.0.2.7', headers: FIREFOX }
    one.deps.audit.record({ kind: 'password_changed', accountId: account.id, ...ended }, operator)
    const admin = { actor: 'account:somebody-else', ip: '192.0.2.7' }
    one.deps.audit.record({ kind: 'signed_out_everywhere', accountId: account.id, ...ended }, admin)
    const again = testBrowser(one.app)
    const page = await openOwn(again, ACTIVITY, username, async (path) => {
      await enterCode(again, path, phone.code(1))
    })
    const said = rows(page)
    for (const text of [
      /^The password was changed .* By those who run Example Login$/,
      /^Signed out everywhere .* By those who run Example Login$/,
      /^A recovery code was used; 9 were left/,
      /^A wrong code was entered at the second step/,
      /^A browser was remembered for the second step/,
    ]) {
      assert.ok(
        said.some((row) => text.test(row)),
        `${text}: ${said.join('\n')}`,
      )
    }
    assert.doesNotMatch(page.body, /192\.0\.2\.7|operator|somebody-else/)
  })

  test('is in the language of the account', async () => {
    const one = ask()
    const { browser, username } = await someone(one, { locale: 'de' })
    const said = rows(await openOwn(browser, ACTIVITY, username))
    assert.match(said[0] ?? '', /^Angemeldet, in einem neuen Browser/)
  })

  test('is one’s own alone, whatever is asked for', async () => {
    const one = ask()
    const mine = await someone(one)
    const theirs = await someone(one)
    await signOn(theirs.browser, authorizeQuery(), theirs.username)
    await openOwn(mine.browser, ACTIVITY, mine.username)
    const [signedIn, ...others] = rows(
      await mine.browser.get(`${ACTIVITY}?account=${theirs.account.id}&accountId=${theirs.account.id}`),
    )
    assert.match(signedIn ?? '', /^Signed in/)
    assert.deepEqual(others, [])
  })

  test('goes on page after page: each event once, also where many are of the same moment', async () => {
    const one = ask()
    const { account, browser, username } = await someone(one)
    await openOwn(browser, ACTIVITY, username)
    for (let n = 0; n < 40; n++) {
      if (n % 7 === 0) one.clock.advance(1)
      one.deps.audit.record({ kind: 'recovery_code_used', accountId: account.id, left: 100 + n }, {})
    }
    await one.deps.audit.flush()
    const seen: string[] = []
    let url: string | undefined = ACTIVITY
    for (let pages = 0; url !== undefined && pages < 20; pages++) {
      const page = await browser.get(url)
      assert.ok(Buffer.byteLength(page.body) <= 14_000)
      seen.push(...rows(page))
      if (pages > 0) assert.match(page.body, /<a href="\/account\/activity">Back to the beginning/)
      url = /href="(\/account\/activity\?before[^"]+)">Show more/.exec(page.body)?.[1]?.replaceAll('&#x3D;', '=')
    }
    const numbers = seen.flatMap((row) => /; (\d+) were/.exec(row)?.[1] ?? []).map(Number)
    assert.deepEqual(
      numbers,
      Array.from({ length: 40 }, (_, n) => 139 - n),
    )
    for (const wrong of ['before=x', 'before=1', 'before=9999999999999999.1', 'before=0.0']) {
      assert.equal((await browser.get(`${ACTIVITY}?${wrong}`)).statusCode, 200)
    }
  })

  test('tells each kind of event that somebody does to an account, or leaves it out on purpose', () => {
    /** No news, or told by another of the same moment. */
    const LEFT_OUT = [
      'accounts_imported',
      'passkey_used',
      'upstream_claims_taken',
      'account_removed',
      'admin_opened',
      'tokens_issued',
      'delivery_retried',
      'logout_delivered',
      'logout_delivery_failed',
      'logout_given_up',
      'mail_delivered',
      'mail_delivery_failed',
      'mail_given_up',
      'security_notice_delivered',
      'security_notice_delivery_failed',
      'security_notice_given_up',
    ]
    const ofAccounts = Object.entries(EVENT_KINDS).filter(([, { fields }]) => 'accountId' in fields)
    const untold = ofAccounts.map(([kind]) => kind).filter((kind) => !TOLD_KINDS.some((told) => told === kind))
    assert.deepEqual(
      untold.filter((kind) => !LEFT_OUT.includes(kind)),
      [],
    )
  })
})
