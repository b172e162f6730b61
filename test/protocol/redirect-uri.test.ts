import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { isLoopbackHost, redirectUriFault } from '../../src/protocol/redirect-uri.ts'
import { APPLICATION_TYPES } from '../../src/protocol/vocabulary.ts'

const REFUSED: readonly [rule: string, uri: string, says: RegExp][] = [
  ['[RFC6749 3.1.2] an empty URI', '', /empty/],
  ['[RFC6749 3.1.2] a relative URI', '/callback', /absolute/],
  ['[RFC6749 3.1.2] a URI without a scheme', '//wiki.example/callback', /absolute/],
  ['[RFC6749 3.1.2] a fragment', 'https://wiki.example/cb#x', /fragment/],
  ['[RFC6749 3.1.2] an empty fragment', 'https://wiki.example/cb#', /fragment/],
  ['[RFC9700 4.1.3] a wildcard host', 'https://*.wiki.example/cb', /wildcard/],
  ['[RFC9700 4.1.3] a wildcard path', 'https://wiki.example/*', /wildcard/],
  ['a user name', 'https://wiki.example@evil.example/cb', /user name/],
  ['a user name and password', 'https://a:b@wiki.example/cb', /user name/],
  ['an empty user name', 'https://@wiki.example/cb', /user name/],
  ['a user name in a private scheme', 'com.example.app://a@b/cb', /user name/],
  ['a backslash', 'https://wiki.example\\@evil.example/', /backslash/],
  ['a space', 'https://wiki.example/c b', /white space/],
  ['a space at the end', 'https://wiki.example/cb ', /white space/],
  ['a tab', 'https://wiki.example/\tcb', /white space/],
  ['a line break', 'https://wiki.example/\ncb', /white space/],
  ['a control character', 'https://wiki.example/\u0000cb', /printable ASCII/],
  ['a letter beyond ASCII', 'https://wíki.example/cb', /printable ASCII/],
  ['a quote', 'https://wiki.example/"cb', /percent-encode/],
  ['an angle bracket', 'https://wiki.example/<cb>', /percent-encode/],
  ['a broken percent-encoding', 'https://wiki.example/%zz', /hexadecimal/],
  ['javascript:', 'javascript:alert(1)', /javascript:/],
  ['javascript: in capitals', 'JaVaScRiPt:alert(1)', /javascript:/],
  ['javascript: with a host', 'javascript://wiki.example/%0aalert(1)', /javascript:/],
  ['data:', 'data:text/html,x', /data:/],
  ['vbscript:', 'vbscript:x', /vbscript:/],
  ['file:', 'file:///etc/passwd', /file:/],
  ['blob:', 'blob:https://wiki.example/1', /blob:/],
  ['[RFC9700 4.1.1] plain http', 'http://wiki.example/cb', /plain http/],
  ['[RFC8252 7.3] plain http to what only looks like loopback', 'http://127.0.0.1.evil.example/cb', /plain http/],
  ['[RFC8252 7.3] plain http to a name that ends like localhost', 'http://evillocalhost/cb', /plain http/],
  ['[RFC8252 7.3] plain http to every interface', 'http://0.0.0.0/cb', /plain http/],
  ['no host', 'https:///cb', /no host/],
  ['no slashes', 'https:wiki.example/cb', /no host/],
  ['a host that does not parse', 'https://wiki..%20example:x/cb', /not a valid URL/],
  ['a short form of an address', 'http://127.1/cb', /127\.0\.0\.1/],
  ['a hexadecimal address', 'http://0x7f000001/cb', /unusual/],
  ['an encoded host', 'https://wiki%2eexample/cb', /unusual/],
  ['[RFC3986 3.3] dot segments', 'https://wiki.example/a/../cb', /segments/],
  ['[RFC3986 3.3] encoded dot segments', 'https://wiki.example/a/%2e%2e/cb', /segments/],
  ['a URI of more than 2048 characters', `https://wiki.example/${'x'.repeat(2048)}`, /longer than 2048/],
]

const ACCEPTED = [
  'https://wiki.example',
  'https://wiki.example/',
  'https://wiki.example:8443/cb',
  'https://wiki.example:443/cb',
  'https://Wiki.Example/cb',
  'https://wiki.example/cb?tenant=a%20b&x[]=1',
  'https://xn--wki-rma.example/~me/cb;v=1',
  'https://192.0.2.1/cb',
  'https://[2001:db8::1]/cb',
  'http://localhost/cb',
  'http://localhost:3000/cb',
  'http://wiki.localhost:3000/cb',
  'http://127.0.0.1/cb',
  'http://127.8.9.10:80/cb',
  'http://[::1]:3000/cb',
]

