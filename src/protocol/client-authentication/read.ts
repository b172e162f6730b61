/** Reads what a request presents, whichever method it uses: RFC 6749 §2.3. */
import { OAuthError } from '../oauth-error.ts'
import type { Parameters } from '../parameters.ts'
import { readBasic } from './client-secret-basic.ts'
import type { PresentedClient } from './presented.ts'

/**
 * @param authorization the Authorization header, if any
 * Throws `invalid_client` when nothing usable is presented, `invalid_request` when two methods are (RFC 6749 §2.3).
 */
export function readPresentedClient(authorization: string | undefined, parameters: Parameters): PresentedClient {
  const clientId = parameters.get('client_id')
  const secret = parameters.get('client_secret')
  if (authorization !== undefined && /^basic(?: |$)/i.test(authorization)) {
    const presented = readBasic(authorization)
    if (secret !== undefined) throw new OAuthError('invalid_request', 'two client authentication methods were used')
    if (clientId !== undefined && clientId !== presented.clientId) {
      throw new OAuthError('invalid_request', 'client_id is not the one that authenticates')
    }
    return presented
  }
  if (clientId === undefined) throw new OAuthError('invalid_client', 'client authentication is missing')
  return { method: secret === undefined ? 'none' : 'client_secret_post', clientId, secret }
}
