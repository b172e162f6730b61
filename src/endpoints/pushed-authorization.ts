/** The pushed authorization request endpoint: RFC 9126 §2. */
import type { FastifyInstance } from 'fastify'
import { readPushed } from '../authorization/asked.ts'
import { SECOND } from '../base/duration.ts'
import { sha256 } from '../base/hash.ts'
import { randomSecret } from '../base/random.ts'
import type { Deps } from '../deps.ts'
import { authenticatedClient } from '../http/client-authentication.ts'
import { rawForm, readForm } from '../http/form.ts'
import { PATHS } from '../protocol/discovery.ts'
import { PUSHED_REQUEST_LIFETIME, pushedRequestUri } from '../protocol/pushed-request.ts'

export function pushedAuthorization(app: FastifyInstance, deps: Deps): void {
  app.post(PATHS.pushedAuthorization, async (request, reply) => {
    const parameters = readForm(request)
    const client = await authenticatedClient(deps, request, parameters)
    const encoded = await readPushed(deps, client, { parameters, encoded: rawForm(request) })
    const now = deps.clock.now()
    // RFC 9126 §7.1: nobody can guess it, and who reads the database cannot use it.
    const reference = randomSecret(deps.random)
    await deps.storage.pushedRequests.insert({
      id: sha256(reference),
      clientId: client.id,
      parameters: encoded,
      createdAt: now,
      expiresAt: now + PUSHED_REQUEST_LIFETIME,
      usedAt: undefined,
      interactionId: undefined,
    })
    return reply
      .code(201)
      .send({ request_uri: pushedRequestUri(reference), expires_in: PUSHED_REQUEST_LIFETIME / SECOND })
  })
}
