/** A proxy in front that `trusted_proxies` does not name: then everybody behind it is one network to us. */
import type { FastifyRequest } from 'fastify'

/** For the log, where somebody was refused because of their network. */
export function warnOfUntrustedProxy(request: FastifyRequest): void {
  const { ip, headers, socket } = request
  if (headers['x-forwarded-for'] === undefined || ip !== socket.remoteAddress) return
  request.log.warn({ proxy: ip }, 'X-Forwarded-For is not believed: trusted_proxies does not name who sent it')
}
