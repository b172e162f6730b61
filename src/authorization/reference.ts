/** Requests that are not in the query themselves: request objects, references to them, pushed requests. */
import { sha256 } from '../base/hash.ts'
import type { Deps } from '../deps.ts'
import type { Client } from '../protocol/client.ts'
import { OAuthError } from '../protocol/oauth-error.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { parsePushedRequestUri, pushedRequestFault, requestToPush } from '../protocol/pushed-request.ts'
import { refuseUnprotected, requestOfObject } from '../protocol/request-object.ts'
import type { PushedRequest } from '../storage/storage.ts'
import { fetchRequestObject, openRequestObject, type RequestObjectDeps } from './request-object.ts'

export type ReferenceDeps = RequestObjectDeps & Pick<Deps, 'storage'>

/** The parameters of a request, read and as they came. */
export interface Sent {
  readonly parameters: Parameters
  readonly encoded: string
}

/** What a reference stands for. */
interface Resolved {
  readonly encoded: string
  readonly pushed?: PushedRequest
  /** It is known, and still may not be used. */
  readonly fault?: OAuthError | undefined
}

export const isIndirect = (parameters: Parameters): boolean =>
  (parameters.find('request') ?? parameters.find('request_uri')) !== undefined

/** Throws an OAuthError when the reference leads nowhere. */
export async function resolveReference(deps: ReferenceDeps, client: Client, sent: Sent): Promise<Resolved> {
  const { parameters } = sent
  parameters.refuseFaults()
  const [request, uri] = [parameters.get('request'), parameters.get('request_uri')]
  // RFC 9101 §5
  if (request !== undefined && uri !== undefined) {
    throw new OAuthError('invalid_request', 'request and request_uri are both there', 'request_object')
  }
  const reference = uri === undefined ? undefined : parsePushedRequestUri(uri)
  if (reference !== undefined) return findPushed(deps, client, reference)
  refuseUnprotected(client, { isSigned: true, isPushed: false })
  const object = uri === undefined ? (request ?? '') : await fetchRequestObject(deps, client, uri)
  return { encoded: requestOfObject(await openRequestObject(deps, client, object), client, sent) }
}

async function findPushed({ storage, clock }: ReferenceDeps, client: Client, reference: string): Promise<Resolved> {
  const pushed = await storage.pushedRequests.find(sha256(reference))
  const fault = pushedRequestFault(pushed, client, clock.now())
  if (pushed?.clientId === client.id) return { encoded: pushed.parameters, pushed, fault }
  throw fault
}

/** RFC 9126 §2.1 and §3: the parameters of what is pushed, alone. */
export async function resolvePushed(
  deps: RequestObjectDeps,
  client: Client,
  { parameters, encoded }: Sent,
): Promise<string> {
  if (parameters.get('request_uri') !== undefined) {
    throw new OAuthError('invalid_request', 'request_uri cannot be pushed', 'request_uri')
  }
  const object = parameters.get('request')
  refuseUnprotected(client, { isSigned: object !== undefined, isPushed: true })
  if (object === undefined) return requestToPush(encoded, client)
  return requestOfObject(await openRequestObject(deps, client, object), client, undefined)
}
