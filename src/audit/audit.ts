/** Where audit events go: the structured log, one line each, under the key `audit`. */
import { type AuditEvent, isAlarming } from './event.ts'

export interface AuditLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

/** @param log the log of the request, so that the line carries its id */
export function audit(log: AuditLog, event: AuditEvent): void {
  const { kind, ...fields } = event
  if (isAlarming(event)) log.warn({ audit: kind, ...fields }, `audit: ${kind}`)
  else log.info({ audit: kind, ...fields }, `audit: ${kind}`)
}
