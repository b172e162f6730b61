/** Which client sends a request to one of the machines' endpoints; every one of them asks here first. */
import type { FastifyRequest } from 'fastify'
import type { ClientRegistry } from '../clients/registry.ts'
import type { Client } from '../protocol/client.ts'
import { authenticateClient } from '../protocol/client-authentication/decide.ts'
import { readPresentedClient } from '../protocol/client-authentication/read.ts'
import type { Parameters } from '../protocol/parameters.ts'

/** Rejects with `invalid_client` or `invalid_request` (RFC 6749 §5.2). */
export async function authenticatedClient(
  deps: { readonly clients: ClientRegistry },
  request: FastifyRequest,
  parameters: Parameters,
): Promise<Client> {
  const presented = readPresentedClient(request.headers.authorization, parameters)
  return authenticateClient(await deps.clients.find(presented.clientId), presented)
}
