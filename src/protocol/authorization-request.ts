/** The checks of an authorization request, in order: RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1 and §3.1.2.2. */
import type { Duration } from '../base/duration.ts'
import { shownName, shownNames } from './checks.ts'
import type { AskedClaims } from './claims.ts'
import { parseClaimsParameter } from './claims-parameter.ts'
import type { Client } from './client.ts'
import { parseLocales } from './locales.ts'
import { OAuthError } from './oauth-error.ts'
import { type Parameters, pairsOf, requireParameter } from './parameters.ts'
import { parseCodeChallenge } from './pkce.ts'
import { type PromptRules, parseMaxAge, parsePrompt } from './prompt.ts'
import { canCarry } from './redirect-target.ts'
import { grantableResources, type ResourceRules, resourceTarget } from './resource.ts'
import { holdsTokens, parseResponseType } from './response-type.ts'
import { allowedScopes, parseScope } from './scope.ts'
import { type Prompt, RESPONSE_MODES, RESPONSE_TYPES, type ResponseType } from './vocabulary.ts'

export interface AuthorizationRequest {
  readonly responseType: ResponseType
  readonly scopes: readonly string[]
  /** RFC 8707 §2.1; undefined: none was named. */
  readonly resources: readonly string[] | undefined
  readonly nonce: string | undefined
  readonly codeChallenge: string | undefined
  readonly prompts: ReadonlySet<Prompt>
  readonly maxAge: Duration | undefined
  readonly loginHint: string | undefined
  /** Still to be verified. */
  readonly idTokenHint: string | undefined
  /** Asked for one by one, as far as the client may have them. */
  readonly claims: AskedClaims | undefined
  /** Which end-users will do; undefined: anyone. */
  readonly subjects: readonly string[] | undefined
  /** The values of acr that the client would like, best first. */
  readonly acrValues: readonly string[]
  /** Those of which it must get one; undefined: any will do. */
  readonly requiredAcrs: readonly string[] | undefined
  /** Languages in the order of preference. */
  readonly uiLocales: readonly string[]
}

/** Every parameter that means something at the authorization endpoint, once what it refers to has been put in its place. */
const MEANINGFUL: ReadonlySet<string> = new Set([
  ...['client_id', 'redirect_uri', 'response_type', 'response_mode', 'scope', 'resource', 'state', 'nonce'],
  ...['code_challenge', 'code_challenge_method', 'prompt', 'max_age', 'login_hint', 'id_token_hint'],
  ...['claims', 'acr_values', 'ui_locales'],
])

/**
 * RFC 6749 §3.1: what is not known is ignored; so it is not kept either while a person signs in, whatever somebody has put
 * beside the request.
 * @param encoded without faults
 */
export function withoutUnknown(encoded: string): string {
  const parameters = pairsOf(encoded)
  for (const name of new Set(parameters.keys())) if (!MEANINGFUL.has(name)) parameters.delete(name)
  const locales = parameters.get('ui_locales')
  if (locales !== null) parameters.set('ui_locales', parseLocales(locales).join(' '))
  return parameters.toString()
}

/** What the installation allows. */
export interface AuthorizationRules extends ResourceRules, PromptRules {
  readonly implicitFlow: boolean
}

/**
 * What a request object or a reference stands for is in `parameters` by now. The redirection URI is proven, so every refusal
 * can go back to the client. Throws an OAuthError.
 */
export function parseAuthorizationRequest(
  parameters: Parameters,
  client: Client,
  rules: AuthorizationRules,
): AuthorizationRequest {
  parameters.refuseFaults()
  refuseUnsupported(parameters)
  const responseType = parseResponse(parameters, client, rules)
  const scopes = parseScopes(parameters, client, responseType)
  const resources = grantableResources(parameters, { client, scopes }, rules)
  // The token is made right away: there is no later request that could ask for one resource at a time.
  if (responseType === 'id_token token') resourceTarget(undefined, { client, scopes, granted: resources }, rules)
  return {
    responseType,
    scopes,
    resources,
    nonce: parseNonce(parameters, responseType),
    // RFC 7636: there is a verifier only where there is a code.
    codeChallenge: responseType === 'code' ? parseCodeChallenge(parameters, client) : undefined,
    prompts: parsePrompt(parameters.get('prompt'), rules),
    maxAge: parseMaxAge(parameters.get('max_age')) ?? client.metadata.default_max_age,
    loginHint: parameters.get('login_hint'),
    idTokenHint: parameters.get('id_token_hint'),
    uiLocales: parseLocales(parameters.get('ui_locales')),
    ...parseAuthenticationRequest(parameters, client, scopes),
  }
}

