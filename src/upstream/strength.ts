/** What a sign-in at a provider is worth here: how it was done (`amr`, RFC 8176), and when. */
import type { Timestamp } from '../base/clock.ts'
import { type Duration, MINUTE, SECOND } from '../base/duration.ts'
import type { UpstreamProvider } from '../config/upstream-provider.ts'
import { MULTI_FACTOR } from '../protocol/acr.ts'
import { UpstreamError } from './upstream-error.ts'

/** The claims of an ID token that this asks. */
export interface Told {
  readonly acr?: unknown
  readonly amr?: unknown
  readonly auth_time?: unknown
}

/** The registry has no word for "elsewhere"; this one is in use. */
export const FEDERATED = 'fed'

/** RFC 8176 §2, without `pop`: it is for passkeys that were proven to us. */
const REGISTERED: ReadonlySet<string> = new Set([
  ...['face', 'fpt', 'geo', 'hwk', 'iris', 'kba', 'mca', 'mfa', 'otp', 'pin', 'pwd', 'rba', 'sc', 'sms'],
  ...['swk', 'tel', 'user', 'vbm', 'wia'],
])

/** One factor, unless the provider is trusted to have asked for two; and nothing that nobody here has seen. */
export function amrOf(
  { trustsAmr, trustedAcrs }: Pick<UpstreamProvider, 'trustsAmr' | 'trustedAcrs'>,
  { acr, amr }: Told,
): readonly string[] {
  const told = Array.isArray(amr) ? amr.filter((one) => REGISTERED.has(one)) : []
  const believed: string[] = trustsAmr ? told : []
  const isStrong = typeof acr === 'string' && trustedAcrs.includes(acr)
  return [...new Set([FEDERATED, ...believed, ...(isStrong ? [MULTI_FACTOR] : [])])]
}

/** Clocks differ. */
const SKEW: Duration = MINUTE

/**
 * When the person signed in there (OpenID Connect Core §2, `auth_time`). Throws where it was to be since `freshSince` and was
 * not, or that is not said and has to be.
 */
export function authenticatedAt(
  { needsAuthTime }: Pick<UpstreamProvider, 'needsAuthTime'>,
  told: Told,
  { freshSince, now }: { freshSince: Timestamp | undefined; now: Timestamp },
): Timestamp {
  const at = typeof told.auth_time === 'number' ? told.auth_time * SECOND : undefined
  if (at === undefined) {
    if (freshSince === undefined || !needsAuthTime) return now
    throw new UpstreamError('upstream_age', { expected: 'auth_time in the ID token', came: 'an ID token without it' })
  }
  if (freshSince !== undefined && at < freshSince - SKEW) {
    const came = `one of ${Math.round((now - at) / SECOND)} s ago`
    throw new UpstreamError('upstream_age', {
      expected: `a sign-in of the last ${Math.round((now - freshSince) / SECOND)} s`,
      came,
    })
  }
  return Math.min(now, Math.max(at, freshSince ?? at))
}
