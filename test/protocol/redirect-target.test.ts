import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { successResponse } from '../../src/protocol/authorization-response.ts'
import type { Client } from '../../src/protocol/client.ts'
import type { OAuthError } from '../../src/protocol/oauth-error.ts'
import { readParameters } from '../../src/protocol/parameters.ts'
import { provePostLogoutTarget, proveRedirectTarget, type RedirectTarget } from '../../src/protocol/redirect-target.ts'
import { RESPONSE_MODES } from '../../src/protocol/vocabulary.ts'
import { aClient } from '../fixtures/client.ts'
import { assertRefused, refusal, someParameters } from '../fixtures/refusals.ts'

const REGISTERED = [
  'https://wiki.example/callback',
  'https://wiki.example/callback/',
  'https://wiki.example:8443/a/b?tenant=1&x=%20',
  'https://shop.example',
  'https://[2001:db8::1]/cb',
  'http://localhost:3000/cb',
  'http://127.0.0.1/cb',
  'http://[::1]:7000/cb',
  'com.example.app:/cb',
]

const clientWith = (uris: readonly string[], type: 'web' | 'native' = 'web'): Client =>
  aClient({ metadata: { redirect_uris: uris, post_logout_redirect_uris: uris, application_type: type } })

const prove = (client: Client, redirect_uri: string | undefined, more: Record<string, string> = {}): RedirectTarget =>
  proveRedirectTarget(client, someParameters({ redirect_uri, ...more }))

const passes = (client: Client, uri: string): boolean => {
  try {
    return prove(client, uri).uri === uri
  } catch (error) {
    assert.equal(error instanceof Error && error.name, 'OAuthError')
    return false
  }
}

/** One way in which an attacker, or a careless comparison, takes one URI for another. */
type Mutation = (uri: string, at: number) => string

const insert =
  (text: string): Mutation =>
  (uri, at) =>
    uri.slice(0, at % (uri.length + 1)) + text + uri.slice(at % (uri.length + 1))
const append =
  (text: string): Mutation =>
  (uri) =>
    uri + text
const swap =
  (from: string | RegExp, to: string): Mutation =>
  (uri) =>
    uri.replace(from, to)
const atHost = (text: string): Mutation => swap('//', `//${text}`)
const afterHost = (text: string): Mutation => swap(/(\/\/[^/?]*)/, `$1${text}`)

const INSERTED = [
  '\\',
  '%2f',
  '%5c',
  '%00',
  '\0',
  '\t',
  '\n',
  '\r',
  ' ',
  '#',
  '@',
  '.',
  '/',
  '..',
  '/../',
  '%',
  '?',
  '&',
]
const MUTATIONS: readonly Mutation[] = [
  ...INSERTED.map(insert),
  ...['\u200b', '\u00ad', '\ufeff', '\u0430', '\u3002', 'x', '*', ';', '%2e', '%25', '%0d%0a'].map(insert),
  ...['/', '.', '?', '&', '#', '#x', '%20', '%00', '\n', '?x=1', '&code=x', '?tenant=1', '/..', '/.', '//', ' '].map(
    append,
  ),
  ...['user@', 'user:pw@', '@', 'evil.example@', 'evil.example\\@', 'evil.example%40', 'evil.example#@', 'www.'].map(
    atHost,
  ),
  ...['.', '.evil.example', '@evil.example', ':443', ':80', ':0', ':1', ':65536', '%2eevil.example', '\\', '%2f'].map(
    afterHost,
  ),
  ...['/../', '//', '/./', '/%2e%2e/', '/;x/'].map((path) => afterHost(path)),
  (uri) => uri.toUpperCase(),
  (uri) => swap(/\/\/[^/?]*/, uri.match(/\/\/[^/?]*/)?.[0].toUpperCase() ?? '')(uri, 0),
  (uri) => uri.replace('cb', 'CB').replace('callback', 'Callback'),
  (uri, at) => uri.slice(0, at % uri.length) + uri.slice((at % uri.length) + 1),
  (uri) => uri.slice(0, -1),
  (uri) => ` ${uri}`,
  (uri) => encodeURI(encodeURI(uri)),
  (uri) => encodeURIComponent(uri),
  (uri) => decodeURIComponent(uri),
  (uri) => uri.split('').toReversed().join(''),
  (uri) => new URL(uri, 'https://wiki.example').href,
  (uri, at) => uri.replace(uri[at % uri.length] ?? '', `%${uri.charCodeAt(at % uri.length).toString(16)}`),
  swap('https:', 'http:'),
  swap('http:', 'https:'),
  swap('https:', 'javascript:'),
  swap('://', ':'),
  swap('://', ':/'),
  swap('://', ':///'),
  swap('//', '\\\\'),
  swap('e', '\u0435'),
  swap('127.0.0.1', '127.1'),
  swap('127.0.0.1', '2130706433'),
  swap('127.0.0.1', '0x7f.0.0.1'),
  swap('127.0.0.1', 'localhost'),
  swap('127.0.0.1', '127.0.0.2'),
  swap('127.0.0.1', '[::ffff:127.0.0.1]'),
  swap('localhost', '127.0.0.1'),
  swap('[::1]', '[0:0:0:0:0:0:0:1]'),
  swap('[::1]', '[::1%25lo]'),
  swap('[::1]', '::1'),
  swap('2001:db8::1', '2001:DB8::1'),
  swap('2001:db8::1', '2001:db8:0::1'),
  swap('tenant=1', 'tenant=2'),
  swap('tenant=1&x=%20', 'x=%20&tenant=1'),
  swap('%20', '+'),
  swap(/:\d+/, ':8444'),
  swap(/:\d+/, ''),
]

