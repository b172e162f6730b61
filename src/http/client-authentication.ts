/** Which client sends a request to one of the machines' endpoints; every one of them asks here first. */
import type { FastifyRequest } from 'fastify'
import { sha256 } from '../base/hash.ts'
import { type AssertionDeps, authenticateByAssertion } from '../clients/assertion.ts'
import type { ClientRegistry } from '../clients/registry.ts'
import type { JwksFetches } from '../keys/jwks-fetches.ts'
import { type Client, isUnchecked } from '../protocol/client.ts'
import { authenticateClient } from '../protocol/client-authentication/decide.ts'
import type { PresentedSecret } from '../protocol/client-authentication/presented.ts'
import { readPresentedClient } from '../protocol/client-authentication/read.ts'
import { PATHS, urlOf } from '../protocol/discovery.ts'
import type { Parameters } from '../protocol/parameters.ts'
import type { Limits } from '../throttling/limits.ts'
import { refuseTooMany } from './too-many-requests.ts'

export interface ClientAuthenticationDeps extends AssertionDeps {
  readonly issuer: string
  readonly clients: ClientRegistry
  readonly limits: Limits
  readonly jwksFetches: Pick<JwksFetches, 'clientAt'>
}

/** Rejects with `invalid_client` or `invalid_request` (RFC 6749 §5.2), or with TooManyRequests. */
export async function authenticatedClient(
  deps: ClientAuthenticationDeps,
  request: FastifyRequest,
  parameters: Parameters,
): Promise<Client> {
  const presented = readPresentedClient(request.headers.authorization, parameters)
  const found = await deps.clients.find(presented.clientId)
  request.clientId = found?.id
  const client =
    'assertion' in presented
      ? await authenticateByAssertion(deps, found, { presented, audiences: audiencesOf(deps.issuer, request) })
      : provenBySecret(deps, request, found, presented)
  refuseTooMany(
    request,
    deps.limits.clientRequest(() => request.ip, client),
    {
      what: 'client_requests',
      by: 'client',
      clientId: client.id,
    },
  )
  // Of a public one there is only its client_id, which anybody may know: its grants say that it is used.
  const saying = client.isPublic ? undefined : deps.clients.sayUsed(client)
  if (saying !== undefined) await saying
  // A public one is on people's devices, whose addresses are nobody's business.
  if (!client.isPublic && !isUnchecked(client)) deps.jwksFetches.clientAt(client.id, request.ip)
  return client
}

/** RFC 6749 §2.3.1: secrets are not to be guessed. By address, so that no stranger is in the way of the client itself. */
function provenBySecret(
  { limits }: Pick<ClientAuthenticationDeps, 'limits'>,
  request: FastifyRequest,
  found: Client | undefined,
  presented: PresentedSecret,
): Client {
  if (presented.secret === undefined) return authenticateClient(found, presented)
  const wait = limits.clientSecret(() => request.ip, found?.id)
  refuseTooMany(request, wait, { what: 'client_secret', by: 'network', ...(found && { clientId: found.id }) })
  try {
    return authenticateClient(found, presented)
  } catch (error) {
    limits.wrongClientSecret(request.ip, found?.id, sha256(presented.secret))
    throw error
  }
}

/** RFC 7523 §3, item 3: the issuer, the token endpoint; and the endpoint that is asked (RFC 9126 §2), never by its Host header. */
function audiencesOf(issuer: string, request: FastifyRequest): readonly string[] {
  const asked = request.routeOptions.url ?? ''
  return [issuer, urlOf(issuer, PATHS.token), `${new URL(issuer).origin}${asked}`]
}
