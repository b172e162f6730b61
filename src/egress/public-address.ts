/** Which addresses are anybody's to ask: the special-purpose registries of RFC 6890, and what hides in IPv6. */
import { type IpAddress, isInRange, parseIpRange } from '../base/ip-address.ts'

/** Whether the address is on the public Internet, as far as its number tells. */
export function isPublicAddress(address: IpAddress): boolean {
  if (address.version === 4) return !SPECIAL_V4.some((range) => isInRange(address, range))
  const v4 = EMBEDDING.find(({ range }) => isInRange(address, range))
  if (v4 !== undefined) return isPublicAddress({ version: 4, number: (address.number >> v4.shift) & 0xffff_ffffn })
  return isInRange(address, GLOBAL_UNICAST) && !SPECIAL_V6.some((range) => isInRange(address, range))
}

const known = (text: string) => {
  const range = parseIpRange(text)
  if (range === undefined) throw new Error(`${text} is no range of addresses`)
  return range
}

const SPECIAL_V4 = [
  '0.0.0.0/8', // this network: RFC 791 §3.2
  '10.0.0.0/8', // private use: RFC 1918
  '100.64.0.0/10', // shared address space: RFC 6598
  '127.0.0.0/8', // loopback: RFC 1122 §3.2.1.3
  '169.254.0.0/16', // link local, the metadata of clouds among it: RFC 3927
  '172.16.0.0/12', // private use: RFC 1918
  '192.0.0.0/24', // IETF protocol assignments: RFC 6890 §2.1
  '192.0.2.0/24', // documentation: RFC 5737
  '192.88.99.0/24', // relays of 6to4: RFC 7526
  '192.168.0.0/16', // private use: RFC 1918
  '198.18.0.0/15', // benchmarks: RFC 2544
  '198.51.100.0/24', // documentation: RFC 5737
  '203.0.113.0/24', // documentation: RFC 5737
  '224.0.0.0/4', // multicast: RFC 5771
  '240.0.0.0/4', // reserved, and the broadcast address: RFC 1112 §4, RFC 8190
  '168.63.129.16/32', // public by its number, but the host's own services to every virtual machine in Azure
].map(known)

/** What is not in here is loopback, unspecified, unique local, link local, multicast, discard-only or not assigned: RFC 4291 §2.4. */
const GLOBAL_UNICAST = known('2000::/3')

const SPECIAL_V6 = [
  '2001::/23', // IETF protocol assignments, Teredo among them: RFC 2928
  '2001:db8::/32', // documentation: RFC 3849
  '3fff::/20', // documentation: RFC 9637
].map(known)

/** IPv6 addresses that stand for an IPv4 address, and how far from the right it is written. */
const EMBEDDING = [
  { range: known('::ffff:0:0/96'), shift: 0n }, // IPv4-mapped: RFC 4291 §2.5.5.2
  { range: known('64:ff9b::/96'), shift: 0n }, // NAT64: RFC 6052 §2.1
  { range: known('2002::/16'), shift: 80n }, // 6to4: RFC 3056 §2
]
