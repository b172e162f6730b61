/** When a grant, the root of a family of tokens, is alive. */
import type { Timestamp } from '../base/clock.ts'
import type { Failed } from './checks.ts'
import type { Client, TokenLifetimes } from './client.ts'
import type { Account, Grant, GrantFacts } from './records.ts'
import { fromNow } from './shown-time.ts'

/** A grant whose tokens are still worth something. */
export interface LiveGrant {
  readonly grant: Grant
  readonly account: Account
}

/**
 * Undefined when the grant is revoked or past its absolute end, its account disabled or gone, or its session over:
 * without offline_access a client may act only until the end-user's session ends (OpenID Connect Core §11).
 */
export function liveGrant(facts: GrantFacts | undefined, now: Timestamp): LiveGrant | undefined {
  if (facts?.account === undefined || facts.account.disabledAt !== undefined) return undefined
  const { grant, account } = facts
  if (grant.revokedAt !== undefined || now >= grant.expiresAt) return undefined
  return grant.scopes.includes('offline_access') || isSessionOpen(facts, now) ? { grant, account } : undefined
}

/** Why it is not alive, or its session is over; asked only when something of that is so. */
export function endOf(facts: GrantFacts, now: Timestamp): Failed {
  return { check: 'grant_ended', came: whyEnded(facts, now) }
}

function whyEnded({ grant, account, session }: GrantFacts, now: Timestamp): string {
  if (grant.revokedAt !== undefined) {
    return `a grant that was revoked ${fromNow(grant.revokedAt - now)} (${grant.revokedBecause ?? 'why is not known'})`
  }
  if (account === undefined) return 'one of an account that was removed'
  if (account.disabledAt !== undefined)
    return `one of an account that was disabled ${fromNow(account.disabledAt - now)}`
  if (now >= grant.expiresAt) return `a grant whose time was over ${fromNow(grant.expiresAt - now)}`
  if (session?.endedAt !== undefined) return `one of a session that was signed out ${fromNow(session.endedAt - now)}`
  return session === undefined
    ? 'one of a session that is gone'
    : `one of a session that expired ${fromNow(session.expiresAt - now)}`
}

/** Ended or past its absolute end. An idle browser ends nothing here: the app may be in use while the login is not. */
export const isSessionOpen = ({ session }: GrantFacts, now: Timestamp): boolean =>
  session !== undefined && session.endedAt === undefined && now < session.expiresAt

/** When a refresh token that is issued now ends unless it is used before: never after the family's absolute end. */
export const refreshTokenEnd = (
  grant: Pick<Grant, 'createdAt'>,
  lifetimes: Pick<TokenLifetimes, 'refreshToken' | 'refreshTokenAbsolute'>,
  now: Timestamp,
): Timestamp => Math.min(now + lifetimes.refreshToken, grant.createdAt + lifetimes.refreshTokenAbsolute)

/** Unused for too long, or past the family's absolute end, which may have been set shorter since. */
export const isRefreshTokenOver = (grant: Grant, { lifetimes }: Pick<Client, 'lifetimes'>, now: Timestamp): boolean =>
  grant.refreshExpiresAt === undefined ||
  now >= Math.min(grant.refreshExpiresAt, refreshTokenEnd(grant, lifetimes, now))
