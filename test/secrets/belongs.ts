/** The places where a secret is on purpose, each with its reason; whatever is found elsewhere has leaked. */

export interface Belongs {
  /** Names of secrets. */
  readonly what: RegExp
  /** Names of places. */
  readonly where: RegExp
  readonly because: string
}

const DATABASE = /^(file countersign\.db(-wal)?|table .*interactions|table .*pushed_requests|file of backup)$/

export const BELONGS: readonly Belongs[] = [
  {
    what: /^state$/,
    where: /^(Location|body) of (GET|POST) \/(authorize|sign-in)/,
    because: 'RFC 6749 §4.1.2: the app gets its state back, by redirect or by a form that is posted to it',
  },
  {
    what: /^state$/,
    where: /^(Location|headers|body) of GET \/end-session/,
    because: 'OpenID Connect RP-Initiated Logout §3: the app gets its state back',
  },
  {
    what: /^nonce$/,
    where: /^body of POST \/token 200$/,
    because: 'OpenID Connect Core §3.1.3.6: the nonce is in the ID token',
  },
  {
    what: /^nonce$/,
    where: /^(file countersign\.db(-wal)?|table .*grants|output of export|file of backup)$/,
    because:
      'a grant keeps the nonce until its code was redeemed: it goes into the ID token, and is no use without the code',
  },
  {
    what: /^(state|nonce|ID token)$/,
    where: DATABASE,
    because:
      'a request that waits for a person, or was pushed, is kept as the app made it (state, nonce, id_token_hint)',
  },
  {
    what: /^password typed as a user name$/,
    where:
      /^(body of POST \/sign-in\/:id\/password 4\d\d|file countersign\.db(-wal)?|table .*interactions|file of backup)$/,
    because:
      'what was typed as a user name stands there again when the page is opened anew, in this browser, for an hour',
  },
  { what: /^OTLP header$/, where: /^OTLP headers$/, because: 'it proves to the collector who we are' },
  { what: /^webhook path$/, where: /^webhook address$/, because: 'that is where it is sent to' },
]
