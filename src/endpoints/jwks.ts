/** The public keys that verify our tokens: RFC 7517 §5, prebuilt by the key ring. */
import type { FastifyInstance } from 'fastify'
import { toSeconds } from '../base/clock.ts'
import type { Deps } from '../deps.ts'
import { HEAD_TOO, sendPrebuilt } from '../http/prebuilt.ts'
import { PATHS } from '../protocol/discovery.ts'

export function jwks(app: FastifyInstance, deps: Pick<Deps, 'keyRing' | 'config'>): void {
  const maxAge = toSeconds(deps.config.keys.jwksMaxAge)
  app.get(PATHS.jwks, HEAD_TOO, async (request, reply) =>
    sendPrebuilt(request, reply, { ...(await deps.keyRing.freshJwks()), maxAge }),
  )
}
