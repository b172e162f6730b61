/** Digests and comparisons of secrets. */
import { hash, timingSafeEqual } from 'node:crypto'

/** SHA-256 as base64url: what the database keeps of a high-entropy secret. */
export const sha256 = (text: string): string => hash('sha256', text, 'base64url')

/** Compares two strings in a time that depends on their length alone. */
export function constantTimeEqual(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}

/** Whether the SHA-256 of `secret` is one of `hashes`. Every one is compared: how long it takes tells nothing. */
export function isHashedIn(hashes: readonly string[], secret: string): boolean {
  // Hashing first makes the comparison independent of where the secrets differ.
  const hash = sha256(secret)
  return hashes.filter((one) => constantTimeEqual(one, hash)).length > 0
}
