/** The claims that an account may have: every standard claim (OpenID Connect Core §5.1) and `groups`, with its rule. */
import type { ClaimName, StandardClaims } from '../protocol/claims.ts'
import {
  addressFault,
  birthdateFault,
  booleanFault,
  emailValueFault,
  groupsFault,
  localeFault,
  phoneFault,
  secondsFault,
  textFault,
  urlFault,
  type ValueFault,
  zoneinfoFault,
} from './claim-values.ts'

const RULES: Readonly<Record<ClaimName, ValueFault>> = {
  name: textFault,
  given_name: textFault,
  family_name: textFault,
  middle_name: textFault,
  nickname: textFault,
  preferred_username: textFault,
  profile: urlFault,
  picture: urlFault,
  website: urlFault,
  gender: textFault,
  birthdate: birthdateFault,
  zoneinfo: zoneinfoFault,
  locale: localeFault,
  updated_at: secondsFault,
  email: emailValueFault,
  email_verified: booleanFault,
  phone_number: phoneFault,
  phone_number_verified: booleanFault,
  address: addressFault,
  groups: groupsFault,
}

/** Claims that are not text; the rest can be taken as they are typed. */
const JSON_CLAIMS: readonly string[] = [
  'updated_at',
  'email_verified',
  'phone_number_verified',
  'address',
  'groups',
] satisfies ClaimName[]

export const CLAIM_NAMES: readonly string[] = Object.keys(RULES)

const isClaimName = (name: string): name is ClaimName => Object.hasOwn(RULES, name)

/**
 * Everything that is wrong with a set of claims that came from outside, one sentence each; none of them repeats a value.
 * With no faults, `claims` are the same values.
 */
export function parseAccountClaims(raw: Readonly<Record<string, unknown>>): {
  claims: StandardClaims
  faults: readonly string[]
} {
  const faults: string[] = []
  for (const [name, value] of Object.entries(raw)) {
    if (!isClaimName(name)) faults.push(`${JSON.stringify(name)} is not a claim (known: ${CLAIM_NAMES.join(', ')})`)
    else {
      const fault = RULES[name](value)
      if (fault !== undefined) faults.push(`${name} ${fault}`)
    }
  }
  if (raw['email_verified'] !== undefined && raw['email'] === undefined)
    faults.push('email_verified is there without email')
  if (raw['phone_number_verified'] !== undefined && raw['phone_number'] === undefined) {
    faults.push('phone_number_verified is there without phone_number')
  }
  // The parse border: each value has passed the rule of its name.
  return { claims: faults.length === 0 ? (raw as StandardClaims) : {}, faults }
}

/** The value of a claim as it is typed at a terminal: text as it is, anything else as JSON. Undefined: not JSON. */
export function readClaimText(name: string, text: string): unknown {
  if (!JSON_CLAIMS.includes(name)) return text
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
