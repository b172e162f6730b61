/** What the events of passkeys mean. */
import type { AuditKind } from './event.ts'
import type { EventKind } from './event-kinds.ts'

const ACCOUNT = 'whose'
const PASSKEY = 'which one: the beginning of a digest of its id, as `countersign account passkey list` shows it'
const AS = '`sign_in`, `second_factor`'

type PasskeyKind = Extract<AuditKind, `passkey_${string}`>

export const PASSKEY_EVENT_KINDS: { readonly [Kind in PasskeyKind]: EventKind<Kind> } = {
  passkey_added: {
    means: 'An account got a passkey.',
    by: 'account',
    fields: {
      accountId: ACCOUNT,
      passkey: PASSKEY,
      aaguid: 'the kind of authenticator, as it says itself',
      isSynced: 'whether it may be on several devices',
    },
  },
  passkey_removed: {
    means: 'A passkey was taken away, by its owner or by an operator.',
    by: 'account',
    fields: { accountId: ACCOUNT, passkey: PASSKEY },
  },
  passkey_used: {
    means: 'Somebody proved by a passkey who they are.',
    by: 'account',
    fields: { accountId: ACCOUNT, passkey: PASSKEY, as: AS },
  },
  passkey_refused: {
    means:
      'What came from a passkey was refused. `sign_count`: it has counted backwards, so there may be a copy of it; take it away and let its owner make another.',
    by: 'anyone',
    fields: {
      as: AS,
      reason:
        '`malformed`, `old_challenge` (of another page, too old, or answered before), `unknown`, `wrong` (signature, origin or domain), `not_verified` (the device did not ask for face, fingerprint or PIN), `sign_count`',
      accountId: 'whose, when there is such a passkey',
      passkey: PASSKEY,
    },
  },
}
