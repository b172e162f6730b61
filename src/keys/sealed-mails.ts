/** What is in a mail that waits to be sent, sealed for the database: who can read it can sign in by it. */
import type { Random } from '../base/random.ts'
import { deriveKey, open, SealingError, seal } from './sealing.ts'

/** @param sealingKey its 32 bytes */
export function sealedMails(sealingKey: Uint8Array, random: Random) {
  const key = deriveKey(sealingKey, 'mails')
  return {
    seal: (deliveryId: string, text: string): string => seal(key, text, { kid: deliveryId, random }),
    /** Undefined: it was sealed with another key, or it was changed since. */
    open(deliveryId: string, sealed: string): string | undefined {
      try {
        return open(key, sealed, { kid: deliveryId })
      } catch (error) {
        if (error instanceof SealingError) return undefined
        throw error
      }
    },
  }
}
