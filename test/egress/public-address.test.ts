import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseIpAddress } from '../../src/base/ip-address.ts'
import { isPublicAddress } from '../../src/egress/public-address.ts'

const isPublic = (text: string): boolean => {
  const address = parseIpAddress(text)
  assert.ok(address, text)
  return isPublicAddress(address)
}

/** The first and last address of each registered range, and those that hide one of them. */
const SPECIAL = [
  ['RFC791 3.2', '0.0.0.0', '0.255.255.255'],
  ['RFC1918 3', '10.0.0.0', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.0', '192.168.255.255'],
  ['RFC6598 7', '100.64.0.0', '100.127.255.255'],
  ['RFC1122 3.2.1.3', '127.0.0.0', '127.0.0.1', '127.255.255.255'],
  ['RFC3927 2.1', '169.254.0.0', '169.254.169.254', '169.254.255.255'],
  ['RFC6890 2.1', '192.0.0.0', '192.0.0.255'],
  ['RFC5737 3', '192.0.2.0', '192.0.2.255', '198.51.100.0', '198.51.100.255', '203.0.113.0', '203.0.113.255'],
  ['RFC7526 4', '192.88.99.0', '192.88.99.255'],
  ['RFC2544 C.2.2', '198.18.0.0', '198.19.255.255'],
  ['RFC5771 3', '224.0.0.0', '239.255.255.255'],
  ['RFC1112 4', '240.0.0.0', '255.255.255.255'],
  ['the host of virtual machines in Azure', '168.63.129.16'],
  ['RFC4291 2.5.2', '::'],
  ['RFC4291 2.5.3', '::1'],
  ['RFC4291 2.5.5.1', '::127.0.0.1', '::8.8.8.8'],
  ['RFC4291 2.5.5.2', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:a9fe:a9fe'],
  ['RFC6052 2.1', '64:ff9b::10.0.0.1', '64:ff9b::7f00:1'],
  ['RFC8215 3', '64:ff9b:1::', '64:ff9b:1:ffff:ffff:ffff:ffff:ffff'],
  ['RFC6666 4', '100::', '100::ffff:ffff:ffff:ffff'],
  ['RFC2928 2', '2001::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['RFC3849 4', '2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['RFC3056 2', '2002:7f00:1::', '2002:a00:1::1', '2002:c0a8:101::8.8.8.8'],
  ['RFC9637 3', '3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['RFC9602 6', '5f00::', '5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['RFC4193 3.1', 'fc00::', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['RFC4291 2.5.6', 'fe80::', 'fe80::1%eth0', 'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['RFC3879 4', 'fec0::1'],
  ['RFC4291 2.7', 'ff00::', 'ff02::1', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['RFC4291 2.4: not assigned', '4000::1', '1::1'],
] as const

const PUBLIC = [
  ...[
    '1.1.1.1',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
  ],
  ...['169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0', '192.0.1.0', '192.0.3.0', '192.88.98.255'],
  ...['192.167.255.255', '192.169.0.0', '198.17.255.255', '198.20.0.0', '223.255.255.255', '168.63.129.15'],
  ...['2606:4700:4700::1111', '2001:200::', '2001:db7:ffff::', '2001:db9::', '2a00::1', '3ffe::1', '3fff:1000::'],
  ...['::ffff:8.8.8.8', '64:ff9b::8.8.8.8', '2002:808:808::1'],
]

describe('[RFC6890] addresses that are nobody else’s to ask', () => {
  for (const [section, ...addresses] of SPECIAL) {
    for (const address of addresses) {
      test(`[${section}] ${address} is not public`, () => assert.equal(isPublic(address), false))
    }
  }
})

describe('public addresses', () => {
  for (const address of PUBLIC) test(`${address} is public`, () => assert.equal(isPublic(address), true))
})
