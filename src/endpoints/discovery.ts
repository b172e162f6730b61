/** The metadata document, built once: OpenID Connect Discovery §4 and RFC 8414 §3. */
import type { FastifyInstance } from 'fastify'
import { HOUR, SECOND } from '../base/duration.ts'
import { sha256 } from '../base/hash.ts'
import type { Deps } from '../deps.ts'
import { issuerPath } from '../http/paths.ts'
import { sendPrebuilt } from '../http/prebuilt.ts'
import { discoveryDocument, PATHS } from '../protocol/discovery.ts'

/** @param root the app without the issuer's path: RFC 8414 §3.1 puts the well-known part before it */
export function discovery(app: FastifyInstance, root: FastifyInstance, deps: Pick<Deps, 'issuer'>): void {
  const body = JSON.stringify(discoveryDocument(deps.issuer))
  const document = { body, etag: `"${sha256(body).slice(0, 22)}"`, maxAge: HOUR / SECOND }
  app.get(PATHS.openidConfiguration, (request, reply) => sendPrebuilt(request, reply, document))
  root.get(`${PATHS.authorizationServerMetadata}${issuerPath(deps.issuer)}`, (request, reply) =>
    sendPrebuilt(request, reply, document),
  )
}
