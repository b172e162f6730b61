/** The one place that decides what an authorization request needs next: sign-in, account, consent, a refusal or a grant. */
import { CLOCK_SKEW, type Timestamp } from '../base/clock.ts'
import { type Duration, MINUTE } from '../base/duration.ts'
import { isWithinReach, reaches } from './acr.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import type { Failed } from './checks.ts'
import { type ClaimName, claimsBesideScopes, isOfScopes } from './claims.ts'
import type { Client } from './client.ts'
import { OAuthError } from './oauth-error.ts'
import type { Account, Consent, Interaction, Session } from './records.ts'
import { apisAskedFor } from './resource.ts'
import { shownHash } from './shown-hash.ts'
import { shownSpan } from './shown-time.ts'

/**
 * What somebody still has to prove: a second factor, or first to set one up. `unmet`: what is asked for is more than the
 * account can.
 */
export type StepDue = 'nothing' | StepKind | 'unmet'

/** `passkey`: no other factor will do, nor for `enrol_passkey`. */
export type StepKind = 'second_factor' | 'passkey' | 'enrol' | 'enrol_passkey'

/** Something is to be set up. */
export const isEnrolment = (due: StepDue): due is 'enrol' | 'enrol_passkey' =>
  due === 'enrol' || due === 'enrol_passkey'

export interface AuthorizationFacts {
  readonly client: Client
  /** A live session of this browser and its account. */
  readonly signedIn: { readonly session: Session; readonly account: Account } | undefined
  /** Of them, for this request. */
  readonly due: StepDue
  readonly consent: Consent | undefined
  /** Others are signed in in this browser, too. */
  readonly isOneOfSeveral: boolean
  /** The login_hint is no name of theirs, and nobody has chosen them all the same. */
  readonly isAnotherHinted: boolean
  /** What the client calls the account that is signed in (OpenID Connect Core §8). */
  readonly subject: string | undefined
  /** Whom the verified id_token_hint is about, by the same name; undefined without a hint. */
  readonly hintedSubject: string | undefined
  /** Undefined while nobody was asked anything. What happened since it began counts as an answer to it. */
  readonly interaction: Pick<Interaction, 'createdAt' | 'selectedAccountId'> | undefined
}

export type AuthorizationOutcome =
  /** `again`: who must prove to be the same. */
  | { readonly kind: 'sign_in'; readonly again: Account | undefined }
  | { readonly kind: 'select_account'; readonly account: Account }
  /** Step-up: the session is there, and not enough. */
  | { readonly kind: StepKind; readonly account: Account; readonly session: Session }
  | {
      readonly kind: 'consent'
      readonly account: Account
      readonly session: Session
      readonly newScopes: readonly string[]
      readonly newClaims: readonly ClaimName[]
      readonly newResources: readonly string[]
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
  return request.prompts.has('none') ? withoutAsking(outcome, { request, facts, now }) : outcome
}

function decideInteraction(
  request: AuthorizationRequest,
  facts: AuthorizationFacts,
  now: Timestamp,
): AuthorizationOutcome {
  const { signedIn, interaction, due, isOneOfSeveral, isAnotherHinted } = facts
  const { requiredAcrs } = request
  if (requiredAcrs !== undefined && !isWithinReach(requiredAcrs)) return unmet(requiredAcrs)
  if (!signedIn) return { kind: 'sign_in', again: undefined }
  const { session, account } = signedIn
  const isFresh = happenedSince(interaction, session.authenticatedAt, now)
  // Initiating User Registration §4.1: a new account is wanted, whoever is signed in.
  if (request.prompts.has('create') && !isFresh) return { kind: 'sign_in', again: undefined }
  const isToChoose = request.prompts.has('select_account') && !isFresh && interaction?.selectedAccountId !== account.id
  // Who is to prove themselves again is known when they have chosen.
  if (isToChoose && isOneOfSeveral && isMeant(request, facts)) return { kind: 'select_account', account }
  if (isStale(request, session, { isFresh, now })) {
    return { kind: 'sign_in', again: isAnotherHinted ? undefined : account }
  }
  // OpenID Connect Core §3.1.2.2: never tokens for another end-user than the one that the client has in mind.
  if (!isMeant(request, facts)) {
    return isFresh ? WRONG_ACCOUNT : { kind: 'sign_in', again: undefined }
  }
  if (isToChoose) return { kind: 'select_account', account }
  // OpenID Connect Core §5.5.1.1, RFC 9470 §5
  if (due === 'unmet') return unmet(requiredAcrs ?? [])
  const isSilent = request.prompts.has('none')
  if (isEnrolment(due) && !isSilent && !(isFresh || maySetUp(session, now))) return { kind: 'sign_in', again: account }
  if (due !== 'nothing') return { kind: due, account, session }
  const consent = standingConsent(facts)
  const asked = missingConsent(request, facts.client, consent)
  if (needsConsent(request, { ...facts, consent }, { ...asked, now }))
    return { kind: 'consent', account, session, ...asked }
  return { kind: 'grant', account, session }
}

