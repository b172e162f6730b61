/** Guessing at passwords on the sign-in page: it is slowed down, and nobody is locked out by a stranger. */
import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { passwordHasher } from '../../src/accounts/authenticators/password.ts'
import { aClient, aPublicClient } from '../fixtures/client.ts'
import { fakeClock } from '../fixtures/clock.ts'
import { CHEAP_HASHING, countingCompute } from '../fixtures/password-hashing.ts'
import { fakeRandom } from '../fixtures/random.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { PASSWORD, THROTTLING } from '../fixtures/test-app.ts'
import { type TestBrowser, testBrowser } from '../fixtures/test-browser.ts'
import { shownErrorId } from '../fixtures/test-pages.ts'

const SHOP = '192.0.2.1'
const HOME = '198.51.100.7'
const PROXY = { trustedProxies: ['127.0.0.1'] }

/** One try in a browser of its own unless one is given; gives the answer to the password. */
async function attempt(
  app: FastifyInstance,
  { username = 'alice', password = 'wrong', from = SHOP, browser = testBrowser(app) } = {},
): Promise<LightMyRequestResponse> {
  const { path, csrf } = await browser.start()
  return browser.post(`${path}/password`, { csrf, username, password }, { 'x-forwarded-for': from })
}

async function statuses(count: number, one: (i: number) => Promise<LightMyRequestResponse>): Promise<number[]> {
  const all: number[] = []
  for (let i = 0; i < count; i++) all.push((await one(i)).statusCode)
  return all
}

const known = async (app: FastifyInstance): Promise<TestBrowser> => {
  const browser = testBrowser(app)
  await browser.signIn()
  browser.cookies.delete('__Host-countersign-session')
  return browser
}

const many = (status: number, count: number): number[] => Array.from({ length: count }, () => status)

