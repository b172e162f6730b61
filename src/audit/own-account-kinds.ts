/** What the events of people who change their own account mean. */
import type { AuditKind } from './event.ts'
import type { EventKind } from './event-kinds.ts'

const ACCOUNT = 'whose'

type OwnAccountKind = Extract<AuditKind, 'password_change_refused' | 'profile_changed' | 'signed_out_elsewhere'>

export const OWN_ACCOUNT_KINDS: { readonly [Kind in OwnAccountKind]: EventKind<Kind> } = {
  password_change_refused: {
    means: 'Somebody who was signed in wanted another password, and did not know the one that there is.',
    by: 'account',
    fields: { accountId: ACCOUNT },
  },
  profile_changed: {
    means: 'Somebody changed claims of their own account.',
    by: 'account',
    fields: { accountId: ACCOUNT, claims: 'which ones; what they were and are is not kept' },
  },
  signed_out_elsewhere: {
    means: 'Every session of an account but one ended, and every grant that did not come of that one was revoked.',
    by: 'account',
    fields: {
      accountId: ACCOUNT,
      sessions: 'how many sessions ended',
      grants: 'how many grants were revoked',
    },
  },
}
