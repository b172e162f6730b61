/** The bearer token in the Authorization header: RFC 6750 §2.1. */
import type { FastifyRequest } from 'fastify'
import { OAuthError } from '../protocol/oauth-error.ts'

/** Undefined when none is there (§3.1: another scheme presents no token at all); `invalid_token` for a malformed one. */
export function headerToken({ headers: { authorization } }: Pick<FastifyRequest, 'headers'>): string | undefined {
  if (authorization === undefined || !/^bearer(?: |$)/i.test(authorization)) return undefined
  const token = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(authorization)?.[1]
  if (token === undefined)
    throw new OAuthError('invalid_token', 'the Authorization header holds no bearer token', 'access_token')
  return token
}