for (const type of APPLICATION_TYPES) {
  describe(`redirect URIs of ${type} clients`, () => {
    for (const [rule, uri, says] of REFUSED) {
      test(`refused: ${rule}`, () => assert.match(redirectUriFault(uri, type) ?? 'accepted', says))
    }
    for (const uri of ACCEPTED) {
      test(`accepted: ${uri}`, () => assert.equal(redirectUriFault(uri, type), undefined))
    }
  })
}

describe('[RFC8252 7.1] private-use schemes', () => {
  for (const uri of ['com.example.app:/cb', 'com.example.app://cb', 'com.example.app:cb', 'COM.Example.App:/cb']) {
    test(`${uri} is for native clients only`, () => {
      assert.equal(redirectUriFault(uri, 'native'), undefined)
      assert.match(redirectUriFault(uri, 'web') ?? '', /application_type: native/)
    })
  }
  for (const uri of ['myapp:/cb', 'myapp://cb', 'com.:/cb', 'a..b:/cb']) {
    test(`${uri} is no reversed domain name`, () => assert.match(redirectUriFault(uri, 'native') ?? '', /reversed/))
  }
})

describe('whatever the URI', () => {
  const scheme = fc.constantFrom('https://', 'http://', 'javascript:', 'com.example.app:/', '', 'HTTPS://', 'data:')
  const piece = fc.constantFrom(
    'wiki.example',
    'localhost',
    '127.0.0.1',
    '[::1]',
    '@',
    ':',
    '/',
    '..',
    '?',
    '#',
    '\\',
    '*',
    '%2e',
    '%',
    ' ',
    '\t',
    'é',
    'x',
  )
  const uri = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.webUrl({ withFragments: true, withQueryParameters: true }),
    fc.tuple(scheme, fc.array(piece, { maxLength: 8 })).map(([start, pieces]) => start + pieces.join('')),
  )
  const type = fc.constantFrom(...APPLICATION_TYPES)
  const options = { numRuns: 2000, seed: 20260115 }

  test('an accepted one means to a browser what is written, and nothing else', () => {
    const property = fc.property(uri, type, (text, applicationType) => {
      if (redirectUriFault(text, applicationType) !== undefined) return
      const url = new URL(text)
      // The parser encodes this one in queries; it means the same.
      const href = url.href.replaceAll('%27', "'")
      assert.equal(url.username + url.password + url.hash, '')
      assert.match(text, /^[!-~]+$/)
      assert.doesNotMatch(text, /[*#\\]/)
      if (url.protocol === 'http:') assert.ok(isLoopbackHost(url.hostname))
      else if (url.protocol !== 'https:') assert.ok(applicationType === 'native' && url.protocol.includes('.'))
      if (url.protocol.startsWith('http')) {
        const normal = text
          .replace(/^[^/]*\/\/[^/?]*/, (origin) => origin.toLowerCase())
          .replace(/:(443|80)(?=[/?]|$)/, '')
        assert.ok(href === normal || href.replace(/\/(?=\?|$)/, '') === normal, `${url.href} ${normal}`)
      }
    })
    fc.assert(property, options)
  })

  test('the answer is words that never repeat it, and never an exception', () => {
    const property = fc.property(uri, type, (text, applicationType) => {
      const fault = redirectUriFault(text, applicationType)
      assert.ok(fault === undefined || (fault.length > 5 && (text.length < 20 || !fault.includes(text))))
    })
    fc.assert(property, options)
  })

  test('a fragment or a wildcard anywhere refuses what was accepted', () => {
    const property = fc.property(
      fc.constantFrom(...ACCEPTED),
      fc.constantFrom('#', '*', '\\', ' ', '\n', '"'),
      fc.nat(),
      (text, bad, at) => {
        const index = at % (text.length + 1)
        assert.notEqual(redirectUriFault(text.slice(0, index) + bad + text.slice(index), 'native'), undefined)
      },
    )
    fc.assert(property, options)
  })
})

describe('[RFC8252 7.3] [RFC6761 6.3] loopback', () => {
  for (const host of [
    'localhost',
    'LOCALHOST',
    'a.localhost',
    'a.b.localhost',
    '127.0.0.1',
    '127.255.255.255',
    '[::1]',
    '::1',
  ]) {
    test(`is ${host}`, () => assert.equal(isLoopbackHost(host), true))
  }
  for (const host of [
    '',
    'localhost.',
    '.localhost',
    'localhost.example',
    'xlocalhost',
    '127.0.0.256',
    '127.1',
    '128.0.0.1',
    '127.0.0.1.example',
    '[::2]',
    '[::ffff:127.0.0.1]',
    '0.0.0.0',
  ]) {
    test(`is not ${host || 'nothing'}`, () => assert.equal(isLoopbackHost(host), false))
  }
})
