import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { clientAddress, isLoopback, networkOf } from '../../src/base/network.ts'

const network = (text: string, breadth: 'near' | 'wide'): string => {
  const address = clientAddress(text)
  assert.ok(address)
  return networkOf(address, breadth)
}

describe('the network of an address', () => {
  test('IPv4: itself, and its /24', () => {
    assert.notEqual(network('198.51.100.7', 'near'), network('198.51.100.8', 'near'))
    assert.equal(network('198.51.100.7', 'wide'), network('198.51.100.255', 'wide'))
    assert.notEqual(network('198.51.100.7', 'wide'), network('198.51.101.7', 'wide'))
  })

  test('[RFC4291 2.5.4, RFC6177] IPv6: its /64, and its /48', () => {
    assert.equal(network('2001:db8:1:2::1', 'near'), network('2001:DB8:1:2:ffff::', 'near'))
    assert.notEqual(network('2001:db8:1:2::1', 'near'), network('2001:db8:1:3::1', 'near'))
    assert.equal(network('2001:db8:1:2::1', 'wide'), network('2001:db8:1:ffff::1', 'wide'))
    assert.notEqual(network('2001:db8:1::1', 'wide'), network('2001:db8:2::1', 'wide'))
  })

  test('[RFC4291 2.5.5.2] an IPv4 address is the same in IPv6’s clothes, and no address of IPv6', () => {
    assert.equal(network('::ffff:198.51.100.7', 'near'), network('198.51.100.7', 'near'))
    assert.equal(network('::ffff:c633:6407', 'near'), network('198.51.100.7', 'near'))
    assert.notEqual(network('::c633:6407', 'near'), network('198.51.100.7', 'near'))
  })

  test('[RFC6052 2.1] behind a translator everybody of IPv4 is still one of many, not all one /64', () => {
    assert.equal(network('64:ff9b::198.51.100.7', 'near'), network('198.51.100.7', 'near'))
    assert.notEqual(network('64:ff9b::198.51.100.7', 'wide'), network('64:ff9b::203.0.113.7', 'wide'))
    assert.equal(network('64:ff9b:1::1', 'wide'), network('64:ff9b:1:2::1', 'wide'))
  })

  test('loopback is told, and what is no address has none', () => {
    const told = ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '128.0.0.1', '::2'].map((text) => {
      const address = clientAddress(text)
      return address !== undefined && isLoopback(address)
    })
    assert.deepEqual(told, [true, true, true, true, false, false])
    assert.equal(clientAddress('/run/socket'), undefined)
  })
})
