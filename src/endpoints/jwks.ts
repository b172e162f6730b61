/** The public keys that verify our tokens: RFC 7517 §5, prebuilt by the key ring. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { toSeconds } from '../base/clock.ts'
import type { Deps } from '../deps.ts'
import { HEAD_TOO, sendPrebuilt } from '../http/prebuilt.ts'
import { PATHS } from '../protocol/discovery.ts'

export function jwks(app: FastifyInstance, deps: Pick<Deps, 'keyRing' | 'config' | 'jwksFetches'>): void {
  const maxAge = toSeconds(deps.config.keys.jwksMaxAge)
  app.get(PATHS.jwks, HEAD_TOO, async (request, reply) => {
    const { body, etag, kids } = await deps.keyRing.freshJwks()
    // Also where the answer is 304: it has this very set.
    if (isApp(request)) deps.jwksFetches.fetched(fetcherOf(request), kids)
    return sendPrebuilt(request, reply, { body, etag, maxAge })
  })
}

/** Not a person who looks at the page, nor who asks with HEAD and gets no keys. */
const isApp = ({ method, headers }: FastifyRequest): boolean =>
  method === 'GET' && headers['sec-fetch-mode'] !== 'navigate'

const fetcherOf = ({ ip, headers }: FastifyRequest) => ({
  address: ip,
  userAgent: headers['user-agent'],
  origin: headers.origin,
})
