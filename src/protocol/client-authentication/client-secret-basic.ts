/** client_secret_basic: RFC 6749 §2.3.1 over RFC 7617. */
import { OAuthError } from '../oauth-error.ts'
import type { PresentedSecret } from './presented.ts'

export function readBasic(authorization: string): PresentedSecret {
  const encoded = /^basic +([A-Za-z0-9+/_-]{1,4096}={0,2})$/i.exec(authorization)?.[1]
  const pair = encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8')
  const colon = pair?.indexOf(':') ?? -1
  const clientId = pair === undefined || colon < 0 ? undefined : formDecode(pair.slice(0, colon))
  const secret = pair === undefined || colon < 0 ? undefined : formDecode(pair.slice(colon + 1))
  if (!clientId || secret === undefined) {
    throw new OAuthError('invalid_client', 'the Authorization header is malformed', 'client_auth_header')
  }
  return { method: 'client_secret_basic', clientId, secret }
}

/** RFC 6749 §2.3.1: both halves are form-encoded before they are joined. */
function formDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}
