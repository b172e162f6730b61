import type { FastifyRequest } from 'fastify'

/** The part of the path that the route calls `:name`, percent-decoded; empty when its route has none of that name. */
export function pathParameter({ params }: Pick<FastifyRequest, 'params'>, name: string): string {
  const value = (params as Readonly<Record<string, unknown>> | undefined)?.[name]
  return typeof value === 'string' ? value : ''
}
