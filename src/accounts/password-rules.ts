/** Which passwords may be chosen (NIST SP 800-63B-4 §3.1.1), and the one form in which they are hashed and verified. */
import { COMMON_PASSWORDS } from './common-passwords.ts'
import { codePoints, usernameKey } from './username.ts'

/** SP 800-63B-4 §3.1.1.2 wants 15 where the password is all there is; OWASP ASVS 5.0 6.2.1 asks for 8 and advises 15. */
export const MIN_PASSWORD_LENGTH = 8
/** UTF-8 octets. Far above the 64 characters that must be allowed, and low enough that hashing one costs what any other does. */
export const MAX_PASSWORD_BYTES = 1024

/**
 * SP 800-63B-4 §3.1.1.2: normalised before hashing, so that the same password typed on another keyboard is the same.
 * Undefined: too long to be anyone's password; judged before and after, because NFKC can make a text eighteen times longer.
 */
export function normalizedPassword(password: string): string | undefined {
  if (isTooLong(password)) return undefined
  const normalized = password.normalize('NFKC')
  return isTooLong(normalized) ? undefined : normalized
}

const isTooLong = (text: string): boolean => Buffer.byteLength(text) > MAX_PASSWORD_BYTES

/**
 * What is wrong with a new password, for the person who chose it; undefined when nothing is. Never asks for kinds of
 * characters (SP 800-63B-4 §3.1.1.2), and never repeats the password.
 */
export function passwordFault(password: string, username: string): string | undefined {
  const normalized = normalizedPassword(password)
  if (normalized === undefined) return `is longer than ${MAX_PASSWORD_BYTES} bytes`
  if (!password.isWellFormed()) return 'is not valid Unicode text'
  if (codePoints(normalized) < MIN_PASSWORD_LENGTH) {
    return `is shorter than ${MIN_PASSWORD_LENGTH} characters (15 or more are better)`
  }
  const folded = normalized.toLowerCase()
  if (new Set(folded).size === 1) return 'is one character over and over'
  if (COMMON_PASSWORDS.has(folded)) return 'is among the most common passwords'
  if (resemblesUsername(folded, usernameKey(username))) return 'is too much like the user name'
  return undefined
}

/** The user name, or its part before the `@`: as it is, backwards, twice, or with digits and signs around it. */
function resemblesUsername(password: string, username: string): boolean {
  const core = lettersOf(password)
  const names = [username, username.split('@')[0] ?? '']
  return names.some((name) => {
    if (name === '') return false
    const backwards = Array.from(name).reverse().join('')
    if ([name, backwards, name + name].includes(password)) return true
    const letters = lettersOf(name)
    return letters !== '' && core === letters
  })
}

/** Without the digits and signs at both ends: `anna2024!` → `anna`. */
const lettersOf = (text: string): string => text.replace(/^[^\p{L}]+/u, '').replace(/[^\p{L}]+$/u, '')
