/** Whether the process lives, and whether it can serve: for load balancers and containers. */
import type { FastifyInstance } from 'fastify'
import type { Deps } from '../deps.ts'
import { HEAD_TOO } from '../http/prebuilt.ts'

export function health(app: FastifyInstance, deps: Pick<Deps, 'storage'>): void {
  app.get('/livez', HEAD_TOO, (_request, reply) => reply.send({ status: 'ok' }))
  app.get('/readyz', HEAD_TOO, async (request, reply) => {
    try {
      await deps.storage.ping()
      return reply.send({ status: 'ok' })
    } catch (error) {
      request.log.error({ err: error }, 'not ready: the database does not answer')
      return reply.code(503).send({ status: 'unavailable', database: 'unreachable' })
    }
  })
}
