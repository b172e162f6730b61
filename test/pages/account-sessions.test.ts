/** Where somebody is signed in, as they see it, and how they end it elsewhere. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HOUR, MINUTE } from '../../src/base/duration.ts'
import type { Delivery } from '../../src/storage/storage.ts'
import { logoutWorld, oneSecond } from '../fixtures/logout-world.ts'
import { openedOwn } from '../fixtures/own-pages.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { authorizeQuery, formToken, locationOf, type TestBrowser } from '../fixtures/test-browser.ts'
import { assertErrorPage } from '../fixtures/test-pages.ts'
import { aDelivery } from '../storage/records.ts'

const PAGE = '/account/sessions'
const END = `${PAGE}/end`
const END_OTHERS = `${PAGE}/end-others`
const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0'
const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1'

const isSignedIn = async (browser: TestBrowser): Promise<boolean> =>
  /You are signed in/.test((await browser.get('/')).body)
const idOf = (browser: TestBrowser): string => browser.cookies.get('__Host-countersign-session')?.split('.')[0] ?? ''
const end = async (browser: TestBrowser, session: string, headers = {}) =>
  browser.post(END, { csrf: formToken(await browser.get(PAGE), '/end'), session }, headers)

describe('sessions', () => {
  const ask = suiteApp()
  const opened = (username: string, agent = FIREFOX) => openedOwn(ask(), PAGE, { username, agent })

  test('are shown by browser and network, with how they began and the apps that were reached; this one says so', async () => {
    const one = ask()
    await one.addAccount({ username: 'ann' })
    const [here, phone] = [await opened('ann'), await opened('ann', SAFARI)]
    await phone.get(`/authorize?${authorizeQuery()}`)
    const { body } = await here.get(PAGE)
    const [first = '', second = ''] = [...body.matchAll(/<li>.*?<\/li>/gs)]
      .map(([item]) => item)
      .filter((item) => item.includes('<strong>'))
    assert.match(first, /<bdi>Firefox<\/bdi> on <bdi>Windows<\/bdi><\/strong> <span class="badge">This browser/)
    assert.match(first, /From the network <bdi>127\.0\.0\.…<\/bdi>/)
    assert.match(first, /No app was used/)
    assert.doesNotMatch(first, /<button/)
    assert.match(second, /<bdi>Safari<\/bdi> on <bdi>iPhone<\/bdi><\/strong><span/)
    assert.match(second, /Signed in <time .*, by password/)
    assert.match(second, /Apps: <bdi>App<\/bdi>/)
    assert.match(
      second,
      new RegExp(`name="session" value="${idOf(phone)}"[^>]* aria-label="End the session of Safari on iPhone"`),
    )
  })

  test('one is ended: that browser is signed out, and no other', async () => {
    const one = ask()
    const { id } = await one.addAccount({ username: 'bea' })
    const [here, phone, other] = [await opened('bea'), await opened('bea', SAFARI), await opened('bea')]
    const answer = await end(here, idOf(phone))
    assert.equal(locationOf(answer), `${PAGE}?done=ended`)
    assert.match((await here.get(locationOf(answer))).body, /role="status">That session has ended/)
    assert.deepEqual(await Promise.all([here, phone, other].map(isSignedIn)), [true, false, true])
    const event = one.logged.find(({ audit, sessionId }) => audit === 'session_ended' && sessionId === idOf(phone))
    assert.deepEqual([event?.['because'], event?.['accountId']], ['by_owner', id])
    assert.equal(locationOf(await end(here, idOf(phone))), `${PAGE}?done=gone`)
  })

  test('[IDOR] another’s is not ended, nor this one, nor what is none', async () => {
    const one = ask()
    await one.addAccount({ username: 'cat' })
    const [cat, alice] = [await opened('cat'), await opened('alice')]
    for (const id of [idOf(alice), idOf(cat), 'x', '', '01a0c8e2-5b8f-7d21-9f7b-2c6a1e5d9c04', "' OR 1=1"]) {
      assert.equal(locationOf(await end(cat, id)), `${PAGE}?done=gone`, id)
    }
    assert.equal(await isSignedIn(alice), true)
    assert.equal(await isSignedIn(cat), true)
    assert.doesNotMatch((await cat.get(PAGE)).body, new RegExp(idOf(alice)))
  })

  test('all others are ended at once, and the apps that they reached lose their access', async () => {
    const one = ask()
    const { id } = await one.addAccount({ username: 'deb' })
    const [here, ...others] = [await opened('deb'), await opened('deb', SAFARI), await opened('deb')]
    for (const each of [here, ...others])
      await each?.get(`/authorize?${authorizeQuery({ scope: 'openid offline_access', prompt: 'consent' })}`)
    for (const each of [here, ...others]) await each?.get(`/authorize?${authorizeQuery()}`)
    assert.ok(here)
    const answer = await here.post(END_OTHERS, { csrf: formToken(await here.get(PAGE), '/end-others') })
    assert.match((await here.get(locationOf(answer))).body, /signed out everywhere else: 2 sessions have ended/)
    assert.match((await here.get(PAGE)).body, /You are signed in nowhere else/)
    assert.deepEqual(await Promise.all([here, ...others].map(isSignedIn)), [true, false, false])
    const left = await one.storage.grants.signOnsOf(id, { now: one.clock.now(), limit: 9 })
    assert.deepEqual([...new Set(left.map(({ sessionId }) => sessionId))], [idOf(here)])
    assert.equal(one.logged.find(({ audit }) => audit === 'signed_out_elsewhere')?.['sessions'], 2)
  })

  test('[ASVS 7.5.2] looking is free, ending wants a sign-in of the last minutes, which leads back', async () => {
    const one = ask()
    await one.addAccount({ username: 'eve' })
    const [here, phone] = [await opened('eve'), await opened('eve', SAFARI)]
    one.clock.advance(16 * MINUTE)
    assert.equal((await here.get(PAGE)).statusCode, 200)
    const path = locationOf(await end(here, idOf(phone)))
    assert.match(path, /^\/sign-in\//)
    assert.equal(await isSignedIn(phone), true)
    const csrf = formToken(await here.get(path))
    const again = await here.post(`${path}/password`, {
      csrf,
      username: 'eve',
      password: 'correct horse battery staple',
    })
    const back = locationOf(await here.get(locationOf(again)))
    assert.equal(back, `${PAGE}?done=confirmed`)
    assert.match((await here.get(back)).body, /Now you can end sessions/)
    assert.equal(locationOf(await end(here, idOf(phone))), `${PAGE}?done=ended`)
  })

  test('[CSRF] a post from elsewhere, or with the form of another session, does nothing', async () => {
    const one = ask()
    await one.addAccount({ username: 'fia' })
    const [here, phone] = [await opened('fia'), await opened('fia', SAFARI)]
    assertErrorPage(one, await end(here, idOf(phone), { 'sec-fetch-site': 'cross-site' }), 403)
    const csrf = formToken(await phone.get(PAGE), '/end')
    assert.equal(locationOf(await here.post(END, { csrf, session: idOf(phone) })), PAGE)
    assert.equal(locationOf(await here.post(END_OTHERS, { csrf: formToken(await here.get(PAGE), '/end') })), PAGE)
    assert.equal(locationOf(await here.get(END)), PAGE)
    assert.equal(await isSignedIn(phone), true)
  })

  test('more than fit come by pages, and every page holds to its weight', async () => {
    const one = ask()
    await one.addAccount({ username: 'gil' })
    const here = await opened('gil')
    for (let n = 0; n < 9; n++) await opened('gil', SAFARI)
    const seen: string[] = []
    for (let path: string | undefined = PAGE; path !== undefined; ) {
      const { body }: { body: string } = await here.get(path)
      assert.ok(Buffer.byteLength(body) <= 14_000)
      seen.push(...[...body.matchAll(/name="session" value="([^"]+)"/g)].map(([, id = '']) => id))
      path = /href="(\/account\/sessions\?from[^"]*)"/.exec(body)?.[1]?.replace('&#x3D;', '=')
    }
    assert.equal(new Set(seen).size, 9)
    assert.equal(seen.length, 9)
    for (const from of ['x', '-1', '99999', '500'])
      assert.equal((await here.get(`${PAGE}?from=${from}`)).statusCode, 200)
  })

  test('ones that have expired are not among them', async () => {
    const one = ask()
    await one.addAccount({ username: 'hia' })
    await opened('hia', SAFARI)
    one.clock.advance(31 * 24 * HOUR)
    const here = await opened('hia')
    assert.match((await here.get(PAGE)).body, /You are signed in nowhere else/)
  })
})

describe('what is kept of a browser', () => {
  const started = (addresses: 'full' | 'truncated' | 'none') =>
    suiteApp({ config: { audit: { keep: HOUR, tokens: false, addresses } } })
  const asks = { full: started('full'), truncated: started('truncated'), none: started('none') }

  test('of its address as much as the audit log keeps, and 200 characters of what it calls itself', async () => {
    for (const [how, kept] of [
      ['full', '127.0.0.1'],
      ['truncated', '127.0.0.0'],
      ['none', undefined],
    ] as const) {
      const one = asks[how]()
      const browser = await openedOwn(one, PAGE, { username: 'alice', agent: 'x'.repeat(300) })
      const found = await one.storage.sessions.find(idOf(browser))
      assert.deepEqual([found?.session.address, found?.session.userAgent], [kept, 'x'.repeat(200)])
      assert.equal(/From the network/.test((await browser.get(PAGE)).body), how !== 'none')
    }
  })

  test('[XSS] nothing that a browser calls itself is shown', async () => {
    const one = asks.full()
    const browser = await openedOwn(one, PAGE, { username: 'alice', agent: '<script>alert(1)</script>' })
    const { body } = await browser.get(PAGE)
    assert.doesNotMatch(body, /alert\(1\)/)
    assert.match(body, /an unknown browser/)
  })
})

describe('[Back-Channel Logout 2.5] what became of telling an app', () => {
  const world = logoutWorld()

  test('is shown: not yet, and told', async () => {
    const { app, receiver } = world()
    const [here, phone] = [
      await openedOwn(app, PAGE, { username: 'alice' }),
      await openedOwn(app, PAGE, { username: 'alice' }),
    ]
    await phone.get(`/authorize?${authorizeQuery()}`)
    receiver.answer = 503
    await end(here, idOf(phone))
    await oneSecond(app)
    assert.match(
      (await here.get(PAGE)).body,
      /<bdi>App<\/bdi> could not be told yet that you signed out. It is tried again/,
    )
    receiver.answer = 200
    app.clock.advance(MINUTE)
    await oneSecond(app)
    assert.match(
      (await here.get(PAGE)).body,
      /<bdi>App<\/bdi> was told at <time [^>]*>[^<]*<\/time> that you signed out/,
    )
  })

  test('and so is what is under way, and what was given up; of the last day, and of nobody else', async () => {
    const { app } = world()
    const [ian, bob] = [await app.addAccount({ username: 'ian' }), await app.storage.accounts.findByUsername('bob')]
    const now = app.clock.now()
    const told = (id: string, accountId: string, different: Partial<Delivery>) =>
      app.storage.deliveries.insert(
        aDelivery(id, {
          kind: 'logout',
          clientId: id,
          accountId,
          createdAt: now,
          nextAttemptAt: now + HOUR,
          ...different,
        }),
      )
    await told('under-way', ian.id, { attempts: 0 })
    await told('given-up', ian.id, { attempts: 9, nextAttemptAt: undefined, givenUpAt: now, lastFailure: 'status 503' })
    await told('long-ago', ian.id, { createdAt: now - 25 * HOUR })
    await told('of-bob', bob?.id ?? '', {})
    const { body } = await (await openedOwn(app, PAGE, { username: 'ian' })).get(PAGE)
    assert.match(body, /<bdi>under-way<\/bdi> is being told/)
    assert.match(body, /<bdi>given-up<\/bdi> could not be told that you signed out. Sign out there yourself/)
    assert.doesNotMatch(body, /long-ago|of-bob|status 503/)
  })
})
