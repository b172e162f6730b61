/** `passkeys` of the file as the code uses it. */
import { isDomain } from '../base/network.ts'
import type { PasskeysConfig } from './config.ts'
import type { ConfigFile } from './schema.ts'

/** WebAuthn §5.1.3: a relying party has a domain; browsers refuse an address. */
export function resolvePasskeys({
  issuer,
  passkeys,
}: Pick<ConfigFile, 'issuer' | 'passkeys'>): PasskeysConfig | undefined {
  const { hostname } = new URL(issuer)
  const { enabled, rp_id: rpId = hostname, offer: isOffered } = passkeys
  return enabled && isDomain(hostname) ? { rpId, isOffered } : undefined
}
