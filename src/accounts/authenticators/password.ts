/**
 * Passwords: hashed with argon2id (RFC 9106) and verified, behind a bounded queue. The only file that knows argon2. A hash
 * that came from elsewhere is verified as it was made, and made again at that moment (sign-in.ts).
 */
import { timingSafeEqual } from 'node:crypto'
import { hash as argon2 } from 'argon2'
import type { Clock } from '../../base/clock.ts'
import type { Random } from '../../base/random.ts'
import type { PasswordHashingConfig } from '../../config/config.ts'
import { type HashingQueue, hashingQueue } from '../hashing-queue.ts'
import { normalizedPassword } from '../normalized-password.ts'
import { BCRYPT_BYTES, computeForeignHash } from './compute-hash.ts'
import { type Argon2Hash, costOf, formatPasswordHash, type PasswordHash, parsePasswordHash } from './password-hash.ts'

/** RFC 8176 §2 */
export const PASSWORD_AMR: readonly string[] = ['pwd']

const SALT_BYTES = 16
const HASH_BYTES = 32

/** One run of an algorithm: the password, and everything of `like` but its hash, whose length alone counts. */
export type ComputeHash = (password: string, like: PasswordHash) => Promise<Buffer>

export interface PasswordHasher {
  /** A PHC string. Rejects with HashingQueueFull, and with a RangeError for what passwordFault refuses as too long. */
  hash(password: string): Promise<string>
  /**
   * Whether it is the password. Costs one run of the hash's algorithm whatever the answer: no hash (no such account), one
   * that is malformed and a password that is too long are verified against a hash of nothing. A password that
   * normalisation changes costs two, for whomever: hashes from elsewhere were made of what was typed.
   * Rejects with HashingQueueFull.
   */
  verify(hash: string | undefined, password: string): Promise<boolean>
  /**
   * Whether a hash that the password was verified against is to be replaced: it is not argon2id, or a parameter is below
   * the configured one. Never of a bcrypt hash and a longer password than bcrypt looks at: what was typed after that may
   * be wrong, and would be the password from then on.
   */
  needsRehash(hash: string, password?: string): boolean
}

type Parameters = Pick<PasswordHashingConfig, 'memoryKib' | 'iterations' | 'parallelism'>

/** What a hash of ours costs, as password-hash.ts writes it. */
export const ownCost = ({ memoryKib, iterations, parallelism }: Parameters): string =>
  costOf({ kind: 'argon2id', version: 19, memoryKib, iterations, parallelism, salt: NOTHING, hash: NOTHING })

const NOTHING = Buffer.alloc(0)

/**
 * @param config the cost of a hash, and the bounds of the queue if none is given
 * @param deps `clock` measures how long a hash takes; `random` makes the salts; `queue` may be shared with others;
 *   `compute` is there for tests that count
 */
export function passwordHasher(
  config: PasswordHashingConfig,
  deps: { clock: Clock; random: Random; queue?: HashingQueue; compute?: ComputeHash },
): PasswordHasher {
  const queue = deps.queue ?? hashingQueue(() => config, deps.clock)
  const compute = deps.compute ?? computeHash
  const { memoryKib, iterations, parallelism } = config
  const fresh = (): Argon2Hash => ({
    kind: 'argon2id',
    version: 19,
    memoryKib,
    iterations,
    parallelism,
    salt: deps.random.bytes(SALT_BYTES),
    hash: Buffer.alloc(HASH_BYTES),
  })
  // Nobody's hash: its bytes are random, so that no password is known to give them. Costs what a new hash costs.
  const nobody: Argon2Hash = { ...fresh(), hash: deps.random.bytes(HASH_BYTES) }

  return {
    async hash(password) {
      const normalized = normalizedPassword(password)
      if (normalized === undefined) throw new RangeError('the password is too long to be hashed')
      const like = fresh()
      const hash = await queue.run(() => compute(normalized, like))
      return formatPasswordHash({ ...like, hash })
    },

    async verify(hash, password) {
      const stored = hash === undefined ? undefined : parsePasswordHash(hash)
      const like = stored ?? nobody
      const spellings = spellingsOf(password)
      const computed = await queue.run(async () => {
        const all: Buffer[] = []
        for (const spelling of spellings ?? ['']) all.push(await compute(spelling, like))
        return all
      })
      const isPossible = stored !== undefined && spellings !== undefined
      return isPossible && computed.some((one) => one.length === like.hash.length && timingSafeEqual(one, like.hash))
    },

    // Only what has grown is a reason: a hash that is stronger than the configured one stays as strong as it is.
    needsRehash(hash, password = '') {
      const stored = parsePasswordHash(hash)
      if (stored?.kind === 'bcrypt') return Buffer.byteLength(password) <= BCRYPT_BYTES
      return (
        stored?.kind !== 'argon2id' ||
        stored.version !== 19 ||
        stored.memoryKib < memoryKib ||
        stored.iterations < iterations ||
        stored.parallelism < parallelism ||
        stored.hash.length < HASH_BYTES
      )
    },
  }
}

/** As we hash it, and as it was typed where that differs. Undefined: too long to be anyone's password. */
function spellingsOf(password: string): readonly string[] | undefined {
  const normalized = normalizedPassword(password)
  if (normalized === undefined) return undefined
  return normalized === password ? [normalized] : [normalized, password]
}

const ARGON2_TYPES = { argon2d: 0, argon2i: 1, argon2id: 2 } as const

const computeHash: ComputeHash = (password, like) => {
  if (like.kind === 'bcrypt' || like.kind === 'scrypt' || like.kind === 'pbkdf2') {
    return computeForeignHash(password, like)
  }
  return argon2(password, {
    raw: true,
    type: ARGON2_TYPES[like.kind],
    version: like.version,
    memoryCost: like.memoryKib,
    timeCost: like.iterations,
    parallelism: like.parallelism,
    salt: like.salt,
    hashLength: like.hash.length,
  })
}
