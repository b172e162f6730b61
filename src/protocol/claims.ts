/** Which claims a scope asks for: OpenID Connect Core §5.1 (standard claims) and §5.4 (scopes). */

/** OpenID Connect Core §5.1.1 */
export interface AddressClaim {
  readonly formatted?: string
  readonly street_address?: string
  readonly locality?: string
  readonly region?: string
  readonly postal_code?: string
  readonly country?: string
}

/** OpenID Connect Core §5.1, plus `groups`. Wire names and wire types: they leave as they are stored. */
export interface StandardClaims {
  readonly name?: string
  readonly given_name?: string
  readonly family_name?: string
  readonly middle_name?: string
  readonly nickname?: string
  readonly preferred_username?: string
  readonly profile?: string
  readonly picture?: string
  readonly website?: string
  readonly gender?: string
  readonly birthdate?: string
  readonly zoneinfo?: string
  readonly locale?: string
  readonly updated_at?: number
  readonly email?: string
  readonly email_verified?: boolean
  readonly phone_number?: string
  readonly phone_number_verified?: boolean
  readonly address?: AddressClaim
  readonly groups?: readonly string[]
}

export const CLAIMS_OF_SCOPE = {
  profile: [
    'name',
    'given_name',
    'family_name',
    'middle_name',
    'nickname',
    'preferred_username',
    'profile',
    'picture',
    'website',
    'gender',
    'birthdate',
    'zoneinfo',
    'locale',
    'updated_at',
  ],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
  groups: ['groups'],
} as const satisfies Record<string, readonly (keyof StandardClaims)[]>

const isClaimScope = (scope: string): scope is keyof typeof CLAIMS_OF_SCOPE => Object.hasOwn(CLAIMS_OF_SCOPE, scope)

/** The part of `claims` that `scopes` may see. A claim without a value is left out (OpenID Connect Core §5.3.2). */
export function claimsForScopes(claims: StandardClaims, scopes: readonly string[]): StandardClaims {
  const names = scopes
    .filter(isClaimScope)
    .flatMap((scope): readonly (keyof StandardClaims)[] => CLAIMS_OF_SCOPE[scope])
  return Object.fromEntries(names.filter((name) => claims[name] !== undefined).map((name) => [name, claims[name]]))
}
