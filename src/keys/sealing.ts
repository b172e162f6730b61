/** Encryption at rest: what the database keeps of a private key is useless without the sealing key. */
import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto'
import type { Random } from '../base/random.ts'

/** Every use of the sealing key has a key of its own, so that none can be turned against another. */
export type SealingPurpose =
  | 'signing-keys'
  | 'refresh-tokens'
  | 'client-secrets'
  | 'pairwise-subjects'
  | 'config-revisions'
  | 'throttling'
  | 'doctor'
  | 'audit'
  | 'hash-decoys'
  | 'totp'
  | 'recovery-codes'
  | 'passkey-challenges'
  | 'passkey-user-handles'
  | 'mails'
  | 'one-time-codes'

/** What a sealed text cannot be opened for: it was sealed with another key, or it is not what was sealed. */
export class SealingError extends Error {
  readonly reason: 'wrong_key' | 'damaged'
  constructor(reason: 'wrong_key' | 'damaged', message: string) {
    super(message)
    this.reason = reason
  }
}

const VERSION = 'v1'
const IV_BYTES = 12
const TAG_BYTES = 16

/**
 * The key for one purpose (HKDF-SHA-256, RFC 5869). `sealingKey` has 32 random bytes, and so has what comes out; the
 * same input always gives the same key.
 */
export function deriveKey(sealingKey: Uint8Array, purpose: SealingPurpose): Buffer {
  if (sealingKey.byteLength !== 32) throw new RangeError('A sealing key has exactly 32 bytes.')
  return Buffer.from(hkdfSync('sha256', sealingKey, '', `countersign/${purpose}`, 32))
}

/**
 * Encrypts with AES-256-GCM. `kid` is bound to it as additional data: a sealed key moved to another row does not open.
 * Gives `v1.<which key>.<iv, ciphertext and tag>`.
 */
export function seal(key: Buffer, plaintext: string, { kid, random }: { kid: string; random: Random }): string {
  const prefix = `${VERSION}.${fingerprint(key)}`
  const iv = random.bytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES }).setAAD(
    additionalData(prefix, kid),
  )
  const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()])
  return `${prefix}.${Buffer.concat([iv, ciphertext, cipher.getAuthTag()]).toString('base64url')}`
}

/** Gives back what was sealed; throws SealingError. */
export function open(key: Buffer, sealed: string, { kid }: { kid: string }): string {
  const [version, keyFingerprint, body, ...rest] = sealed.split('.')
  const bytes = Buffer.from(body ?? '', 'base64url')
  if (version !== VERSION || rest.length > 0 || bytes.length < IV_BYTES + TAG_BYTES) {
    throw new SealingError('damaged', `The sealed key ${kid} does not have the form that it was stored in.`)
  }
  if (keyFingerprint !== fingerprint(key)) {
    throw new SealingError('wrong_key', `The key ${kid} was sealed with another sealing key.`)
  }
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
    .setAAD(additionalData(`${version}.${keyFingerprint}`, kid))
    .setAuthTag(bytes.subarray(-TAG_BYTES))
  try {
    const plaintext = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES))
    return Buffer.concat([plaintext, decipher.final()]).toString('utf8')
  } catch {
    throw new SealingError('damaged', `The sealed key ${kid} was changed after it was stored.`)
  }
}

/** Tells a wrong key from a damaged row; 48 bits of a hash say nothing about a key of 256. */
const fingerprint = (key: Buffer): string =>
  createHash('sha256').update('countersign/fingerprint').update(key).digest('base64url').slice(0, 8)

const additionalData = (prefix: string, kid: string): Buffer => Buffer.from(`${prefix}.${kid}`)
