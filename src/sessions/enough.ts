/** The one place that decides whether what somebody has proven is enough. Pure: the same facts, the same step. */
import type { SecondFactorConfig } from '../config/config.ts'
import { MULTI_FACTOR, reaches, withPasskey, withSecondFactor } from '../protocol/acr.ts'
import type { StepDue } from '../protocol/authorization-decision.ts'

/** What whoever asks wants of the sign-in. */
export interface Wanted {
  /** `second_factor: required` of the client's entry. */
  readonly isRequiredByClient: boolean
  /** Best first, as far as nothing is essential. */
  readonly acrValues: readonly string[]
  /** One of which it must be (OpenID Connect Core §5.5.1.1); undefined: any will do. */
  readonly requiredAcrs: readonly string[] | undefined
}

/** Of pages of our own, and of requests that are refused anyway. */
export const NOTHING_WANTED: Wanted = { isRequiredByClient: false, acrValues: [], requiredAcrs: undefined }

export interface Proof {
  /** RFC 8176 */
  readonly amr: readonly string[]
  /** A session is there, so it was enough when it began; else all of it was proven just now. */
  readonly isSession: boolean
}

export interface EnoughFacts {
  readonly policy: SecondFactorConfig
  readonly wanted: Wanted
  /** Of the account. */
  readonly groups: readonly string[]
  readonly proof: Proof
  /** The account has an authenticator app. */
  readonly hasApp: boolean
  readonly hasPasskey: boolean
  /** Otherwise nobody can get one. */
  readonly arePasskeysOn: boolean
  /** It was proven in this browser, which is not to be asked again for a while. */
  readonly isRemembered: boolean
}

export function enough(facts: EnoughFacts): StepDue {
  const due = dueByAcr(facts)
  // A remembered device counts for our own rules, and never where a client asks how strong the sign-in was.
  return due === 'nothing' ? dueByPolicy(facts) : due
}

/**
 * Whether it may be worth a look at what the account has set up: what comes out of `enough` is 'nothing' in any case when
 * this is false.
 */
export const mayBeDue = (facts: Omit<EnoughFacts, 'hasApp' | 'hasPasskey' | 'isRemembered'>): boolean =>
  enough({ ...facts, hasApp: true, hasPasskey: true, isRemembered: false }) !== 'nothing'

/** What is wanted, best first: the first that is there, or that the account can get to. */
function dueByAcr({ policy, wanted, proof: { amr }, hasApp, hasPasskey, arePasskeysOn }: EnoughFacts): StepDue {
  const { acrValues, requiredAcrs } = wanted
  const twice = withSecondFactor(amr, [])
  for (const acr of requiredAcrs ?? acrValues) {
    if (reaches(amr, [acr])) return 'nothing'
    if ((hasApp || hasPasskey) && reaches(twice, [acr])) return 'second_factor'
    if (hasPasskey && reaches(withPasskey(amr), [acr])) return 'passkey'
  }
  // OpenID Connect Core §5.5.1.1: what is not essential is given up.
  if (requiredAcrs === undefined) return 'nothing'
  if (reaches(twice, requiredAcrs)) return policy.isOffered ? 'enrol' : 'unmet'
  return arePasskeysOn && reaches(withPasskey(amr), requiredAcrs) ? 'enrol_passkey' : 'unmet'
}

function dueByPolicy(facts: EnoughFacts): StepDue {
  const { proof, hasApp, hasPasskey, isRemembered } = facts
  if (proof.amr.includes(MULTI_FACTOR)) return 'nothing'
  // Who has an app is asked for it at each sign-in, whatever the rules say. A passkey is there to make signing in easier: that
  // there is one makes the password worth no less (docs/decisions/0030).
  if (!isSecondFactorRequired(facts) && (proof.isSession || !hasApp)) return 'nothing'
  if (!hasApp && !hasPasskey) return 'enrol'
  return isRemembered ? 'nothing' : 'second_factor'
}

/** By the rules, whatever a client asks for. */
export const isSecondFactorRequired = ({
  policy,
  wanted,
  groups,
}: Pick<EnoughFacts, 'policy' | 'wanted' | 'groups'>): boolean =>
  wanted.isRequiredByClient ||
  policy.requiredOf === 'everyone' ||
  policy.requiredGroups.some((group) => groups.includes(group))
