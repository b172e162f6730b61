/** What a request looked like when it arrived, for `countersign doctor`: what proxies did to its scheme, host and address. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import { FORWARDING_HEADERS, isDoctorPass, PASS_HEADER, SEEN_PATH, type SeenRequest } from '../keys/doctor-pass.ts'

export function doctor(app: FastifyInstance, { doctorKey, clock }: Pick<Deps, 'doctorKey' | 'clock'>): void {
  app.get(SEEN_PATH, (request, reply) => {
    const isAllowed = isDoctorPass(doctorKey, request.headers[PASS_HEADER], clock.now())
    if (isAllowed) return reply.send(seen(request))
    // As every other address where nothing is.
    reply.callNotFound()
    return reply
  })
}

function seen({ ip, socket, headers }: FastifyRequest): SeenRequest {
  const told = FORWARDING_HEADERS.flatMap((name) => {
    const value = headers[name]
    return value === undefined ? [] : [[name, String(value).slice(0, 500)]]
  })
  return {
    peer: socket.remoteAddress ?? '',
    peerPort: socket.remotePort,
    client: ip,
    isTls: 'encrypted' in socket && socket.encrypted === true,
    headers: Object.fromEntries(told),
  }
}
