/** Which key a token claims to be signed with, for the operator: strangers choose the text. */
import { readClientJwt } from '../protocol/tokens/client-jwt.ts'

/** RFC 7638, with SHA-256: as ours are named. */
const OURS = /^[A-Za-z0-9_-]{43}$/

/** Undefined: it has none, or none like ours. */
export function kidIn(token: string): string | undefined {
  const kid = readClientJwt(token)?.kid
  return kid !== undefined && OURS.test(kid) ? kid : undefined
}

/** `kid …`; what is none of ours by its look is not repeated. */
export function shownKid(token: string): string {
  const kid = kidIn(token)
  if (kid !== undefined) return `kid ${kid}`
  return readClientJwt(token)?.kid === undefined ? 'no kid in its header' : 'a kid that is not like ours'
}
