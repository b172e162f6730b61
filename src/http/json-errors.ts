/** Errors on the way to a machine: RFC 6749 §5.2, RFC 6750 §3, and nothing that tells how we are built. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { OAuthError } from '../protocol/oauth-error.ts'
import { logRefusal } from './error-pages.ts'

export async function jsonErrors(
  error: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const refusal = error instanceof OAuthError ? error : refusalOf(error)
  const status = statusOf(refusal, error)
  logRefusal(request, error, status)
  challenge(reply, refusal)
  return reply.code(status).send({ error: refusal.code, error_description: refusal.description })
}

function refusalOf(error: FastifyError | Error): OAuthError {
  const status = 'statusCode' in error && error.statusCode !== undefined ? error.statusCode : 500
  if (status === 413) return new OAuthError('invalid_request', 'the body is too long')
  if (status === 415) return new OAuthError('invalid_request', 'the body must be application/x-www-form-urlencoded')
  if (status >= 400 && status < 500) return new OAuthError('invalid_request', 'the request is malformed')
  return new OAuthError('server_error', 'something went wrong on our side')
}

function statusOf(refusal: OAuthError, error: FastifyError | Error): number {
  if ('statusCode' in error && error.statusCode === 413) return 413
  switch (refusal.code) {
    case 'invalid_client':
    case 'invalid_token':
      return 401
    case 'insufficient_scope':
      return 403
    case 'server_error':
      return 500
    case 'temporarily_unavailable':
      return 503
    default:
      return 400
  }
}

/** RFC 9110 §15.5.2: every 401 says how to do better. RFC 6749 §5.2 for clients, RFC 6750 §3 for bearer tokens. */
function challenge(reply: FastifyReply, refusal: OAuthError): void {
  if (refusal.code === 'invalid_client') {
    reply.header('www-authenticate', 'Basic realm="countersign", charset="UTF-8"')
  }
  if (refusal.code === 'invalid_token' || refusal.code === 'insufficient_scope') {
    reply.header('www-authenticate', `Bearer error="${refusal.code}", error_description="${refusal.description}"`)
  }
}
