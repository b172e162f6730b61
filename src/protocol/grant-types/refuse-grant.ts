/** `invalid_grant`: the answer to every code and refresh token that is worth nothing (RFC 6749 §5.2). */
import type { Check, Failed } from '../checks.ts'
import { OAuthError } from '../oauth-error.ts'
import type { TokenDecision } from './grant-type.ts'

export const refuseGrant = (description: string, failed: Check | Failed): TokenDecision & { kind: 'refuse' } => ({
  kind: 'refuse',
  error: new OAuthError('invalid_grant', description, failed),
})
