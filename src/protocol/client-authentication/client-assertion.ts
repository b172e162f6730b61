/** client_secret_jwt and private_key_jwt: OpenID Connect Core §9, RFC 7521 §4.2, RFC 7523 §2.2 and §3. */
import type { Timestamp } from '../../base/clock.ts'
import { HOUR, MINUTE, SECOND } from '../../base/duration.ts'
import { sha256 } from '../../base/hash.ts'
import { type Failed, shownName, shownUri } from '../checks.ts'
import type { Client, ClientMetadata } from '../client.ts'
import { OAuthError } from '../oauth-error.ts'
import type { Parameters } from '../parameters.ts'
import { shownOffset, shownSpan } from '../shown-time.ts'
import { readClientJwt } from '../tokens/client-jwt.ts'
import { CLIENT_SIGNING_ALGORITHMS, SECRET_ALGORITHMS } from '../vocabulary.ts'
import { methodFault, otherClient } from './decide.ts'
import type { PresentedAssertion } from './presented.ts'

export const CLIENT_ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

export const ASSERTION_PARAMETERS = ['client_assertion_type', 'client_assertion'] as const

/**
 * The assertion that a request brings. What it says is not proven by that.
 * Throws `invalid_client` when it is none that we know, `invalid_request` when half of it is missing.
 */
export function readAssertion(parameters: Parameters): PresentedAssertion {
  const [type, text] = ASSERTION_PARAMETERS.map((name) => parameters.get(name))
  if (type === undefined) {
    const failed = { check: 'parameter_missing', expected: 'client_assertion_type' } as const
    throw new OAuthError('invalid_request', 'client_assertion_type is missing', failed)
  }
  if (type !== CLIENT_ASSERTION_TYPE) {
    throw new OAuthError('invalid_client', 'client_assertion_type is not supported', {
      check: 'assertion_type',
      expected: CLIENT_ASSERTION_TYPE,
      came: shownName(type),
    })
  }
  if (text === undefined) {
    const failed = { check: 'parameter_missing', expected: 'client_assertion' } as const
    throw new OAuthError('invalid_request', 'client_assertion is missing', failed)
  }
  const assertion = readClientJwt(text)
  const clientId = assertion?.claims['sub']
  if (assertion === undefined || typeof clientId !== 'string' || clientId === '') {
    throw new OAuthError('invalid_client', 'client_assertion is malformed', 'assertion_form')
  }
  const named = parameters.get('client_id')
  // RFC 7521 §4.2: client_id need not be there, but when it is it names the same client.
  if (named !== undefined && named !== clientId) {
    throw otherClient(named, clientId)
  }
  const isBySecret = (SECRET_ALGORITHMS as readonly string[]).includes(assertion.alg)
  return { method: isBySecret ? 'client_secret_jwt' : 'private_key_jwt', clientId, assertion }
}

/**
 * What a client's assertions may be signed with: the one algorithm that it registered, else all that fit its method. An
 * asymmetric algorithm never meets a secret nor the other way round (RFC 8725 §2.1), whatever is registered.
 */
export function assertionAlgorithms(metadata: AssertionMetadata): readonly string[] {
  const { token_endpoint_auth_method: method, token_endpoint_auth_signing_alg: alg } = metadata
  const fitting: readonly string[] = method === 'private_key_jwt' ? CLIENT_SIGNING_ALGORITHMS : SECRET_ALGORITHMS
  return alg === undefined ? fitting : fitting.filter((one) => one === alg)
}

export type AssertionMetadata = Pick<ClientMetadata, 'token_endpoint_auth_method' | 'token_endpoint_auth_signing_alg'>

export interface AssertionFacts {
  /** The names under which we may be addressed. */
  readonly audiences: readonly string[]
  readonly now: Timestamp
}

/** An assertion that holds if its signature does, and is then to be counted as used. */
export interface JudgedAssertion {
  /** Names it among all assertions of all clients. */
  readonly useId: string
  /** From then on it would not be accepted anyway. */
  readonly expiresAt: Timestamp
}

