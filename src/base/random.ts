/** The only place that makes randomness; everything else is handed a `Random`. */
import { randomBytes } from 'node:crypto'

export interface Random {
  /** `length` bytes from the operating system's generator (tests: a seeded one). */
  bytes(length: number): Buffer
}

export const systemRandom: Random = { bytes: (length) => randomBytes(length) }

/** A secret of 256 bits as 43 base64url characters: session cookies, codes, handles. */
export const randomSecret = (random: Random): string => random.bytes(32).toString('base64url')
