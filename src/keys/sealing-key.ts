/** Where the sealing key comes from: a value of the configuration, or a file that the first start makes. */
import type { Random } from '../base/random.ts'
import type { KeysConfig } from '../config/config.ts'
import type { StoredSigningKey } from '../storage/storage.ts'
import { createSealingKeyFile, readSealingKeyFile, SealingKeyError } from './sealing-key-file.ts'

/** The 32 bytes that unlock the private keys, and where they came from, for messages. Never log `bytes`. */
export interface SealingKey {
  readonly bytes: Buffer
  /** `the file /etc/countersign/keys/sealing.key`, `the value of keys.sealing_key`. */
  readonly source: string
}

/** Whether the database holds anything that only the sealing key opens. */
export const hasSealedKeys = (keys: readonly StoredSigningKey[]): boolean =>
  keys.some((key) => key.sealedPrivateJwk !== undefined)

/**
 * Gives the sealing key. A missing file is made, but only while the database has no sealed keys: a new key would not
 * open them. Throws SealingKeyError with words for the operator.
 */
export async function loadSealingKey(
  from: KeysConfig['sealingKey'],
  { random, hasSealedKeys }: { random: Random; hasSealedKeys: boolean },
): Promise<SealingKey> {
  if (from.kind === 'value') {
    const source = 'the value of keys.sealing_key'
    return { bytes: parseSealingKey(from.value, source), source }
  }
  const source = `the file ${from.path}`
  const text = (await readSealingKeyFile(from.path)) ?? (await makeFile(from.path, { random, hasSealedKeys }))
  return { bytes: parseSealingKey(text, source), source }
}

async function makeFile(path: string, { random, hasSealedKeys }: { random: Random; hasSealedKeys: boolean }) {
  if (hasSealedKeys) {
    throw new SealingKeyError(
      `The sealing key file ${path} is missing, and the database has signing keys that only it opens. ` +
        'Restore this file from your backup (it belongs to this database), or name where it is in keys.sealing_key_file. ' +
        'A new one is not made, because it could not open them.',
    )
  }
  return createSealingKeyFile(path, random)
}

/** `text` is 32 bytes as base64url, base64 or hex, white space around it aside; throws SealingKeyError. */
export function parseSealingKey(text: string, source: string): Buffer {
  const trimmed = text.trim()
  const bytes = /^[0-9a-fA-F]{64}$/.test(trimmed) ? Buffer.from(trimmed, 'hex') : parseBase64(trimmed)
  if (bytes?.length === 32) return bytes
  throw new SealingKeyError(
    `The sealing key in ${source} is not 32 bytes as base64url, base64 or hex (found ${trimmed.length} characters). ` +
      'Restore the one that belongs to this database; for a new installation, countersign secret makes one',
  )
}

/** Only the one spelling that encodes to the same text again, so that a mistyped last character is noticed. */
function parseBase64(text: string): Buffer | undefined {
  const unpadded = text
    .replace(/={1,2}$/, '')
    .replaceAll('+', '-')
    .replaceAll('/', '_')
  const bytes = Buffer.from(unpadded, 'base64url')
  return bytes.toString('base64url') === unpadded ? bytes : undefined
}

export { SealingKeyError }
