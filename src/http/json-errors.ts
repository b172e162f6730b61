/** Errors on the way to a machine: RFC 6749 §5.2, RFC 6750 §3, and nothing that tells how we are built. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { describedWithId, OAuthError, type OAuthErrorCode } from '../protocol/oauth-error.ts'
import { DatabaseUnavailable } from '../storage/storage.ts'
import { type RefusalDeps, tellRefusal } from './refusal.ts'
import { TooManyRequests } from './too-many-requests.ts'

type ErrorHandler = (error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>

/** @param mediaType what the body of a request must be */
export const jsonErrorsFor =
  (deps: RefusalDeps, mediaType = 'application/x-www-form-urlencoded'): ErrorHandler =>
  async (error, request, reply) => {
    const refusal = error instanceof OAuthError ? error : refusalOf(error, mediaType)
    const status = statusOf(refusal, error)
    const { code } = refusal
    const failed = error instanceof TooManyRequests ? { ...refusal.failed, came: error.message } : refusal.failed
    if (status >= 500 && failed.check === 'fault') request.log.error({ err: error }, 'request failed')
    tellRefusal(deps, request, { failed, code, description: refusal.description, status })
    const description = describedWithId(refusal, request.id)
    challenge(reply, code, description)
    if (error instanceof DatabaseUnavailable || error instanceof TooManyRequests)
      reply.header('retry-after', String(error.retryAfterSeconds))
    return reply.code(status).send({ error: code, error_description: description })
  }

/**
 * The database is away: 503 with Retry-After (RFC 9110 §15.6.4, §10.2.3), which RFC 7009 §2.2.1 names for revocation and
 * which fits the others as well. The bodies' list of errors (RFC 6749 §5.2) has no word for it; `temporarily_unavailable`
 * is the one that §4.1.2.1 has for the same thing.
 */
const UNAVAILABLE = new OAuthError('temporarily_unavailable', 'try again in a few seconds', 'database')

/** RFC 6585 §4, 429: again there is no code for it, and this one says what is so: try later. */
const TOO_MANY = new OAuthError(
  'temporarily_unavailable',
  'too many requests: try again after the time in Retry-After',
  'rate',
)

function refusalOf(error: FastifyError | Error, mediaType: string): OAuthError {
  if (error instanceof DatabaseUnavailable) return UNAVAILABLE
  if (error instanceof TooManyRequests) return TOO_MANY
  const status = 'statusCode' in error && error.statusCode !== undefined ? error.statusCode : 500
  if (status === 413) return new OAuthError('invalid_request', 'the body is too long', 'request_size')
  if (status === 415) return new OAuthError('invalid_request', `the body must be ${mediaType}`, 'body')
  if (status >= 400 && status < 500) return new OAuthError('invalid_request', 'the request is malformed', 'malformed')
  return new OAuthError('server_error', 'something went wrong on our side', 'fault')
}

function statusOf(refusal: OAuthError, error: FastifyError | Error): number {
  if ('statusCode' in error && error.statusCode === 413) return 413
  if (error instanceof TooManyRequests) return 429
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
function challenge(reply: FastifyReply, code: OAuthErrorCode, description: string): void {
  if (code === 'invalid_client') {
    reply.header('www-authenticate', 'Basic realm="countersign", charset="UTF-8"')
  }
  if (code === 'invalid_token' || code === 'insufficient_scope') {
    reply.header('www-authenticate', `Bearer error="${code}", error_description="${description}"`)
  }
}
