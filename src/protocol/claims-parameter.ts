/** The claims parameter: OpenID Connect Core §5.5. What of it is not understood is ignored, what is malformed is refused. */
import { type AskedClaims, allowedClaims, isClaimName } from './claims.ts'
import type { Client } from './client.ts'
import { OAuthError } from './oauth-error.ts'

export interface ClaimsParameter {
  /** Undefined: no claim of an account is asked for by itself. */
  readonly asked: AskedClaims | undefined
  /** OpenID Connect Core §3.1.2.2: `sub` with a value; one of these must be the end-user. */
  readonly subjects: readonly string[] | undefined
  /** The values of `acr` that are asked for, best first, and whether it must be one of them (§5.5.1.1). */
  readonly acr: { readonly values: readonly string[]; readonly isEssential: boolean }
}

/** §5.5.1 */
interface ClaimRequest {
  readonly isEssential: boolean
  /** Of `value` and `values`; empty: any will do. */
  readonly values: readonly unknown[]
}

type ClaimRequests = ReadonlyMap<string, ClaimRequest>

const NOTHING: ClaimsParameter = { asked: undefined, subjects: undefined, acr: { values: [], isEssential: false } }

export function parseClaimsParameter(text: string | undefined, client: Client): ClaimsParameter {
  if (text === undefined) return NOTHING
  const members = memberOf(readJson(text), 'claims')
  const userinfo = readRequests(members.get('userinfo'), 'userinfo')
  const idToken = readRequests(members.get('id_token'), 'id_token')
  const [sub, acr] = [idToken.get('sub'), idToken.get('acr')]
  const acrValues = textsOf(acr)
  return {
    asked: askedClaims({ userinfo: accountClaims(userinfo, client), id_token: accountClaims(idToken, client) }),
    subjects: sub === undefined || sub.values.length === 0 ? undefined : textsOf(sub),
    acr: { values: acrValues, isEssential: acr?.isEssential === true && acr.values.length > 0 },
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw refuse('claims is not JSON')
  }
}

const refuse = (description: string): OAuthError => new OAuthError('invalid_request', description, 'claims')

/** A map, so that no name (`__proto__`) is anything but a name. */
function memberOf(value: unknown, name: string): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse(`${name} is not a JSON object`)
  return new Map(Object.entries(value))
}

function readRequests(value: unknown, name: string): ClaimRequests {
  if (value === undefined) return new Map()
  return new Map([...memberOf(value, `claims.${name}`)].map(([claim, request]) => [claim, readRequest(request)]))
}

function readRequest(value: unknown): ClaimRequest {
  if (value === null) return { isEssential: false, values: [] }
  const members = memberOf(value, 'a member of claims')
  const essential = members.get('essential')
  const values = members.get('values')
  if (essential !== undefined && typeof essential !== 'boolean') throw refuse('essential in claims is no boolean')
  if (values !== undefined && !Array.isArray(values)) throw refuse('values in claims is no array')
  return {
    isEssential: essential === true,
    values: [...(members.has('value') ? [members.get('value')] : []), ...(values ?? [])],
  }
}

const textsOf = (request: ClaimRequest | undefined): readonly string[] =>
  (request?.values ?? []).filter((value) => typeof value === 'string')

const accountClaims = (requests: ClaimRequests, client: Client) =>
  allowedClaims([...requests.keys()].filter(isClaimName), client)

const askedClaims = (asked: AskedClaims): AskedClaims | undefined =>
  asked.userinfo.length + asked.id_token.length > 0 ? asked : undefined
