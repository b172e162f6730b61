/** Bodies that are malformed, overlong or of another type: the error of the standard, never a 500. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { LightMyRequestResponse } from 'fastify'
import { appUnderFire, assertClear } from '../fixtures/bad-input.ts'
import { authorizeQuery, basicAuthorization, locationOf } from '../fixtures/test-browser.ts'
import { assertRefused, postForm } from '../fixtures/test-client.ts'

const FORM = 'application/x-www-form-urlencoded'
const MACHINES = ['/par', '/token', '/userinfo', '/introspect', '/revoke']

/** A page's form that is not whole is shown again or led back to its page. */
function assertNothingDone(response: LightMyRequestResponse, url: string): void {
  assert.ok([200, 303, 400, 403].includes(response.statusCode), `${url}: ${response.statusCode}`)
  if (response.statusCode === 303) assert.match(locationOf(response), /^\/(sign-in\/|signed-out|$)/)
  assert.equal(
    response.cookies.some(({ name }) => name.includes('session')),
    false,
  )
}

describe('bad bodies', () => {
  const { started, send, noErrors, paths } = appUnderFire()

  describe('bodies', () => {
    test('one over the limit is 413, whatever the address', async () => {
      const { posts } = await paths()
      for (const url of posts) {
        const response = await send({
          method: 'POST',
          url,
          headers: { 'content-type': FORM },
          payload: `a=${'a'.repeat(65 * 1024)}`,
        })
        assert.equal(response.statusCode, 413, url)
        assertClear(response, url)
      }
      noErrors()
    })

    test('JSON, XML, multipart, text and no type at all are refused, and nothing is done with them', async () => {
      const { posts } = await paths()
      const types = [
        'application/json',
        'application/xml',
        'multipart/form-data; boundary=x',
        'text/plain',
        'application/octet-stream',
        'garbage',
        '',
        '/',
        'application/x-www-form-urlencodedx',
        `${'x'.repeat(5000)}/x`,
        'text/html;charset="',
      ]
      for (const url of posts) {
        for (const type of types) {
          const response = await send({
            method: 'POST',
            url,
            headers: { 'content-type': type },
            payload: '{"grant_type":"client_credentials"}',
          })
          const refused =
            [400, 415].includes(response.statusCode) || (url === '/sign-out' && response.statusCode === 303)
          assert.ok(refused, `${url} ${type.slice(0, 40)}: ${response.statusCode}`)
          assertClear(response, `${url} ${type}`)
        }
      }
      noErrors()
    })

    test('a length that is not the body’s is 400', async () => {
      const { posts } = await paths()
      for (const url of posts) {
        const headers = { 'content-type': FORM, 'content-length': '3' }
        const response = await send({ method: 'POST', url, headers, payload: 'grant_type=client_credentials' })
        assert.equal(response.statusCode, 400, url)
        assertClear(response, url)
      }
      noErrors()
    })

    test('a post without a body', async () => {
      const { posts } = await paths()
      for (const url of posts) {
        for (const headers of [{}, { 'content-type': FORM }, { 'content-type': FORM, 'content-length': '0' }]) {
          const response = await send({ method: 'POST', url, headers })
          assertClear(response, url)
          if (MACHINES.includes(url))
            assert.ok([400, 401].includes(response.statusCode), `${url}: ${response.statusCode}`)
        }
      }
      noErrors()
    })

    test('the type may have parameters and any case', async () => {
      for (const type of [
        `${FORM}; charset=UTF-8`,
        'Application/X-WWW-Form-URLEncoded',
        `${FORM};charset=utf-16`,
        `${FORM};`,
      ]) {
        const headers = { 'content-type': type, authorization: basicAuthorization() }
        const response = await send({
          method: 'POST',
          url: '/token',
          headers,
          payload: 'grant_type=client_credentials',
        })
        assert.equal(response.statusCode, 200, type)
      }
    })

    const BROKEN: Record<string, Buffer> = {
      'bytes that are no UTF-8': Buffer.from([0x61, 0x3d, 0xff, 0xfe]),
      'an overlong encoding': Buffer.from([0x61, 0x3d, 0xc0, 0xaf]),
      'a lone surrogate': Buffer.from([0x61, 0x3d, 0xed, 0xa0, 0x80]),
      'a NUL': Buffer.from('a=\0'),
      'an escaped NUL': Buffer.from('a=%00'),
      'an escape that is none': Buffer.from('a=%zz'),
      'an escape that is no UTF-8': Buffer.from('a=%C3%28'),
      'a line end': Buffer.from('a=b%0d%0aSet-Cookie:x'),
      'a repeated parameter': Buffer.from('a=1&a=2'),
      'two hundred parameters': Buffer.from(Array.from({ length: 200 }, (_, n) => `p${n}=1`).join('&')),
    }
    for (const [title, payload] of Object.entries(BROKEN)) {
      test(`[RFC6749 3.2] ${title}: invalid_request, everywhere`, async () => {
        const { posts } = await paths()
        for (const url of posts) {
          const good = Buffer.from(`${authorizeQuery()}&grant_type=client_credentials&token=x&`)
          const headers = {
            'content-type': FORM,
            ...(MACHINES.includes(url) && { authorization: basicAuthorization() }),
          }
          const response = await send({ method: 'POST', url, headers, payload: Buffer.concat([good, payload]) })
          assertClear(response, url)
          if (url === '/authorize' && response.statusCode === 303)
            assert.match(locationOf(response), /error=invalid_request/)
          else if (/^\/(sign-in|sign-out|notices)\b/.test(url)) assertNothingDone(response, url)
          else assert.equal(response.statusCode, 400, url)
        }
        noErrors()
      })
    }

    test('a byte order mark does not hide the first parameter’s repetition', async () => {
      const response = await postForm(
        started().app,
        '/token',
        '\uFEFFgrant_type=client_credentials&grant_type=client_credentials',
        { authorization: basicAuthorization() },
      )
      assert.ok([200, 400].includes(response.statusCode))
      const both = await postForm(
        started().app,
        '/token',
        'grant_type=client_credentials&grant_type=client_credentials',
        { authorization: basicAuthorization() },
      )
      assertRefused(both, 400, 'invalid_request')
    })

    test('a parameter that is too long is invalid_request at every endpoint for machines', async () => {
      for (const [url, field, length] of [
        ['/token', 'code', 257],
        ['/token', 'refresh_token', 513],
        ['/token', 'grant_type', 129],
        ['/introspect', 'token', 8193],
        ['/revoke', 'token', 8193],
        ['/token', 'anything', 2049],
        ['/token', 'scope', 1025],
      ] as const) {
        const response = await postForm(
          started().app,
          url,
          { [field]: 'x'.repeat(length) },
          { authorization: basicAuthorization() },
        )
        assertRefused(response, 400, 'invalid_request')
      }
    })
  })
})
