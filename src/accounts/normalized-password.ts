/** The one form in which passwords are hashed and verified, and how long they may be (NIST SP 800-63B-4 §3.1.1). */

/** SP 800-63B-4 §3.1.1.2 wants 15 where the password is all there is; OWASP ASVS 5.0 6.2.1 asks for 8 and advises 15. */
export const MIN_PASSWORD_LENGTH = 8
/**
 * UTF-8 octets: 256 characters of any script, and 1024 of ASCII. SP 800-63B-4 §3.1.1.2 and ASVS 6.2.9 want 64 at least to be
 * allowed; and it is low enough that hashing one costs what any other does.
 */
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
