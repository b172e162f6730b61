/** What proxies do to a request, and what the doctor makes of it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { judge, MADE_UP_ADDRESS } from '../../../src/cli/doctor/proxy.ts'
import type { SeenRequest } from '../../../src/keys/doctor-pass.ts'
import { inWords, levels } from './judged.ts'

const ISSUER = 'https://login.example'
const APPENDED = `${MADE_UP_ADDRESS}, 198.51.100.9`

/** A proxy that does everything right, and what is different. */
const seen = (different: Partial<SeenRequest> = {}, headers: Record<string, string | undefined> = {}): SeenRequest => ({
  ...{ peer: '10.0.0.2', client: '198.51.100.9', isTls: false },
  ...different,
  headers: Object.fromEntries(
    Object.entries({
      ...{ host: 'login.example', 'x-forwarded-for': APPENDED, 'x-forwarded-proto': 'https', ...headers },
    }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  ),
})

const judged = (request: SeenRequest, trustedProxies: readonly string[] = ['10.0.0.2']) =>
  judge(request, { issuer: ISSUER, trustedProxies })

describe('a proxy that does everything right', () => {
  test('scheme, host and address arrive', () => {
    const words = inWords(judged(seen()))
    assert.deepEqual(words, [
      'fine: scheme: https outside, http from 10.0.0.2 on; every URL is made from `issuer`',
      'fine: host: login.example arrives as it is',
      'fine: client address: 198.51.100.9, as the proxy at 10.0.0.2 tells',
    ])
  })

  test('also when it says nothing of the scheme, or the host in a header of its own, or speaks IPv6 for IPv4', () => {
    const other = seen(
      {},
      { 'x-forwarded-proto': undefined, host: 'upstream:8080', 'x-forwarded-host': 'login.example' },
    )
    assert.equal(levels(judged(other)), 'fine fine fine')
    assert.equal(levels(judged(seen({ peer: '::ffff:10.0.0.2' }), ['10.0.0.0/8'])), 'fine fine fine')
  })

  test('no proxy at all: TLS to Countersign itself', () => {
    const direct = seen(
      { isTls: true, peer: '198.51.100.9' },
      { 'x-forwarded-proto': undefined, 'x-forwarded-for': MADE_UP_ADDRESS },
    )
    assert.deepEqual(inWords(judged(direct, [])), [
      'fine: scheme: https, all the way to Countersign',
      'fine: host: login.example arrives as it is',
      'fine: client address: 198.51.100.9, straight from the connection',
    ])
  })
})

describe('the scheme', () => {
  for (const headers of [
    { 'x-forwarded-proto': 'http' },
    { 'x-forwarded-proto': undefined, forwarded: 'proto=http' },
  ]) {
    test(`a proxy that says http where people come by https: ${JSON.stringify(headers)}`, () => {
      const [finding] = judged(seen({}, headers))
      assert.equal(finding?.level, 'warning')
      assert.match(finding.found, /people come by https, and the proxy at 10\.0\.0\.2 says "http"/)
    })
  }
})

describe('the host', () => {
  test('a proxy that puts its own in its place', () => {
    const [, finding] = judged(seen({}, { host: '127.0.0.1:8080' }))
    assert.equal(finding?.level, 'warning')
    assert.match(finding.found, /login\.example arrives as "127\.0\.0\.1:8080"/)
    assert.match(finding.todo ?? '', /nothing breaks here.*Host \$host/)
  })
})

describe('the client’s address', () => {
  const address = (request: SeenRequest, trusted?: readonly string[]) => judged(request, trusted)[2]

  test('told, but not believed: trusted_proxies is missing', () => {
    const finding = address(seen({ client: '10.0.0.2' }), [])
    assert.equal(finding?.level, 'warning')
    assert.match(finding.todo ?? '', /trusted_proxies: \['10\.0\.0\.2'\]/)
  })

  test('not told by a proxy that is believed', () => {
    const finding = address(seen({ client: '10.0.0.2' }, { 'x-forwarded-for': undefined }))
    assert.equal(finding?.level, 'warning')
    assert.match(finding.todo ?? '', /X-Forwarded-For \$proxy_add_x_forwarded_for/)
  })

  test('not told by what speaks TLS in front', () => {
    const silent = seen({ client: '10.0.0.2' }, { 'x-forwarded-for': MADE_UP_ADDRESS })
    const finding = address(silent, [])
    assert.equal(finding?.level, 'warning')
    assert.match(finding.found, /speaks TLS in front, at 10\.0\.0\.2, tells none/)
  })

  test('passed on as the client made it up', () => {
    const fooled = seen({ client: MADE_UP_ADDRESS }, { 'x-forwarded-for': MADE_UP_ADDRESS })
    const finding = address(fooled)
    assert.equal(finding?.level, 'problem')
    assert.match(finding.todo ?? '', /passes on what clients send/)
  })

  test('made up by the doctor where it comes from a proxy’s own machine: that is no fault, unless all are believed', () => {
    const here = seen({ client: MADE_UP_ADDRESS }, { 'x-forwarded-for': `${MADE_UP_ADDRESS}, 10.0.0.2` })
    const settings = { issuer: ISSUER, trustedProxies: ['10.0.0.2'] }
    assert.equal(judge(here, settings, ['10.0.0.2'])[2]?.level, 'fine')
    assert.equal(judge(here, settings, ['10.0.0.3'])[2]?.level, 'problem')
    assert.equal(judge(here, { ...settings, trustedProxies: ['0.0.0.0/0'] }, ['10.0.0.2'])[2]?.level, 'problem')
  })

  test('believed from too far away', () => {
    const finding = address(seen({ client: MADE_UP_ADDRESS }), ['0.0.0.0/0'])
    assert.equal(finding?.level, 'problem')
    assert.match(finding.todo ?? '', /too wide/)
  })
})
