/** Where somebody was, as they can recognise it: the network, not the address of a machine. */
import { parseIpAddress } from './ip-address.ts'

/** `203.0.113.…`, `2001:db8:1:…`; undefined for what is no address. */
export function shownNetwork(address: string): string | undefined {
  const parsed = parseIpAddress(address)
  if (parsed === undefined) return undefined
  const { version, number } = parsed
  const isMapped = version === 6 && number >> 32n === 0xffffn
  if (version === 4 || isMapped) {
    return `${[24n, 16n, 8n].map((shift) => (number >> shift) & 0xffn).join('.')}.…`
  }
  return `${[112n, 96n, 80n].map((shift) => ((number >> shift) & 0xffffn).toString(16)).join(':')}:…`
}
