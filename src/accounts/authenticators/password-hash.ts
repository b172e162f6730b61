/**
 * The text forms of a password hash: argon2 (RFC 9106), which we make, and those that came from elsewhere with their
 * accounts: bcrypt, scrypt (RFC 7914), PBKDF2 (RFC 8018). One form each; imported-hash.ts turns what others write into them.
 */

export type PasswordHash = Argon2Hash | BcryptHash | ScryptHash | Pbkdf2Hash

export interface Argon2Hash {
  readonly kind: 'argon2id' | 'argon2i' | 'argon2d'
  readonly version: 16 | 19
  readonly memoryKib: number
  readonly iterations: number
  readonly parallelism: number
  readonly salt: Buffer
  readonly hash: Buffer
}

export interface BcryptHash {
  readonly kind: 'bcrypt'
  /** Binary logarithm of the rounds. */
  readonly cost: number
  /** 22 characters of bcrypt's own alphabet; so is the hash, 31 of them. */
  readonly salt: Buffer
  readonly hash: Buffer
}

export interface ScryptHash {
  readonly kind: 'scrypt'
  /** Binary logarithm of N. */
  readonly logN: number
  readonly blockSize: number
  readonly parallelism: number
  readonly salt: Buffer
  readonly hash: Buffer
}

export interface Pbkdf2Hash {
  readonly kind: 'pbkdf2'
  readonly digest: 'sha1' | 'sha256' | 'sha512'
  readonly iterations: number
  readonly salt: Buffer
  readonly hash: Buffer
}

/** What one verification may cost at most, whoever made the hash; the configuration allows no more of argon2. */
const LIMITS = {
  memoryKib: 4 * 1024 * 1024,
  iterations: 100,
  parallelism: 64,
  bcryptCost: 15,
  scryptParallelism: 16,
  /** Of PBKDF2's HMAC, all blocks together: a second or two. */
  hmacs: 4_000_000,
}

const SALT = '([A-Za-z0-9+/]{11,86})'
const HASH = '([A-Za-z0-9+/]{22,86})'
/** The parameters in any order: libraries differ, and each writes its own. */
const ARGON2 = new RegExp(
  `^\\$(argon2id|argon2i|argon2d)\\$v=(16|19)\\$([mtp]=\\d{1,7},[mtp]=\\d{1,7},[mtp]=\\d{1,7})\\$${SALT}\\$${HASH}$`,
)
const BCRYPT = /^\$2[aby]\$(\d\d)\$([./A-Za-z0-9]{22})([./A-Za-z0-9]{31})$/
const SCRYPT = new RegExp(`^\\$scrypt\\$ln=(\\d{1,2}),r=(\\d{1,3}),p=(\\d{1,3})\\$${SALT}\\$${HASH}$`)
const PBKDF2 = new RegExp(`^\\$pbkdf2-(sha1|sha256|sha512)\\$i=(\\d{1,8}),l=\\d{1,2}\\$${SALT}\\$${HASH}$`)

/** Undefined: in none of the forms, or with parameters that are out of all bounds. */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  const parsed = parseArgon2(text) ?? parseBcrypt(text) ?? parseScrypt(text) ?? parsePbkdf2(text)
  return parsed && isWithinLimits(parsed) ? parsed : undefined
}

function parseArgon2(text: string): Argon2Hash | undefined {
  const match = ARGON2.exec(text)
  if (!match) return undefined
  const [, kind = '', version = '', parameters = '', salt = '', hash = ''] = match
  const { m, t, p } = Object.fromEntries(parameters.split(',').map((pair) => pair.split('=')))
  return {
    kind: kind as Argon2Hash['kind'],
    version: version === '16' ? 16 : 19,
    memoryKib: Number(m),
    iterations: Number(t),
    parallelism: Number(p),
    ...bytesOf(salt, hash),
  }
}

/** 2a, 2b and 2y differ in faults of old libraries alone; what they mean is the same. */
function parseBcrypt(text: string): BcryptHash | undefined {
  const match = BCRYPT.exec(text)
  if (!match) return undefined
  const [, cost = '', salt = '', hash = ''] = match
  return { kind: 'bcrypt', cost: Number(cost), salt: Buffer.from(salt, 'latin1'), hash: Buffer.from(hash, 'latin1') }
}

