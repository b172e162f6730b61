/** Rules for `passkeys`: WebAuthn §5.1.3 refuses an RP ID that is not the page's own domain, or one above it. */
import { isDomain } from '../../base/network.ts'
import type { Facts } from './facts.ts'

export function reportPasskeyFaults({ file: { issuer, passkeys }, faults }: Facts): void {
  const rpId = passkeys?.rp_id
  if (rpId === undefined || issuer === undefined || !URL.canParse(issuer)) return
  const { hostname } = new URL(issuer)
  const report = (message: string, allowed: string) => faults.report(['passkeys', 'rp_id'], { message, allowed })
  if (!isDomain(hostname)) report('does nothing: the host of issuer is an address', 'an issuer whose host has a name')
  else if (hostname !== rpId && !(hostname.endsWith(`.${rpId}`) && isRegistrable(rpId))) {
    report('is neither the host of issuer nor a domain above it that somebody owns', above(hostname).join(' or '))
  }
}

/** Nobody owns a top-level domain; of others above which nobody owns the browser knows the list. */
const isRegistrable = (domain: string): boolean => domain.includes('.')

/** It, and what is above it. */
function above(hostname: string): readonly string[] {
  const labels = hostname.split('.')
  return labels
    .map((_, at) => labels.slice(at).join('.'))
    .filter((domain) => domain === hostname || isRegistrable(domain))
}