const mutated = fc
  .tuple(
    fc.constantFrom(...REGISTERED),
    fc.array(fc.tuple(fc.constantFrom(...MUTATIONS), fc.nat(80)), { maxLength: 3 }),
  )
  .map(([uri, steps]) => steps.reduce((text, [mutate, at]) => safely(mutate, text, at), uri))

function safely(mutate: Mutation, uri: string, at: number): string {
  try {
    return mutate(uri, at)
  } catch (error) {
    if (error instanceof URIError || error instanceof TypeError) return uri
    throw error
  }
}

describe('[RFC9700 4.1.3] exact matching', () => {
  const client = clientWith(REGISTERED)

  for (const uri of REGISTERED) {
    test(`${uri} passes as it is registered`, () => assert.equal(prove(client, uri).uri, uri))
    test(`no single change of ${uri} passes`, () => {
      const alone = clientWith([uri])
      for (const mutate of MUTATIONS) {
        for (let at = 0; at < uri.length; at++) {
          const changed = safely(mutate, uri, at)
          assert.equal(passes(alone, changed), changed === uri, changed)
          assert.equal(provePostLogoutTarget(alone, changed, undefined) !== undefined, changed === uri, changed)
        }
      }
    })
  }

  test('of 20,000 changed URIs none passes but those that are what is registered', () => {
    const property = fc.property(mutated, (uri) => assert.equal(passes(client, uri), REGISTERED.includes(uri), uri))
    fc.assert(property, { numRuns: 20_000, seed: 9700 })
  })

  test('[RP-Initiated Logout 3] nor of 20,000 post-logout URIs', () => {
    const property = fc.property(mutated, (uri) => {
      assert.equal(provePostLogoutTarget(client, uri, undefined)?.uri, REGISTERED.includes(uri) ? uri : undefined)
    })
    fc.assert(property, { numRuns: 20_000, seed: 9701 })
  })

  test('[RFC6749 3.1.2.3] one is always needed, also where only one is registered', () => {
    assertRefused(
      () => prove(clientWith(['https://a.example/']), undefined),
      'invalid_request',
      /redirect_uri is missing/,
    )
  })

  test('a client without any has no target', () => {
    assertRefused(() => prove(clientWith([]), 'https://wiki.example/callback'), 'invalid_request', /not registered/)
  })

  test('[RFC6749 3.1] a repeated one is refused, even when both are registered', () => {
    const twice = `redirect_uri=${encodeURIComponent(REGISTERED[0] ?? '')}`
    assertRefused(() => proveRedirectTarget(client, readParameters(`${twice}&${twice}`)), 'invalid_request', /repeated/)
  })

  test('what is registered for the one purpose is not for the other', () => {
    const both = aClient()
    assertRefused(() => prove(both, 'https://app.example/bye'), 'invalid_request')
    assert.equal(provePostLogoutTarget(both, 'https://app.example/callback', undefined), undefined)
    assert.equal(provePostLogoutTarget(both, 'https://app.example/bye', 's')?.uri, 'https://app.example/bye')
  })

  test('the refused URI is in the log and not on the wire', () => {
    const error = refusal(() => prove(client, 'https://evil.example/"x'))
    assert.equal(error.description, 'redirect_uri is not registered for this client')
    assert.equal(error.failed.came, 'https://evil.example/"x')
    assert.match(error.failed.expected ?? '', /^https:\/\/wiki\.example\/callback /)
  })
})

