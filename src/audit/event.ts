/** What is worth remembering: one closed set of events. None of them holds a secret. What each means: event-kinds.ts. */
import type { EntryKind } from '../config/entry.ts'
import type { DeliveryKind, RevocationReason } from '../storage/storage.ts'

export type AuditEvent =
  | SignInEvent
  | RecoveryEvent
  | SecondFactorEvent
  | PasskeyEvent
  | UpstreamEvent
  | SessionEvent
  | ConsentEvent
  | TokenEvent
  | ClientEvent
  | EntryEvent
  | DeliveryEvent
  | AccountEvent
  | KeyEvent
  | OperationEvent

type SignInEvent =
  | {
      readonly kind: 'signed_in'
      readonly accountId: string
      readonly sessionId: string
      readonly amr: readonly string[]
      /** In a browser that this account does not know. */
      readonly isNewDevice?: boolean
    }
  /** Without an account nobody is known by the name that was typed; it is not kept, for people type passwords there. */
  | { readonly kind: 'sign_in_refused'; readonly reason: 'wrong_credentials' | 'disabled'; readonly accountId?: string }
  | {
      readonly kind: 'throttled'
      /** What was tried too often. */
      readonly what: 'password' | 'second_factor' | 'client_secret' | 'client_requests' | 'new_sign_ins'
      readonly by: 'known_device' | 'account' | 'network' | 'client'
      readonly accountId?: string
      readonly clientId?: string
    }
  | {
      readonly kind: 'admin_opened'
      readonly accountId: string
      /** Below the page for admins: `/clients` */
      readonly page: string
      /** The account, the client or the error that it was about. */
      readonly about?: string
    }

type RecoveryEvent =
  /** Without an account nobody is known by what was typed; it is not kept. */
  | { readonly kind: 'password_reset_asked'; readonly accountId?: string }
  | ({ readonly kind: 'password_reset' } & CutOffEvent)
  | { readonly kind: 'email_verified' | 'email_unverified' | 'email_changed'; readonly accountId: string }

type SecondFactorEvent =
  | {
      readonly kind: 'second_factor_refused'
      readonly accountId: string
      readonly factor: 'totp' | 'recovery_code'
      readonly reason: 'wrong_code' | 'used_code'
    }
  /** A session that was there has grown stronger. */
  | {
      readonly kind: 'stepped_up'
      readonly accountId: string
      readonly sessionId: string
      readonly amr: readonly string[]
    }
  | { readonly kind: 'second_factor_added'; readonly accountId: string; readonly factor: 'totp' }
  | { readonly kind: 'second_factor_removed'; readonly accountId: string; readonly factor: 'totp' }
  | { readonly kind: 'recovery_codes_made'; readonly accountId: string; readonly count: number }
  | { readonly kind: 'recovery_code_used'; readonly accountId: string; readonly left: number }
  | { readonly kind: 'device_remembered'; readonly accountId: string }
  | { readonly kind: 'devices_forgotten'; readonly accountId: string; readonly count: number }

/** `passkey`: the beginning of a digest of its id, as `countersign account passkey list` shows it. */
type PasskeyEvent =
  | {
      readonly kind: 'passkey_added'
      readonly accountId: string
      readonly passkey: string
      readonly aaguid: string
      readonly isSynced: boolean
    }
  | { readonly kind: 'passkey_removed'; readonly accountId: string; readonly passkey: string }
  | {
      readonly kind: 'passkey_used'
      readonly accountId: string
      readonly passkey: string
      readonly as: 'sign_in' | 'second_factor'
    }
  | {
      readonly kind: 'passkey_refused'
      readonly as: 'sign_in' | 'second_factor'
      readonly reason: 'malformed' | 'old_challenge' | 'unknown' | 'wrong' | 'not_verified' | 'sign_count'
      readonly accountId?: string
      readonly passkey?: string
    }

type UpstreamEvent =
  /** `madeAccount`: it was made for them. */
  | {
      readonly kind: 'upstream_linked'
      readonly accountId: string
      readonly provider: string
      readonly madeAccount: boolean
    }
  | { readonly kind: 'upstream_unlinked'; readonly accountId: string; readonly provider: string }
  | {
      readonly kind: 'upstream_refused'
      readonly provider: string
      /** The check that failed. */
      readonly reason: string
      readonly accountId?: string
    }
  | {
      readonly kind: 'upstream_claims_taken'
      readonly accountId: string
      readonly provider: string
      readonly claims: readonly string[]
    }

type SessionEvent =
  | { readonly kind: 'signed_out'; readonly accountId: string; readonly sessionId: string; readonly clientId?: string }
  | ({ readonly kind: 'signed_out_everywhere' | 'signed_out_elsewhere' } & CutOffEvent)
  | {
      readonly kind: 'session_ended'
      readonly sessionId: string
      readonly because: 'another_account' | 'account_changed' | 'expired' | 'account_gone' | 'by_admin' | 'by_owner'
      readonly accountId?: string
    }

