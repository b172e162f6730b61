/** Which client sends a request to one of the machines' endpoints; every one of them asks here first. */
import type { FastifyRequest } from 'fastify'
import { type AssertionDeps, authenticateByAssertion } from '../clients/assertion.ts'
import type { ClientRegistry } from '../clients/registry.ts'
import type { JwksFetches } from '../keys/jwks-fetches.ts'
import { type Client, isUnchecked } from '../protocol/client.ts'
import { authenticateClient } from '../protocol/client-authentication/decide.ts'
import { readPresentedClient } from '../protocol/client-authentication/read.ts'
import { PATHS, urlOf } from '../protocol/discovery.ts'
import type { Parameters } from '../protocol/parameters.ts'

export interface ClientAuthenticationDeps extends AssertionDeps {
  readonly issuer: string
  readonly clients: ClientRegistry
  readonly jwksFetches: Pick<JwksFetches, 'clientAt'>
}

/** Rejects with `invalid_client` or `invalid_request` (RFC 6749 §5.2). */
export async function authenticatedClient(
  deps: ClientAuthenticationDeps,
  request: FastifyRequest,
  parameters: Parameters,
): Promise<Client> {
  const presented = readPresentedClient(request.headers.authorization, parameters)
  const found = await deps.clients.find(presented.clientId)
  const client =
    'assertion' in presented
      ? await authenticateByAssertion(deps, found, { presented, audiences: audiencesOf(deps.issuer, request) })
      : authenticateClient(found, presented)
  // Of a public one there is only its client_id, which anybody may know: its grants say that it is used.
  const saying = client.isPublic ? undefined : deps.clients.sayUsed(client)
  if (saying !== undefined) await saying
  // A public one is on people's devices, whose addresses are nobody's business.
  if (!client.isPublic && !isUnchecked(client)) deps.jwksFetches.clientAt(client.id, request.ip)
  return client
}

/** RFC 7523 §3, item 3: the issuer, the token endpoint; and the endpoint that is asked (RFC 9126 §2), never by its Host header. */
function audiencesOf(issuer: string, request: FastifyRequest): readonly string[] {
  const asked = request.routeOptions.url ?? ''
  return [issuer, urlOf(issuer, PATHS.token), `${new URL(issuer).origin}${asked}`]
}
