import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { limits } from '../../src/throttling/limits.ts'
import { fakeClock } from '../fixtures/clock.ts'
import { THROTTLING } from '../fixtures/test-app.ts'

const HERE = '192.0.2.1'
const THERE = '198.51.100.1'
const at = (ip: string) => () => ip

describe('wrong client secrets', () => {
  const config = { ...THROTTLING, clientSecrets: { most: 3, every: 10_000 } }

  test('[RFC6749 2.3.1] so many different ones for one client from one address, then one each ten seconds', () => {
    const clock = fakeClock()
    const own = limits(config, clock.steady)
    for (const digest of ['a', 'b', 'c']) {
      assert.equal(own.clientSecret(at(HERE), 'app'), undefined)
      own.wrongClientSecret(HERE, 'app', digest)
    }
    assert.equal(own.clientSecret(at(HERE), 'app'), 10_000)
    clock.advance(9_999)
    assert.equal(own.clientSecret(at(HERE), 'app'), 1)
    clock.advance(1)
    assert.equal(own.clientSecret(at(HERE), 'app'), undefined)
  })

  test('who knows the id is not in the way of the client: another address, another client and another id are free', () => {
    const own = limits(config, fakeClock().steady)
    for (const digest of ['a', 'b', 'c', 'd']) own.wrongClientSecret(HERE, 'app', digest)
    assert.equal(own.clientSecret(at(THERE), 'app'), undefined)
    assert.equal(own.clientSecret(at(HERE), 'spa'), undefined)
    assert.equal(own.clientSecret(at(HERE), undefined), undefined)
  })

  test('an old secret that somebody still sends, again and again, is one wrong secret', () => {
    const own = limits(config, fakeClock().steady)
    for (let i = 0; i < 50; i++) own.wrongClientSecret(HERE, 'app', 'old')
    assert.equal(own.clientSecret(at(HERE), 'app'), undefined)
  })

  test('ids that nobody has count together; an exempt network is not counted', () => {
    const own = limits({ ...config, exemptNetworks: ['198.51.100.0/24'] }, fakeClock().steady)
    for (const digest of ['a', 'b', 'c']) {
      own.wrongClientSecret(HERE, undefined, digest)
      own.wrongClientSecret(THERE, undefined, digest)
    }
    assert.equal(own.clientSecret(at(HERE), undefined), 10_000)
    assert.equal(own.clientSecret(at(THERE), undefined), undefined)
  })

  test('from loopback, where everybody comes from behind a proxy that is not named, no stranger shuts out a client', () => {
    const own = limits(config, fakeClock().steady)
    for (const digest of ['a', 'b', 'c', 'd']) own.wrongClientSecret('127.0.0.1', 'app', digest)
    assert.equal(own.clientSecret(at('127.0.0.1'), 'app'), undefined)
    assert.equal(own.clientSecret(at('::1'), 'app'), undefined)
  })

  test('where nobody was wrong of late the address is not even looked at', () => {
    const clock = fakeClock()
    const own = limits(config, clock.steady)
    const never = () => assert.fail('asked for the address')
    assert.equal(own.clientSecret(never, 'app'), undefined)
    own.wrongClientSecret(HERE, 'app', 'a')
    clock.advance(10_001)
    assert.equal(own.clientSecret(never, 'app'), undefined)
  })

  test('a million addresses don’t fill the memory', () => {
    const own = limits(config, fakeClock().steady)
    for (let i = 0; i < 12_000; i++) own.wrongClientSecret(`10.0.${i >> 8}.${i & 255}`, 'app', String(i))
    for (const digest of ['x', 'y', 'z']) own.wrongClientSecret(HERE, 'app', digest)
    assert.equal(own.clientSecret(at(HERE), 'app'), 10_000)
  })
})

describe('requests of one client', () => {
  const config = { ...THROTTLING, clientRequestsPerSecond: 2 }
  const app = { id: 'app', isPublic: false }
  const spa = { id: 'spa', isPublic: true }

  test('so many each second, ten seconds’ worth at once, from wherever', () => {
    const clock = fakeClock()
    const own = limits(config, clock.steady)
    for (let i = 0; i < 20; i++) assert.equal(own.clientRequest(at(i % 2 ? HERE : THERE), app), undefined)
    assert.equal(own.clientRequest(at(HERE), app), 500)
    clock.advance(500)
    assert.equal(own.clientRequest(at(THERE), app), undefined)
    assert.equal(own.clientRequest(at(HERE), app), 500)
  })

  test('of a client without a secret, by address: anybody can use its name', () => {
    const own = limits(config, fakeClock().steady)
    for (let i = 0; i < 20; i++) own.clientRequest(at(HERE), spa)
    assert.equal(own.clientRequest(at(HERE), spa), 500)
    assert.equal(own.clientRequest(at(THERE), spa), undefined)
  })

  test('off by default, and when throttling is off', () => {
    for (const off of [THROTTLING, { ...config, isEnabled: false }]) {
      const own = limits(off, fakeClock().steady)
      for (let i = 0; i < 100; i++) assert.equal(own.clientRequest(at(HERE), app), undefined)
    }
  })
})

describe('sign-ins that are begun', () => {
  test('so many from one address, and this machine is not counted', () => {
    const own = limits({ ...THROTTLING, newSignIns: { most: 2, every: 200 } }, fakeClock().steady)
    assert.deepEqual([own.newSignIn(HERE), own.newSignIn(HERE), own.newSignIn(HERE)], [undefined, undefined, 200])
    assert.equal(own.newSignIn(THERE), undefined)
    for (let i = 0; i < 10; i++) assert.equal(own.newSignIn('127.0.0.1'), undefined)
  })

  test('[RFC6177] who has a /48 has no more than four addresses may; those of one /24 are many', () => {
    const own = limits({ ...THROTTLING, newSignIns: { most: 2, every: 200 } }, fakeClock().steady)
    for (let i = 0; i < 8; i++) assert.equal(own.newSignIn(`2001:db8:1:${i}::1`), undefined)
    assert.equal(own.newSignIn('2001:db8:1:ff::1'), 50)
    assert.equal(own.newSignIn('2001:db8:2::1'), undefined)
    for (let i = 0; i < 20; i++) assert.equal(own.newSignIn(`192.0.2.${i}`), undefined)
  })
})