type ConsentEvent =
  | {
      readonly kind: 'consented'
      readonly accountId: string
      readonly clientId: string
      readonly scopes: readonly string[]
      readonly claims: readonly string[]
      readonly resources: readonly string[]
    }
  | { readonly kind: 'consent_refused'; readonly accountId: string; readonly clientId: string }
  | {
      readonly kind: 'access_removed'
      readonly accountId: string
      readonly clientId: string
      /** How many ended with it. */
      readonly grants: number
    }

type TokenEvent =
  | {
      readonly kind: 'code_issued'
      readonly accountId: string
      readonly clientId: string
      readonly grantId: string
      /** Whether the person had to do something for it. */
      readonly withPage: boolean
    }
  | {
      readonly kind: 'tokens_issued'
      readonly clientId: string
      readonly grantType: string
      readonly grantId?: string
      readonly accountId?: string
    }
  | {
      readonly kind: 'grant_revoked'
      readonly grantId: string
      readonly because: RevocationReason
      readonly accountId?: string
      readonly clientId?: string
    }
  | { readonly kind: 'token_revoked'; readonly clientId: string; readonly jti: string }

type ClientEvent =
  | { readonly kind: 'client_registered'; readonly clientId: string }
  | { readonly kind: 'client_updated'; readonly clientId: string; readonly hasNewSecret: boolean }
  | { readonly kind: 'client_removed'; readonly clientId: string }

type EntryEvent =
  /** An entry of the configuration file: all processes run with it, or without it. */
  | {
      readonly kind: 'config_in_force'
      readonly entry: EntryKind
      /** The client_id, the API's audience; empty for the rest of the file. */
      readonly id: string
      readonly change: 'added' | 'changed' | 'removed'
      readonly keys?: readonly string[]
    }
  /** All that clients had which are no longer in the file. */
  | {
      readonly kind: 'clients_ended'
      readonly clientIds: readonly string[]
      readonly grants: number
      readonly consents: number
    }

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

interface CutOffEvent {
  readonly accountId: string
  /** How many ended with it. */
  readonly sessions: number
  readonly grants: number
}

type AccountEvent =
  | { readonly kind: 'signed_up'; readonly accountId: string; readonly by: 'sign_up' | 'invitation' }
  /** Not to whom: the address is in the database as long as the invitation is good. */
  | {
      readonly kind: 'invited' | 'invitation_taken_back'
      readonly invitationId: string
      readonly groups: readonly string[]
      readonly clientId?: string
    }
  | { readonly kind: 'account_added' | 'account_enabled'; readonly accountId: string }
  | { readonly kind: 'password_change_refused'; readonly accountId: string }
  | {
      readonly kind: 'profile_changed'
      readonly accountId: string
      /** Their names. */
      readonly claims: readonly string[]
    }
  | { readonly kind: 'accounts_imported'; readonly count: number }
  | ({ readonly kind: 'password_changed' | 'account_disabled' | 'account_removed' } & CutOffEvent)
  /** All that is kept about its owner was handed to them. */
  | { readonly kind: 'account_data_exported'; readonly accountId: string }

type KeyEvent =
  | { readonly kind: 'key_made'; readonly algorithm: string; readonly state: 'current' | 'next' }
  | { readonly kind: 'key_promoted'; readonly kid: string; readonly replaced?: string }
  | { readonly kind: 'key_retired' | 'key_withdrawn' | 'key_revoked'; readonly kid: string }
  | { readonly kind: 'all_keys_revoked'; readonly count: number }

type OperationEvent =
  | {
      readonly kind: 'delivery_retried'
      readonly deliveryId: string
      readonly clientId?: string
      readonly accountId?: string
    }
  | {
      readonly kind: 'config_changed'
      readonly revision: string
      readonly before: string
      readonly added: number
      readonly removed: number
      readonly changed: number
    }
  | { readonly kind: 'config_refused'; readonly revision: string; readonly faults: number }
  | { readonly kind: 'database_restored'; readonly madeAt: string; readonly replace: boolean; readonly exact: boolean }
  | {
      readonly kind: 'events_dropped'
      readonly count: number
      /** How many of each kind; all of them are in the log. */
      readonly kinds: Readonly<Record<string, number>>
    }

export type AuditKind = AuditEvent['kind']
export type AuditEventOf<Kind extends AuditKind> = Extract<AuditEvent, { kind: Kind }>

/** Theft noticed, someone shut out, or someone who will never hear: these are warnings in the log, the rest is information. */
export const isAlarming = (event: AuditEvent): boolean =>
  event.kind === 'grant_revoked'
    ? event.because === 'code_reused' || event.because === 'refresh_token_reused'
    : event.kind.endsWith('_given_up') || event.kind === 'events_dropped'
