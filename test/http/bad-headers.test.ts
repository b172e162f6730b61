/** Cookies, credentials and other headers that are malformed: never a 500, and nobody is taken for someone else. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { appUnderFire, assertClear } from '../fixtures/bad-input.ts'
import { testBrowser } from '../fixtures/test-browser.ts'
import { newTokens, postForm } from '../fixtures/test-client.ts'
import { assertErrorPage } from '../fixtures/test-pages.ts'

const MACHINES = ['/par', '/token', '/userinfo', '/introspect', '/revoke']

describe('bad headers', () => {
  const { started, send, noErrors, paths } = appUnderFire()

  describe('headers', () => {
    test('broken cookies are no cookies', async () => {
      const { gets } = await paths()
      const cookies = [
        '=',
        ';;;',
        'a',
        '__Host-countersign-session',
        '__Host-countersign-session=',
        '__Host-countersign-session=%',
        '__Host-countersign-session=%FF.x',
        '__Host-countersign-session=a.b.c.d',
        '__Host-countersign-session="019bc13e-5c00-7abc-8abc-0123456789ab.x"',
        `__Host-countersign-session=${'a'.repeat(7000)}`,
        '__proto__=1; constructor=2',
        '__Host-countersign-browser=%00',
        '__Host-countersign-session=019bc13e-5c00-7abc-8abc-0123456789ab.x; __Host-countersign-session=y',
        'a=b\tc; d=é',
      ]
      for (const cookie of cookies) {
        for (const url of gets)
          assertClear(await send({ url, headers: { cookie, accept: 'text/html' } }), `${url} ${cookie.slice(0, 60)}`)
        assert.doesNotMatch((await send({ url: '/', headers: { cookie } })).body, /Alice/)
      }
      noErrors()
    })

    test('broken Authorization headers are 401 at every endpoint for machines', async () => {
      const values = [
        '',
        'Basic',
        'Basic ',
        'Basic a',
        'Basic Og==',
        'Basic OnNlY3JldA==',
        'Basic YXBwOg==',
        'Bearer',
        'Digest x',
        'basic YTpi YTpi',
        'Basic %41',
        `Basic ${'A'.repeat(6000)}`,
        'Basic YXBwOiVmZg==',
        'Negotiate',
        'Basic\tYTpi',
        'Basic gIA6gA==',
      ]
      for (const authorization of values) {
        for (const url of MACHINES) {
          const response = await postForm(
            started().app,
            url,
            { grant_type: 'client_credentials', token: 'x' },
            { authorization },
          )
          assert.equal(response.statusCode, 401, `${url} ${authorization.slice(0, 40)}`)
          assertClear(response, authorization)
        }
      }
      noErrors()
    })

    test('conditions, ranges, languages and content codings that make no sense', async () => {
      const { gets } = await paths()
      for (const headers of [
        { 'if-none-match': '"' },
        { 'if-none-match': ',,,' },
        { range: 'bytes=9-1' },
        { 'accept-language': '\u00ff;q=x' },
        { accept: 'garbage' },
        { accept: '*/*;q=text/html' },
        { 'content-length': '5' },
        { expect: '100-continue' },
        { upgrade: 'h2c', connection: 'upgrade' },
        { origin: 'garbage' },
        { origin: 'null' },
        { 'sec-fetch-site': 'garbage' },
        { referer: 'javascript:x' },
      ]) {
        for (const url of gets)
          assertClear(
            await send({ url, headers: headers as Record<string, string> }),
            `${url} ${JSON.stringify(headers)}`,
          )
      }
      noErrors()
    })

    test('a Bearer token of garbage, of NUL and of great length', async () => {
      for (const token of ['x', 'x.y.z', '..', 'e30.e30.', 'a'.repeat(15_000), '!', 'ÿ']) {
        const response = await send({ url: '/userinfo', headers: { authorization: `Bearer ${token}` } })
        assert.equal(response.statusCode, 401)
      }
      noErrors()
    })
  })

  test('after all that, people and machines are still served', async () => {
    assert.ok((await newTokens(started().app)).access_token)
    const page = await testBrowser(started().app).get('/authorize?client_id=nobody')
    assertErrorPage(started(), page)
  })
})
