/** Request objects by reference: OpenID Connect Core §6.2. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Egress, EgressError } from '../../src/egress/egress.ts'
import { aClient } from '../fixtures/client.ts'
import { ecPair, jwkOf } from '../fixtures/client-keys.ts'
import { requestObject } from '../fixtures/request-object.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { locationOf, testBrowser } from '../fixtures/test-browser.ts'
import { answerOf, assertErrorPage } from '../fixtures/test-pages.ts'

const [ec, other] = [ecPair(), ecPair()]
const REGISTERED = 'https://app.example/requests/1.jwt?x=%20'
const metadata = { jwks: { keys: [jwkOf(ec, { kid: 'one' })] }, request_uris: [REGISTERED] }
const pushing = aClient({ id: 'pushing', metadata: { ...metadata, require_pushed_authorization_requests: true } })

/** What is at which address, and which were asked. */
const served = new Map<string, string | EgressError>()
const fetched: string[] = []
const egress: Egress = {
  async get(url, { accept }) {
    fetched.push(url)
    const found = served.get(url)
    if (typeof found !== 'string') throw found ?? new EgressError('status', 'app.example: status 404')
    assert.ok(accept.includes('application/oauth-authz-req+jwt'))
    return { body: found, headers: new Headers() }
  },
  post: () => Promise.reject(new Error('nothing is posted here')),
  send: () => Promise.reject(new Error('nothing is sent here')),
}

/** OpenID Connect Core §6.1: what OAuth needs is in the query, too. */
const OUTSIDE = {
  response_type: 'code',
  scope: 'openid',
  redirect_uri: 'https://app.example/callback',
  state: 'outside',
}

describe('[OpenID Connect Core 6.2] request_uri', () => {
  const started = suiteApp({ clients: [aClient({ metadata }), pushing], egress })
  const ask = (fields: Record<string, string>) =>
    testBrowser(started().app).get(`/authorize?${new URLSearchParams({ client_id: 'app', ...fields })}`)

  async function assertRefusal(response: Awaited<ReturnType<typeof ask>>, error: string) {
    const { searchParams, origin } = answerOf(response)
    assert.deepEqual(
      [origin, searchParams.get('error'), searchParams.get('state')],
      ['https://app.example', error, 'outside'],
    )
  }
  const askAt = (request_uri: string, more: Record<string, string> = {}) => ask({ request_uri, ...more })

  test('one that is registered is fetched, once, without its fragment, and never again', async () => {
    served.set(REGISTERED, `${requestObject(ec.privateKey)}\n`)
    fetched.length = 0
    const browser = testBrowser(started().app)
    const query = new URLSearchParams({ client_id: 'app', request_uri: `${REGISTERED}#sha256` }).toString()
    const answer = await browser.signIn(query)
    assert.ok(answer.searchParams.get('code'))
    assert.deepEqual(fetched, [REGISTERED])
  })

  test('one that is not registered to the byte is never asked', async () => {
    fetched.length = 0
    for (const uri of [
      'https://evil.example/r',
      REGISTERED.slice(0, -1),
      `${REGISTERED}&y`,
      REGISTERED.toUpperCase(),
      REGISTERED.replace('app.example', 'app.example.'),
      REGISTERED.replace('https:', 'http:'),
      REGISTERED.replace('%20', '+'),
      'file:///etc/passwd',
      'urn:ietf:params:oauth:request_uri',
      '#',
    ]) {
      assertErrorPage(started(), await askAt(uri))
      await assertRefusal(await askAt(uri, OUTSIDE), 'invalid_request_uri')
    }
    assert.deepEqual(fetched, [])
  })

  test('one that gives nothing is invalid_request_uri, and what is behind it is told to nobody but the log', async () => {
    served.set(REGISTERED, new EgressError('refused_address', 'app.example: 10.0.0.1 is not public'))
    const response = await askAt(REGISTERED, OUTSIDE)
    await assertRefusal(response, 'invalid_request_uri')
    assert.doesNotMatch(locationOf(response), /10\.0|public/)
    assert.ok(started().logged.some((line) => String(line['came']).includes('10.0.0.1')))
  })

  test('one that gave nothing is not asked for again within five seconds', async () => {
    started().clock.advance(5000)
    served.delete(REGISTERED)
    fetched.length = 0
    await assertRefusal(await askAt(REGISTERED, OUTSIDE), 'invalid_request_uri')
    served.set(REGISTERED, '<html>')
    started().clock.advance(4999)
    await assertRefusal(await askAt(REGISTERED, OUTSIDE), 'invalid_request_uri')
    assert.equal(fetched.length, 1)
    started().clock.advance(1)
    await assertRefusal(await askAt(REGISTERED, OUTSIDE), 'invalid_request_object')
    assert.equal(fetched.length, 2)
  })

  test('many that ask at once ask once, and the next one asks again', async () => {
    const ask = () => started().deps.referencedRequests(REGISTERED)
    fetched.length = 0
    await Promise.all(Array.from({ length: 20 }, ask))
    assert.equal(fetched.length, 1)
    await ask()
    assert.equal(fetched.length, 2)
  })

  test('one that gives no request object, or another client’s', async () => {
    for (const text of ['<html>', '', requestObject(other.privateKey), requestObject(ec.privateKey, { iss: 'x' })]) {
      served.set(REGISTERED, text)
      await assertRefusal(await askAt(REGISTERED, OUTSIDE), 'invalid_request_object')
    }
  })

  test('[RFC9126 6] a client that has to push is not fetched for', async () => {
    fetched.length = 0
    const beside = { ...OUTSIDE, client_id: 'pushing' }
    await assertRefusal(await askAt(REGISTERED, beside), 'invalid_request')
    await assertRefusal(await ask({ ...beside, request: requestObject(ec.privateKey) }), 'invalid_request')
    assert.deepEqual(fetched, [])
  })
})
