/** From bytes to a checked authorization request; the same for the endpoint and for a request that was parked. */
import type { Deps } from '../deps.ts'
import { PageError, refusedRequest } from '../http/page-error.ts'
import { type AuthorizationRequest, parseAuthorizationRequest } from '../protocol/authorization-request.ts'
import type { Client } from '../protocol/client.ts'
import { OAuthError } from '../protocol/oauth-error.ts'
import { type Parameters, readParameters, requireParameter } from '../protocol/parameters.ts'
import { proveRedirectTarget, type RedirectTarget } from '../protocol/redirect-target.ts'

/** What is asked, by whom, and where the answer may go. */
export interface Asked {
  readonly client: Client
  readonly target: RedirectTarget
  /** As it came, to park it. */
  readonly encoded: string
  /** The request, or why it is refused: the answer goes to the target either way. */
  readonly request: AuthorizationRequest | OAuthError
}

export type AskedDeps = Pick<Deps, 'clients' | 'issuer' | 'apis' | 'config'>

/** Longer requests than this are nobody's; they would be kept in the database while a person signs in. */
const LONGEST_REQUEST = 8192

/** Rejects with an OAuthError or a PageError as long as the redirection URI is not proven: that has to be shown, not sent anywhere. */
export async function readAuthorization(deps: AskedDeps, encoded: string): Promise<Asked> {
  if (encoded.length > LONGEST_REQUEST) throw new OAuthError('invalid_request', 'the request is too long')
  const parameters = readParameters(encoded)
  const clientId = requireParameter(parameters, 'client_id')
  const client = await deps.clients.find(clientId)
  if (client === undefined) {
    throw new OAuthError(
      'invalid_request',
      'client_id is not known here',
      `no client has the id ${JSON.stringify(clientId)}`,
    )
  }
  const target = proveTarget(client, parameters)
  try {
    return {
      client,
      target,
      encoded,
      request: parseAuthorizationRequest(parameters, client, { ...deps.config, ...deps }),
    }
  } catch (error) {
    if (error instanceof OAuthError) return { client, target, encoded, request: error }
    throw error
  }
}

/** From here on the app is known, and the page that refuses names it. */
function proveTarget(client: Client, parameters: Parameters): RedirectTarget {
  try {
    return proveRedirectTarget(client, parameters)
  } catch (error) {
    if (error instanceof OAuthError) throw new PageError(refusedRequest(error, client))
    throw error
  }
}
