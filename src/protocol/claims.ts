/** Which claims a scope asks for, and which are asked for one by one: OpenID Connect Core §5.1, §5.4 and §5.5. */
import type { Client } from './client.ts'

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

export type ClaimName = keyof StandardClaims

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
} as const satisfies Record<string, readonly ClaimName[]>

type ClaimScope = keyof typeof CLAIMS_OF_SCOPE

const isClaimScope = (scope: string): scope is ClaimScope => Object.hasOwn(CLAIMS_OF_SCOPE, scope)

export const namesOfScopes = (scopes: readonly string[]): readonly ClaimName[] =>
  scopes.filter(isClaimScope).flatMap((scope): readonly ClaimName[] => CLAIMS_OF_SCOPE[scope])

/** What the claims parameter asks for, of the claims that an account may have (OpenID Connect Core §5.5). */
export interface AskedClaims {
  readonly userinfo: readonly ClaimName[]
  readonly id_token: readonly ClaimName[]
}

const SCOPE_OF_CLAIM: ReadonlyMap<string, ClaimScope> = new Map(
  Object.keys(CLAIMS_OF_SCOPE)
    .filter(isClaimScope)
    .flatMap((scope) => CLAIMS_OF_SCOPE[scope].map((name) => [name, scope] as const)),
)

export const isClaimName = (name: string): name is ClaimName => SCOPE_OF_CLAIM.has(name)

/** Whoever may see a scope may see each of its claims. */
export const isOfScopes = (name: ClaimName, scopes: readonly string[]): boolean =>
  scopes.includes(SCOPE_OF_CLAIM.get(name) ?? '')

/** A client gets no claim one by one that its entry does not let it get by the scope. */
export const allowedClaims = (names: readonly ClaimName[], { metadata }: Client): readonly ClaimName[] =>
  names.filter((name) => isOfScopes(name, metadata.scope))

/** Those that no scope of the same request asks for, too: each of them is allowed, or not, by itself. */
export function claimsBesideScopes(asked: AskedClaims | undefined, scopes: readonly string[]): readonly ClaimName[] {
  if (asked === undefined) return []
  return [...new Set([...asked.userinfo, ...asked.id_token])].filter((name) => !isOfScopes(name, scopes))
}

/** The claims of these names. One without a value is left out (OpenID Connect Core §5.3.2). */
export function claimsOf(claims: StandardClaims, names: readonly ClaimName[]): StandardClaims {
  return Object.fromEntries(names.filter((name) => claims[name] !== undefined).map((name) => [name, claims[name]]))
}

/** What a client may see of an account by these scopes, and by what was asked for one by one. */
export function claimsFor(
  claims: StandardClaims,
  { scopes, asked, client }: { scopes: readonly string[]; asked: readonly ClaimName[] | undefined; client: Client },
): StandardClaims {
  const names = namesOfScopes(scopes)
  return claimsOf(claims, asked === undefined ? names : [...names, ...allowedClaims(asked, client)])
}
