/** The page that clients frame to be told whether the person is still signed in: OpenID Connect Session Management §3.3. */
import type { FastifyInstance } from 'fastify'
import { HOUR, SECOND } from '../base/duration.ts'
import type { Deps } from '../deps.ts'
import { allowFramedPage } from '../http/security-headers.ts'
import { CHECK_SESSION_PAGE } from '../http/views.ts'
import { PATHS } from '../protocol/discovery.ts'

/** Only where the configuration switches it on: browsers that keep third-party cookies apart give it nothing to compare. */
export function checkSession(app: FastifyInstance, { config, issuer }: Pick<Deps, 'config' | 'issuer'>): void {
  if (!config.sessionManagement) return
  app.get(PATHS.checkSession, (_request, reply) => {
    allowFramedPage(reply, issuer)
    // The same for everybody: it reads the cookie when it is asked.
    reply.header('cache-control', `public, max-age=${HOUR / SECOND}`)
    return reply.type('text/html; charset=utf-8').send(CHECK_SESSION_PAGE)
  })
}
