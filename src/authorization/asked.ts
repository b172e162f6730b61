/** From bytes to a checked authorization request; the same for the endpoint and for a request that was parked. */
import { hasSignUp } from '../config/installation.ts'
import type { Deps } from '../deps.ts'
import { PageError, refusedRequest } from '../http/page-error.ts'
import {
  type AuthorizationRequest,
  type AuthorizationRules,
  parseAuthorizationRequest,
  withoutUnknown,
} from '../protocol/authorization-request.ts'
import { shownName } from '../protocol/checks.ts'
import type { Client } from '../protocol/client.ts'
import { OAuthError } from '../protocol/oauth-error.ts'
import { type Parameters, readParameters, requireParameter } from '../protocol/parameters.ts'
import { proveRedirectTarget, type RedirectTarget } from '../protocol/redirect-target.ts'
import { refuseUnprotected } from '../protocol/request-object.ts'
import { parkedParameters } from '../sessions/interaction.ts'
import type { PushedRequest } from '../storage/storage.ts'
import { isIndirect, type ReferenceDeps, resolvePushed, resolveReference, type Sent } from './reference.ts'

/** What is asked, by whom, and where the answer may go. */
export interface Asked {
  readonly client: Client
  readonly target: RedirectTarget
  /** The parameters, to park them: those of a request object or a reference are among them, so that none is read twice. */
  readonly encoded: string
  /** The request, or why it is refused: the answer goes to the target either way. */
  readonly request: AuthorizationRequest | OAuthError
  /** It was pushed or signed: it is good for one answer, and is parked so. */
  readonly countsOnce: boolean
  /** Undefined: it was not pushed. */
  readonly pushed: PushedRequest | undefined
}

export type AskedDeps = Pick<Deps, 'clients' | 'issuer' | 'apis' | 'config'>

/** Longer requests than this are nobody's; they would be kept in the database while a person signs in. */
const LONGEST_REQUEST = 8192

/**
 * A request as it comes to the endpoint. Rejects with an OAuthError or a PageError as long as the redirection URI is not
 * proven: that has to be shown, not sent anywhere.
 */
export async function readAuthorization(deps: AskedDeps & ReferenceDeps, encoded: string): Promise<Asked> {
  const parameters = readParameters(encoded)
  const client = await requestingClient(deps, parameters)
  if (isIndirect(parameters)) return readIndirect(deps, client, { parameters, encoded })
  return check(deps, client, { parameters, encoded, rule: () => refuseUnprotected(client, DIRECT) })
}

const DIRECT = { isSigned: false, isPushed: false }

/** One that was parked: all of this was asked before, and only the client's entry may have changed since. */
export async function readParkedAuthorization(deps: AskedDeps, parked: string): Promise<Asked> {
  const encoded = parkedParameters({ parameters: parked })
  const parameters = readParameters(encoded)
  return check(deps, await requestingClient(deps, parameters), { parameters, encoded })
}

async function requestingClient(deps: AskedDeps, parameters: Parameters): Promise<Client> {
  const clientId = requireParameter(parameters, 'client_id')
  const client = await deps.clients.find(clientId)
  if (client !== undefined) return client
  const failed = { check: 'client_id', came: shownName(clientId) } as const
  throw new OAuthError('invalid_request', 'client_id is not known here', failed)
}

async function readIndirect(deps: AskedDeps & ReferenceDeps, client: Client, sent: Sent): Promise<Asked> {
  try {
    const { encoded, pushed, fault } = await resolveReference(deps, client, sent)
    const rule = () => {
      if (fault !== undefined) throw fault
    }
    return check(deps, client, { parameters: readParameters(encoded), encoded, rule, pushed, countsOnce: true })
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error
    // What it stands for is not known, so only what is beside it can say where that may be told.
    const target = proveTarget(client, sent.parameters, error)
    return { client, target, encoded: sent.encoded, request: error, countsOnce: false, pushed: undefined }
  }
}

const rulesOf = ({ issuer, apis, config }: AskedDeps): AuthorizationRules => ({
  issuer,
  apis,
  implicitFlow: config.implicitFlow,
  hasSignUp: hasSignUp(config),
})

interface Checking extends Sent {
  readonly rule?: () => void
  readonly pushed?: PushedRequest | undefined
  readonly countsOnce?: boolean
}

function check(
  deps: AskedDeps,
  client: Client,
  { parameters, encoded, rule, pushed, countsOnce = false }: Checking,
): Asked {
  if (encoded.length > LONGEST_REQUEST)
    throw new OAuthError('invalid_request', 'the request is too long', 'request_size')
  const target = proveTarget(client, parameters)
  try {
    rule?.()
    const request = parseAuthorizationRequest(parameters, client, rulesOf(deps))
    return { client, target, encoded, request, countsOnce, pushed }
  } catch (error) {
    if (error instanceof OAuthError) return { client, target, encoded, request: error, countsOnce, pushed }
    throw error
  }
}

/**
 * From here on the app is known, and the page that refuses names it.
 * @param instead what is to be told; undefined: why there is no target
 */
function proveTarget(client: Client, parameters: Parameters, instead?: OAuthError): RedirectTarget {
  try {
    return proveRedirectTarget(client, parameters)
  } catch (error) {
    if (error instanceof OAuthError) throw new PageError(refusedRequest(instead ?? error, client))
    throw error
  }
}

/**
 * RFC 9126 §2.1: a request that is pushed has to be a good one already. Gives its parameters, to be kept.
 * @param sent without faults. Throws an OAuthError
 */
export async function readPushed(deps: AskedDeps & ReferenceDeps, client: Client, sent: Sent): Promise<string> {
  const encoded = await resolvePushed(deps, client, sent)
  if (encoded.length > LONGEST_REQUEST)
    throw new OAuthError('invalid_request', 'the request is too long', 'request_size')
  const parameters = readParameters(encoded)
  proveRedirectTarget(client, parameters)
  parseAuthorizationRequest(parameters, client, rulesOf(deps))
  return withoutUnknown(encoded)
}
