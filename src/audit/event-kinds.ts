/** What each event means, who does it, and what it says: for docs/audit.md, and for whoever writes it down. */
import type { AuditEvent, AuditEventOf, AuditKind } from './event.ts'
import { OWN_ACCOUNT_KINDS } from './own-account-kinds.ts'
import { PASSKEY_EVENT_KINDS } from './passkey-event-kinds.ts'
import { RECOVERY_KINDS } from './recovery-kinds.ts'
import { UPSTREAM_KINDS } from './upstream-kinds.ts'

/** Who does it, unless it is said who did: whom the event names, somebody who has proven nothing, or Countersign itself. */
export type Doer = 'account' | 'client' | 'anyone' | 'system' | 'operator'

type KeyOf<Event> = Event extends unknown ? keyof Event : never

export interface EventKind<Kind extends AuditKind = AuditKind> {
  readonly means: string
  readonly by: Doer
  readonly fields: { readonly [Field in Exclude<KeyOf<AuditEventOf<Kind>>, 'kind'>]: string }
}

const ACCOUNT = 'whose'
const CLIENT = 'the client'
const GRANT = 'the grant that the tokens come of'
const CUT_OFF = { accountId: ACCOUNT, sessions: 'how many sessions ended', grants: 'how many grants were revoked' }
const DELIVERY = { deliveryId: 'the delivery', attempt: 'the how manieth', clientId: CLIENT, accountId: ACCOUNT }
const INVITATION = {
  invitationId: 'the invitation',
  groups: 'the groups that the account is to be in',
  clientId: 'the app that they are to go on to',
}
const FAILED = { ...DELIVERY, reason: 'why it did not arrive' }

