/** What has happened to an account, in words for its owner. What is not here is none of their business, or no news. */
import type { AuditEventOf, AuditKind } from '../../audit/event.ts'
import { type Message, message } from '../../words/message.ts'

/** @param client what the app of the event is called */
type Saying<Kind extends AuditKind> = (event: AuditEventOf<Kind>, client: string) => Message

const SAID: { readonly [Kind in AuditKind]?: Saying<Kind> } = {
  signed_in: ({ isNewDevice }) => message(isNewDevice ? 'activity.signed_in_new' : 'activity.signed_in'),
  sign_in_refused: ({ reason }) =>
    message(reason === 'disabled' ? 'activity.refused_disabled' : 'activity.refused_password'),
  throttled: ({ what }) =>
    message(what === 'second_factor' ? 'activity.throttled_code' : 'activity.throttled_password'),
  second_factor_refused: () => message('activity.refused_code'),
  stepped_up: () => message('activity.stepped_up'),
  second_factor_added: () => message('activity.totp_added'),
  second_factor_removed: () => message('activity.totp_removed'),
  recovery_codes_made: () => message('activity.codes_made'),
  recovery_code_used: ({ left }) => message('activity.code_used', { count: left }),
  passkey_added: () => message('activity.passkey_added'),
  passkey_removed: () => message('activity.passkey_removed'),
  passkey_refused: () => message('activity.refused_passkey'),
  upstream_linked: ({ provider }) => message('activity.upstream_linked', { provider }),
  upstream_unlinked: ({ provider }) => message('activity.upstream_unlinked', { provider }),
  upstream_refused: ({ provider }) => message('activity.upstream_refused', { provider }),
  device_remembered: () => message('activity.device_remembered'),
  devices_forgotten: () => message('activity.devices_forgotten'),
  signed_out: (_event, client) =>
    client === '' ? message('activity.signed_out') : message('activity.signed_out_by', { client }),
  signed_out_everywhere: () => message('activity.signed_out_everywhere'),
  session_ended: ({ because }) =>
    message(because === 'another_account' ? 'activity.another_account' : 'activity.session_ended'),
  consented: (_event, client) => message('activity.consented', { client }),
  consent_refused: (_event, client) => message('activity.consent_refused', { client }),
  code_issued: (_event, client) => message('activity.signed_on', { client }),
  access_removed: (_event, client) => message('activity.access_removed', { client }),
  grant_revoked: ({ because }, client) =>
    because === 'code_reused' || because === 'refresh_token_reused'
      ? message('activity.stolen', { client })
      : message('activity.access_ended', { client }),
  signed_up: () => message('activity.account_added'),
  account_added: () => message('activity.account_added'),
  signed_out_elsewhere: () => message('activity.signed_out_elsewhere'),
  profile_changed: () => message('activity.profile_changed'),
  password_change_refused: () => message('activity.password_change_refused'),
  password_changed: () => message('activity.password_changed'),
  password_reset_asked: () => message('activity.reset_asked'),
  password_reset: () => message('activity.password_reset'),
  email_verified: () => message('activity.email_verified'),
  email_unverified: () => message('activity.email_unverified'),
  email_changed: () => message('activity.email_changed'),
  account_disabled: () => message('activity.account_disabled'),
  account_enabled: () => message('activity.account_enabled'),
  account_data_exported: () => message('activity.exported'),
}

/** The kinds of events that are told. */
export const TOLD_KINDS = Object.keys(SAID) as readonly AuditKind[]

/** Undefined: a kind that is not told. */
export function activityMessage(event: AuditEventOf<AuditKind>, client: string): Message | undefined {
  const saying = Object.hasOwn(SAID, event.kind) ? (SAID[event.kind] as Saying<AuditKind>) : undefined
  return saying?.(event, client)
}
