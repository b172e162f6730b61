/** Why a sign-in at a provider came to nothing. */
import type { Check, Failed } from '../protocol/checks.ts'

export type UpstreamCheck = Extract<Check, `upstream_${string}`>

export class UpstreamError extends Error {
  readonly failed: Failed & { readonly check: UpstreamCheck }

  /** @param more what was wanted and what came; nothing of it is a secret */
  constructor(check: UpstreamCheck, more: Omit<Failed, 'check'> = {}, options?: ErrorOptions) {
    super(more.came ?? check, options)
    this.name = 'UpstreamError'
    this.failed = { check, ...more }
  }
}
