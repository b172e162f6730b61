/** Pushed authorization requests: RFC 9126. */
import type { Timestamp } from '../base/clock.ts'
import { type Duration, SECOND } from '../base/duration.ts'
import type { Check, Failed } from './checks.ts'
import type { Client } from './client.ts'
import { OAuthError } from './oauth-error.ts'
import { pairsOf } from './parameters.ts'
import type { PushedRequest } from './records.ts'
import { fromNow, shownSpan } from './shown-time.ts'

/** RFC 9126 §2.2: long enough for a slow redirect, and no longer. */
export const PUSHED_REQUEST_LIFETIME: Duration = 90 * SECOND

const PREFIX = 'urn:ietf:params:oauth:request_uri:'

export const pushedRequestUri = (reference: string): string => `${PREFIX}${reference}`

/** The reference of a request_uri of ours; undefined: it is another one. */
export const parsePushedRequestUri = (uri: string): string | undefined =>
  uri.startsWith(PREFIX) ? uri.slice(PREFIX.length) : undefined

/** What a client sends to authenticate is no part of its request. */
const CREDENTIALS = ['client_secret', 'client_assertion', 'client_assertion_type']

/** The parameters of the request alone. @param form well-formed and without a request object */
export function requestToPush(form: string, client: Client): string {
  const parameters = pairsOf(form)
  for (const name of CREDENTIALS) parameters.delete(name)
  parameters.set('client_id', client.id)
  return parameters.toString()
}

/** RFC 9126 §4: only its client, only once, only in its time. Undefined: it may be used now. */
export function pushedRequestFault(
  pushed: PushedRequest | undefined,
  client: Client,
  now: Timestamp,
): OAuthError | undefined {
  const refuse = (description: string, failed: Check | Failed) =>
    new OAuthError('invalid_request_uri', description, failed)
  if (pushed === undefined) return refuse('request_uri is not known for this client', 'request_uri')
  if (pushed.clientId !== client.id) {
    const came = 'one that another client pushed'
    return refuse('request_uri is not known for this client', { check: 'request_uri', came })
  }
  if (pushed.usedAt !== undefined) {
    return refuse('request_uri was already used', {
      check: 'request_uri_used',
      came: `one that was used ${fromNow(pushed.usedAt - now)}`,
    })
  }
  if (now < pushed.expiresAt) return undefined
  return refuse('request_uri has expired', {
    check: 'request_uri_expired',
    expected: `use within ${shownSpan(PUSHED_REQUEST_LIFETIME)}`,
    came: `one that expired ${fromNow(pushed.expiresAt - now)}`,
  })
}
