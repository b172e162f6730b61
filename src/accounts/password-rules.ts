/** Which passwords may be chosen (NIST SP 800-63B-4 §3.1.1). Only for where one is: it brings the list of common ones along. */
import { isCommonPassword } from './common-passwords.ts'
import { MAX_PASSWORD_BYTES, MIN_PASSWORD_LENGTH, normalizedPassword } from './normalized-password.ts'
import { codePoints, usernameKey } from './username.ts'

export { MAX_PASSWORD_BYTES, MIN_PASSWORD_LENGTH, normalizedPassword } from './normalized-password.ts'

/** What whoever guesses would try first, because it is about this account (§3.1.1.2: context-specific words). */
export interface PasswordContext {
  readonly email?: string | undefined
  /** `name` of the configuration. */
  readonly installation?: string | undefined
}

/**
 * What is wrong with a new password, for the person who chose it; undefined when nothing is. Never asks for kinds of
 * characters (SP 800-63B-4 §3.1.1.2), and never repeats the password.
 */
export function passwordFault(password: string, username: string, context: PasswordContext = {}): string | undefined {
  const normalized = normalizedPassword(password)
  if (normalized === undefined) return `is longer than ${MAX_PASSWORD_BYTES} bytes`
  if (!password.isWellFormed()) return 'is not valid Unicode text'
  if (codePoints(normalized) < MIN_PASSWORD_LENGTH) {
    return `is shorter than ${MIN_PASSWORD_LENGTH} characters (15 or more are better)`
  }
  const folded = normalized.toLowerCase()
  if (isRepetition(folded)) return 'is the same few characters over and over'
  if (isRow(folded)) return 'is a row of characters, one after the other'
  if (resembles(folded, usernameKey(username))) return 'is too much like the user name'
  if (context.email !== undefined && resembles(folded, usernameKey(context.email))) {
    return 'is too much like the e-mail address'
  }
  if (context.installation !== undefined && resembles(folded, withoutBlanks(usernameKey(context.installation)))) {
    return 'is too much like the name of this login'
  }
  return isCommonPassword(folded) ? 'is among the most common passwords' : undefined
}

/** `aaaaaaaa`, `12121212`, `1231231234`: at most four characters, again and again, and perhaps one more sign at the end. */
function isRepetition(text: string): boolean {
  const characters = Array.from(text)
  return [1, 2, 3, 4].some((period) => {
    const same = characters.filter((one, at) => at < period || one === characters[at - period]).length
    return same >= characters.length - 1 && characters.length >= 2 * period
  })
}

/** `12345678`, `87654321`, `abcdefgh`; after 9 comes 0. */
function isRow(text: string): boolean {
  const codes = Array.from(text, (character) => character.codePointAt(0) ?? 0)
  return [1, -1].some((step) => codes.every((code, at) => at === 0 || isNext(codes[at - 1] ?? 0, code, step)))
}

function isNext(before: number, code: number, step: number): boolean {
  const isAround = before === NINE && code === ZERO && step === 1
  return code === before + step || isAround || (before === ZERO && code === NINE && step === -1)
}

const ZERO = 0x30
const NINE = 0x39

/** The name, or its part before the `@`: as it is, backwards, twice, or with digits and signs around it. */
function resembles(password: string, name: string): boolean {
  const text = withoutBlanks(password)
  const core = lettersOf(text)
  return [name, name.split('@')[0] ?? ''].some((one) => {
    if (one === '') return false
    const backwards = Array.from(one).reverse().join('')
    if ([one, backwards, one + one].includes(text)) return true
    const letters = lettersOf(one)
    return letters !== '' && core === letters
  })
}

const withoutBlanks = (text: string): string => text.replaceAll(/\s/g, '')

/** Without the digits and signs at both ends: `anna2024!` → `anna`. */
const lettersOf = (text: string): string => text.replace(/^[^\p{L}]+/u, '').replace(/[^\p{L}]+$/u, '')
