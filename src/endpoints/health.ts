/** Whether the process lives, and whether it can serve: for load balancers and containers. */
import type { FastifyInstance } from 'fastify'
import type { Deps } from '../deps.ts'

export function health(app: FastifyInstance, deps: Pick<Deps, 'storage'>): void {
  app.get('/livez', (_request, reply) => reply.send({ status: 'ok' }))
  app.get('/readyz', async (request, reply) => {
    try {
      await deps.storage.ping()
      return reply.send({ status: 'ok' })
    } catch (error) {
      request.log.error({ err: error }, 'not ready: the database does not answer')
      return reply.code(503).send({ status: 'unavailable', database: 'unreachable' })
    }
  })
}