describe('wrong passwords for one account', () => {
  const { compute, costs } = countingCompute()
  const passwords = passwordHasher(CHEAP_HASHING, { clock: fakeClock(), random: fakeRandom(), compute })
  const started = suiteApp({ passwords, config: PROXY, clients: [aClient(), aPublicClient()] })
  // Every test begins with empty buckets.
  beforeEach(() => started().clock.advance(86_400_000))

  test('[ASVS 6.3.1] ten from a network, then one each two minutes; beyond it nothing is hashed', async () => {
    const { app, clock } = started()
    assert.deepEqual(await statuses(10, () => attempt(app)), many(400, 10))
    const hashed = costs.length
    const refused = await attempt(app, { password: PASSWORD })
    assert.equal(refused.statusCode, 429)
    assert.equal(costs.length, hashed)
    assert.equal(refused.headers['retry-after'], '120')
    clock.advance(119_001)
    assert.equal((await attempt(app)).headers['retry-after'], '1')
    clock.advance(999)
    assert.equal((await attempt(app, { password: PASSWORD })).statusCode, 303)
  })

  test('the page says what happened and when to come back, keeps the user name, and is the same for names that nobody has', async () => {
    const { app, logged } = started()
    const pages = []
    for (const username of ['alice', 'nobody', 'nobody@example.org']) {
      await statuses(10, () => attempt(app, { username }))
      const page = await attempt(app, { username })
      const id = shownErrorId(page)
      assert.ok(logged.some((line) => line['reqId'] === id && line['audit'] === 'throttled'))
      assert.ok(page.body.includes(`value="${username}"`))
      assert.match(page.body, /too many wrong passwords for this user name\. .* Try again in 2 minutes/)
      pages.push({
        status: page.statusCode,
        retryAfter: page.headers['retry-after'],
        cookies: page.cookies.map(({ name }) => name),
        body: page.body
          .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
          .replaceAll(/name="csrf" value="[^"]+"/g, 'CSRF')
          .replaceAll(id ?? '', 'SUPPORT')
          .replaceAll(`value="${username}"`, 'TYPED'),
      })
    }
    for (const page of pages) assert.deepEqual(page, pages[0])
  })

  test('one count for all spellings of the name, and for the e-mail address', async () => {
    const { app } = started()
    const spellings = ['alice', 'ALICE', ' Alice ', '\uff41lice', 'alice@example.org', 'Alice@EXAMPLE.org']
    const seen = await statuses(12, (i) => attempt(app, { username: spellings[i % spellings.length] ?? '' }))
    assert.deepEqual(seen, [...many(400, 10), 429, 429])
    const nobody = ['ghost', 'GHOST', ' gho\uff53t']
    const unknown = await statuses(12, (i) => attempt(app, { username: nobody[i % nobody.length] ?? '' }))
    assert.deepEqual(unknown, [...many(400, 10), 429, 429])
  })

  test('[ASVS 6.3.1] of 60 at the same moment, in every spelling, ten are tried', async () => {
    const { app } = started()
    const hashed = costs.length
    const spellings = ['alice', 'ALICE', 'alice@example.org']
    const seen = await Promise.all(
      Array.from({ length: 60 }, (_, i) => attempt(app, { username: spellings[i % 3] ?? '' })),
    )
    assert.equal(costs.length - hashed, 10)
    assert.equal(seen.filter(({ statusCode }) => statusCode === 429).length, 50)
  })

  test('another process counts on', async () => {
    const { app, another } = started()
    const second = await another()
    try {
      await statuses(10, (i) => attempt(i % 2 === 0 ? app : second.app))
      assert.deepEqual([(await attempt(app)).statusCode, (await attempt(second.app)).statusCode], [429, 429])
    } finally {
      await second.close()
    }
  })

  test('a right one empties the count of its network', async () => {
    const { app } = started()
    await statuses(9, () => attempt(app))
    assert.equal((await attempt(app, { password: PASSWORD })).statusCode, 303)
    assert.deepEqual(await statuses(11, () => attempt(app)), [...many(400, 10), 429])
  })

  test('a stranger is in nobody’s way: not of a device that has signed in before, even in the same network', async () => {
    const { app } = started()
    const browser = await known(app)
    await statuses(11, () => attempt(app))
    assert.equal((await attempt(app, { password: PASSWORD })).statusCode, 429)
    assert.equal((await attempt(app, { password: PASSWORD, browser })).statusCode, 303)
    // Nor of anybody elsewhere.
    assert.equal((await attempt(app, { password: PASSWORD, from: HOME })).statusCode, 303)
  })

  test('a known device has a count of its own, which a right password empties', async () => {
    const { app, clock } = started()
    const browser = await known(app)
    await statuses(9, () => attempt(app, { browser }))
    assert.equal((await attempt(app, { password: PASSWORD, browser })).statusCode, 303)
    browser.cookies.delete('__Host-countersign-session')
    assert.deepEqual(await statuses(11, () => attempt(app, { browser })), [...many(400, 10), 429])
    assert.equal((await attempt(app, { browser })).headers['retry-after'], '60')
    clock.advance(60_000)
    assert.equal((await attempt(app, { password: PASSWORD, browser })).statusCode, 303)
  })

  test('a device is known to its own account alone', async () => {
    const { app } = started()
    const browser = await known(app)
    await statuses(10, () => attempt(app, { username: 'bob' }))
    assert.equal((await attempt(app, { username: 'bob', browser })).statusCode, 429)
  })

  test('many networks at once: each has three tries and then one in a quarter of an hour, and so has the owner', async () => {
    const { app, clock } = started()
    await statuses(50, (i) => attempt(app, { from: `203.0.${i}.1` }))
    const seen = await statuses(5, () => attempt(app, { from: '203.0.200.1' }))
    assert.deepEqual(seen, [400, 400, 400, 429, 429])
    assert.equal((await attempt(app, { from: '203.0.200.1' })).headers['retry-after'], '900')
    assert.equal((await attempt(app, { password: PASSWORD, from: HOME })).statusCode, 303)
    clock.advance(900_000)
    assert.equal((await attempt(app, { from: '203.0.200.1' })).statusCode, 400)
  })

  test('the cookie of the device cannot be read by scripts, goes over https alone, and is no secret of the sign-in', async () => {
    const { app } = started()
    const cookie = (await attempt(app, { password: PASSWORD })).cookies.find(
      ({ name }) => name === '__Host-countersign-device',
    )
    const { httpOnly, secure, sameSite, path, maxAge } = cookie ?? {}
    assert.deepEqual(
      { httpOnly, secure, sameSite, path, maxAge },
      { httpOnly: true, secure: true, sameSite: 'Lax', path: '/', maxAge: 400 * 86_400 },
    )
    assert.equal(
      (await attempt(app)).cookies.some(({ name }) => name.includes('device')),
      false,
    )
  })
})