describe('[RFC8252 7.3] the loopback port of a native app', () => {
  const loopback = ['http://127.0.0.1/cb', 'http://[::1]:7000/cb?x=1', 'http://127.0.0.1:9', 'http://localhost:3000/cb']
  const native = clientWith([...loopback, 'https://app.example/cb', 'com.example.app:/cb'], 'native')

  const PASS = [
    'http://127.0.0.1/cb',
    'http://127.0.0.1:1/cb',
    'http://127.0.0.1:65535/cb',
    'http://[::1]/cb?x=1',
    'http://[::1]:51000/cb?x=1',
    'http://127.0.0.1',
    'http://127.0.0.1:51000',
    'http://localhost:3000/cb',
    'https://app.example/cb',
  ]
  for (const uri of PASS) {
    test(`${uri} passes`, () => assert.equal(prove(native, uri).uri, uri))
  }

  const FAIL = [
    'http://localhost:3001/cb',
    'http://localhost/cb',
    'http://127.0.0.2:1/cb',
    'http://127.1:1/cb',
    'http://127.0.0.1.evil.example:1/cb',
    'http://127.0.0.1:1@evil.example/cb',
    'http://127.0.0.1:1\\@evil.example/cb',
    'http://127.0.0.1:123456/cb',
    'http://127.0.0.1:65536/cb',
    'http://127.0.0.1:99999/cb',
    'http://127.0.0.1:0/cb',
    'http://127.0.0.1:080/cb',
    'http://127.0.0.1:/cb',
    'http://127.0.0.1:-1/cb',
    'http://127.0.0.1:1x/cb',
    'http://127.0.0.1:%31/cb',
    'http://127.0.0.1:1/cb/',
    'http://127.0.0.1:1/CB',
    'http://127.0.0.1:1/cb?',
    'http://127.0.0.1:1/cb#',
    'http://127.0.0.1:1/cb#x',
    'http://127.0.0.1:1//cb',
    'http://127.0.0.1:1/./cb',
    'http://127.0.0.1:1/',
    'http://127.0.0.1:1/cb\n',
    'http://[::1]:1/cb',
    'http://[::1]:1/cb?x=2',
    'http://[0:0:0:0:0:0:0:1]:1/cb?x=1',
    'http://[::ffff:127.0.0.1]:1/cb',
    'https://127.0.0.1:1/cb',
    'HTTP://127.0.0.1:1/cb',
    'https://app.example:1/cb',
    'com.example.app:1/cb',
  ]
  for (const uri of FAIL) {
    test(`${JSON.stringify(uri)} does not`, () => assert.equal(passes(native, uri), false))
  }

  test('is not free for a web client', () => {
    const web = clientWith(loopback)
    assert.equal(passes(web, 'http://127.0.0.1/cb'), true)
    for (const uri of ['http://127.0.0.1:1/cb', 'http://[::1]:1/cb?x=1']) assert.equal(passes(web, uri), false)
  })

  test('is not free after sign-out', () => {
    assert.equal(provePostLogoutTarget(native, 'http://127.0.0.1:1/cb', undefined), undefined)
  })

  test('of 20,000 changed URIs only those with another port pass', () => {
    const registered = ['http://127.0.0.1/cb', 'http://[::1]:7000/cb', 'https://wiki.example/callback']
    const client = clientWith(registered, 'native')
    const property = fc.property(mutated, (uri) => {
      if (!passes(client, uri) || registered.includes(uri)) return
      const match = /^http:\/\/(127\.0\.0\.1|\[::1\])(:\d{1,5})?\/cb$/.exec(uri)
      assert.ok(match, uri)
    })
    fc.assert(property, { numRuns: 20_000, seed: 8252 })
  })
})

