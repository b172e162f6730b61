/** Record identifiers: UUID version 7, so that rows made together lie together in the index. They are names; nothing is safe because one is unknown. */
import type { Timestamp } from './clock.ts'
import type { Random } from './random.ts'

/** RFC 9562 §5.7: 48 bits of milliseconds, then 74 random bits. */
export function newIdentifier(now: Timestamp, random: Random): string {
  const bytes = Buffer.alloc(16)
  bytes.writeUIntBE(now, 0, 6)
  random.bytes(10).copy(bytes, 6)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

const IDENTIFIER = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** Whether `text` has the shape of an identifier; asked before any look-up of something that came from outside. */
export const isIdentifier = (text: string): boolean => IDENTIFIER.test(text)

/** `id.secret` taken apart, as codes, links and cookies have it; undefined when it has another shape. The secret is any text. */
export function readHandle(text: string): { readonly id: string; readonly secret: string } | undefined {
  const [id = '', secret, ...rest] = text.split('.')
  return secret !== undefined && rest.length === 0 && isIdentifier(id) ? { id, secret } : undefined
}
