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

/** What can be wrong with a new password, as commands say it; pages have words of their own (`new_password.…`). */
export const PASSWORD_FLAWS = {
  too_long: `is longer than ${MAX_PASSWORD_BYTES} bytes`,
  not_text: 'is not valid Unicode text',
  too_short: `is shorter than ${MIN_PASSWORD_LENGTH} characters (15 or more are better)`,
  repetition: 'is the same few characters over and over',
  row: 'is a row of characters, one after the other',
  like_username: 'is too much like the user name',
  like_email: 'is too much like the e-mail address',
  like_installation: 'is too much like the name of this login',
  common: 'is among the most common passwords',
} as const

export type PasswordFlaw = keyof typeof PASSWORD_FLAWS

/**
 * What is wrong with a new password; undefined when nothing is. Never asks for kinds of characters (SP 800-63B-4 §3.1.1.2).
 */
export function passwordFlaw(
  password: string,
  username: string,
  context: PasswordContext = {},
): PasswordFlaw | undefined {
  const normalized = normalizedPassword(password)
  if (normalized === undefined) return 'too_long'
  if (!password.isWellFormed()) return 'not_text'
  if (codePoints(normalized) < MIN_PASSWORD_LENGTH) return 'too_short'
  const folded = normalized.toLowerCase()
  if (isRepetition(folded)) return 'repetition'
  if (isRow(folded)) return 'row'
  if (resembles(folded, usernameKey(username))) return 'like_username'
  const { email, installation } = context
  if (email !== undefined && resembles(folded, usernameKey(email))) return 'like_email'
  if (installation !== undefined && resembles(folded, withoutBlanks(usernameKey(installation)))) {
    return 'like_installation'
  }
  return isCommonPassword(folded) ? 'common' : undefined
}

/** The same in words, for the person who chose it; never repeats the password. */
export function passwordFault(password: string, username: string, context: PasswordContext = {}): string | undefined {
  const flaw = passwordFlaw(password, username, context)
  return flaw === undefined ? undefined : PASSWORD_FLAWS[flaw]
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
