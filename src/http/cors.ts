/** Cross-origin reading of what browser apps need: never with cookies, never on pages (RFC 9700 §2.6). */
import type { FastifyInstance } from 'fastify'

/**
 * Lets scripts of any origin read the answers of every route of `app`. For endpoints that never look at cookies: whoever
 * asks learns nothing that a request from a server would not tell.
 */
export function allowCrossOrigin(app: FastifyInstance): void {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('access-control-allow-origin', '*')
    done()
  })
  const answered = new Set<string>()
  app.addHook('onRoute', ({ url, prefix }) => {
    const path = url.slice(prefix.length)
    if (answered.has(path)) return
    answered.add(path)
    app.options(path, (_request, reply) => reply.code(204).headers(PREFLIGHT).send())
  })
}

/** Fetch standard, §3.3.3: what a script may send along. */
const PREFLIGHT = {
  'access-control-allow-methods': 'GET, POST',
  'access-control-allow-headers': 'authorization, content-type',
  'access-control-max-age': '3600',
}
