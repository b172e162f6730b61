/** User names and e-mail addresses as they are compared: one canonical key each, made before anything is judged or looked up. */

import type { Account } from '../storage/storage.ts'

export const MAX_USERNAME_LENGTH = 64
/** RFC 5321 §4.5.3.1.3: a path of 256 octets, less its angle brackets. */
export const MAX_EMAIL_LENGTH = 254
/** Compatibility forms can grow eighteenfold, so that a long text is refused before it is normalised. */
const MAX_RAW_LENGTH = 1024

/**
 * What no name may hold, after RFC 8265 §3.3: white space, and every character that is invisible or unassigned (controls,
 * zero-width and bidirectional marks, lone surrogates, fillers). Two names that look alike must not be two accounts.
 */
const FORBIDDEN = /[\s\p{Z}\p{C}\p{Default_Ignorable_Code_Point}]/u

/** NFKC once more after the case mapping: lower case letters may compose anew. */
const canonical = (text: string): string => text.normalize('NFKC').toLowerCase().normalize('NFKC').trim()

/** The form of a user name that is unique: NFKC, lower case, trimmed. Applying it twice changes nothing. */
export const usernameKey = (text: string): string => canonical(text)

/** The form of an e-mail address that it is looked up by; the part before the `@` is compared without case, too. */
export const emailKey = (text: string): string => canonical(text)

/** Whether an app, or who signs in, calls the account by this name. It is a hint and no proof: the address may be unverified. */
export function isNameOf(
  { usernameKey: name, emailKey: email, claims }: Pick<Account, 'usernameKey' | 'emailKey' | 'claims'>,
  typed: string,
): boolean {
  const key = usernameKey(typed)
  return key === name || key === email || (claims.email !== undefined && key === emailKey(claims.email))
}

/** How a user name is kept and shown: as it was written, in NFKC and trimmed. */
export const tidyUsername = (text: string): string => text.normalize('NFKC').trim()

/** Unicode code points, as people count characters. */
export const codePoints = (text: string): number => Array.from(text).length

/** Whether a key may name an account at all. Anything else never reaches the database, which may not even take it (U+0000). */
export const isPossibleKey = (key: string): boolean =>
  key !== '' && key.length <= 2 * MAX_EMAIL_LENGTH && !FORBIDDEN.test(key)

/**
 * What is wrong with a user name, for the person who chose it; undefined when nothing is. Judged after normalisation.
 * `@` is allowed: an e-mail address makes a good user name (conflictingAccount in new-account.ts keeps the two apart).
 */
export function usernameFault(text: string): string | undefined {
  if (text.length > MAX_RAW_LENGTH) return `is longer than ${MAX_USERNAME_LENGTH} characters`
  const key = usernameKey(text)
  if (key === '') return 'is empty'
  if (codePoints(key) > MAX_USERNAME_LENGTH) return `is longer than ${MAX_USERNAME_LENGTH} characters`
  if (/\s/u.test(key)) return 'has white space in it'
  if (FORBIDDEN.test(key)) return 'has a control character or an invisible character in it'
  return undefined
}

/** What is wrong with an e-mail address; undefined when nothing is. Only its shape: whether it works, mail alone can tell. */
export function emailFault(text: string): string | undefined {
  if (text.length > MAX_EMAIL_LENGTH) return `is longer than ${MAX_EMAIL_LENGTH} characters`
  const key = emailKey(text)
  if (FORBIDDEN.test(text) || FORBIDDEN.test(key)) return 'has white space or an invisible character in it'
  return /^[^@]{1,64}@[^@.]+(?:\.[^@.]+)*$/u.test(key) ? undefined : 'is not an e-mail address (name@domain)'
}
