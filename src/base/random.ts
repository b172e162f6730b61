/** The only place that makes randomness; everything else is handed a `Random`. */
import { randomBytes, randomFillSync } from 'node:crypto'

export interface Random {
  /** `length` bytes from the operating system's generator (tests: a seeded one). */
  bytes(length: number): Buffer
}

/** Bytes made at one time: a request takes some seventy in four portions, and each call of the generator costs 2 µs. */
const POOL = 4096

/** Every byte is given out once, and is gone from here when it is. */
export const systemRandom: Random = pooled()

function pooled(): Random {
  const pool = Buffer.alloc(POOL)
  let used = POOL
  return {
    bytes(length) {
      if (length > POOL) return randomBytes(length)
      if (used + length > POOL) {
        randomFillSync(pool)
        used = 0
      }
      const bytes = Buffer.from(pool.subarray(used, used + length))
      pool.fill(0, used, used + length)
      used += length
      return bytes
    },
  }
}

/** A secret of 256 bits as 43 base64url characters: session cookies, codes, handles. */
export const randomSecret = (random: Random): string => random.bytes(32).toString('base64url')

/** Whether `text` has the shape of one. */
export const isSecretShaped = (text: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(text)