describe('what a target carries', () => {
  const uri = 'https://app.example/callback'
  const targetOf = (rest: string) =>
    proveRedirectTarget(aClient(), readParameters(`redirect_uri=${encodeURIComponent(uri)}&${rest}`))

  for (const mode of RESPONSE_MODES) {
    test(`response_mode=${mode}`, () => assert.equal(targetOf(`response_mode=${mode}`).responseMode, mode))
  }
  test('[OAuth Multiple Response Types 2.1] query is the default of code', () => {
    assert.equal(targetOf('').responseMode, 'query')
  })
  for (const rest of [
    'response_mode=web_message',
    'response_mode=form_post&response_mode=form_post',
    'response_mode=%zz',
  ]) {
    test(`a refusal of ${rest} goes by query`, () => assert.equal(targetOf(rest).responseMode, 'query'))
  }
  test('[OAuth Form Post Response Mode 2] a private-use scheme is never posted to', () => {
    const native = clientWith(
      ['com.example.app:/cb', 'http://127.0.0.1/cb', 'httpx.example:/cb', 'com.example.https:/cb'],
      'native',
    )
    const modeOf = (redirect_uri: string) => prove(native, redirect_uri, { response_mode: 'form_post' }).responseMode
    assert.equal(modeOf('com.example.app:/cb'), 'query')
    assert.equal(modeOf('httpx.example:/cb'), 'query')
    assert.equal(modeOf('com.example.https:/cb'), 'query')
    assert.equal(modeOf('http://127.0.0.1:9/cb'), 'form_post')
  })
  test('[RFC6749 4.1.2.1] the state, exactly', () => {
    assert.equal(targetOf('state=%2B%20%3C%C3%BC').state, '+ <ü')
    assert.equal(targetOf('').state, undefined)
  })
  for (const rest of ['state=a&state=b', 'state=%ff', 'state=a%00', `state=${'x'.repeat(4097)}`]) {
    test(`no state where it is faulty: ${rest.slice(0, 20)}`, () => assert.equal(targetOf(rest).state, undefined))
  }
  test('after a sign-out the answer goes by query', () => {
    const target = provePostLogoutTarget(aClient(), 'https://app.example/bye', 'a-state')
    assert.deepEqual(target && { ...target }, {
      uri: 'https://app.example/bye',
      responseMode: 'query',
      state: 'a-state',
    })
  })
})

test('a plain object is no RedirectTarget', () => {
  const plain = { uri: 'https://evil.example/', responseMode: 'query', state: undefined } as const
  // @ts-expect-error Property '[proven]' is missing: only what was proven may be answered to.
  successResponse({ code: 'code' }, plain, 'https://login.example')
  // @ts-expect-error Nor can one be made by naming the type.
  const target: RedirectTarget = { ...plain, proven: true }
  assert.ok(target)
})

test('what the log is told of a wrong redirect_uri is short, whatever a client registered and sent', () => {
  const many = Array.from({ length: 50 }, (_, i) => `https://wiki.example/${i}/${'x'.repeat(1000)}`)
  assert.throws(
    () => prove(clientWith(many), `https://evil.example/${'y'.repeat(1000)}`),
    (error: OAuthError) => {
      const detail = JSON.stringify(error.failed)
      assert.ok(detail.length < 1500, `${detail.length}`)
      assert.match(detail, /wiki\.example\/4\/.* and 45 more/)
      return true
    },
  )
})