/** What only an OpenID Connect request has: without openid among its scopes (Core §3.1.2.1) these parameters mean nothing. */
function parseAuthenticationRequest(
  parameters: Parameters,
  client: Client,
  scopes: readonly string[],
): Pick<AuthorizationRequest, 'claims' | 'subjects' | 'acrValues' | 'requiredAcrs'> {
  const isOpenId = scopes.includes('openid')
  const { asked, subjects, acr } = parseClaimsParameter(isOpenId ? parameters.get('claims') : undefined, client)
  const acrValues = parameters.get('acr_values')?.split(' ') ?? client.metadata.default_acr_values
  return {
    claims: asked,
    subjects,
    acrValues: [...acr.values, ...acrValues],
    requiredAcrs: acr.isEssential ? acr.values : undefined,
  }
}

/** OpenID Connect Core §7.2.1: what is not supported is refused, not ignored. */
function refuseUnsupported(parameters: Parameters): void {
  if (parameters.get('registration')) {
    throw new OAuthError('registration_not_supported', 'registration is not supported', 'registration_parameter')
  }
}

/** RFC 6749 §3.3: there is no default scope, and a request without one has an invalid one. */
function parseScopes(parameters: Parameters, client: Client, responseType: ResponseType): readonly string[] {
  const scope = parameters.get('scope')
  if (scope === undefined)
    throw new OAuthError('invalid_scope', 'scope is missing', { check: 'scope', came: 'no scope at all' })
  const asked = parseScope(scope)
  if (responseType === 'code') return allowedScopes(asked, client)
  // OpenID Connect Core §11: offline_access is for response types that lead to a code.
  const scopes = allowedScopes(asked, client).filter((one) => one !== 'offline_access')
  if (!scopes.includes('openid')) {
    const came = shownNames(asked)
    throw new OAuthError('invalid_scope', 'an ID token needs the scope openid', {
      check: 'scope',
      expected: 'openid',
      came,
    })
  }
  return scopes
}

/** OpenID Connect Core §3.2.2.1: what comes by way of the browser is bound to it by a nonce. */
function parseNonce(parameters: Parameters, responseType: ResponseType): string | undefined {
  return responseType === 'code' ? parameters.get('nonce') : requireParameter(parameters, 'nonce')
}

function parseResponse(parameters: Parameters, client: Client, { implicitFlow }: AuthorizationRules): ResponseType {
  const responseType = parseResponseType(requireParameter(parameters, 'response_type'))
  if (responseType === undefined || (responseType !== 'code' && !implicitFlow)) {
    const known = implicitFlow ? `one of ${RESPONSE_TYPES.join(', ')}` : 'code'
    throw new OAuthError('unsupported_response_type', `response_type must be ${known}`, {
      check: 'response_type',
      expected: known,
      came: shownName(parameters.find('response_type') ?? ''),
    })
  }
  const { grant_types: grants, response_types: types } = client.metadata
  if (responseType === 'code' ? !grants.includes('authorization_code') : !types.includes(responseType)) {
    throw new OAuthError('unauthorized_client', `the client may not use response_type=${responseType}`, {
      check: 'response_type_allowed',
      expected: `one of ${types.join(', ')} (grant_types: ${grants.join(' ')})`,
      came: responseType,
    })
  }
  refuseWrongMode(parameters)
  return responseType
}

function refuseWrongMode(parameters: Parameters): void {
  const mode = parameters.get('response_mode')
  if (mode !== undefined && !RESPONSE_MODES.some((known) => known === mode)) {
    throw new OAuthError('invalid_request', `response_mode must be one of ${RESPONSE_MODES.join(', ')}`, {
      check: 'response_mode',
      expected: `one of ${RESPONSE_MODES.join(', ')}`,
      came: shownName(mode),
    })
  }
  if (mode === 'form_post' && !canCarry(mode, requireParameter(parameters, 'redirect_uri'))) {
    throw new OAuthError(
      'invalid_request',
      'response_mode=form_post needs an http or https redirect_uri',
      'response_mode',
    )
  }
  if (mode === 'query' && holdsTokens(parameters.get('response_type'))) {
    // OAuth 2.0 Multiple Response Types §5
    throw new OAuthError(
      'invalid_request',
      'response_mode=query is not for an answer with tokens in it',
      'response_mode',
    )
  }
}
