/** Bodies that are JSON, for the few endpoints that take them: everything else takes forms alone (server.ts). */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type JsonObject, parseJsonObject } from '../protocol/json-members.ts'
import { OAuthError } from '../protocol/oauth-error.ts'

/** For every route of `app`: one JSON object (RFC 8259) in UTF-8, as application/json and nothing else. */
export function readJsonBodies(app: FastifyInstance): void {
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, parseJsonObject(utf8.decode(typeof body === 'string' ? Buffer.from(body) : body)))
    } catch {
      // A byte that is not UTF-8.
      done(null, undefined)
    }
  })
}

/** Throws `invalid_request` when there is none, or another value than an object. */
export function jsonBody(request: FastifyRequest): JsonObject {
  const { body } = request
  if (typeof body !== 'object' || body === null)
    throw new OAuthError('invalid_request', 'the body must be a JSON object', 'body')
  // What the parser above gave.
  return body as JsonObject
}
