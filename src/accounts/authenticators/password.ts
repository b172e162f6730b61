/** Passwords: hashed and verified with argon2id (RFC 9106), behind a bounded queue. The only file that knows argon2. */
import { timingSafeEqual } from 'node:crypto'
import { hash as argon2 } from 'argon2'
import type { Clock } from '../../base/clock.ts'
import type { Random } from '../../base/random.ts'
import type { PasswordHashingConfig } from '../../config/config.ts'
import { hashingQueue } from '../hashing-queue.ts'
import { normalizedPassword } from '../normalized-password.ts'
import { formatPasswordHash, type PasswordHash, parsePasswordHash } from './password-hash.ts'

/** RFC 8176 §2 */
export const PASSWORD_AMR: readonly string[] = ['pwd']

const SALT_BYTES = 16
const HASH_BYTES = 32

/** One run of argon2id: the password, and everything of `like` but its hash, whose length alone counts. */
export type ComputeHash = (password: string, like: PasswordHash) => Promise<Buffer>

export interface PasswordHasher {
  /** A PHC string. Rejects with HashingQueueFull, and with a RangeError for what passwordFault refuses as too long. */
  hash(password: string): Promise<string>
  /**
   * Whether it is the password. Costs one run of argon2id whatever the answer: no hash (no such account), one that is
   * malformed and a password that is too long are verified against a hash of nothing. Rejects with HashingQueueFull.
   */
  verify(hash: string | undefined, password: string): Promise<boolean>
  /** Whether any parameter that a hash was made with is below the configured one. */
  needsRehash(hash: string): boolean
}

/**
 * @param config the cost of a hash, and the bounds of the queue
 * @param deps `clock` measures how long a hash takes; `random` makes the salts; `compute` is there for tests that count
 */
export function passwordHasher(
  config: PasswordHashingConfig,
  deps: { clock: Clock; random: Random; compute?: ComputeHash },
): PasswordHasher {
  const queue = hashingQueue(config, deps.clock)
  const compute = deps.compute ?? computeArgon2id
  const { memoryKib, iterations, parallelism } = config
  const fresh = (): PasswordHash => ({
    memoryKib,
    iterations,
    parallelism,
    salt: deps.random.bytes(SALT_BYTES),
    hash: Buffer.alloc(HASH_BYTES),
  })
  // Nobody's hash: its bytes are random, so that no password is known to give them. Costs what a new hash costs.
  const nobody: PasswordHash = { ...fresh(), hash: deps.random.bytes(HASH_BYTES) }

  return {
    async hash(password) {
      const normalized = normalizedPassword(password)
      if (normalized === undefined) throw new RangeError('the password is too long to be hashed')
      const like = fresh()
      const hash = await queue.run(() => compute(normalized, like))
      return formatPasswordHash({ ...like, hash })
    },

    async verify(hash, password) {
      const normalized = normalizedPassword(password)
      const stored = hash === undefined ? undefined : parsePasswordHash(hash)
      const isPossible = normalized !== undefined && stored !== undefined
      const like = isPossible ? stored : nobody
      const computed = await queue.run(() => compute(normalized ?? '', like))
      return isPossible && computed.length === like.hash.length && timingSafeEqual(computed, like.hash)
    },

    // Only what has grown is a reason: a hash that is stronger than the configured one stays as strong as it is.
    needsRehash(hash) {
      const stored = parsePasswordHash(hash)
      return (
        stored === undefined ||
        stored.memoryKib < memoryKib ||
        stored.iterations < iterations ||
        stored.parallelism < parallelism ||
        stored.hash.length < HASH_BYTES
      )
    },
  }
}

const computeArgon2id: ComputeHash = (password, { memoryKib, iterations, parallelism, salt, hash }) =>
  argon2(password, {
    raw: true,
    type: 2, // argon2id
    version: 0x13,
    memoryCost: memoryKib,
    timeCost: iterations,
    parallelism,
    salt,
    hashLength: hash.length,
  })
