/** The records that the rules decide upon. How they are kept is the storage's business. */
import type { Timestamp } from '../base/clock.ts'
import type { AskedClaims, StandardClaims } from './claims.ts'

/** By its owner, by its owner with an invitation, or with the first sign-in by another provider. */
export type AccountOrigin = 'sign_up' | 'invitation' | 'upstream'

export interface Account {
  /** The subject identifier (`sub`); never reused, never changed. */
  readonly id: string
  /** As its owner writes it. */
  readonly username: string
  /** Canonical form of `username`: unique. */
  readonly usernameKey: string
  /** Canonical form of the e-mail address, for signing in with it; not unique. */
  readonly emailKey: string | undefined
  /** PHC string (`$argon2id$…`). */
  readonly passwordHash: string | undefined
  readonly claims: StandardClaims
  readonly disabledAt: Timestamp | undefined
  /** How it came to be; undefined: an operator made it. */
  readonly origin: AccountOrigin | undefined
  readonly createdAt: Timestamp
  readonly updatedAt: Timestamp
}

/** One browser signed in to us. `id` is the `sid` claim; the cookie is `id.secret`. */
export interface Session {
  readonly id: string
  readonly secretHash: string
  readonly accountId: string
  readonly authenticatedAt: Timestamp
  /** RFC 8176 authentication method references. */
  readonly amr: readonly string[]
  readonly createdAt: Timestamp
  readonly lastSeenAt: Timestamp
  /** Absolute end. */
  readonly expiresAt: Timestamp
  readonly endedAt: Timestamp | undefined
  /** The browser's, when its owner last proved something there; undefined: of an older version. */
  readonly userAgent: string | undefined
  /** From where, then, as far as addresses are kept. */
  readonly address: string | undefined
}

/** One parked authorization request while a person acts; one per tab. */
export interface Interaction {
  readonly id: string
  /** SHA-256 of the browser cookie that it belongs to. */
  readonly browserHash: string
  /** Undefined: someone opened the sign-in page directly. */
  readonly clientId: string | undefined
  /** The authorization request as it came, `application/x-www-form-urlencoded`. */
  readonly parameters: string
  readonly createdAt: Timestamp
  readonly expiresAt: Timestamp
  /** When its answer was sent to the client. */
  readonly completedAt: Timestamp | undefined
  /** The account that answers, whatever becomes of the others of its browser; undefined: nobody has said so yet. */
  readonly selectedAccountId: string | undefined
  /** What was last typed as the user name, so that nobody types it twice. */
  readonly username: string | undefined
  /** Who proved the first factor here; undefined: nobody, or what was due after it was proven as well. */
  readonly proven: Proven | undefined
}

/** A first factor that is not enough by itself. */
export interface Proven {
  readonly accountId: string
  /** RFC 8176 */
  readonly amr: readonly string[]
  readonly at: Timestamp
  /** When they signed in elsewhere, where that was earlier; undefined: what was proven was proven just then. */
  readonly authenticatedAt?: Timestamp | undefined
  /** `updatedAt` of the account then: what was proven of an account that has changed since is worth nothing. */
  readonly version: Timestamp
  /** SHA-256 of what the browser was given for it, and nobody could have planted there before. */
  readonly hash: string
}

/** An authorization request that its client pushed (RFC 9126); good for one use. */
export interface PushedRequest {
  /** SHA-256 of the reference that its request_uri ends with. */
  readonly id: string
  readonly clientId: string
  /** The parameters alone, `application/x-www-form-urlencoded`; of a request object what it says. */
  readonly parameters: string
  readonly createdAt: Timestamp
  readonly expiresAt: Timestamp
  readonly usedAt: Timestamp | undefined
  /** Where its use led to; undefined: it was answered at once. */
  readonly interactionId: string | undefined
}

/** What an account has allowed a client, remembered. */
export interface Consent {
  readonly accountId: string
  readonly clientId: string
  readonly scopes: readonly string[]
  /** Those that were asked for one by one. */
  readonly claims: readonly string[]
  /** The APIs that it was told of; undefined: it is from before that was kept. */
  readonly resources: readonly string[] | undefined
  /** What it was told of a client that nobody has checked (`shownHash`). */
  readonly shownHash: string | undefined
  readonly consentedAt: Timestamp
}

/**
 * One authorization: its code, and the root of every token that came of it. One row for the whole family, so that one
 * statement redeems, rotates or revokes it (docs/decisions/0003).
 */
export interface Grant {
  readonly id: string
  readonly clientId: string
  readonly accountId: string
  readonly sessionId: string
  readonly scopes: readonly string[]
  /** Whom its access tokens may be for (RFC 8707 §2.1); undefined: the client's APIs. */
  readonly resources: readonly string[] | undefined
  readonly nonce: string | undefined
  readonly authenticatedAt: Timestamp
  readonly amr: readonly string[]
  /** What its ID tokens say; undefined in grants of older versions. */
  readonly acr: string | undefined
  /** Those that were asked for one by one; undefined: none were. */
  readonly claims: AskedClaims | undefined
  /** The redirect_uri parameter of the authorization request (RFC 6749 §4.1.3). */
  readonly redirectUri: string
  readonly codeChallenge: string | undefined
  readonly codeHash: string
  readonly codeExpiresAt: Timestamp
  readonly codeConsumedAt: Timestamp | undefined
  /** Goes into every refresh token's MAC; never leaves the database. */
  readonly refreshSalt: string
  /** 0: no refresh token was issued. n: only the n-th is valid. */
  readonly refreshGeneration: number
  readonly refreshRotatedAt: Timestamp | undefined
  readonly refreshExpiresAt: Timestamp | undefined
  /** Absolute end of the family. */
  readonly expiresAt: Timestamp
  readonly createdAt: Timestamp
  readonly revokedAt: Timestamp | undefined
  readonly revokedBecause: RevocationReason | undefined
}

export const REVOCATION_REASONS = [
  'code_reused',
  'code_after_end',
  'refresh_token_reused',
  'client_revoked',
  // It was taken out of the configuration.
  'client_removed',
  'account_changed',
  'signed_out_everywhere',
  // Its owner took the app's access away.
  'access_removed',
  'restored',
  // While its tokens were being made.
  'session_ended',
] as const

export type RevocationReason = (typeof REVOCATION_REASONS)[number]

/** Everything that decides whether a grant is alive, in one read. */
export interface GrantFacts {
  readonly grant: Grant
  /** Undefined: it was removed. */
  readonly account: Account | undefined
  /** Undefined: swept away long after its end. */
  readonly session: Pick<Session, 'endedAt' | 'expiresAt'> | undefined
}
