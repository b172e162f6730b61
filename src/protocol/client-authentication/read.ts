/** Reads what a request presents, whichever method it uses: RFC 6749 §2.3. */
import { OAuthError } from '../oauth-error.ts'
import type { Parameters } from '../parameters.ts'
import { ASSERTION_PARAMETERS, readAssertion } from './client-assertion.ts'
import { readBasic } from './client-secret-basic.ts'
import { otherClient } from './decide.ts'
import type { PresentedClient } from './presented.ts'

/**
 * @param authorization the Authorization header, if any
 * Throws `invalid_client` when nothing usable is presented, `invalid_request` when two methods are (RFC 6749 §2.3).
 */
export function readPresentedClient(authorization: string | undefined, parameters: Parameters): PresentedClient {
  const clientId = parameters.get('client_id')
  const secret = parameters.get('client_secret')
  const isBasic = authorization !== undefined && /^basic(?: |$)/i.test(authorization)
  const isAssertion = ASSERTION_PARAMETERS.some((name) => parameters.get(name) !== undefined)
  if (Number(isBasic) + Number(secret !== undefined) + Number(isAssertion) > 1) {
    throw new OAuthError('invalid_request', 'two client authentication methods were used', 'client_auth_twice')
  }
  if (isAssertion) return readAssertion(parameters)
  if (isBasic) {
    const presented = readBasic(authorization)
    if (clientId !== undefined && clientId !== presented.clientId) {
      throw otherClient(clientId, presented.clientId)
    }
    return presented
  }
  if (clientId === undefined) {
    throw new OAuthError('invalid_client', 'client authentication is missing', 'client_auth_missing')
  }
  return { method: secret === undefined ? 'none' : 'client_secret_post', clientId, secret }
}
