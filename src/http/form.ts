/** The bytes of a request, as readParameters wants them. */
import type { FastifyRequest } from 'fastify'
import { OAuthError } from '../protocol/oauth-error.ts'
import { type Parameters, readParameters } from '../protocol/parameters.ts'

/** What stands behind the question mark, undecoded. */
export function rawQuery(request: FastifyRequest): string {
  const url = request.raw.url ?? ''
  const mark = url.indexOf('?')
  return mark < 0 ? '' : url.slice(mark + 1).replace(/#.*$/s, '')
}

/** The body of a form post, undecoded. Throws `invalid_request` when there is none. */
export function rawForm(request: FastifyRequest): string {
  if (typeof request.body !== 'string') {
    throw new OAuthError('invalid_request', 'the body must be application/x-www-form-urlencoded', 'body')
  }
  return request.body
}

/**
 * The body of a request of the protocol, undecoded. RFC 6749 §3.1: no parameter twice, and not once in the URL and once
 * in the body either; otherwise what stands in the URL is not looked at (§3.2): it ends up in logs.
 */
export function rawRequest(request: FastifyRequest): string {
  const form = rawForm(request)
  const query = rawQuery(request)
  if (query !== '') readParameters(`${query}&${form}`).refuseFaults()
  return form
}

export const readQuery = (request: FastifyRequest): Parameters => readParameters(rawQuery(request))

/** The parameters of a post. Throws `invalid_request` when any of them is faulty. */
export function readForm(request: FastifyRequest): Parameters {
  const parameters = readParameters(rawRequest(request))
  parameters.refuseFaults()
  return parameters
}
