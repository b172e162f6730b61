/** The section `throttling` as the code uses it. */
import { type Duration, MINUTE, parseDuration } from '../base/duration.ts'
import type { ThrottlingConfig } from './config.ts'
import type { ConfigFile } from './schema.ts'

/** How often an account forgets a wrong password of a stranger's: an attack that is slower needs no answer. */
const FORGETS_EVERY: Duration = 30 * MINUTE

export function resolveThrottling(file: ConfigFile['throttling']): ThrottlingConfig {
  return {
    isEnabled: file.enabled,
    exemptNetworks: file.exempt_networks,
    knownDevice: bucket(file.known_device),
    unknownDevice: bucket(file.unknown_device),
    attack: { most: file.under_attack.after, every: FORGETS_EVERY },
    underAttack: bucket(file.under_attack),
    network: bucket(file.network),
    clientSecrets: bucket(file.client_secrets),
    newSignIns: bucket(file.new_sign_ins),
    clientRequestsPerSecond: file.client_requests_per_second,
  }
}

const bucket = ({ attempts, then_every }: { attempts: number; then_every: string }) => ({
  most: attempts,
  // Its pattern was checked.
  every: parseDuration(then_every) ?? 0,
})
