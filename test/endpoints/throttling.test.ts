/** Guessing at client secrets, and strangers who fill the database: refused for a while, in the words of each endpoint. */
import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { aClient, aPublicClient } from '../fixtures/client.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { THROTTLING } from '../fixtures/test-app.ts'
import { authorizeQuery, basicAuthorization, testBrowser } from '../fixtures/test-browser.ts'

const SHOP = '192.0.2.1'
const config = {
  trustedProxies: ['127.0.0.1'],
  throttling: { ...THROTTLING, clientSecrets: { most: 3, every: 10_000 }, newSignIns: { most: 2, every: 200 } },
}
const service = aClient({ id: 'service', metadata: { grant_types: ['client_credentials'], scope: ['jobs'] } })

describe('[RFC6749 2.3.1] secrets of clients cannot be guessed', () => {
  const started = suiteApp({ config, clients: [aClient(), aPublicClient(), service] })
  beforeEach(() => started().clock.advance(3_600_000))

  const post = (url: string, { id = 'service', secret = 'wrong', from = SHOP }) =>
    started().app.inject({
      method: 'POST',
      url,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-forwarded-for': from,
        authorization: basicAuthorization(id, secret),
      },
      payload: 'grant_type=client_credentials&token=x',
    })
  const right = (url: string, from = SHOP) =>
    started().app.inject({
      method: 'POST',
      url,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-forwarded-for': from,
        authorization: basicAuthorization('service'),
      },
      payload: 'grant_type=client_credentials&token=x',
    })

  for (const url of ['/token', '/introspect', '/revoke', '/par']) {
    test(`[RFC6585 4] ${url}: 429 with Retry-After and JSON, also for the right secret from there, and nowhere else`, async () => {
      const seen = []
      for (let i = 0; i < 4; i++) seen.push((await post(url, { secret: `wrong ${i}` })).statusCode)
      assert.deepEqual(seen, [401, 401, 401, 429])
      const refused = await right(url)
      assert.equal(refused.statusCode, 429)
      assert.equal(refused.headers['retry-after'], '10')
      assert.equal(refused.json().error, 'temporarily_unavailable')
      assert.equal(refused.headers['cache-control'], 'no-store')
      assert.notEqual((await right(url, '198.51.100.1')).statusCode, 429)
      started().clock.advance(10_000)
      assert.notEqual((await right(url)).statusCode, 429)
    })
  }

  test('all endpoints count together, and the log tells who was held up', async () => {
    for (const url of ['/token', '/introspect', '/revoke']) await post(url, { secret: url })
    assert.equal((await post('/par', { secret: 'another' })).statusCode, 429)
    const line = started().logged.findLast(({ audit }) => audit === 'throttled')
    assert.deepEqual([line?.['what'], line?.['by'], line?.['clientId']], ['client_secret', 'network', 'service'])
  })

  test('a client with its old secret goes on being told so, and holds nobody up', async () => {
    for (let i = 0; i < 10; i++) assert.equal((await post('/token', {})).statusCode, 401)
    assert.equal((await right('/token')).statusCode, 200)
  })
})

describe('sign-ins that are begun and left', () => {
  const started = suiteApp({ config })

  test('[RFC6585 4] beyond so many from an address: a page that says when to come back', async () => {
    const { app, clock } = started()
    const begin = () => testBrowser(app).get(`/authorize?${authorizeQuery()}`, { 'x-forwarded-for': SHOP })
    assert.deepEqual([(await begin()).statusCode, (await begin()).statusCode], [303, 303])
    const page = await begin()
    assert.equal(page.statusCode, 429)
    assert.equal(page.headers['retry-after'], '1')
    assert.match(page.body, /Too many sign-ins from your network[\s\S]*Try again in 1 second/)
    assert.match(page.body, /href="\/authorize\?/)
    const direct = await testBrowser(app).get('/sign-in', { 'x-forwarded-for': SHOP })
    assert.equal(direct.statusCode, 429)
    clock.advance(200)
    assert.equal((await begin()).statusCode, 303)
  })

  test('who is signed in is not counted', async () => {
    const { app } = started()
    const browser = testBrowser(app)
    await browser.signIn()
    for (let i = 0; i < 5; i++) {
      const answer = await browser.get(`/authorize?${authorizeQuery({ prompt: 'none' })}`, { 'x-forwarded-for': SHOP })
      assert.match(String(answer.headers['location']), /[?&]code=/)
    }
  })
})
