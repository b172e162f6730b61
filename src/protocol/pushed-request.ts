/** Pushed authorization requests: RFC 9126. */
import type { Timestamp } from '../base/clock.ts'
import { type Duration, SECOND } from '../base/duration.ts'
import type { Client } from './client.ts'
import { OAuthError } from './oauth-error.ts'
import { pairsOf } from './parameters.ts'
import type { PushedRequest } from './records.ts'

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
  const refuse = (description: string) => new OAuthError('invalid_request_uri', description)
  if (pushed === undefined || pushed.clientId !== client.id) return refuse('request_uri is not known for this client')
  if (pushed.usedAt !== undefined) return refuse('request_uri was already used')
  return now >= pushed.expiresAt ? refuse('request_uri has expired') : undefined
}
