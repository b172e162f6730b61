/** IP addresses and ranges as numbers, however they are spelled: RFC 4291 §2.2, RFC 4632 §3.1. */
import { isIP } from 'node:net'

export interface IpAddress {
  readonly version: 4 | 6
  readonly number: bigint
}

export interface IpRange extends IpAddress {
  /** How many leading bits all of its addresses have in common. */
  readonly prefix: number
}

/** `10.0.0.7`, `::1`, `::ffff:10.0.0.7`, `fe80::1%eth0`; undefined for everything else, `0x7f.1` and `[::1]` included. */
export function parseIpAddress(text: string): IpAddress | undefined {
  switch (isIP(text)) {
    case 4:
      return { version: 4, number: numberOf(text.split('.').map(BigInt), 8n) }
    case 6:
      return { version: 6, number: numberOf(groupsOf(text.replace(/%.*$/, '')), 16n) }
    default:
      return undefined
  }
}

/** `10.0.0.0/8`; an address alone is a range of one. */
export function parseIpRange(text: string): IpRange | undefined {
  const [, written = '', bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const address = parseIpAddress(written)
  if (address === undefined) return undefined
  const most = address.version === 4 ? 32 : 128
  const prefix = Number(bits ?? most)
  return prefix <= most ? { ...address, prefix } : undefined
}

export function isInRange(address: IpAddress, range: IpRange): boolean {
  if (address.version !== range.version) return false
  const rest = BigInt((range.version === 4 ? 32 : 128) - range.prefix)
  return address.number >> rest === range.number >> rest
}

const numberOf = (parts: readonly bigint[], bits: bigint): bigint =>
  parts.reduce((number, part) => (number << bits) | part, 0n)

/** The eight groups of 16 bits: `::` stands for as many zeros as are missing, and the last two may be written as IPv4. */
function groupsOf(text: string): readonly bigint[] {
  const hexadecimal = text.replace(/\d+\.\d+\.\d+\.\d+$/, (v4) => {
    const [a = 0, b = 0, c = 0, d = 0] = v4.split('.').map(Number)
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
  })
  const [before = [], after = []] = hexadecimal
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''))
  const zeros = new Array<string>(8 - before.length - after.length).fill('0')
  return [...before, ...zeros, ...after].map((group) => BigInt(`0x${group}`))
}
