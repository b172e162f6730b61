/** RFC 6585 §4: somebody asked too often, and is told when to ask again. */
import type { FastifyRequest } from 'fastify'
import type { Audit } from '../audit/audit.ts'
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

export interface AuditDeps {
  readonly audit: Pick<Audit, 'record'>
}

/** Throws it when there is anything to wait for; `tried` says of what there was too much. */
export function refuseTooMany(
  { audit }: AuditDeps,
  request: FastifyRequest,
  tried: { readonly wait: Duration | undefined; readonly event: Throttled },
): void {
  const { wait, event } = tried
  if (wait === undefined) return
  audit.record({ kind: 'throttled', ...event }, request)
  warnOfUntrustedProxy(request)
  throw new TooManyRequests(`throttled: too many of ${event.what} by ${event.by}`, wait)
}

/** Before anything is stored for somebody who has proven nothing. */
export function refuseManyNew(deps: AuditDeps & { readonly limits: Limits }, request: FastifyRequest): void {
  const wait = deps.limits.newSignIn(request.ip)
  refuseTooMany(deps, request, { wait, event: { what: 'new_sign_ins', by: 'network' } })
}
