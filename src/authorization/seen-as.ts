/** What is kept of a browser that somebody signs in with, for them to know it by. */
import type { FastifyRequest } from 'fastify'
import { keptAddress } from '../audit/address.ts'
import type { Deps } from '../deps.ts'
import type { SeenAs } from '../sessions/session.ts'

/** Every browser says who it is in fewer characters. */
const LONGEST = 200

/** Of the address as much as the audit log keeps (`audit.addresses`). */
export const seenAs = ({ config }: Pick<Deps, 'config'>, request: FastifyRequest): SeenAs => ({
  userAgent: request.headers['user-agent']?.slice(0, LONGEST),
  address: keptAddress(request.ip, config.audit.addresses),
})
