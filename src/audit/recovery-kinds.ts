/** What the events of forgotten passwords and of addresses mean. */
import type { AuditKind } from './event.ts'
import type { EventKind } from './event-kinds.ts'

const ACCOUNT = 'whose'

type RecoveryKind = Extract<AuditKind, `password_reset${string}` | `email_${string}`>

export const RECOVERY_KINDS: { readonly [Kind in RecoveryKind]: EventKind<Kind> } = {
  password_reset_asked: {
    means: 'Somebody said that they have forgotten their password, and a mail was put into the outbox.',
    by: 'anyone',
    fields: { accountId: 'whose it is, where a mail could prove it' },
  },
  password_reset: {
    means: 'Somebody chose a new password by a code or a link that was mailed to the account.',
    by: 'account',
    fields: {
      accountId: ACCOUNT,
      sessions: 'how many sessions ended',
      grants: 'how many grants were revoked',
    },
  },
  email_verified: {
    means: 'The e-mail address of an account was proven, or an operator says that it is theirs.',
    by: 'account',
    fields: { accountId: ACCOUNT },
  },
  email_unverified: {
    means: 'An operator doubts the e-mail address of an account.',
    by: 'operator',
    fields: { accountId: ACCOUNT },
  },
  email_changed: {
    means: 'An account got another e-mail address, which was proven before.',
    by: 'account',
    fields: { accountId: ACCOUNT },
  },
}
