/** A client's address, as far as it is kept: an address is something personal. */
import { parseIpAddress } from '../base/ip-address.ts'
import type { AuditConfig } from '../config/config.ts'
import { shownAddress } from '../protocol/checks.ts'

/** `truncated`: the network alone, of IPv4 the first 24 bits, of IPv6 the first 48. */
export function keptAddress(address: string | undefined, how: AuditConfig['addresses']): string | undefined {
  if (address === undefined || how === 'none') return undefined
  return how === 'full' ? shownAddress(address) : truncated(address)
}

function truncated(text: string): string | undefined {
  const address = parseIpAddress(text)
  if (address === undefined) return undefined
  const { version, number } = address
  if (version === 4) return dotted(number)
  // ::ffff:203.0.113.7 is one of IPv4.
  if (number >> 32n === 0xffffn) return dotted(number & 0xffff_ffffn)
  const groups = [112n, 96n, 80n].map((shift) => ((number >> shift) & 0xffffn).toString(16))
  return `${groups.join(':')}::`
}

const dotted = (number: bigint): string => `${[24n, 16n, 8n].map((shift) => (number >> shift) & 0xffn).join('.')}.0`
