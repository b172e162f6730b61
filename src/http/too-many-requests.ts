/** RFC 6585 §4: somebody asked too often, and is told when to ask again. */
import type { FastifyRequest } from 'fastify'
import { audit } from '../audit/audit.ts'
import type { AuditEvent } from '../audit/event.ts'
import { type Duration, SECOND } from '../base/duration.ts'
import type { Limits } from '../throttling/limits.ts'
import { warnOfUntrustedProxy } from './untrusted-proxy.ts'

type Throttled = Omit<Extract<AuditEvent, { kind: 'throttled' }>, 'kind'>

export class TooManyRequests extends Error {
  readonly retryAfterSeconds: number

  constructor(reason: string, wait: Duration) {
    super(reason)
    this.name = 'TooManyRequests'
    this.retryAfterSeconds = Math.max(1, Math.ceil(wait / SECOND))
  }
}

/** Throws it when there is anything to wait for. */
export function refuseTooMany(request: FastifyRequest, wait: Duration | undefined, event: Throttled): void {
  if (wait === undefined) return
  audit(request.log, { kind: 'throttled', ...event })
  warnOfUntrustedProxy(request)
  throw new TooManyRequests(`throttled: too many of ${event.what} by ${event.by}`, wait)
}

/** Before anything is stored for somebody who has proven nothing. */
export function refuseManyNew({ limits }: { readonly limits: Limits }, request: FastifyRequest): void {
  refuseTooMany(request, limits.newSignIn(request.ip), { what: 'new_sign_ins', by: 'network' })
}
