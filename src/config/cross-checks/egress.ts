/** Rules for `egress`. */
import { parseHostPattern } from '../../base/host-pattern.ts'
import type { Facts } from './facts.ts'

const ALLOWED =
  'a host such as wiki.internal, 10.0.0.7 or [fd00::7], with or without :port; or a range such as 10.0.0.0/8'

export function reportEgressFaults({ file: { egress }, faults }: Facts): void {
  for (const [index, host] of (egress?.allowed_hosts ?? []).entries()) {
    if (host === undefined || parseHostPattern(host) !== undefined) continue
    const message = host.includes('://') ? 'is a URL, not a host' : 'is no host and no CIDR range'
    faults.report(['egress', 'allowed_hosts', index], { message, allowed: ALLOWED })
  }
}
