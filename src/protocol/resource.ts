/** Whom an access token is for, and what follows from that: resource indicators (RFC 8707) and RFC 9068 §3. */
import type { Duration } from '../base/duration.ts'
import type { Api, Apis } from './api.ts'
import { shownUri } from './checks.ts'
import type { Client } from './client.ts'
import { OAuthError } from './oauth-error.ts'
import type { Parameters } from './parameters.ts'
import { type AccessTokenType, SCOPES, type SigningAlgorithm } from './vocabulary.ts'

/** What the rules know of resources. */
export interface ResourceRules {
  /** Ours: the resource is userinfo. */
  readonly issuer: string
  readonly apis: Apis
}

/** How one access token is made. */
export interface AccessTokenTarget {
  readonly audience: readonly string[]
  readonly scopes: readonly string[]
  readonly typ: AccessTokenType
  readonly algorithm: SigningAlgorithm
  readonly lifetime: Duration
}

interface Named {
  readonly client: Client
  readonly scopes: readonly string[]
  /** Those that the grant is for; undefined: none was named, so it is for the client's APIs. */
  readonly granted?: readonly string[] | undefined
}

/** RFC 8707 §2: every `resource`, each once; undefined without any. Throws `invalid_target`. */
export function parseResources(parameters: Parameters): readonly string[] | undefined {
  const resources = parameters.all('resource')
  if (resources.length === 0) return undefined
  // What a URI cannot have in it (RFC 3986 §2), and its fragment.
  if (resources.some((resource) => !/^[\x21\x22\x24-\x7e]+$/.test(resource))) {
    throw new OAuthError('invalid_target', 'resource must be a URI without a fragment', 'resource')
  }
  return [...new Set(resources)]
}

/** RFC 8707 §2.1: what a grant may be for, said where it begins. Throws `invalid_target`. */
export function grantableResources(
  parameters: Parameters,
  named: Named,
  { issuer }: ResourceRules,
): readonly string[] | undefined {
  const asked = parseResources(parameters)
  if (asked !== undefined) refuseOthers(asked, [...audienceOf(named, issuer), ...(named.client.namedAudience ?? [])])
  return asked
}

/**
 * RFC 9068 §3: the APIs that the grant is for, or else the client's; and ourselves, where userinfo is to be asked or
 * nothing else is named.
 */
function audienceOf({ client, scopes, granted }: Named, issuer: string): readonly string[] {
  const own = audiencesOf(client)
  const named = granted?.filter((one) => one === issuer || own.includes(one))
  if (named?.length === 0) {
    throw new OAuthError('invalid_target', 'the client may no longer have tokens for any of the granted resources', {
      check: 'resource',
      expected: `one of ${own.join(' ') || 'none: the client has no API'}`,
      came: granted?.map(shownUri).join(' '),
    })
  }
  const apis = named ?? client.accessTokenAudience
  const isOurs = scopes.includes('openid') || apis.length === 0
  return isOurs && !apis.includes(issuer) ? [...apis, issuer] : apis
}

/** Every API that tokens of this client may be for. */
const audiencesOf = ({ accessTokenAudience, namedAudience }: Client): readonly string[] =>
  namedAudience === undefined ? accessTokenAudience : [...accessTokenAudience, ...namedAudience]

/** The APIs that the end-user is asked about: those that are named, or else the client's. Ourselves are asked about by scopes. */
export function apisAskedFor(resources: readonly string[] | undefined, client: Client): readonly string[] {
  if (resources === undefined) return client.accessTokenAudience
  const own = audiencesOf(client)
  return resources.filter((one) => own.includes(one))
}

function refuseOthers(asked: readonly string[], permitted: readonly string[]): void {
  if (asked.every((resource) => permitted.includes(resource))) return
  throw new OAuthError('invalid_target', 'resource is not one that this client may have tokens for', {
    check: 'resource',
    expected: `one of ${permitted.join(' ')}`,
    came: asked.map(shownUri).join(' '),
  })
}

