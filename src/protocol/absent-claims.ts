/** Why a claim is not where somebody looks for it: OpenID Connect Core §5.3.2, §5.4 and §5.5. */
import { CLAIMS_OF_SCOPE, type ClaimName, isClaimName, isOfScopes, type StandardClaims } from './claims.ts'
import type { Client } from './client.ts'

export type AbsenceReason = 'unknown' | 'not_allowed' | 'not_asked' | 'no_value'

export interface AbsentClaim {
  readonly claim: string
  readonly because: AbsenceReason
  /** Which scope gives it; undefined: none does. */
  readonly scope: string | undefined
}

/**
 * Every claim that was asked for and is not given, and those that the account has and nobody asked for.
 * @param scopes those of the request; `names`: those that it asks for one by one
 */
export function absentClaims(
  claims: StandardClaims,
  { client, scopes, names }: { client: Client; scopes: readonly string[]; names: readonly string[] },
): readonly AbsentClaim[] {
  const unknown = names
    .filter((name) => !isClaimName(name) && !OF_THE_TOKEN.includes(name))
    .map((claim): AbsentClaim => ({ claim, because: 'unknown', scope: undefined }))
  const known = CLAIMS.flatMap(([claim, scope]): readonly AbsentClaim[] => {
    const isAsked = names.includes(claim) || scopes.includes(scope)
    const hasValue = claims[claim] !== undefined
    if (!isAsked) return hasValue ? [{ claim, because: 'not_asked', scope }] : []
    if (!isOfScopes(claim, client.metadata.scope)) return [{ claim, because: 'not_allowed', scope }]
    return hasValue ? [] : [{ claim, because: 'no_value', scope }]
  })
  return [...known, ...unknown]
}

const CLAIMS: readonly (readonly [ClaimName, string])[] = Object.entries(CLAIMS_OF_SCOPE).flatMap(([scope, names]) =>
  names.map((name): [ClaimName, string] => [name, scope]),
)

/** They are of the sign-in, not of the account, and are in every ID token. */
const OF_THE_TOKEN: readonly string[] = ['sub', 'acr', 'amr', 'auth_time', 'sid']