/** Everything but the signature; or which one check failed. */
export function judgeAssertion(
  client: Client | undefined,
  presented: PresentedAssertion,
  { audiences, now }: AssertionFacts,
): JudgedAssertion | Failed {
  const fault = methodFault(client, presented)
  if (client === undefined || fault !== undefined) return fault ?? { check: 'client_id' }
  const { alg, typ, claims } = presented.assertion
  const algorithms = assertionAlgorithms(client.metadata)
  if (!algorithms.includes(alg)) {
    return { check: 'assertion_algorithm', expected: `alg ${algorithms.join(', ')}`, came: `alg ${shownName(alg)}` }
  }
  if (typ !== undefined && !TYPES.includes(typ)) {
    return { check: 'assertion_typ', expected: `typ ${TYPES.join(' or ')}, or none`, came: `typ ${shownName(typ)}` }
  }
  const { iss, aud, jti, exp } = claims
  // Its sub is what the client was found by.
  if (iss !== client.id || claims['sub'] !== client.id) {
    return { check: 'assertion_issuer', expected: `iss and sub ${client.id}`, came: `iss ${shown(iss)}` }
  }
  if (!isForUs(aud, audiences)) {
    // The endpoint that is asked may be the token endpoint, which is named anyway.
    const names = [...new Set(audiences)].join(' or ')
    return { check: 'assertion_audience', expected: `aud ${names}, alone`, came: `aud ${shown(aud)}` }
  }
  const time = timeFault(claims, now)
  if (time !== undefined) return time
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI_LENGTH) {
    const came = typeof jti === 'string' && jti !== '' ? `one of ${jti.length} characters` : 'none'
    return { check: 'assertion_jti', expected: `a jti of at most ${MAX_JTI_LENGTH} characters`, came }
  }
  const useId = sha256(JSON.stringify(['client_assertion', client.id, jti]))
  // RFC 7519 §2: it may have a fraction; moments that are kept are whole.
  return { useId, expiresAt: Math.ceil(Number(exp) * SECOND) + TOLERANCE }
}

/** RFC 8725 §3.11: a request object or an ID token is no assertion, even if the client signed it. */
const TYPES = ['jwt', 'client-authentication+jwt']
const MAX_JTI_LENGTH = 256
/** One that lives longer is a password (RFC 7523 §3, item 4). */
const LONGEST_LIFE = HOUR
/** How wrong a client's clock may be. */
const TOLERANCE = MINUTE

/**
 * RFC 7523 §3, item 3. Old clients send a list; whoever else is named in it could use the assertion here, and we there, so
 * the list may name nobody else.
 */
function isForUs(aud: unknown, audiences: readonly string[]): boolean {
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  return named.length > 0 && named.every((one) => typeof one === 'string' && audiences.includes(one))
}

const shown = (claim: unknown): string => (claim === undefined ? 'left out' : shownUri(JSON.stringify(claim)))

/** RFC 7523 §3, items 4 to 6, with some tolerance for the client's clock. */
function timeFault({ exp, nbf, iat }: Readonly<Record<string, unknown>>, now: Timestamp): Failed | undefined {
  const fault = (expected: string, claim: unknown, words: string): Failed => {
    const came = claim === undefined ? 'left out' : `${words} ${shownOffset(claim, now)}`
    return { check: 'assertion_time', expected: `${expected}, give or take ${shownSpan(TOLERANCE)}`, came }
  }
  if (!isNumericDate(exp) || exp * SECOND + TOLERANCE <= now) return fault('exp in the future', exp, 'expired')
  if (exp * SECOND > now + LONGEST_LIFE + TOLERANCE) {
    return fault(`exp at most ${shownSpan(LONGEST_LIFE)} ahead`, exp, 'expires')
  }
  if (nbf !== undefined && (!isNumericDate(nbf) || nbf * SECOND > now + TOLERANCE)) {
    return fault('nbf in the past', nbf, 'valid')
  }
  if (iat === undefined) return undefined
  if (!isNumericDate(iat) || iat * SECOND > now + TOLERANCE) return fault('iat in the past', iat, 'issued')
  if (iat * SECOND + LONGEST_LIFE + TOLERANCE >= now) return undefined
  return fault(`iat at most ${shownSpan(LONGEST_LIFE)} ago`, iat, 'issued')
}

/** RFC 7519 §2; JSON has no infinity, but 1e999 is one. */
const isNumericDate = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