describe('wrong passwords from one network', () => {
  const few = { ...THROTTLING, network: { most: 5, every: 20_000 }, exemptNetworks: ['203.0.113.0/24'] }
  const started = suiteApp({ config: { ...PROXY, throttling: few } })
  beforeEach(() => started().clock.advance(86_400_000))

  const spray = (from: (i: number) => string, count: number) =>
    statuses(count, (i) => attempt(started().app, { username: `user${i}`, from: from(i) }))

  test('for however many names: an address has so many, and so often one more', async () => {
    const { app, clock } = started()
    assert.deepEqual(await spray(() => SHOP, 7), [...many(400, 5), 429, 429])
    const page = await attempt(app, { username: 'else' })
    assert.equal(page.headers['retry-after'], '20')
    assert.match(page.body, /too many wrong passwords from your network\. .* Try again in 20 seconds/)
    clock.advance(20_000)
    assert.deepEqual(await spray(() => SHOP, 2), [400, 429])
  })

  test('who has signed in on a device before is not held up, and a new colleague elsewhere neither', async () => {
    const { app } = started()
    const browser = await known(app)
    await spray(() => SHOP, 6)
    assert.equal((await attempt(app, { password: PASSWORD, browser })).statusCode, 303)
    assert.equal((await attempt(app, { password: PASSWORD, from: HOME })).statusCode, 303)
    assert.equal((await attempt(app, { password: PASSWORD })).statusCode, 429)
  })

  test('right passwords do not count: a whole office can sign in at once', async () => {
    const { app } = started()
    const all = await Promise.all(Array.from({ length: 8 }, () => attempt(app, { password: PASSWORD })))
    assert.deepEqual(
      all.map(({ statusCode }) => statusCode),
      many(303, 8),
    )
  })

  test('a /24 has four times as many as one address', async () => {
    const seen = await spray((i) => `192.0.2.${i}`, 22)
    assert.deepEqual(seen, [...many(400, 20), 429, 429])
  })

  test('IPv6: a /64 is an address, a /48 is what a /24 is', async () => {
    assert.deepEqual(await spray((i) => `2001:db8:1:1::${i}`, 6), [...many(400, 5), 429])
    assert.deepEqual(await spray((i) => `2001:db8:2:${i}::1`, 21), [...many(400, 20), 429])
  })

  test('an exempt network is not counted at all', async () => {
    const { app } = started()
    assert.deepEqual(await spray(() => '203.0.113.9', 12), many(400, 12))
    assert.deepEqual(await statuses(12, () => attempt(app, { from: '203.0.113.9' })), many(400, 12))
  })

  test('behind a proxy that nobody named, all are on loopback: not one network', async () => {
    assert.deepEqual(await spray(() => '127.0.0.1', 12), many(400, 12))
  })
})

describe('throttling that is turned off', () => {
  const started = suiteApp({ config: { ...PROXY, throttling: { ...THROTTLING, isEnabled: false } } })

  test('counts nothing', async () => {
    assert.deepEqual(await statuses(15, () => attempt(started().app)), many(400, 15))
  })
})

describe('X-Forwarded-For of somebody who is no proxy of ours', () => {
  const started = suiteApp()

  test('moves nobody to another network', async () => {
    const { app, logged } = started()
    const seen = await statuses(11, (i) => attempt(app, { from: `203.0.${i}.1` }))
    assert.deepEqual(seen, [...many(400, 10), 429])
    assert.ok(logged.some((line) => String(line['msg']).startsWith('X-Forwarded-For is not believed')))
  })
})
