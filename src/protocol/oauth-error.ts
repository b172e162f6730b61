/** A refusal in the standard's words: what the client may read, and beside it what only the operator is told. */
import type { Check, Failed } from './checks.ts'

/**
 * RFC 6749 §4.1.2.1 and §5.2, OpenID Connect Core §3.1.2.6, RFC 6750 §3.1, RFC 7591 §3.2.2, RFC 9101 §7, RFC 8707 §2,
 * OpenID Connect Core Unmet Authentication Requirements §1.
 */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'access_denied'
  | 'unsupported_response_type'
  | 'server_error'
  | 'temporarily_unavailable'
  | 'login_required'
  | 'interaction_required'
  | 'consent_required'
  | 'account_selection_required'
  | 'unmet_authentication_requirements'
  | 'invalid_request_uri'
  | 'invalid_request_object'
  | 'registration_not_supported'
  | 'invalid_token'
  | 'insufficient_scope'
  /** RFC 7591 §3.2.2 */
  | 'invalid_redirect_uri'
  /** RFC 7591 §3.2.2 */
  | 'invalid_client_metadata'

export class OAuthError extends Error {
  readonly code: OAuthErrorCode
  /** Goes on the wire: ASCII, no quotes or backslashes (RFC 6749 §5.2). */
  readonly description: string
  /** For the operator alone: which one check failed. Never a secret. */
  readonly failed: Failed

  constructor(code: OAuthErrorCode, description: string, failed: Check | Failed) {
    super(`${code}: ${description}`)
    this.name = 'OAuthError'
    this.code = code
    this.description = onWire(description)
    this.failed = typeof failed === 'string' ? { check: failed } : failed
  }
}

const onWire = (text: string): string => text.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?')

/** What the client reads, with the id by which whoever looks after us finds the rest: `countersign explain ID`. */
export const describedWithId = ({ description }: Pick<OAuthError, 'description'>, errorId: string): string =>
  `${description} (error ${errorId})`