/** Whether something counts as an answer to this request. What lies ahead (the clock went back) does not. */
const happenedSince = (interaction: AuthorizationFacts['interaction'], at: Timestamp, now: Timestamp): boolean =>
  interaction !== undefined && at >= interaction.createdAt && at <= now + CLOCK_SKEW

/** However small max_age is, a sign-in that was made for this request counts while the person goes through its pages. */
const SIGN_IN_COUNTS: Duration = 5 * MINUTE

/**
 * OWASP ASVS 7.5.1: whoever has got hold of an old session must not be able to choose a second factor for its owner, so the
 * sign-in that allows it is a recent one. One that lies ahead (the clock went back) is none.
 */
export const maySetUp = ({ authenticatedAt }: Pick<Session, 'authenticatedAt'>, now: Timestamp): boolean =>
  now - authenticatedAt <= SETS_UP_WITHIN && authenticatedAt <= now + CLOCK_SKEW

const SETS_UP_WITHIN: Duration = 15 * MINUTE

/** prompt=login, or longer ago than max_age allows. */
function isStale(
  { prompts, maxAge }: AuthorizationRequest,
  { authenticatedAt }: Session,
  { isFresh, now }: { isFresh: boolean; now: Timestamp },
): boolean {
  if (prompts.has('login') && !isFresh) return true
  const age = now - authenticatedAt
  return maxAge !== undefined && age > maxAge && !(isFresh && age <= SIGN_IN_COUNTS)
}

/** By the id_token_hint and by a value of `sub` in the claims parameter. */
export const isMeant = (
  { subjects }: Pick<AuthorizationRequest, 'subjects'>,
  { hintedSubject, subject }: Pick<AuthorizationFacts, 'hintedSubject' | 'subject'>,
): boolean =>
  (hintedSubject === undefined || hintedSubject === subject) &&
  (subjects === undefined || (subject !== undefined && subjects.includes(subject)))

const WRONG_ACCOUNT: AuthorizationOutcome = {
  kind: 'refuse',
  error: new OAuthError('login_required', 'another end-user signed in than the one that is asked for', 'account'),
}

const unmet = (acrs: readonly string[]): AuthorizationOutcome => ({
  kind: 'refuse',
  error: new OAuthError('unmet_authentication_requirements', 'no sign-in here has an acr that is asked for', {
    check: 'acr',
    expected: acrs.join(' '),
  }),
})

interface Missing {
  readonly newScopes: readonly string[]
  readonly newClaims: readonly ClaimName[]
  readonly newResources: readonly string[]
}

/** RFC 7591 §5: of a client that nobody has checked, what was allowed to another name or other places is allowed no more. */
const standingConsent = ({ client, consent }: AuthorizationFacts): Consent | undefined =>
  consent === undefined || client.source === 'configuration' || consent.shownHash === shownHash(client)
    ? consent
    : undefined

