/** The text form of a password hash: the PHC string of argon2id, `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. */

export interface PasswordHash {
  readonly memoryKib: number
  readonly iterations: number
  readonly parallelism: number
  readonly salt: Buffer
  readonly hash: Buffer
}

/** The parameters in any order: libraries differ, and each writes its own. */
const PHC =
  /^\$argon2id\$v=19\$([mtp]=\d{1,7},[mtp]=\d{1,7},[mtp]=\d{1,7})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/

/** What one verification may cost at most, whoever made the hash; the configuration allows no more. */
const LIMITS = { memoryKib: 4 * 1024 * 1024, iterations: 100, parallelism: 64 }

/** Undefined: not argon2id of version 19 (RFC 9106 §3.1), not in PHC form, or with parameters that are out of all bounds. */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  const match = PHC.exec(text)
  if (!match) return undefined
  const [, parameters = '', salt = '', hash = ''] = match
  const { m, t, p } = Object.fromEntries(parameters.split(',').map((pair) => pair.split('=')))
  const parsed = {
    memoryKib: Number(m),
    iterations: Number(t),
    parallelism: Number(p),
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  }
  return isWithinLimits(parsed) ? parsed : undefined
}

/** RFC 9106 §3.1: at least one lane and one pass, and 8 KiB of memory for each lane. */
const isWithinLimits = ({ memoryKib, iterations, parallelism }: PasswordHash): boolean =>
  parallelism >= 1 &&
  parallelism <= LIMITS.parallelism &&
  iterations >= 1 &&
  iterations <= LIMITS.iterations &&
  memoryKib >= 8 * parallelism &&
  memoryKib <= LIMITS.memoryKib

/** The PHC string; parsePasswordHash gives the same record back. */
export function formatPasswordHash({ memoryKib, iterations, parallelism, salt, hash }: PasswordHash): string {
  return `$argon2id$v=19$m=${memoryKib},t=${iterations},p=${parallelism}$${unpadded(salt)}$${unpadded(hash)}`
}

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '')
