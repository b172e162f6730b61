/** What is worth remembering: one closed set of events. None of them holds a secret. */
import type { DeliveryKind, RevocationReason } from '../storage/storage.ts'

export type AuditEvent =
  | {
      readonly kind: 'signed_in'
      readonly accountId: string
      readonly sessionId: string
      readonly amr: readonly string[]
    }
  | { readonly kind: 'sign_in_refused'; readonly reason: 'wrong_credentials' | 'disabled'; readonly accountId?: string }
  | {
      readonly kind: 'throttled'
      /** What was tried too often. */
      readonly what: 'password' | 'client_secret' | 'client_requests' | 'new_sign_ins'
      readonly by: 'known_device' | 'account' | 'network' | 'client'
      readonly accountId?: string
      readonly clientId?: string
    }
  | {
      readonly kind: 'signed_out_everywhere'
      readonly accountId: string
      readonly sessions: number
      readonly grants: number
    }
  | { readonly kind: 'signed_out'; readonly accountId: string; readonly sessionId: string; readonly clientId?: string }
  | {
      readonly kind: 'consented'
      readonly accountId: string
      readonly clientId: string
      readonly scopes: readonly string[]
      readonly claims: readonly string[]
      readonly resources: readonly string[]
    }
  | { readonly kind: 'consent_refused'; readonly accountId: string; readonly clientId: string }
  | { readonly kind: 'code_issued'; readonly accountId: string; readonly clientId: string; readonly grantId: string }
  | { readonly kind: 'tokens_issued'; readonly clientId: string; readonly grantType: string; readonly grantId?: string }
  | {
      readonly kind: 'grant_revoked'
      readonly grantId: string
      readonly because: RevocationReason
      readonly accountId?: string
      readonly clientId?: string
    }
  | { readonly kind: 'token_revoked'; readonly clientId: string; readonly jti: string }
  | { readonly kind: 'client_registered'; readonly clientId: string }
  | { readonly kind: 'client_updated'; readonly clientId: string; readonly hasNewSecret: boolean }
  | { readonly kind: 'client_removed'; readonly clientId: string }
  | DeliveryEvent

/** `logout_delivered`, `logout_delivery_failed` (it is tried again), `logout_given_up` */
export type DeliveryEvent = {
  readonly deliveryId: string
  readonly attempt: number
  readonly clientId?: string
  readonly accountId?: string
} & (
  | { readonly kind: `${DeliveryKind}_delivered` }
  | { readonly kind: `${DeliveryKind}_delivery_failed` | `${DeliveryKind}_given_up`; readonly reason: string }
)

/** Theft noticed, someone shut out, or someone who will never hear: these are warnings in the log, the rest is information. */
export const isAlarming = (event: AuditEvent): boolean =>
  event.kind === 'grant_revoked'
    ? event.because === 'code_reused' || event.because === 'refresh_token_reused'
    : event.kind.endsWith('_given_up')
