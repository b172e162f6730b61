/**
 * Every check that can refuse a request, one word each: the closed vocabulary of refusals. What each means, and what to do
 * about it, is said in refusals/explanations/.
 */
export const CHECKS = [
  // which client asks, and whether it is that (RFC 6749 §2.3, RFC 7523 §3)
  'client_id',
  'client_auth_missing',
  'client_auth_twice',
  'client_auth_header',
  'client_auth_other',
  'client_auth_method',
  'client_secret',
  'assertion_type',
  'assertion_form',
  'assertion_algorithm',
  'assertion_typ',
  'assertion_issuer',
  'assertion_audience',
  'assertion_time',
  'assertion_jti',
  'assertion_signature',
  'assertion_used',
  'public_client',
  // what any request must be
  'parameter',
  'parameter_missing',
  'body',
  'request_size',
  'malformed',
  // what is asked for at the authorization endpoint
  'redirect_uri',
  'response_type',
  'response_type_allowed',
  'response_mode',
  'registration_parameter',
  'scope',
  'resource',
  'pkce',
  'prompt',
  'max_age',
  'claims',
  'must_push',
  'must_sign',
  'request_object',
  'request_object_time',
  'request_object_signature',
  'request_uri',
  'request_uri_used',
  'request_uri_expired',
  // who is there to answer
  'session',
  'session_age',
  'acr',
  'second_factor',
  'second_factor_setup',
  'id_token_hint',
  'account',
  'account_choice',
  'consent',
  'denied',
  'signed_out',
  // codes and tokens
  'grant_type',
  'grant_type_allowed',
  'code',
  'code_used',
  'code_client',
  'code_expired',
  'code_redirect_uri',
  'code_verifier',
  'no_code_challenge',
  'no_code_verifier',
  'grant_ended',
  'refresh_token',
  'refresh_client',
  'refresh_expired',
  'refresh_used',
  'refresh_scope',
  'race',
  'access_token',
  'token_key',
  'access_token_twice',
  'access_token_scope',
  'token_owner',
  'encryption_key',
  // registration
  'initial_access_token',
  'registration_token',
  'registration_full',
  'metadata',
  // pages
  'password',
  'otp',
  'mailed_code',
  'mailed_link',
  'passkey',
  'account_disabled',
  'field',
  'lost_cookie',
  'no_form_token',
  'form_token',
  'cross_site',
  // at an upstream provider
  'upstream_state',
  'upstream_browser',
  'upstream_issuer',
  'upstream_denied',
  'upstream_error',
  'upstream_unreachable',
  'upstream_response',
  'upstream_id_token',
  'upstream_age',
  'upstream_claim',
  'upstream_sign_up',
  'upstream_email',
  'upstream_linked',
  'interaction',
  'interaction_answered',
  'username_taken',
  'address_taken',
  'sign_up_off',
  'invitation',
  'not_found',
  // ourselves
  'rate',
  'busy',
  'database',
  'fault',
] as const

export type Check = (typeof CHECKS)[number]

/** The one check that failed. No text of it is ever a secret: both may be read by whoever reads the log. */
export interface Failed {
  readonly check: Check
  readonly expected?: string | undefined
  readonly came?: string | undefined
}

/** Of what strangers send, so much is told again. */
const LONGEST = 400

/** Room for a line, and no secret that somebody has put into a URI. */
export const clipped = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text)

/**
 * A URI that somebody sent, to be shown: without user and password, without the values of what sounds like a secret, and
 * without what looks like one.
 */
export const shownUri = (uri: string): string =>
  clipped(
    withoutLookalikes(
      uri
        .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1…@')
        .split(/(?=[&#;])/)
        .map((piece, index) => withoutSecret(piece, index === 0 ? piece.indexOf('?') : 0))
        .join(''),
    ),
  )

const SECRET_NAME = /token|secret|code|pass|state|nonce|assertion|key|sig|auth/i

/** Of `name=value?name=value`, step by step: strangers choose the text, and one expression for all of it could take minutes. */
function withoutSecret(piece: string, start: number): string {
  for (let from = start; from >= 0; ) {
    const equals = piece.indexOf('=', from)
    if (equals < 0) return piece
    if (SECRET_NAME.test(piece.slice(from, equals))) return `${piece.slice(0, equals)}=…`
    from = piece.indexOf('?', equals)
  }
  return piece
}

/** A name that somebody sent where ours are known: secrets that landed there (the two were swapped) are not repeated. */
export const shownName = (name: string): string =>
  looksSecret(name) ? `(${name.length} characters that look like a secret)` : clipped(name)

const looksSecret = (text: string): boolean => LOOKS_SECRET.some((form) => form.every((part) => part.test(text)))

/** A longer text, a path say, in whose parts a secret may have landed. */
export const withoutLookalikes = (text: string): string =>
  text.replace(/[\w.~+-]{32,}/g, (part) => (looksSecret(part) ? '…' : part))

/** As secrets are made: base64 of some length, and hexadecimal or other letters and digits in one piece, which UUIDs are not. */
const LOOKS_SECRET: readonly (readonly RegExp[])[] = [
  [/^[A-Za-z0-9+/_.-]{32,}={0,2}$/, /[A-Z]/, /[a-z]/, /\d/],
  [/^[A-Za-z0-9]{32,}$/, /[A-Za-z]/, /\d/],
]

/** Of IPv6 with an interface (RFC 4007 §11). */
const LONGEST_ADDRESS = 64

/** What a proxy that is trusted hands on may be anything; of a connection that is gone nothing is known. */
export const shownAddress = <T extends string | undefined>(ip: T): T | string =>
  ip === undefined ? ip : withoutLookalikes(ip).slice(0, LONGEST_ADDRESS)

/** Scopes, say. */
export const shownNames = (names: readonly string[]): string => clipped(names.map(shownName).join(' '))
