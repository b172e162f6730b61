/** The metadata document, built once, at both of its addresses: OpenID Connect Discovery §4 and RFC 8414 §3. */
import type { FastifyInstance } from 'fastify'
import { HOUR, SECOND } from '../base/duration.ts'
import { sha256 } from '../base/hash.ts'
import { installationOf } from '../config/installation.ts'
import type { Deps } from '../deps.ts'
import { issuerPath } from '../http/paths.ts'
import { HEAD_TOO, type Prebuilt, sendPrebuilt } from '../http/prebuilt.ts'
import { discoveryDocument, PATHS } from '../protocol/discovery.ts'

type DocumentDeps = Pick<Deps, 'issuer' | 'config'>

export function discovery(app: FastifyInstance, deps: DocumentDeps): void {
  const document = prebuilt(deps)
  app.get(PATHS.openidConfiguration, HEAD_TOO, (request, reply) => sendPrebuilt(request, reply, document))
}

/** @param root the app without the issuer's path: RFC 8414 §3.1 puts the well-known part before it */
export function authorizationServerMetadata(root: FastifyInstance, deps: DocumentDeps): void {
  const document = prebuilt(deps)
  const path = `${PATHS.authorizationServerMetadata}${issuerPath(deps.issuer)}`
  root.get(path, HEAD_TOO, (request, reply) => sendPrebuilt(request, reply, document))
}

function prebuilt({ issuer, config }: DocumentDeps): Prebuilt {
  const body = JSON.stringify(discoveryDocument(issuer, installationOf(config)))
  return { body, etag: `"${sha256(body).slice(0, 22)}"`, maxAge: HOUR / SECOND }
}
