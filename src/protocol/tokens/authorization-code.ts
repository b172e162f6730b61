/** Authorization codes: `grant id.secret`; the database keeps the secret's hash (RFC 6749 §4.1.2, §10.5). */
import { constantTimeEqual, sha256 } from '../../base/hash.ts'
import { readHandle } from '../../base/identifier.ts'
import type { Grant } from '../records.ts'

export interface AuthorizationCode {
  readonly grantId: string
  readonly secret: string
}

export const authorizationCode = ({ grantId, secret }: AuthorizationCode): string => `${grantId}.${secret}`

export function parseAuthorizationCode(text: string): AuthorizationCode | undefined {
  const handle = readHandle(text)
  return handle && { grantId: handle.id, secret: handle.secret }
}

export const verifyAuthorizationCode = (grant: Pick<Grant, 'codeHash'>, code: AuthorizationCode): boolean =>
  constantTimeEqual(sha256(code.secret), grant.codeHash)
