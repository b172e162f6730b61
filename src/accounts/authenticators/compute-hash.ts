/** One run of each algorithm that a hash may have come with; argon2 is in password.ts. */
import { pbkdf2, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import type { Argon2Hash, BcryptHash, PasswordHash, Pbkdf2Hash, ScryptHash } from './password-hash.ts'

export type ForeignHash = Exclude<PasswordHash, Argon2Hash>

/** bcrypt looks at so many bytes of a password, and at no more. */
export const BCRYPT_BYTES = 72

/** The hash of the password, made as `like` was. Off the main thread, all of them. */
export function computeForeignHash(password: string, like: ForeignHash): Promise<Buffer> {
  switch (like.kind) {
    case 'bcrypt':
      return computeBcrypt(password, like)
    case 'scrypt':
      return computeScrypt(password, like)
    case 'pbkdf2':
      return computePbkdf2(password, like)
  }
}

const pbkdf2Async = promisify(pbkdf2)

const computePbkdf2 = (password: string, { salt, iterations, hash, digest }: Pbkdf2Hash): Promise<Buffer> =>
  pbkdf2Async(password, salt, iterations, hash.length, digest)

function computeScrypt(password: string, { logN, blockSize, parallelism, salt, hash }: ScryptHash): Promise<Buffer> {
  const N = 2 ** logN
  // What it needs, and the room that OpenSSL asks for beside it.
  const maxmem = 128 * blockSize * (N + parallelism + 2) + 1024 * 1024
  return new Promise((resolve, reject) => {
    scrypt(password, salt, hash.length, { N, r: blockSize, p: parallelism, maxmem }, (error, computed) => {
      if (error) reject(error)
      else resolve(computed)
    })
  })
}

/** Loaded with the first hash that needs it: most installations never meet one. */
async function computeBcrypt(password: string, { cost, salt }: BcryptHash): Promise<Buffer> {
  const { default: bcrypt } = await import('bcrypt')
  // Cut by ourselves: what libraries do with more has differed. A password with U+0000, where C ends a text, is nobody's.
  const bytes = Buffer.from(password).subarray(0, BCRYPT_BYTES)
  const text = await bcrypt.hash(bytes, `$2b$${String(cost).padStart(2, '0')}$${salt}`)
  return bytes.includes(0) ? Buffer.alloc(0) : Buffer.from(text.slice(-31), 'latin1')
}
