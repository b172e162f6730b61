/** Reads `application/x-www-form-urlencoded` strictly: no repetition, no bad encoding, nothing overlong (RFC 6749 §3.1, Appendix B). */
import { OAuthError } from './oauth-error.ts'

/** The parameters of one request. A faulty one throws when it is asked for, so that the caller decides where the refusal goes. */
export interface Parameters {
  /** Undefined when it is absent or empty (RFC 6749 §3.1). Throws `invalid_request` when it is faulty. */
  get(name: string): string | undefined
  /** Every value of one that may be repeated, in the order they came, without empty ones. Throws as `get` does. */
  all(name: Repeatable): readonly string[]
  /** The same as `get`, but a faulty one is undefined, too: for what people type, which is never their fault. */
  find(name: string): string | undefined
  isFaulty(name: string): boolean
  /** Throws `invalid_request` when any parameter is faulty, also one that nobody asks for. */
  refuseFaults(): void
}

/** Longest values, in characters; what is not named here may have `DEFAULT_LIMIT`. */
const LIMITS: Readonly<Record<string, number>> = {
  client_id: 256,
  response_type: 64,
  response_mode: 32,
  scope: 2048,
  prompt: 64,
  max_age: 16,
  nonce: 1024,
  claims: 4096,
  // As long as a query can get (Node reads headers of 16 KiB); a form may be longer.
  request: 16_384,
  code_challenge: 256,
  code_challenge_method: 16,
  code_verifier: 256,
  code: 256,
  grant_type: 128,
  refresh_token: 512,
  client_secret: 1024,
  client_assertion: 8192,
  client_assertion_type: 128,
  token: 8192,
  access_token: 8192,
  id_token_hint: 8192,
  state: 4096,
  username: 320,
  password: 4096,
  // An answer of WebAuthn: an RSA key in it, and a credential id of 1 KiB three times over.
  passkey: 16_384,
  current_password: 4096,
}
/** RFC 8707 §2 is the one exception from RFC 6749 §3.1: no parameter more than once. */
const REPEATABLE = ['resource'] as const
export type Repeatable = (typeof REPEATABLE)[number]

const DEFAULT_LIMIT = 2048
const MOST_PARAMETERS = 100

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL_CHARACTER = /[\x00-\x1f\x7f]/

const mayRepeat = (name: string): boolean => REPEATABLE.some((one) => one === name)

/** What people type or paste may hold anything but a NUL, which not every database and library can keep. */
const mayHoldControlCharacters = (name: string): boolean =>
  name === 'password' || name === 'current_password' || name === 'username'

export function readParameters(encoded: string): Parameters {
  const values = new Map<string, string>()
  const faults = new Map<string, string>()
  /** The second value and those after it. */
  const more: [name: string, value: string][] = []
  const pairs = encoded === '' ? [] : encoded.split('&')
  if (pairs.length > MOST_PARAMETERS) faults.set('', `there are more than ${MOST_PARAMETERS} parameters`)
  for (const pair of pairs.slice(0, MOST_PARAMETERS)) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decode(equals < 0 ? pair : pair.slice(0, equals))
    const value = decode(equals < 0 ? '' : pair.slice(equals + 1))
    if (name === undefined || CONTROL_CHARACTER.test(name)) faults.set('', 'a parameter name is malformed')
    else if (faults.has(name) || (values.has(name) && !mayRepeat(name))) faults.set(name, `${onWire(name)} is repeated`)
    else if (value === undefined) faults.set(name, `${onWire(name)} is not percent-encoded UTF-8`)
    else {
      const fault = valueFault(name, value)
      if (fault) faults.set(name, fault)
      else if (values.has(name)) more.push([name, value])
      else values.set(name, value)
    }
  }
  // Of a repeated one the first value is still here.
  const find = (name: string) => (faults.has(name) ? undefined : values.get(name) || undefined)
  const get = (name: string) => {
    const fault = faults.get(name)
    if (fault) throw new OAuthError('invalid_request', fault, 'parameter')
    return find(name)
  }
  return {
    find,
    get,
    isFaulty: (name) => faults.has(name),
    all(name) {
      const first = get(name)
      const others = more.filter(([of, value]) => of === name && value !== '').map(([, value]) => value)
      return first === undefined ? others : [first, ...others]
    },
    refuseFaults() {
      for (const fault of faults.values()) throw new OAuthError('invalid_request', fault, 'parameter')
    },
  }
}

/** The pairs that readParameters reads. URLSearchParams alone drops a question mark that the first name begins with. */
export const pairsOf = (encoded: string): URLSearchParams => new URLSearchParams(`&${encoded}`)

/** The parameter, or `invalid_request` when it is absent. */
export function requireParameter(parameters: Parameters, name: string): string {
  const value = parameters.get(name)
  if (value === undefined) {
    throw new OAuthError('invalid_request', `${name} is missing`, { check: 'parameter_missing', expected: name })
  }
  return value
}

function valueFault(name: string, value: string): string | undefined {
  const limit = Object.hasOwn(LIMITS, name) ? LIMITS[name] : undefined
  if (value.length > (limit ?? DEFAULT_LIMIT)) return `${onWire(name)} is too long`
  if (value.includes('\0') || (CONTROL_CHARACTER.test(value) && !mayHoldControlCharacters(name))) {
    return `${onWire(name)} has a control character in it`
  }
  return undefined
}

/** A name may be anything at all, and what is said of it is shown to people: only what looks like a name is repeated. */
const onWire = (name: string): string => (/^[a-z_]{1,40}$/.test(name) ? name : 'a parameter')

/** Percent-decoding that refuses what URLSearchParams would silently replace. Most names and values have nothing to decode. */
function decode(text: string): string | undefined {
  if (!/[%+]/.test(text)) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}
