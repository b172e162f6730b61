/** What runs, and what hangs on it: everything that `countersign plan` has to know, read without changing anything. */
import type { Timestamp } from '../base/clock.ts'
import type { ClientUse } from './client-uses.ts'
import type { ConfigEntry } from './config-entries.ts'
import type { StoredSigningKey } from './storage.ts'

/** What one client has that is alive. */
export interface Held {
  readonly clientId: string
  readonly people: number
  /** In which it takes part. */
  readonly sessions: number
  readonly grants: number
  readonly refreshTokens: number
  /** Of these grants, those that began without PKCE (RFC 7636). */
  readonly withoutPkce: number
  readonly consents: number
}

export interface RefreshTokensOfDay {
  readonly clientId: string
  /** When the day (UTC) of the sign-on began. */
  readonly day: Timestamp
  readonly count: number
}

/** Accounts that an upstream provider signs in. */
export interface LinkedPeople {
  readonly issuer: string
  readonly people: number
  /** Of them, those that have no password, no passkey and no other provider. */
  readonly only: number
}

export interface InForce {
  /** Empty: no process has run with it yet that remembers. */
  readonly entries: readonly ConfigEntry[]
  readonly held: readonly Held[]
  readonly refreshTokens: readonly RefreshTokensOfDay[]
  /** Open sessions, by the whole hours that they have been idle for. */
  readonly idleSessions: readonly { readonly hours: number; readonly count: number }[]
  /** Since the day that was asked for. */
  readonly uses: readonly ClientUse[]
  /** The first day of which any use is known; undefined: none is. */
  readonly countedSince: Timestamp | undefined
  readonly keys: readonly Pick<StoredSigningKey, 'kid' | 'algorithm' | 'state' | 'publishedAt' | 'revokedAt'>[]
  readonly linked: readonly LinkedPeople[]
}

/** As of one moment. */
export interface InForceReader {
  read(asked: { now: Timestamp; usesSince: Timestamp }): Promise<InForce>
  close(): Promise<void>
}
