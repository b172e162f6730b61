/** Who asks may leave before the answer is there: Fastify tells nobody of it, and what is slowest would be what is not seen. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** @returns the replies that nobody waits for any more; what Fastify still says of them is to be ignored */
export function onLeaving(
  app: FastifyInstance,
  left: (request: FastifyRequest, reply: FastifyReply) => void,
): WeakSet<FastifyReply> {
  const gone = new WeakSet<FastifyReply>()
  app.addHook('onRequest', (request, reply, done) => {
    reply.raw.once('close', () => {
      if (reply.raw.writableFinished) return
      gone.add(reply)
      left(request, reply)
    })
    done()
  })
  return gone
}
