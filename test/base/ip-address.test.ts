import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isInRange, parseIpAddress, parseIpRange } from '../../src/base/ip-address.ts'

const inRange = (address: string, range: string): boolean => {
  const [parsed, parsedRange] = [parseIpAddress(address), parseIpRange(range)]
  assert.ok(parsed && parsedRange)
  return isInRange(parsed, parsedRange)
}

describe('addresses', () => {
  for (const [one, other] of [
    ['::1', '0:0:0:0:0:0:0:1'],
    ['::ffff:127.0.0.1', '::ffff:7f00:1'],
    ['2001:db8::', '2001:DB8:0::0'],
    ['1::', '1:0:0:0:0:0:0:0'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::', '0::0'],
    ['fe80::1%eth0', 'fe80::1'],
    ['64:ff9b::10.0.0.1', '64:ff9b::a00:1'],
  ] as const) {
    test(`[RFC4291 2.2] ${one} is ${other}`, () => assert.deepEqual(parseIpAddress(one), parseIpAddress(other)))
  }

  test('the number of an address', () => {
    assert.deepEqual(parseIpAddress('1.2.3.4'), { version: 4, number: 0x01020304n })
    assert.deepEqual(parseIpAddress('1:2::8'), { version: 6, number: (1n << 112n) | (2n << 96n) | 8n })
  })

  for (const text of ['', 'localhost', '127.1', '0x7f.0.0.1', '2130706433', '[::1]', '1.2.3.4.5', '1.2.3.4/8', ':::']) {
    test(`${JSON.stringify(text)} is no address`, () => assert.equal(parseIpAddress(text), undefined))
  }
})

describe('ranges', () => {
  test('[RFC4632 3.1] the leading bits decide', () => {
    assert.equal(inRange('172.31.255.255', '172.16.0.0/12'), true)
    assert.equal(inRange('172.32.0.0', '172.16.0.0/12'), false)
    assert.equal(inRange('172.15.255.255', '172.16.0.0/12'), false)
    assert.equal(inRange('febf::1', 'fe80::/10'), true)
    assert.equal(inRange('fec0::1', 'fe80::/10'), false)
    assert.equal(inRange('8.8.8.8', '0.0.0.0/0'), true)
  })

  test('an address alone is a range of one', () => {
    assert.equal(inRange('10.0.0.7', '10.0.0.7'), true)
    assert.equal(inRange('10.0.0.8', '10.0.0.7'), false)
  })

  test('one version is never in a range of the other', () => assert.equal(inRange('::1', '0.0.0.0/0'), false))

  for (const text of ['10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/8/8', 'a/8', '/8', '10.0.0.0/-1']) {
    test(`${text} is no range`, () => assert.equal(parseIpRange(text), undefined))
  }
})
