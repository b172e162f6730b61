/** What is known of a flow from what is stored: when it began, how far it came, and why it ended. */
import type { Timestamp } from '../base/clock.ts'
import { shownSpan } from '../protocol/shown-time.ts'
import type { GrantFacts, Interaction, Refusal, RevocationReason } from '../storage/storage.ts'

export interface FlowRecords {
  readonly interaction: Interaction | undefined
  readonly grant: GrantFacts | undefined
  /** All refusals of the flow, oldest first. */
  readonly refusals: readonly Refusal[]
}

export interface Step {
  readonly at: Timestamp
  readonly what: string
}

/** In the order of time. @param told the refusal that the story is about: it is no step of its own */
export function stepsOf({ interaction, grant, refusals }: FlowRecords, told?: Pick<Refusal, 'id'>): readonly Step[] {
  const steps = [
    ...(interaction === undefined ? [] : interactionSteps(interaction)),
    ...(grant === undefined ? [] : grantSteps(grant)),
    ...refusals.map(({ id, at, errorId, check, description }) => ({
      at,
      what: id === told?.id ? `this refusal (${check})` : `refused, error ${errorId}: ${description} (${check})`,
    })),
  ]
  return steps.toSorted((one, other) => one.at - other.at)
}

function interactionSteps({
  createdAt,
  clientId,
  completedAt,
  expiresAt,
  selectedAccountId,
  proven,
}: Interaction): Step[] {
  const asker =
    clientId === undefined ? 'nobody asked: the sign-in page was opened by itself' : `client ${clientId} asked`
  return [
    { at: createdAt, what: `${asker}, and the person was sent to the sign-in page` },
    ...(proven === undefined
      ? []
      : [{ at: proven.at, what: `the first factor was proven (${proven.amr.join(' ')}), and a second one is due` }]),
    ...(completedAt === undefined
      ? [{ at: expiresAt, what: 'the sign-in page expires, unanswered' }]
      : [
          {
            at: completedAt,
            what: `the sign-in page was answered${selectedAccountId ? ', after an account was chosen' : ''}`,
          },
        ]),
  ]
}

const BECAUSE: Readonly<Record<RevocationReason, string>> = {
  code_reused: 'its code came a second time',
  code_after_end: 'its code came after the session had ended',
  refresh_token_reused: 'a refresh token came that had been used before',
  client_revoked: 'its client revoked it',
  client_removed: 'the app was taken out of the configuration',
  account_changed: 'the account was changed: a new password, say',
  signed_out_everywhere: 'the person signed out everywhere',
  access_removed: 'the person took the app’s access away',
  restored: 'a backup was restored',
  session_ended: 'the person signed out while its tokens were made',
}

function grantSteps({ grant, session, account }: GrantFacts): Step[] {
  const { createdAt, clientId, codeConsumedAt, codeExpiresAt, refreshRotatedAt, revokedAt, revokedBecause } = grant
  const scopes = grant.scopes.join(' ')
  return [
    { at: createdAt, what: `client ${clientId} was given a code or tokens for account ${grant.accountId} (${scopes})` },
    ...(codeConsumedAt === undefined
      ? [{ at: codeExpiresAt, what: 'the code expires, unused' }]
      : [
          {
            at: codeConsumedAt,
            what: `the code was redeemed, ${shownSpan(codeConsumedAt - createdAt)} after it was given`,
          },
        ]),
    ...step(refreshRotatedAt, `refresh token number ${grant.refreshGeneration} was issued`),
    ...step(session?.endedAt, 'the session was signed out'),
    ...step(account?.disabledAt, 'the account was disabled'),
    ...step(
      revokedAt,
      `everything of this sign-on was revoked: ${revokedBecause ? BECAUSE[revokedBecause] : 'why is not known'}`,
    ),
  ]
}

const step = (at: Timestamp | undefined, what: string): Step[] => (at === undefined ? [] : [{ at, what }])