/**
 * RFC 8707 §2.2: the token for what is asked for, which may only narrow what was granted, or where nothing was named then,
 * the client's APIs; undefined when no resource was named, neither now nor then. What a client may have only by its name
 * has to be named where the grant begins: that is what the end-user is asked about. Throws `invalid_target`. Why a token for an API is not for userinfo as well:
 * docs/decisions/0015.
 */
export function resourceTarget(
  asked: readonly string[] | undefined,
  named: Named,
  rules: ResourceRules,
): { readonly target: AccessTokenTarget } | undefined {
  if (asked === undefined && named.granted === undefined) return undefined
  if (asked !== undefined) refuseOthers(asked, audienceOf(named, rules.issuer))
  const audience = asked ?? audienceOf(named, rules.issuer)
  const form = formFor(audience, named.client, rules)
  if (form === undefined) {
    throw new OAuthError('invalid_target', 'these resources want tokens of different kinds: ask for one at a time', {
      check: 'resource',
      came: audience.join(' '),
    })
  }
  return { target: { audience, scopes: understoodScopes(named.scopes, audience, rules), ...form } }
}

/** The token of a client that names no resource: for all of its APIs. */
export function ownTarget(named: Named, rules: ResourceRules): AccessTokenTarget {
  const { client } = named
  const audience = audienceOf(named, rules.issuer)
  const own = { typ: 'at+jwt', algorithm: client.accessTokenAlgorithm, lifetime: client.lifetimes.accessToken } as const
  if (rules.apis.size === 0) return { audience, scopes: named.scopes, ...own }
  // Where APIs contradict each other, `countersign check` has warned; the shortest lifetime counts all the same.
  const form = formFor(audience, client, rules) ?? { ...own, lifetime: shortestLifetime(audience, client, rules) }
  return { audience, scopes: named.scopes, ...form }
}

/** The strictest of what the APIs want; undefined where they contradict each other. */
function formFor(
  audience: readonly string[],
  client: Client,
  rules: ResourceRules,
): Omit<AccessTokenTarget, 'audience' | 'scopes'> | undefined {
  const { apis } = rules
  const declared = audience.flatMap((one) => apis.get(one) ?? [])
  const types = new Set(declared.map((api) => api.accessTokenType))
  const algorithms = new Set(declared.map((api) => api.accessTokenAlgorithm ?? client.accessTokenAlgorithm))
  if (types.size > 1 || algorithms.size > 1) return undefined
  const [typ = 'at+jwt'] = types
  const [algorithm = client.accessTokenAlgorithm] = algorithms
  return { typ, algorithm, lifetime: shortestLifetime(audience, client, rules) }
}

const shortestLifetime = (audience: readonly string[], { lifetimes }: Client, { apis }: ResourceRules): Duration =>
  Math.min(...audience.map((one) => apis.get(one)?.accessTokenLifetime ?? lifetimes.accessToken))

/** No API learns of scopes that are another's. One that is not declared gets those that are nobody's. */
function understoodScopes(
  scopes: readonly string[],
  audience: readonly string[],
  { issuer, apis }: ResourceRules,
): readonly string[] {
  const ours: readonly string[] = SCOPES
  const isOwned = (scope: string) =>
    ours.includes(scope) || [...apis.values()].some((api) => api.scopes.includes(scope))
  const isUnderstood = (scope: string) =>
    audience.some((one) => {
      if (one === issuer) return ours.includes(scope)
      return apis.get(one)?.scopes.includes(scope) ?? !isOwned(scope)
    })
  return scopes.filter(isUnderstood)
}

/** The longest that an access token of this client may live, whichever API it is for. */
export const longestAccessToken = (client: Client, apis: Apis): Duration =>
  Math.max(
    client.lifetimes.accessToken,
    ...audiencesOf(client).map((audience) => apis.get(audience)?.accessTokenLifetime ?? 0),
  )

/** RFC 7662 §4: whether this client asks for an API that one of the audiences names. */
export const introspectsFor = (clientId: string, audience: readonly string[], apis: Apis): boolean =>
  audience.some((one): boolean => isFor(apis.get(one), clientId))

const isFor = (api: Api | undefined, clientId: string): boolean => api?.introspectionClient === clientId