export const EVENT_KINDS: { readonly [Kind in AuditKind]: EventKind<Kind> } = {
  signed_in: {
    means: 'Somebody signed in.',
    by: 'account',
    fields: {
      accountId: ACCOUNT,
      sessionId: 'the session',
      amr: 'how they proved it (RFC 8176)',
      isNewDevice: 'whether the browser had not been signed in to this account before; left out: it had',
    },
  },
  sign_in_refused: {
    means: 'A sign-in was refused: the name or the password was wrong, or the account is disabled.',
    by: 'anyone',
    fields: {
      reason: '`wrong_credentials`, `disabled`',
      accountId: 'whose, when there is such an account; what was typed is not kept',
    },
  },
  throttled: {
    means: 'Too much was tried, and the request was refused unseen.',
    by: 'anyone',
    fields: {
      what: '`password`, `second_factor`, `client_secret`, `client_requests`, `new_sign_ins`',
      by: 'by what it was counted: `known_device`, `account`, `network`, `client`',
      accountId: ACCOUNT,
      clientId: CLIENT,
    },
  },
  admin_opened: {
    means: 'Somebody opened a page for administrators.',
    by: 'account',
    fields: { accountId: ACCOUNT, page: 'which page', about: 'the account, the client or the error that it was about' },
  },
  second_factor_refused: {
    means: 'The first factor was right, and the code of the second was not: wrong, too old, or used already.',
    by: 'anyone',
    fields: { accountId: ACCOUNT, factor: '`totp`, `recovery_code`', reason: '`wrong_code`, `used_code`' },
  },
  stepped_up: {
    means: 'Somebody who was signed in proved a second factor, because an app or a page of ours wanted it.',
    by: 'account',
    fields: { accountId: ACCOUNT, sessionId: 'the session', amr: 'all that it is worth now (RFC 8176)' },
  },
  second_factor_added: {
    means: 'An account got a second factor.',
    by: 'account',
    fields: { accountId: ACCOUNT, factor: '`totp`' },
  },
  second_factor_removed: {
    means: 'A second factor was taken away, by its owner or by an operator.',
    by: 'account',
    fields: { accountId: ACCOUNT, factor: '`totp`' },
  },
  recovery_codes_made: {
    means: 'An account got new recovery codes; those that it had are void.',
    by: 'account',
    fields: { accountId: ACCOUNT, count: 'how many' },
  },
  recovery_code_used: {
    means: 'A recovery code was used in place of the authenticator app.',
    by: 'account',
    fields: { accountId: ACCOUNT, left: 'how many are left' },
  },
  ...PASSKEY_EVENT_KINDS,
  device_remembered: {
    means: 'A browser is not asked for the second factor of this account for a while.',
    by: 'account',
    fields: { accountId: ACCOUNT },
  },
  devices_forgotten: {
    means: 'Every browser is asked for the second factor of this account again.',
    by: 'account',
    fields: { accountId: ACCOUNT, count: 'how many had been remembered' },
  },
  ...UPSTREAM_KINDS,
  signed_out: {
    means: 'Somebody signed out, here or by an app.',
    by: 'account',
    fields: { accountId: ACCOUNT, sessionId: 'the session', clientId: 'the app that asked for it' },
  },
  signed_out_everywhere: {
    means: 'Every session of an account ended and every grant was revoked.',
    by: 'account',
    fields: CUT_OFF,
  },
  session_ended: {
    means: 'A session ended without a sign-out.',
    by: 'system',
    fields: {
      sessionId: 'the session',
      because:
        '`another_account` (more accounts signed in there than a browser has room for), `account_changed` (while signing in), `expired`, `account_gone` (disabled or removed, or the session is), `by_admin` (who is the actor), `by_owner` (in another browser)',
      accountId: ACCOUNT,
    },
  },
  consented: {
    means: 'Somebody allowed an app something.',
    by: 'account',
    fields: { accountId: ACCOUNT, clientId: CLIENT, scopes: 'what', claims: 'what', resources: 'which APIs' },
  },
  consent_refused: {
    means: 'Somebody did not allow an app what it asked for.',
    by: 'account',
    fields: { accountId: ACCOUNT, clientId: CLIENT },
  },
  access_removed: {
    means: 'Somebody took away from an app what they had allowed it, and all that came of it.',
    by: 'account',
    fields: { accountId: ACCOUNT, clientId: CLIENT, grants: 'how many grants were revoked' },
  },
  code_issued: {
    means: 'An app got an authorization code: somebody signed on to it.',
    by: 'account',
    fields: {
      accountId: ACCOUNT,
      clientId: CLIENT,
      grantId: GRANT,
      withPage: 'whether the person had to do something for it',
    },
  },
  tokens_issued: {
    means: 'An app got tokens: for a code, by a refresh, or for itself. Kept only with `audit.tokens: true`.',
    by: 'client',
    fields: {
      clientId: CLIENT,
      grantType: '`authorization_code`, `refresh_token`, `client_credentials`, `implicit`',
      grantId: GRANT,
      accountId: ACCOUNT,
    },
  },
  grant_revoked: {
    means: 'Everything that came of a sign-on ended. `code_reused` and `refresh_token_reused` are thefts.',
    by: 'client',
    fields: { grantId: 'the grant', because: 'why', accountId: ACCOUNT, clientId: CLIENT },
  },
  token_revoked: {
    means: 'A client revoked one access token (RFC 7009).',
    by: 'client',
    fields: { clientId: CLIENT, jti: 'the token’s id' },
  },
  client_registered: { means: 'A client registered itself.', by: 'client', fields: { clientId: CLIENT } },
  client_updated: {
    means: 'A client changed its registration.',
    by: 'client',
    fields: { clientId: CLIENT, hasNewSecret: 'whether it got another secret' },
  },
  client_removed: {
    means: 'A client that had registered itself was removed, by itself or by an operator.',
    by: 'client',
    fields: { clientId: CLIENT },
  },
  config_in_force: {
    means: 'Something of the configuration file is in force in every process, or no longer.',
    by: 'system',
    fields: {
      entry: 'client, api, upstream, or installation: the rest of the file',
      id: 'the client_id, or the audience of the API',
      change: 'added, changed or removed',
      keys: 'which keys of it were changed',
    },
  },
  clients_ended: {
    means: 'What clients had that were taken out of the file has ended for good.',
    by: 'system',
    fields: { clientIds: 'the clients', grants: 'how many grants', consents: 'how many consents' },
  },
  logout_delivered: { means: 'A client was told that a session ended.', by: 'system', fields: DELIVERY },
  logout_delivery_failed: { means: 'It could not be told; it is tried again.', by: 'system', fields: FAILED },
  logout_given_up: { means: 'It will not be told any more.', by: 'system', fields: FAILED },
  security_notice_delivered: { means: 'The webhook was told of a theft.', by: 'system', fields: DELIVERY },
  security_notice_delivery_failed: { means: 'It could not be told; it is tried again.', by: 'system', fields: FAILED },
  security_notice_given_up: { means: 'It will not be told any more.', by: 'system', fields: FAILED },
  mail_delivered: { means: 'The mail server took a mail. Only in the log.', by: 'system', fields: DELIVERY },
  mail_delivery_failed: {
    means: 'The mail server did not take a mail; it is tried again. Only in the log.',
    by: 'system',
    fields: FAILED,
  },
  mail_given_up: { means: 'A mail will not be sent any more.', by: 'system', fields: FAILED },
  signed_up: {
    means: 'Somebody proved an address and made an account for themselves.',
    by: 'account',
    fields: { accountId: ACCOUNT, by: '`sign_up`, or `invitation` where they were invited' },
  },
  invited: { means: 'Somebody was invited to make an account.', by: 'operator', fields: INVITATION },
  invitation_taken_back: { means: 'An invitation was taken back, unused.', by: 'operator', fields: INVITATION },
  account_added: { means: 'An account was added.', by: 'operator', fields: { accountId: ACCOUNT } },
  accounts_imported: { means: 'Accounts were imported.', by: 'operator', fields: { count: 'how many' } },
  password_changed: {
    means: 'An account got another password, by an operator or (who is the actor then) by its owner.',
    by: 'operator',
    fields: CUT_OFF,
  },
  ...RECOVERY_KINDS,
  ...OWN_ACCOUNT_KINDS,
  account_disabled: { means: 'An account was disabled.', by: 'operator', fields: CUT_OFF },
  account_enabled: { means: 'An account was enabled.', by: 'operator', fields: { accountId: ACCOUNT } },
  account_removed: { means: 'An account was removed.', by: 'operator', fields: CUT_OFF },
  account_data_exported: {
    means: 'Somebody downloaded what is kept about them.',
    by: 'account',
    fields: { accountId: ACCOUNT },
  },
  key_made: {
    means: 'A signing or encryption key was made.',
    by: 'system',
    fields: { algorithm: 'for what', state: '`next`; `current`: the first one' },
  },
  key_promoted: {
    means: 'The next key signs from now on.',
    by: 'system',
    fields: { kid: 'the key', replaced: 'the key that signed before' },
  },
  key_retired: {
    means: 'A key signs no more, as its algorithm was taken out.',
    by: 'system',
    fields: { kid: 'the key' },
  },
  key_withdrawn: { means: 'A key is no longer published.', by: 'system', fields: { kid: 'the key' } },
  key_revoked: {
    means: 'A key was taken out: nothing that it signed is believed.',
    by: 'operator',
    fields: { kid: 'the key' },
  },
  all_keys_revoked: { means: 'Every key was taken out.', by: 'operator', fields: { count: 'how many' } },
  config_changed: {
    means: 'Another configuration is in force in a process.',
    by: 'system',
    fields: {
      revision: 'its name',
      before: 'that of the one before',
      added: 'how many clients came',
      removed: 'how many went',
      changed: 'how many are others',
    },
  },
  config_refused: {
    means: 'The files of the configuration were changed and could not be put in force.',
    by: 'system',
    fields: { revision: 'what stays in force', faults: 'how many faults they have; 0: only a restart can change it' },
  },
  delivery_retried: {
    means: 'What was given up is tried once more, as an admin asked.',
    by: 'operator',
    fields: { deliveryId: 'the delivery', clientId: CLIENT, accountId: ACCOUNT },
  },
  database_restored: {
    means: 'A backup was put in place.',
    by: 'operator',
    fields: { madeAt: 'when it was made', replace: 'whether it took the place of something', exact: 'as it was' },
  },
  events_dropped: {
    means: 'Events are missing here: the database was away for long, or strangers made very many. They are in the log.',
    by: 'system',
    fields: { count: 'how many', kinds: 'how many of each kind' },
  },
}

/** `account:…`, `client:…`, `anyone`, `system`, `operator` */
export function actorOf(event: AuditEvent): string {
  const { by } = EVENT_KINDS[event.kind]
  if (by === 'account' && 'accountId' in event && event.accountId !== undefined) return `account:${event.accountId}`
  if (by === 'client' && 'clientId' in event && event.clientId !== undefined) return `client:${event.clientId}`
  return by
}
