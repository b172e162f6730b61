/**
 * Client registration and the client configuration endpoint: OpenID Connect Registration §3 and §4, RFC 7591, RFC 7592.
 * Only there when the configuration turns it on.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { audit } from '../audit/audit.ts'
import { isHashedIn } from '../base/hash.ts'
import { metadataOf } from '../clients/registered-clients.ts'
import { findByRegistrationToken, register, update } from '../clients/registration.ts'
import type { Deps } from '../deps.ts'
import { headerToken } from '../http/bearer-token.ts'
import { jsonBody, readJsonBodies } from '../http/json-body.ts'
import { pathParameter } from '../http/path-parameter.ts'
import { refuseManyNew } from '../http/too-many-requests.ts'
import type { ClientMetadata } from '../protocol/client.ts'
import { clientInformation, isRegisteredClientId } from '../protocol/client-information.ts'
import { PATHS } from '../protocol/discovery.ts'
import { OAuthError } from '../protocol/oauth-error.ts'
import type { RegisteredClient } from '../storage/storage.ts'

export function registration(app: FastifyInstance, deps: Deps): void {
  if (!deps.config.registration.isEnabled) return
  readJsonBodies(app)
  const ONE = `${PATHS.registration}/:clientId`

  app.post(PATHS.registration, async (request, reply) => {
    refuseStranger(deps, request)
    refuseManyNew(deps, request)
    const { record, ...made } = await register(deps, jsonBody(request))
    audit(request.log, { kind: 'client_registered', clientId: record.id })
    return reply.code(201).send(informationOf(record, made))
  })

  app.get(ONE, async (request, reply) => {
    const { record, token } = await authenticated(request)
    const asRegistered = { metadata: metadataOf(record), registrationToken: token, secret: undefined }
    return reply.send(informationOf(record, asRegistered))
  })

  app.put(ONE, async (request, reply) => {
    const { record, token } = await authenticated(request)
    const changed = await update(deps, record, jsonBody(request))
    deps.clients.forget(record.id)
    audit(request.log, { kind: 'client_updated', clientId: record.id, hasNewSecret: changed.secret !== undefined })
    return reply.send(informationOf(record, { ...changed, registrationToken: token }))
  })

  // RFC 7592 §2.3
  app.delete(ONE, async (request, reply): Promise<FastifyReply> => {
    const { record } = await authenticated(request)
    const isFirst = await deps.storage.registeredClients.remove(record.id)
    deps.clients.forget(record.id)
    if (isFirst) audit(request.log, { kind: 'client_removed', clientId: record.id })
    return reply.code(204).send()
  })

  async function authenticated(request: FastifyRequest): Promise<{ record: RegisteredClient; token: string }> {
    const clientId = pathParameter(request, 'clientId')
    const token = headerToken(request)
    if (token === undefined || !isRegisteredClientId(clientId)) {
      throw new OAuthError('invalid_token', 'the registration access token is not valid', 'registration_token')
    }
    return { record: await findByRegistrationToken(deps, clientId, token), token }
  }

  const informationOf = (
    { id, createdAt }: RegisteredClient,
    told: { metadata: ClientMetadata; registrationToken: string; secret: string | undefined },
  ) => clientInformation({ issuer: deps.issuer, clientId: id, issuedAt: createdAt, ...told })
}

/** RFC 7591 §3: whoever has an initial access token may register, or everybody. */
function refuseStranger({ config: { registration } }: Pick<Deps, 'config'>, request: FastifyRequest): void {
  if (registration.isOpen) return
  const token = headerToken(request)
  if (token === undefined || !isHashedIn(registration.initialAccessTokenHashes, token)) {
    throw new OAuthError('invalid_token', 'the initial access token is missing or not valid', 'initial_access_token')
  }
}
