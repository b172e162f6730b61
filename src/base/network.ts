/** Which network an address belongs to: what one person, or one landlord of addresses, has at hand. */
import { type IpAddress, parseIpAddress } from './ip-address.ts'

/** `near`: one address of IPv4, one link of IPv6 (RFC 4291 §2.5.4); `wide`: what is handed to one customer (RFC 6177). */
export type Breadth = 'near' | 'wide'

const PREFIXES = { 4: { near: 32, wide: 24 }, 6: { near: 64, wide: 48 } } as const

/** The name of the network: the same for all of its addresses, however they are spelled. */
export function networkOf(address: IpAddress, breadth: Breadth): string {
  const rest = BigInt((address.version === 4 ? 32 : 128) - PREFIXES[address.version][breadth])
  return `${address.version}/${breadth}/${(address.number >> rest).toString(16)}`
}

/** Whose last 32 bits are an IPv4 address: mapped (RFC 4291 §2.5.5.2), and behind a translator (NAT64, RFC 6052 §2.1). */
const AROUND_IPV4: readonly bigint[] = [0xffffn, 0x64_ff9b_0000_0000_0000_0000n]

/** As a socket tells it; an IPv4 address in IPv6's clothes (`::ffff:10.0.0.7`) is an IPv4 address: all of them share one /64. */
export function clientAddress(text: string): IpAddress | undefined {
  const address = parseIpAddress(text)
  if (address?.version !== 6 || !AROUND_IPV4.includes(address.number >> 32n)) return address
  return { version: 4, number: address.number & 0xffff_ffffn }
}

/** RFC 1122 §3.2.1.3, RFC 4291 §2.5.3 */
export const isLoopback = ({ version, number }: IpAddress): boolean =>
  version === 4 ? number >> 24n === 127n : number === 1n

/** The same of an address as text; false for what is none. */
export function isLoopbackAddress(text: string): boolean {
  const address = parseIpAddress(text)
  return address !== undefined && isLoopback(address)
}

/** Whether a host of the configuration, a name or an address, is this machine and no other. */
export const isThisMachine = (host: string): boolean => host === 'localhost' || isLoopbackAddress(host)

/** Whether the host of a URL, as the URL parser writes it, is a name and no address. */
export const isDomain = (hostname: string): boolean =>
  !hostname.startsWith('[') && parseIpAddress(hostname) === undefined
