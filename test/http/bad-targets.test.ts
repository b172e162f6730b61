/** Request targets that are malformed, overlong or hostile, and methods that an address does not know. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { appUnderFire, assertClear } from '../fixtures/bad-input.ts'

describe('bad request targets', () => {
  const { send, noErrors, paths } = appUnderFire()

  describe('request targets', () => {
    const targets: [string, number][] = [
      ['/%', 400],
      ['/%zz', 400],
      ['/%E0%A4%A', 400],
      ['/sign-in/%FF', 400],
      ['/%00', 400],
      ['/sign-in/%00', 404],
      ['/authorize/', 404],
      ['/AUTHORIZE', 404],
      [`/${'a'.repeat(8000)}`, 404],
      [`/sign-in/${'a'.repeat(15_000)}`, 404],
      ['/.env', 404],
      ['/__proto__', 404],
      ['/constructor', 404],
    ]
    for (const [url, status] of targets) {
      test(`${url.slice(0, 40)} is ${status}, as a page and as JSON`, async () => {
        const json = await send({ url })
        assert.equal(json.statusCode, status)
        // A parked request’s address is for people alone.
        if (!url.startsWith('/sign-in/') || status === 400) assert.equal(json.json().error, 'invalid_request')
        assert.equal((await send({ url, headers: { accept: 'text/html' } })).statusCode, status)
        noErrors()
      })
    }

    test('the query is read as it came: no route trips over it', async () => {
      const { gets } = await paths()
      for (const query of [
        '%',
        '%zz=1',
        'a=%FF',
        '=',
        '&&&',
        '?',
        'a[b]=1&a[__proto__]=x',
        '__proto__=1',
        'a=b=c',
        '%00=%00',
        'a'.repeat(9000),
        'a&'.repeat(5000),
      ]) {
        for (const url of gets)
          assertClear(
            await send({ url: `${url}${url.includes('?') ? '&' : '?'}${query}` }),
            `${url} ? ${query.slice(0, 20)}`,
          )
      }
      noErrors()
    })

    test('[RFC9110 15.5.6] a method that an address does not know is 405 with Allow', async () => {
      for (const [method, url, allow] of [
        ['PUT', '/token', 'POST'],
        ['DELETE', '/authorize', 'GET, POST'],
        ['PATCH', '/userinfo', 'GET, POST'],
        ['GET', '/introspect', 'POST'],
        ['GET', '/revoke', 'POST'],
        ['POST', '/jwks', 'GET'],
      ] as const) {
        const response = await send({ method, url })
        assert.deepEqual([response.statusCode, response.headers['allow']], [405, allow], `${method} ${url}`)
      }
    })
  })
})
