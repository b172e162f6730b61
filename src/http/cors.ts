/** Cross-origin reading of what browser apps need: never with cookies, never on pages (RFC 9700 §2.6). */
import type { FastifyInstance } from 'fastify'
import { PATHS } from '../protocol/discovery.ts'

/** Nothing here looks at cookies, so any origin may read the answers to what it could ask from a server anyway. */
const READABLE: readonly string[] = [
  PATHS.openidConfiguration,
  PATHS.jwks,
  PATHS.token,
  PATHS.userinfo,
  PATHS.revocation,
]

export function allowCrossOrigin(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    if (!READABLE.some((path) => route.url === `${route.prefix}${path}`) || route.method === 'OPTIONS') return
    const before = [route.onRequest ?? []].flat()
    route.onRequest = [
      ...before,
      (_request, reply, done) => {
        reply.header('access-control-allow-origin', '*')
        done()
      },
    ]
  })
  for (const path of READABLE) {
    app.options(path, (_request, reply) =>
      reply
        .code(204)
        .headers({
          'access-control-allow-origin': '*',
          'access-control-allow-methods': 'GET, POST',
          'access-control-allow-headers': 'authorization, content-type',
          'access-control-max-age': '3600',
        })
        .send(),
    )
  }
}
