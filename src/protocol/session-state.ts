/** What a client's page compares to know whether the person is still signed in: OpenID Connect Session Management §3.2. */
import { hash } from 'node:crypto'

/** The value that the browser keeps of a session (§3.2, "OP user agent state"): another one after each sign-in. No secret. */
export const userAgentState = (session: { readonly id: string; readonly authenticatedAt: number }): string =>
  hash('sha256', `state:${session.id}:${session.authenticatedAt}`, 'base64url').slice(0, 22)

/** Between the values of several accounts that are signed in in one browser; no value has it. */
export const STATE_SEPARATOR = '~'

/** Undefined: the answer goes to no web page, so that there is nobody to compare it. */
export function sessionState(input: {
  readonly clientId: string
  readonly redirectUri: string
  /** Of the session that the answer is about; empty: the browser keeps none. */
  readonly state: string
  readonly salt: string
}): string | undefined {
  const { clientId, redirectUri, state, salt } = input
  const origin = URL.parse(redirectUri)?.origin
  if (origin === undefined || origin === 'null') return undefined
  // views/check-session.js does the same.
  return `${hash('sha256', `${clientId} ${origin} ${state} ${salt}`, 'hex')}.${salt}`
}
