/** The one place that decides whether what somebody has proven is enough. Pure: the same facts, the same step. */
import type { SecondFactorConfig } from '../config/config.ts'
import { MULTI_FACTOR, reaches, withSecondFactor } from '../protocol/acr.ts'
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
  /** The account has one that it can be asked for. */
  readonly hasSecondFactor: boolean
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
export const mayBeDue = (facts: Omit<EnoughFacts, 'hasSecondFactor' | 'isRemembered'>): boolean =>
  enough({ ...facts, hasSecondFactor: true, isRemembered: false }) !== 'nothing'

/** What is wanted, best first: the first that is there, or that the account can get to. */
function dueByAcr({ policy, wanted, proof: { amr }, hasSecondFactor }: EnoughFacts): StepDue {
  const { acrValues, requiredAcrs } = wanted
  for (const acr of requiredAcrs ?? acrValues) {
    if (reaches(amr, [acr])) return 'nothing'
    if (hasSecondFactor && reaches(withSecondFactor(amr, []), [acr])) return 'second_factor'
  }
  // OpenID Connect Core §5.5.1.1: what is not essential is given up.
  if (requiredAcrs === undefined) return 'nothing'
  return policy.isOffered && reaches(withSecondFactor(amr, []), requiredAcrs) ? 'enrol' : 'unmet'
}

function dueByPolicy(facts: EnoughFacts): StepDue {
  const { proof, hasSecondFactor, isRemembered } = facts
  if (proof.amr.includes(MULTI_FACTOR)) return 'nothing'
  // Who has one is asked for it at each sign-in, whatever the rules say.
  if (!isSecondFactorRequired(facts) && (proof.isSession || !hasSecondFactor)) return 'nothing'
  if (!hasSecondFactor) return 'enrol'
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
