/** What proxies do to a request, and what the doctor makes of it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Here, MADE_UP_ADDRESS } from '../../../src/cli/doctor/client-address.ts'
import { judge } from '../../../src/cli/doctor/proxy.ts'
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

/** An older server, which does not say by which port the request came. */
const here = (different: Partial<Here> = {}): Here => ({
  ...{ ownAddresses: [], from: undefined, isOwnCertificate: undefined },
  ...different,
})

const judged = (request: SeenRequest, trustedProxies: readonly string[] = ['10.0.0.2']) =>
  judge(request, { issuer: ISSUER, trustedProxies }, here())

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
    assert.match(finding.todo ?? '', /nothing breaks here.*Host \$http_host/, '$host has no port')
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
    const own = seen({ client: MADE_UP_ADDRESS }, { 'x-forwarded-for': `${MADE_UP_ADDRESS}, 10.0.0.2` })
    const level = (address: string, trusted = '10.0.0.2') =>
      judge(own, { issuer: ISSUER, trustedProxies: [trusted] }, here({ ownAddresses: [address] }))[2]?.level
    assert.deepEqual(
      [level('10.0.0.2'), level('10.0.0.3'), level('10.0.0.2', '0.0.0.0/0')],
      ['fine', 'problem', 'problem'],
    )
  })

  test('believed from too far away', () => {
    const finding = address(seen({ client: MADE_UP_ADDRESS }), ['0.0.0.0/0'])
    assert.equal(finding?.level, 'problem')
    assert.match(finding.todo ?? '', /too wide/)
  })
})

describe('a proxy that tells no address', () => {
  const TOLD_NONE = /so everybody seems to come from there$/
  const LOCAL = { address: '127.0.0.1', port: 50_000 }
  /** As it arrives when nothing is on the way, and what is different. */
  const arrived = (different: Partial<SeenRequest>, headers: Record<string, string | undefined> = {}) =>
    seen(
      { peer: '127.0.0.1', client: '127.0.0.1', peerPort: 50_000, ...different },
      { 'x-forwarded-for': MADE_UP_ADDRESS, 'x-forwarded-proto': undefined, host: '127.0.0.1:8080', ...headers },
    )
  const address = (request: SeenRequest, different: Partial<Here> = {}, settings: object = {}) =>
    judge(
      request,
      { issuer: 'http://127.0.0.1:8080', trustedProxies: [], ...settings },
      here({ from: LOCAL, ...different }),
    )[2]

  test('no proxy on loopback: the very connection of the doctor arrives, also as IPv6', () => {
    assert.deepEqual(address(arrived({})), {
      level: 'fine',
      found: 'client address: 127.0.0.1, straight from the connection',
    })
    assert.equal(address(arrived({ peer: '::ffff:127.0.0.1' }))?.level, 'fine')
    // Trusted for a proxy that is not there today.
    const trusting = address(arrived({ client: MADE_UP_ADDRESS }), {}, { trustedProxies: ['127.0.0.1'] })
    assert.equal(trusting?.level, 'fine')
  })

  test('X-Forwarded-For that was sent does not arrive, with trusted_proxies and without', () => {
    const stripped = arrived({ peerPort: 40_000 }, { 'x-forwarded-for': undefined })
    const untrusted = address(stripped)
    assert.match(untrusted?.found ?? '', /the proxy at 127\.0\.0\.1 takes X-Forwarded-For away/)
    assert.match(untrusted?.found ?? '', TOLD_NONE)
    for (const proxy of [/nginx: proxy_set_header/, /Caddy: .*header_up/, /Traefik: /]) {
      assert.match(untrusted?.todo ?? '', proxy)
    }
    assert.match(untrusted?.todo ?? '', /\nThen set trusted_proxies: \['127\.0\.0\.1'\]\.$/)
    const trusted = address(stripped, {}, { trustedProxies: ['127.0.0.1'] })
    assert.match(trusted?.found ?? '', /takes X-Forwarded-For away/)
    assert.doesNotMatch(trusted?.todo ?? '', /set trusted_proxies/)
  })

  test('it passes on what came: another connection from the same machine, a header of its own, another certificate', () => {
    assert.match(
      address(arrived({ peerPort: 40_000 }))?.found ?? '',
      /what passes requests on, at 127\.0\.0\.1, tells none/,
    )
    const outside = { from: { address: '198.51.100.9', port: 50_000 } }
    const https = { issuer: ISSUER }
    const inTls = arrived({ isTls: true, peer: '10.0.0.2', client: '10.0.0.2' })
    const says = arrived({ isTls: true, peer: '10.0.0.2', client: '10.0.0.2' }, { via: '1.1 edge' })
    assert.match(address(says, outside, https)?.found ?? '', /what adds the header via, at 10\.0\.0\.2, tells none/)
    const other = address(inTls, { ...outside, isOwnCertificate: false }, https)
    assert.match(other?.found ?? '', /another certificate in front, at 10\.0\.0\.2, tells none/)
  })

  test('NAT changes addresses, too: that is neither called fine nor a fault', () => {
    const inTls = arrived({ isTls: true, peer: '172.17.0.1', client: '172.17.0.1' })
    const inside = { from: { address: '172.17.0.5', port: 50_000 }, isOwnCertificate: true }
    const finding = address(inTls, inside, { issuer: ISSUER })
    assert.equal(finding?.level, 'unknown')
    assert.match(finding?.todo ?? '', /no harm.*audit list.*balancer/)
  })

  test('straight from an address that is trusted, and not this machine’s own loop: who is there may say anything', () => {
    const outside = { from: { address: '10.0.0.9', port: 50_000 } }
    const request = arrived({ isTls: true, peer: '10.0.0.9', client: MADE_UP_ADDRESS })
    const finding = address(request, outside, { issuer: ISSUER, trustedProxies: ['10.0.0.0/8'] })
    assert.equal(finding?.level, 'warning')
    assert.match(finding?.todo ?? '', /take it out of trusted_proxies/)
  })
})
