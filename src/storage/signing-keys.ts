/** Signing keys, as they are kept. */
import type { Timestamp } from '../base/clock.ts'
import type { KeyAlgorithm } from '../protocol/vocabulary.ts'

/** `withdrawn`: no longer published; the public half stays, so that an old id_token_hint can still be recognised. */
export type SigningKeyState = 'next' | 'current' | 'retired' | 'withdrawn'

/** Or one that others encrypt to us with; its algorithm says which. */
export interface StoredSigningKey {
  readonly kid: string
  readonly algorithm: KeyAlgorithm
  readonly state: SigningKeyState
  /** JSON of the public JWK. */
  readonly publicJwk: string
  /** The private JWK, sealed by keys/sealing.ts. Undefined once withdrawn. */
  readonly sealedPrivateJwk: string | undefined
  /** When it was first in the JWKS. */
  readonly publishedAt: Timestamp
  /** When it first signed. */
  readonly activatedAt: Timestamp | undefined
  /** When it last may have signed. */
  readonly retiredAt: Timestamp | undefined
  /** Retired keys: when the last token that it signed has expired. Withdrawn keys: when that happened. */
  readonly withdrawAt: Timestamp | undefined
  /** Taken out by the operator: nothing that it signed is believed any more. */
  readonly revokedAt: Timestamp | undefined
}

export interface SigningKeyStore {
  list(): Promise<readonly StoredSigningKey[]>
  /** A text that is another one after every change of a key; asked each second, so without what is long. */
  version(): Promise<string>
  /** False when there already is a key in that state (`next`, `current`) for that algorithm: another process was first. */
  insert(key: StoredSigningKey): Promise<boolean>
  /** In one transaction: current → retired until `withdrawAt`, next → current. False when either has moved on. */
  promote(step: { next: string; current: string | undefined; now: Timestamp; withdrawAt: Timestamp }): Promise<boolean>
  /** current → retired until `withdrawAt`, and nothing takes its place; false when it was not current any more. */
  retire(kid: string, step: { now: Timestamp; withdrawAt: Timestamp }): Promise<boolean>
  /** Unpublishes a key and forgets its private half; false when it was not in the state `from` (retired) any more. */
  withdraw(kid: string, now: Timestamp, from?: 'retired' | 'next'): Promise<boolean>
  /** Withdraws in any state and marks it as not to be believed. */
  revoke(kid: string, now: Timestamp): Promise<boolean>
  /** The clock went back: a time of publication or activation that lies ahead is set to now. */
  clampTimes(kid: string, now: Timestamp): Promise<void>
}
