import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { readBasic } from '../../../src/protocol/client-authentication/client-secret-basic.ts'
import { readPresentedClient } from '../../../src/protocol/client-authentication/read.ts'
import { readParameters } from '../../../src/protocol/parameters.ts'
import { assertRefused, refusal, someParameters } from '../../fixtures/refusals.ts'

const encode = (pair: string): string => Buffer.from(pair).toString('base64')
const basic = (id: string, secret: string): string =>
  `Basic ${encode(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`)}`

describe('[RFC6749 2.3.1] the Authorization header of client_secret_basic', () => {
  const READ: readonly [what: string, header: string, clientId: string, secret: string][] = [
    ['id and secret', `Basic ${encode('app:secret')}`, 'app', 'secret'],
    ['[RFC9110 11.1] the scheme in any case', `bAsIc ${encode('app:secret')}`, 'app', 'secret'],
    ['several spaces', `Basic   ${encode('app:secret')}`, 'app', 'secret'],
    ['an encoded colon in the id', `Basic ${encode('https%3A%2F%2Fapp:secret')}`, 'https://app', 'secret'],
    ['[RFC7617 2] a colon in the secret', `Basic ${encode('app:se:cr:et')}`, 'app', 'se:cr:et'],
    ['form-encoding: plus is a space', `Basic ${encode('my+app:a+b%2Bc%25')}`, 'my app', 'a b+c%'],
    ['form-encoding: UTF-8', `Basic ${encode('%C3%BC:%E2%82%AC')}`, 'ü', '€'],
    ['an empty secret', `Basic ${encode('app:')}`, 'app', ''],
    ['no padding', `Basic ${encode('app:secret12').replaceAll('=', '')}`, 'app', 'secret12'],
  ]
  for (const [what, header, clientId, secret] of READ) {
    test(`read: ${what}`, () => {
      assert.deepEqual(readBasic(header), { method: 'client_secret_basic', clientId, secret })
      assert.deepEqual(readPresentedClient(header, someParameters()), {
        method: 'client_secret_basic',
        clientId,
        secret,
      })
    })
  }

  const MALFORMED: readonly [what: string, header: string][] = [
    ['nothing after the scheme', 'Basic'],
    ['only a space after it', 'Basic '],
    ['no base64', 'Basic app:secret'],
    ['base64 with something behind it', `Basic ${encode('app:secret')} x`],
    ['base64 with a line break', `Basic ${encode('app:secret')}\n`],
    ['padding alone', 'Basic =='],
    ['too much padding', `Basic ${encode('app:secret12')}===`],
    ['no colon', `Basic ${encode('app')}`],
    ['an empty id', `Basic ${encode(':secret')}`],
    ['nothing but a colon', `Basic ${encode(':')}`],
    ['broken percent-encoding in the id', `Basic ${encode('%zz:secret')}`],
    ['broken percent-encoding in the secret', `Basic ${encode('app:100%')}`],
    ['bytes that are no UTF-8 in the secret', `Basic ${encode('app:%ff')}`],
    ['far too much of it', `Basic ${encode(`app:${'x'.repeat(4096)}`)}`],
  ]
  for (const [what, header] of MALFORMED) {
    test(`malformed: ${what}`, () => {
      const error = assertRefused(() => readPresentedClient(header, someParameters()), 'invalid_client', /malformed/)
      assert.doesNotMatch(`${error.message} ${error.failed.came}`, /app|secret|xxx/)
      assertRefused(() => readPresentedClient(header, someParameters({ client_id: 'app' })), 'invalid_client')
    })
  }

  test('something before the scheme is no header of this method', () => {
    for (const before of ['x', ' ', 'Bearer ']) {
      assertRefused(() => readBasic(`${before}Basic ${encode('app:secret')}`), 'invalid_client', /malformed/)
      const act = () => readPresentedClient(`${before}Basic ${encode('app:secret')}`, someParameters())
      assertRefused(act, 'invalid_client', /missing/)
    }
  })

  test('whatever is form-encoded into it comes out again', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).map((one) => one.toWellFormed())
    fc.assert(
      fc.property(text, text, (id, secret) => {
        assert.deepEqual(readBasic(basic(id, secret)), { method: 'client_secret_basic', clientId: id, secret })
        const form = new URLSearchParams([[id, secret]]).toString().replace('=', ':')
        assert.deepEqual(readBasic(`Basic ${encode(form)}`), { method: 'client_secret_basic', clientId: id, secret })
      }),
      { seed: 7617 },
    )
  })

  test('whatever the header, there is an answer or an OAuthError', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, isEncoded) => {
        const header = `Basic ${isEncoded ? encode(text) : text}`
        try {
          assert.notEqual(readBasic(header).clientId, '')
        } catch (error) {
          assert.equal(error instanceof Error && error.name, 'OAuthError')
        }
      }),
    )
  })
})

describe('what a request presents', () => {
  test('[RFC6749 2.3.1] id and secret in the body are client_secret_post', () => {
    assert.deepEqual(readPresentedClient(undefined, someParameters({ client_id: 'app', client_secret: 's' })), {
      method: 'client_secret_post',
      clientId: 'app',
      secret: 's',
    })
  })

  test('[RFC6749 3.2.1] the id alone is none', () => {
    const none = { method: 'none', clientId: 'spa', secret: undefined }
    assert.deepEqual(readPresentedClient(undefined, someParameters({ client_id: 'spa' })), none)
    assert.deepEqual(readPresentedClient(undefined, someParameters({ client_id: 'spa', client_secret: '' })), none)
  })

  test('[RFC6749 5.2] nothing at all is invalid_client', () => {
    for (const authorization of [undefined, 'Bearer abc', 'Digest x', 'Basically x', '']) {
      assertRefused(() => readPresentedClient(authorization, someParameters()), 'invalid_client', /missing/)
    }
    assertRefused(
      () => readPresentedClient(undefined, someParameters({ client_secret: 's' })),
      'invalid_client',
      /miss/,
    )
  })

  test('[RFC6749 2.3] two methods at once are refused, even when both are right', () => {
    const body = someParameters({ client_id: 'app', client_secret: 'secret' })
    assertRefused(() => readPresentedClient(basic('app', 'secret'), body), 'invalid_request', /two/)
    const secretAlone = someParameters({ client_secret: 'secret' })
    assertRefused(() => readPresentedClient(basic('app', 'secret'), secretAlone), 'invalid_request', /two/)
  })

  test('a client_id beside the header must be the same', () => {
    const presented = readPresentedClient(basic('app', 's'), someParameters({ client_id: 'app' }))
    assert.deepEqual(presented, { method: 'client_secret_basic', clientId: 'app', secret: 's' })
    for (const client_id of ['spa', 'App', 'app ']) {
      const act = () => readPresentedClient(basic('app', 's'), someParameters({ client_id }))
      assertRefused(act, 'invalid_request', /client_id is not the one/)
    }
  })

  test('[RFC6749 3.1] a repeated client_id or client_secret is refused', () => {
    for (const body of ['client_id=app&client_id=app', 'client_id=app&client_secret=a&client_secret=a']) {
      const error = refusal(() => readPresentedClient(undefined, readParameters(body)))
      assert.match(error.message, /invalid_request: client_(id|secret) is repeated/)
    }
  })
})
