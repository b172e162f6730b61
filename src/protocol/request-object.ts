/** Request objects: RFC 9101 and OpenID Connect Core §6. What a JWT of a client asks for, once it is verified. */
import { CLOCK_SKEW, type Timestamp, toSeconds } from '../base/clock.ts'
import { type Check, type Failed, shownName, shownUri } from './checks.ts'
import type { Client } from './client.ts'
import { OAuthError } from './oauth-error.ts'
import { type Parameters, pairsOf } from './parameters.ts'
import { shownOffset } from './shown-time.ts'
import type { ClientJwt } from './tokens/client-jwt.ts'
import { CLIENT_SIGNING_ALGORITHMS, SECRET_ALGORITHMS } from './vocabulary.ts'

export const REQUEST_OBJECT_ALGORITHMS = [...CLIENT_SIGNING_ALGORITHMS, ...SECRET_ALGORITHMS] as const

type Json = Readonly<Record<string, unknown>>

export const refuseObject = (description: string, failed: Failed | Check = 'request_object'): OAuthError =>
  new OAuthError('invalid_request_object', description, failed)

/**
 * Never `none`: an unsigned one proves nothing that the query does not say just as well. Throws `invalid_request_object`.
 */
export function refuseKindOfJwt({ alg, typ }: Pick<ClientJwt, 'alg' | 'typ'>, { metadata }: Client): void {
  // RFC 9101 §10.8, RFC 8725 §3.11: a JWT that says that it is something else is something else.
  if (typ !== undefined && !TYPES.includes(typ)) {
    const failed = {
      check: 'request_object',
      expected: `typ ${TYPES.join(' or ')}, or none`,
      came: shownName(typ),
    } as const
    throw refuseObject('the request object has the typ of another token', failed)
  }
  if (!REQUEST_OBJECT_ALGORITHMS.some((known) => known === alg)) {
    throw refuseObject('the request object is not signed with an algorithm that is accepted', {
      check: 'request_object',
      expected: `alg ${REQUEST_OBJECT_ALGORITHMS.join(', ')}`,
      came: shownName(alg),
    })
  }
  // OpenID Connect Registration §2
  const { request_object_signing_alg: pinned } = metadata
  if (pinned !== undefined && alg !== pinned) {
    throw refuseObject('the request object is not signed with the algorithm that is registered', {
      check: 'request_object',
      expected: `alg ${pinned} (request_object_signing_alg)`,
      came: shownName(alg),
    })
  }
}

const TYPES: readonly string[] = ['oauth-authz-req+jwt', 'jwt']

/** RFC 9101 §4 and §5: from whom, for whom and when. Throws `invalid_request_object`. */
export function judgeRequestObject(claims: Json, { client, issuer, now }: Judging): void {
  const { iss, sub, aud, exp, nbf, client_id } = claims
  if (iss === undefined && client_id === undefined) throw refuseObject('the request object does not say whose it is')
  for (const one of [iss, client_id]) {
    if (one !== undefined && one !== client.id) throw refuseObject('the request object is another client’s')
  }
  // RFC 9101 §10.8: then it is a client assertion (RFC 7523 §3).
  if (sub === client.id) throw refuseObject('the request object has the client for its subject')
  if (aud !== undefined && aud !== issuer && !(Array.isArray(aud) && aud.includes(issuer))) {
    throw refuseObject('the request object is meant for another server', {
      check: 'request_object',
      expected: `aud ${issuer}`,
      came: `aud ${shownUri(JSON.stringify(aud))}`,
    })
  }
  const skew = toSeconds(CLOCK_SKEW)
  if (exp !== undefined && !(typeof exp === 'number' && toSeconds(now) < exp + skew)) {
    throw refuseObject('the request object has expired', timeFault('exp', exp, now))
  }
  if (nbf !== undefined && !(typeof nbf === 'number' && toSeconds(now) >= nbf - skew)) {
    throw refuseObject('the request object is not valid yet', timeFault('nbf', nbf, now))
  }
}

const timeFault = (name: string, claimed: unknown, now: Timestamp): Failed => ({
  check: 'request_object_time',
  expected: `${name} ${name === 'exp' ? 'in the future' : 'in the past'}, give or take ${toSeconds(CLOCK_SKEW)} s`,
  came: `${name} ${shownOffset(claimed, now)}`,
})

interface Judging {
  readonly client: Client
  readonly issuer: string
  readonly now: Timestamp
}

/** Of the JWT itself (RFC 7519 §4.1). */
const OF_THE_TOKEN = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti']

/** RFC 9101 §4: parameters as claims; lists of texts are parameters that may be repeated, other structures are JSON. */
function parametersOf(claims: Json, client: Client): URLSearchParams {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(claims)) {
    // RFC 9101 §4: no request object in a request object.
    if (name === 'request' || name === 'request_uri') throw refuseObject('the request object refers to another one')
    if (OF_THE_TOKEN.includes(name) || value === null) continue
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) {
      for (const item of value) parameters.append(name, item)
    } else parameters.append(name, typeof value === 'object' ? JSON.stringify(value) : String(value))
  }
  parameters.set('client_id', client.id)
  return parameters
}

/**
 * The request that a verified request object makes, form-encoded.
 *
 * RFC 9101 §5: it says everything, and what else is in the query counts for nothing. OpenID Connect Core §6.1 lets the
 * query say what the object does not; such a request is known by the `response_type` and the `scope` with openid that it
 * must have in the query. Where the client's entry asks for signed requests only what is signed counts.
 * @param query undefined where the object stands alone (RFC 9126 §3)
 */
export function requestOfObject(claims: Json, client: Client, query: Query | undefined): string {
  const said = parametersOf(claims, client)
  if (query === undefined || client.metadata.require_signed_request_object || !isOpenIdRequest(query.parameters)) {
    return said.toString()
  }
  const responseType = said.get('response_type')
  if (responseType !== null && responseType !== query.parameters.get('response_type')) {
    throw refuseObject('the request object has another response_type than the query')
  }
  const both = pairsOf(query.encoded)
  for (const name of ['request', 'request_uri', ...said.keys()]) both.delete(name)
  for (const [name, value] of said) both.append(name, value)
  return both.toString()
}

/** Without faults. */
interface Query {
  readonly parameters: Parameters
  readonly encoded: string
}

const isOpenIdRequest = (parameters: Parameters): boolean =>
  parameters.get('response_type') !== undefined && (parameters.get('scope') ?? '').split(' ').includes('openid')

/** How a request came here: as it is, as a request object, pushed. */
export interface Arrival {
  readonly isSigned: boolean
  readonly isPushed: boolean
}

/** RFC 9101 §10.5 and RFC 9126 §6: what the client's entry demands. Throws `invalid_request`. */
export function refuseUnprotected({ metadata }: Client, { isSigned, isPushed }: Arrival): void {
  if (metadata.require_pushed_authorization_requests && !isPushed) {
    throw new OAuthError('invalid_request', 'the client must push its requests first', 'must_push')
  }
  if (metadata.require_signed_request_object && !isSigned) {
    throw new OAuthError('invalid_request', 'the client must send a signed request object', 'must_sign')
  }
}