/** A claim that is asked for by itself counts as allowed when its scope was. */
function missingConsent(request: AuthorizationRequest, client: Client, consent: Consent | undefined): Missing {
  const allowed = consent?.scopes ?? []
  return {
    newScopes: request.scopes.filter((scope) => !allowed.includes(scope)),
    newClaims: claimsBesideScopes(request.claims, request.scopes).filter(
      (name) => !isOfScopes(name, allowed) && !consent?.claims.includes(name),
    ),
    newResources: missingResources(request, client, consent),
  }
}

/** RFC 8707 §3: a scope means something else at another API. Before they were kept, the client's own were what was asked about. */
function missingResources({ resources }: AuthorizationRequest, client: Client, consent: Consent | undefined) {
  const allowed = consent === undefined ? [] : (consent.resources ?? client.accessTokenAudience)
  return apisAskedFor(resources, client).filter((resource) => !allowed.includes(resource))
}

function needsConsent(
  request: AuthorizationRequest,
  { client, consent, interaction }: AuthorizationFacts,
  { newScopes, newClaims, newResources, now }: Missing & { now: Timestamp },
): boolean {
  const isAllowed = newScopes.length + newClaims.length + newResources.length === 0
  const wasAsked = consent !== undefined && happenedSince(interaction, consent.consentedAt, now)
  if (request.prompts.has('consent') && !(wasAsked && isAllowed)) return true
  return !client.isFirstParty && !isAllowed
}

interface Asking {
  readonly request: AuthorizationRequest
  readonly facts: AuthorizationFacts
  readonly now: Timestamp
}

/** In the order of the decision. */
function whySignIn({ request, facts, now }: Asking): Failed {
  const { signedIn } = facts
  if (signedIn === undefined) return { check: 'session' }
  const { maxAge } = request
  const age = now - signedIn.session.authenticatedAt
  if (maxAge !== undefined && age > maxAge) {
    const came = `${shownSpan(age)} ago, ${shownSpan(age - maxAge)} too long`
    return { check: 'session_age', expected: `a sign-in within ${shownSpan(maxAge)} (max_age)`, came }
  }
  return { check: 'account' }
}

function whyMore({ requiredAcrs }: AuthorizationRequest, { amr }: Session): Failed {
  const came = `a sign-in by ${amr.join(' ')}`
  return requiredAcrs !== undefined && !reaches(amr, requiredAcrs)
    ? { check: 'acr', expected: requiredAcrs.join(' '), came }
    : { check: 'second_factor', expected: 'a second factor', came }
}

const missing = ({ newScopes, newClaims, newResources }: Missing): Failed => ({
  check: 'consent',
  came: `not yet allowed: ${[...newScopes, ...newClaims, ...newResources].join(' ') || 'nothing, but it is to be asked again'}`,
})

/** OpenID Connect Core §3.1.2.6: with prompt=none every question becomes the error that names it. */
function withoutAsking(outcome: AuthorizationOutcome, asking: Asking): AuthorizationOutcome {
  switch (outcome.kind) {
    case 'sign_in':
      return { kind: 'refuse', error: new OAuthError('login_required', 'the end-user must sign in', whySignIn(asking)) }
    case 'select_account':
      return {
        kind: 'refuse',
        error: new OAuthError('account_selection_required', 'the end-user must choose an account', 'account_choice'),
      }
    // A second factor is end-user authentication, too; to set one up is more than that.
    case 'second_factor':
    case 'passkey': {
      const failed = whyMore(asking.request, outcome.session)
      return { kind: 'refuse', error: new OAuthError('login_required', 'the end-user must prove more', failed) }
    }
    case 'enrol':
    case 'enrol_passkey': {
      const { expected, came } = whyMore(asking.request, outcome.session)
      const failed = { check: 'second_factor_setup', expected, came } as const
      return {
        kind: 'refuse',
        error: new OAuthError('interaction_required', 'the end-user must set up a second factor', failed),
      }
    }
    case 'consent':
      return {
        kind: 'refuse',
        error: new OAuthError('consent_required', 'the end-user must consent', missing(outcome)),
      }
    case 'refuse':
    case 'grant':
      return outcome
  }
}
