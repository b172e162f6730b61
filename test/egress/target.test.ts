import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { EgressError, type EgressFault } from '../../src/egress/egress-error.ts'
import { egressPolicy, judgeAddresses, parseTarget } from '../../src/egress/target.ts'

const policyFor = (issuer: string, ...allowedHosts: readonly string[]) =>
  egressPolicy({ issuer, egress: { allowedHosts, timeout: 1000 } })
const STRICT = policyFor('https://login.example')
const DEVELOPMENT = policyFor('http://localhost:8080')

/** Why the URL, whose host has these addresses, may not be asked; undefined when it may. */
function faultOf(url: string, addresses: readonly string[] = ['8.8.8.8'], policy = STRICT): EgressFault | undefined {
  try {
    const target = parseTarget(url, policy)
    judgeAddresses(target, /^[\d.]+$|:/.test(target.host) ? [target.host] : addresses, policy)
    return undefined
  } catch (error) {
    assert.ok(error instanceof EgressError, String(error))
    return error.reason
  }
}

describe('URLs', () => {
  for (const url of [
    'https://client.example/jwks',
    'https://client.example:443/',
    'https://client.example:1024/',
    'https://client.example:65535/?a=b',
    'https://8.8.8.8/',
    'https://[2606:4700:4700::1111]/',
  ]) {
    test(`${url} may be asked`, () => assert.equal(faultOf(url), undefined))
  }

  for (const [rule, url] of [
    ['[RFC9700 4.2] plain http', 'http://client.example/jwks'],
    ['another scheme', 'ftp://client.example/jwks'],
    ['a file', 'file:///etc/passwd'],
    ['data', 'data:application/json,{}'],
    ['no URL', 'client.example'],
    ['nothing', ''],
    ['[RFC3986 3.2.1] credentials', 'https://user:secret@client.example/'],
    ['[RFC3986 3.2.1] a user', 'https://user@client.example/'],
    ['[RFC3986 3.5] a fragment', 'https://client.example/#x'],
    ['[RFC3986 3.5] an empty fragment', 'https://client.example/#'],
    ['port 0', 'https://client.example:0/'],
    ['port 22', 'https://client.example:22/'],
    ['port 25', 'https://client.example:25/'],
    ['port 1023', 'https://client.example:1023/'],
    ['a port out of range', 'https://client.example:65536/'],
    ['a long URL', `https://client.example/${'x'.repeat(2048)}`],
  ] as const) {
    test(`${rule} is refused`, () => assert.equal(faultOf(url), 'bad_url'))
  }
})

describe('[RFC6890] addresses', () => {
  for (const host of [
    '127.0.0.1',
    '127.1',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '2130706433',
    '0',
    '１２７.0.0.1',
    '169.254.169.254',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[0:0:0:0:0:ffff:7f00:0001]',
    '[64:ff9b::127.0.0.1]',
    '[fe80::1]',
  ]) {
    test(`the literal ${host} is refused`, () => assert.equal(faultOf(`https://${host}/`), 'refused_address'))
  }

  test('one private address among public ones is enough to be refused', () => {
    assert.equal(faultOf('https://client.example/', ['8.8.8.8', '10.0.0.1', '8.8.4.4']), 'refused_address')
    assert.equal(faultOf('https://client.example/', ['8.8.8.8', '::1']), 'refused_address')
  })

  test('localhost is refused where the issuer is not on it', () => {
    assert.equal(faultOf('https://localhost/', ['127.0.0.1']), 'refused_address')
    assert.equal(faultOf('http://localhost:8080/', ['127.0.0.1']), 'bad_url')
    assert.equal(faultOf('https://localhost/', ['127.0.0.1'], policyFor('https://localhost')), 'refused_address')
  })
})

describe('egress.allowed_hosts', () => {
  const internal = policyFor('https://login.example', 'wiki.internal', 'mail.internal:8443', '10.0.0.7', '[fd00::7]:81')
  for (const url of [
    'https://wiki.internal/',
    'http://wiki.internal:80/',
    'http://wiki.internal:25/',
    'https://mail.internal:8443/',
    'http://mail.internal:8443/',
    'https://10.0.0.7/',
    'http://10.0.0.7:1/',
    'https://[fd00:0::7]:81/',
  ]) {
    test(`${url} may be asked when it is named`, () => assert.equal(faultOf(url, ['10.1.2.3'], internal), undefined))
  }

  for (const [url, reason] of [
    ['https://other.internal/', 'refused_address'],
    ['https://sub.wiki.internal/', 'refused_address'],
    ['https://wiki.internal./', 'refused_address'],
    ['https://mail.internal/', 'refused_address'],
    ['http://mail.internal:8080/', 'bad_url'],
    ['https://10.0.0.8/', 'refused_address'],
    ['https://[fd00::7]/', 'refused_address'],
  ] as const) {
    test(`${url} may not, since only another is`, () => assert.equal(faultOf(url, ['10.1.2.3'], internal), reason))
  }

  const range = policyFor('https://login.example', '10.1.0.0/16')
  test('a range allows its addresses, on every port', () => {
    assert.equal(faultOf('https://wiki.internal/', ['10.1.2.3'], range), undefined)
    assert.equal(faultOf('https://wiki.internal:25/', ['10.1.2.3'], range), undefined)
    assert.equal(faultOf('https://10.1.2.3/', [], range), undefined)
    assert.equal(faultOf('https://wiki.internal/', ['10.1.2.3', '10.2.2.3'], range), 'refused_address')
  })

  test('[RFC9700 4.2] a range allows no plain http: whoever answers there could be anybody', () => {
    assert.equal(faultOf('http://10.1.2.3/', [], range), 'bad_url')
  })
})

describe('development: the issuer is http on a loopback host', () => {
  for (const url of [
    'http://localhost:3000/',
    'http://wiki.localhost/',
    'http://127.0.0.1:3000/',
    'https://[::1]:1/',
  ]) {
    test(`${url} may be asked`, () => assert.equal(faultOf(url, ['127.0.0.1', '::1'], DEVELOPMENT), undefined))
  }

  test('[RFC6761 6.3] but only by a name that can mean nothing else', () => {
    assert.equal(faultOf('https://client.example/', ['127.0.0.1'], DEVELOPMENT), 'refused_address')
    assert.equal(faultOf('http://client.example/', ['127.0.0.1'], DEVELOPMENT), 'bad_url')
    assert.equal(faultOf('https://localhost.example/', ['127.0.0.1'], DEVELOPMENT), 'refused_address')
  })

  test('and nothing else that is private', () => {
    assert.equal(faultOf('https://10.0.0.1/', [], DEVELOPMENT), 'refused_address')
    assert.equal(faultOf('http://169.254.169.254/', [], DEVELOPMENT), 'bad_url')
  })
})
