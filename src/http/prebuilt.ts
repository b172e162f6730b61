/** Answers that are the same for everybody until they change: JSON text made beforehand, with an ETag. */
import type { FastifyReply, FastifyRequest } from 'fastify'

export interface Prebuilt {
  readonly body: string
  /** With its quotes. */
  readonly etag: string
  /** Cache-Control max-age, in seconds. */
  readonly maxAge: number
}

/** For routes that only read: HEAD gives what GET would, without the body (RFC 9110 §9.3.2). */
export const HEAD_TOO = { exposeHeadRoute: true } as const

/** RFC 9110 §13.1.2: 304 when the caller has it already. */
export function sendPrebuilt(request: FastifyRequest, reply: FastifyReply, document: Prebuilt): FastifyReply {
  reply.header('etag', document.etag).header('cache-control', `public, max-age=${document.maxAge}`)
  const known = request.headers['if-none-match']?.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  if (known?.includes(document.etag) || known?.includes('*')) return reply.code(304).send()
  return reply.type('application/json; charset=utf-8').send(document.body)
}
