/** The one place that decides what an authorization request needs next: sign-in, account, consent, a refusal or a grant. */
import type { Timestamp } from '../base/clock.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import type { Client } from './client.ts'
import { OAuthError } from './oauth-error.ts'
import type { Account, Consent, Interaction, Session } from './records.ts'

export interface AuthorizationFacts {
  readonly client: Client
  /** A live session of this browser and its account. */
  readonly signedIn: { readonly session: Session; readonly account: Account } | undefined
  readonly consent: Consent | undefined
  /** Undefined while nobody was asked anything. What happened since it began counts as an answer to it. */
  readonly interaction: Pick<Interaction, 'createdAt' | 'selectedAccountId'> | undefined
}

export type AuthorizationOutcome =
  /** `again`: who must prove to be the same. */
  | { readonly kind: 'sign_in'; readonly again: Account | undefined }
  | { readonly kind: 'select_account'; readonly account: Account }
  | {
      readonly kind: 'consent'
      readonly account: Account
      readonly session: Session
      readonly newScopes: readonly string[]
    }
  | { readonly kind: 'refuse'; readonly error: OAuthError }
  | { readonly kind: 'grant'; readonly account: Account; readonly session: Session }

/** OpenID Connect Core §3.1.2.3 and §3.1.2.4. Pure: the same facts give the same outcome. */
export function decideAuthorization(
  request: AuthorizationRequest,
  facts: AuthorizationFacts,
  now: Timestamp,
): AuthorizationOutcome {
  const outcome = decideInteraction(request, facts, now)
  return request.prompts.has('none') ? withoutAsking(outcome) : outcome
}

function decideInteraction(
  request: AuthorizationRequest,
  facts: AuthorizationFacts,
  now: Timestamp,
): AuthorizationOutcome {
  const { signedIn, interaction } = facts
  if (!signedIn) return { kind: 'sign_in', again: undefined }
  const { session, account } = signedIn
  const isFresh = interaction !== undefined && session.authenticatedAt >= interaction.createdAt
  if (!isFresh && isStale(request, session, now)) return { kind: 'sign_in', again: account }
  if (request.prompts.has('select_account') && !isFresh && interaction?.selectedAccountId !== account.id) {
    return { kind: 'select_account', account }
  }
  const newScopes = request.scopes.filter((scope) => !facts.consent?.scopes.includes(scope))
  if (needsConsent(request, facts, newScopes)) return { kind: 'consent', account, session, newScopes }
  return { kind: 'grant', account, session }
}

/** prompt=login, or longer ago than max_age allows. */
function isStale(request: AuthorizationRequest, session: Session, now: Timestamp): boolean {
  if (request.prompts.has('login')) return true
  return request.maxAge !== undefined && now - session.authenticatedAt > request.maxAge
}

function needsConsent(
  request: AuthorizationRequest,
  { client, consent, interaction }: AuthorizationFacts,
  newScopes: readonly string[],
): boolean {
  const wasAsked = consent !== undefined && interaction !== undefined && consent.consentedAt >= interaction.createdAt
  if (request.prompts.has('consent') && !(wasAsked && newScopes.length === 0)) return true
  return !client.isFirstParty && newScopes.length > 0
}

/** OpenID Connect Core §3.1.2.6: with prompt=none every question becomes the error that names it. */
function withoutAsking(outcome: AuthorizationOutcome): AuthorizationOutcome {
  switch (outcome.kind) {
    case 'sign_in':
      return { kind: 'refuse', error: new OAuthError('login_required', 'the end-user must sign in') }
    case 'select_account':
      return {
        kind: 'refuse',
        error: new OAuthError('account_selection_required', 'the end-user must choose an account'),
      }
    case 'consent':
      return { kind: 'refuse', error: new OAuthError('consent_required', 'the end-user must consent') }
    case 'refuse':
    case 'grant':
      return outcome
  }
}
