/** The same of signing in with other providers. */
import type { AuditKind } from './event.ts'
import type { EventKind } from './event-kinds.ts'

const ACCOUNT = 'whose'

export const UPSTREAM_KINDS: { readonly [Kind in Extract<AuditKind, `upstream_${string}`>]: EventKind<Kind> } = {
  upstream_linked: {
    means: 'Somebody can sign in to an account by a provider (`upstream`).',
    by: 'account',
    fields: { accountId: ACCOUNT, provider: 'its id', madeAccount: 'whether the account was made for them' },
  },
  upstream_unlinked: {
    means: 'A provider signs nobody in to an account any more.',
    by: 'account',
    fields: { accountId: ACCOUNT, provider: 'its id, or its issuer when it is not in the configuration' },
  },
  upstream_refused: {
    means: 'Somebody came back from a provider, and was not signed in.',
    by: 'anyone',
    fields: { provider: 'its id', reason: 'the check that failed (`countersign explain`)', accountId: ACCOUNT },
  },
  upstream_claims_taken: {
    means: 'Claims of an account are others, because its provider says so.',
    by: 'account',
    fields: { accountId: ACCOUNT, provider: 'its id', claims: 'the names of those that changed' },
  },
}
