/** Rules for `throttling` and `passwords`. */
import { parseIpRange } from '../../base/ip-address.ts'
import { webUriFault } from '../../protocol/web-uri.ts'
import { withoutPlainHttp } from './allowed-hosts.ts'
import type { Facts } from './facts.ts'

export function reportThrottlingFaults({ file: { throttling }, faults }: Facts): void {
  for (const [index, network] of (throttling?.exempt_networks ?? []).entries()) {
    if (network === undefined || parseIpRange(network) !== undefined) continue
    const allowed = 'an address or a range such as 10.20.0.0/16'
    faults.report(['throttling', 'exempt_networks', index], { message: 'is no address and no CIDR range', allowed })
  }
}

export function reportPasswordFaults({ file, faults }: Facts): void {
  const judged = withoutPlainHttp({ file }, file.passwords?.breach_check_url)
  const message = judged === undefined ? undefined : breachUrlFault(judged)
  if (message === undefined) return
  faults.report(['passwords', 'breach_check_url'], { message, allowed: 'an https URL that ends with a slash' })
}

const breachUrlFault = (url: string): string | undefined =>
  webUriFault(url) ?? (url.endsWith('/') ? undefined : 'does not end with a slash: five hex digits are put at its end')