function parseScrypt(text: string): ScryptHash | undefined {
  const match = SCRYPT.exec(text)
  if (!match) return undefined
  const [, logN = '', blockSize = '', parallelism = '', salt = '', hash = ''] = match
  const numbers = { logN: Number(logN), blockSize: Number(blockSize), parallelism: Number(parallelism) }
  return { kind: 'scrypt', ...numbers, ...bytesOf(salt, hash) }
}

function parsePbkdf2(text: string): Pbkdf2Hash | undefined {
  const match = PBKDF2.exec(text)
  if (!match) return undefined
  const [, digest = '', iterations = '', salt = '', hash = ''] = match
  return {
    kind: 'pbkdf2',
    digest: digest as Pbkdf2Hash['digest'],
    iterations: Number(iterations),
    ...bytesOf(salt, hash),
  }
}

const bytesOf = (salt: string, hash: string) => ({
  salt: Buffer.from(salt, 'base64'),
  hash: Buffer.from(hash, 'base64'),
})

function isWithinLimits(hash: PasswordHash): boolean {
  switch (hash.kind) {
    case 'bcrypt':
      return hash.cost >= 4 && hash.cost <= LIMITS.bcryptCost
    case 'scrypt':
      return (
        hash.logN >= 1 &&
        hash.blockSize >= 1 &&
        hash.parallelism >= 1 &&
        hash.parallelism <= LIMITS.scryptParallelism &&
        memoryOf(hash) <= LIMITS.memoryKib
      )
    case 'pbkdf2':
      return hash.iterations >= 1 && hmacsOf(hash) <= LIMITS.hmacs
    // RFC 9106 §3.1: at least one lane and one pass, and 8 KiB of memory for each lane.
    default:
      return (
        hash.parallelism >= 1 &&
        hash.parallelism <= LIMITS.parallelism &&
        hash.iterations >= 1 &&
        hash.iterations <= LIMITS.iterations &&
        hash.memoryKib >= 8 * hash.parallelism &&
        hash.memoryKib <= LIMITS.memoryKib
      )
  }
}

/** Memory that one verification needs, in KiB. */
export function memoryOf(hash: PasswordHash): number {
  if (hash.kind === 'scrypt') return (128 * 2 ** hash.logN * hash.blockSize) / 1024
  return 'memoryKib' in hash ? hash.memoryKib : 0
}

const DIGEST_BYTES = { sha1: 20, sha256: 32, sha512: 64 }

/** RFC 8018 §5.2: each block of the result is made by all the iterations. */
const hmacsOf = ({ digest, iterations, hash }: Pbkdf2Hash): number =>
  iterations * Math.ceil(hash.length / DIGEST_BYTES[digest])

/** The text form; parsePasswordHash gives the same record back. */
export function formatPasswordHash(hash: PasswordHash): string {
  const tail = hash.kind === 'bcrypt' ? `${hash.salt}${hash.hash}` : `${unpadded(hash.salt)}$${unpadded(hash.hash)}`
  return `${costOf(hash)}$${tail}`
}

/** The form without salt and hash: hashes of equal cost take equal time. */
export function costOf(hash: PasswordHash): string {
  switch (hash.kind) {
    case 'bcrypt':
      return `$2b$${String(hash.cost).padStart(2, '0')}`
    case 'scrypt':
      return `$scrypt$ln=${hash.logN},r=${hash.blockSize},p=${hash.parallelism}`
    case 'pbkdf2':
      return `$pbkdf2-${hash.digest}$i=${hash.iterations},l=${hash.hash.length}`
    default:
      return `$${hash.kind}$v=${hash.version}$m=${hash.memoryKib},t=${hash.iterations},p=${hash.parallelism}`
  }
}

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '')

const BCRYPT_LETTERS = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/**
 * A hash of that cost that belongs to nobody, made of `bytes`, 80 random ones: verifying a password against it takes as
 * long as against any other of that cost. Undefined: that is no cost.
 */
export function hashOfCost(cost: string, bytes: Buffer): string | undefined {
  const letters = (from: number, count: number): string =>
    Array.from(bytes.subarray(from, from + count), (byte) => BCRYPT_LETTERS[byte % 64]).join('')
  const length = Number(/,l=(\d+)$/.exec(cost)?.[1] ?? 32)
  const text = cost.startsWith('$2b$')
    ? `${cost}$${letters(0, 22)}${letters(22, 31)}`
    : `${cost}$${unpadded(bytes.subarray(0, 16))}$${unpadded(bytes.subarray(16, 16 + length))}`
  return parsePasswordHash(text) && text
}
