/** What goes back to the client from the authorization endpoint: RFC 6749 §4.1.2, §4.1.2.1 and RFC 9207. */
import { describedWithId, type OAuthError } from './oauth-error.ts'
import type { RedirectTarget } from './redirect-target.ts'

export type ResponseFields = Readonly<Record<string, string>>

/** @param given the code, or the tokens (OpenID Connect Core §3.2.2.5) */
export function successResponse(given: ResponseFields, target: RedirectTarget, issuer: string): ResponseFields {
  return { ...given, ...answerTo(target), iss: issuer }
}

/** @param errorId names the refusal, for whoever looks after us */
export function errorResponse(
  error: OAuthError,
  { target, issuer, errorId }: { target: RedirectTarget; issuer: string; errorId: string },
): ResponseFields {
  return {
    error: error.code,
    error_description: describedWithId(error, errorId),
    ...answerTo(target),
    iss: issuer,
  }
}

const answerTo = (target: RedirectTarget): ResponseFields => (target.state === undefined ? {} : { state: target.state })

/** OAuth 2.0 Multiple Response Types §2.1 (RFC 6749 §4.2.2): no registered URI has a fragment of its own. */
export const withFragment = (uri: string, fields: ResponseFields): string => `${uri}#${new URLSearchParams(fields)}`

/** RFC 6749 §3.1.2: the URI keeps the query that it was registered with; nothing of it is rewritten. */
export function withQuery(uri: string, fields: ResponseFields): string {
  const query = new URLSearchParams(fields).toString()
  if (query === '') return uri
  return `${uri}${uri.includes('?') ? '&' : '?'}${query}`
}
