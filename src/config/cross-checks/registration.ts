/** Rules for `registration`: nobody opens the door to everybody without saying where it leads. */
import type { Facts } from './facts.ts'

export function reportRegistrationFaults({ file: { registration }, faults }: Facts): void {
  if (registration?.enabled !== true) return
  const at = (key: string) => ['registration', key]
  const isEmpty = (key: 'initial_access_tokens' | 'allowed_redirect_hosts'): boolean =>
    registration[key]?.length === 0 && !faults.touches(at(key))
  if (registration.open === false && isEmpty('initial_access_tokens')) {
    const message = 'is empty, so nobody could register'
    const allowed = 'the hash of at least one token (`countersign secret` makes one); or open: true'
    faults.report(at('initial_access_tokens'), { message, allowed })
  }
  if (registration.open === true && isEmpty('allowed_redirect_hosts')) {
    // RFC 7591 §5, RFC 9700 §4.11: a client of anybody's that leads anywhere makes this login a way to any address.
    const message = 'is empty: where anybody may register, sign-ins could be made to lead anywhere'
    faults.report(at('allowed_redirect_hosts'), { message, allowed: 'the hosts that apps run on; or open: false' })
  }
  if (registration.allowed_scopes?.length === 0 && !faults.touches(at('allowed_scopes'))) {
    faults.report(at('allowed_scopes'), { message: 'is empty, so no client could register' })
  }
  if (registration.allowed_grant_types?.length === 0 && !faults.touches(at('allowed_grant_types'))) {
    faults.report(at('allowed_grant_types'), { message: 'is empty, so no client could register' })
  }
}
