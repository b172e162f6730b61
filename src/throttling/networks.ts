/** Which requests come from one network, and which are not counted at all. */
import { isInRange, parseIpAddress, parseIpRange } from '../base/ip-address.ts'
import { clientAddress, isLoopback, networkOf } from '../base/network.ts'
import type { ThrottlingConfig } from '../config/config.ts'
import type { Bucket } from '../storage/throttles.ts'

export interface Origin {
  /** One address of IPv4, one /64 of IPv6. Undefined: this machine, or nothing that can be told. */
  readonly near: string | undefined
  /** One /24, one /48. */
  readonly wide: string | undefined
  /** One /48 of IPv6: one customer with 65,536 networks at hand. In a /24 of IPv4 are many. */
  readonly site: string | undefined
}

/** One /24 or /48 may do what four addresses may. */
const WIDE_FACTOR = 4

export const widened = ({ most, every }: Bucket): Bucket => ({
  most: most * WIDE_FACTOR,
  every: Math.ceil(every / WIDE_FACTOR),
})

/** Gives where an address (as a socket or a trusted proxy tells it) belongs; undefined when it is exempt. */
export function originOf({
  isEnabled,
  exemptNetworks,
}: Pick<ThrottlingConfig, 'isEnabled' | 'exemptNetworks'>): (ip: string) => Origin | undefined {
  if (!isEnabled) return () => undefined
  const exempt = exemptNetworks.map(parseIpRange).filter((range) => range !== undefined)
  return (ip) => {
    const address = clientAddress(ip)
    if (address === undefined) return NOWHERE
    // An operator may write ::ffff:10.0.0.7 as well.
    const asWritten = parseIpAddress(ip) ?? address
    if (exempt.some((range) => isInRange(address, range) || isInRange(asWritten, range))) return undefined
    // Whoever is not on this machine comes from loopback only through a proxy that trusted_proxies does not name: then
    // everybody does, and one stranger would shut out all the others.
    if (isLoopback(address)) return NOWHERE
    const wide = networkOf(address, 'wide')
    return { near: networkOf(address, 'near'), wide, site: address.version === 6 ? wide : undefined }
  }
}

const NOWHERE: Origin = { near: undefined, wide: undefined, site: undefined }
