/** Addresses that lead nowhere, and methods that an address does not know: a page for people, JSON for machines. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Config } from '../config/config.ts'
import { SEEN_PATH } from '../keys/doctor-pass.ts'
import { shownUri } from '../protocol/checks.ts'
import { describedWithId } from '../protocol/oauth-error.ts'
import { message } from '../words/message.ts'
import { showError } from './error-pages.ts'
import { PAGES, pathBelow } from './paths.ts'
import { keepRefusal, type RefusalDeps } from './refusal.ts'
import { UNREADABLE } from './request-target.ts'

export function answerNotFound(
  app: FastifyInstance,
  deps: RefusalDeps & { readonly config: Pick<Config, 'issuer' | 'name'> },
): void {
  const { config } = deps
  app.setNotFoundHandler((request, reply) => {
    const allowed = isHidden(config, request) ? [] : methodsAt(app, request)
    if (allowed.length > 0) reply.header('allow', allowed.join(', '))
    const status = statusFor(request, allowed)
    // The query stays out of the log, and of the path what looks like a secret: it is nobody's business.
    const path = shownUri(pathOf(request)).slice(0, 200)
    request.log.warn({ method: request.method, path, status }, 'no such page')
    const failed = { check: 'not_found', came: `${request.method} ${path}` } as const
    keepRefusal(deps, request, { failed, description: DESCRIPTIONS[status], status })
    return wantsPage(request) ? notFoundPage(config, request, reply, status) : notFoundJson(request, reply, status)
  })
}

function statusFor(request: FastifyRequest, allowed: readonly string[]): 400 | 404 | 405 {
  if (request.raw.url === UNREADABLE) return 400
  return allowed.length > 0 ? 405 : 404
}

/** Who is not to know that something is at an address is told what is told where nothing is. */
function isHidden({ issuer }: Pick<Config, 'issuer'>, request: FastifyRequest): boolean {
  const path = pathOf(request)
  const admin = pathBelow(issuer, PAGES.admin)
  return path.endsWith(SEEN_PATH) || path === admin || path.startsWith(`${admin}/`)
}

const pathOf = (request: FastifyRequest): string => request.url.replace(/\?.*$/s, '')

/** RFC 9110 §15.5.6 */
function methodsAt(app: FastifyInstance, request: FastifyRequest): readonly string[] {
  const path = pathOf(request)
  return ['GET', 'POST', 'PUT', 'DELETE'].filter((method) => app.findRoute({ method, url: path }) !== null)
}

const wantsPage = (request: FastifyRequest): boolean => request.headers.accept?.includes('text/html') ?? false

const DESCRIPTIONS = {
  400: 'the address is malformed',
  404: 'there is nothing at this address',
  405: 'this method is not allowed here',
} as const

const notFoundJson = (request: FastifyRequest, reply: FastifyReply, status: keyof typeof DESCRIPTIONS): FastifyReply =>
  reply.code(status).send({
    error: 'invalid_request',
    error_description: describedWithId({ description: DESCRIPTIONS[status] }, request.id),
  })

function notFoundPage(
  config: Pick<Config, 'issuer' | 'name'>,
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
): Promise<FastifyReply> {
  return showError(config, request, reply, {
    status,
    check: 'not_found',
    title: message('error.not_found_title'),
    message: message(status === 405 ? 'error.not_found_method' : 'error.not_found_message'),
    advice: message('error.not_found_advice'),
  })
}
