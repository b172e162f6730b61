/** The claims of a logout token: OpenID Connect Back-Channel Logout §2.4. */
import { type Timestamp, toSeconds } from '../../base/clock.ts'
import { type Duration, MINUTE } from '../../base/duration.ts'
import type { Client } from '../client.ts'

/** §2.4: explicit typing (RFC 8725 §3.11) keeps it from being taken for any other token. */
export const LOGOUT_TOKEN_TYPE = 'logout+jwt'

/** §2.4: two minutes at most are recommended. It is made anew for each attempt, so that it need not last. */
const LIFETIME: Duration = 2 * MINUTE

/** §2.4: the member of `events` that makes it a logout token. */
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'

export interface LogoutTokenInput {
  readonly issuer: string
  readonly client: Pick<Client, 'id'>
  /** The `sub` that the client knows. */
  readonly subject: string
  readonly sessionId: string
  /** Unique, so that the client can refuse it when it comes again. */
  readonly jti: string
  readonly now: Timestamp
}

/** Both `sub` and `sid`, which suits every client, whatever its `backchannel_logout_session_required`. Never a nonce (§2.4). */
export function logoutTokenClaims(input: LogoutTokenInput): Readonly<Record<string, unknown>> {
  const { issuer, client, subject, sessionId, jti, now } = input
  const issuedAt = toSeconds(now)
  return {
    iss: issuer,
    sub: subject,
    aud: client.id,
    iat: issuedAt,
    exp: issuedAt + toSeconds(LIFETIME),
    jti,
    events: { [LOGOUT_EVENT]: {} },
    sid: sessionId,
  }
}

/** What the client made of it: §2.8. */
export type LogoutResponse = 'logged_out' | 'refused' | 'try_again'

/** §2.8: 200 or 204 when it is done, 400 when the request was not valid; whatever else is a failure that may pass. */
export function readLogoutResponse(status: number): LogoutResponse {
  if (status === 200 || status === 204) return 'logged_out'
  return status === 400 ? 'refused' : 'try_again'
}
