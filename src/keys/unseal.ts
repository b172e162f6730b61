/** Opens the private halves that the database keeps, and says which sealing key is the wrong one when it is. */
import type { StoredSigningKey } from '../storage/storage.ts'
import { open, SealingError } from './sealing.ts'
import { type SealingKey, SealingKeyError } from './sealing-key.ts'
import { SigningKeyError } from './signing-key.ts'
import type { OpenPrivateJwk } from './snapshot.ts'

/**
 * Gives the function that opens them with `key`, which was derived from `sealingKey`. It throws SealingKeyError when
 * they were sealed with another one, and SigningKeyError when a row was damaged.
 */
export function privateJwkOpener({ key, sealingKey }: { key: Buffer; sealingKey: SealingKey }): OpenPrivateJwk {
  return ({ kid, sealedPrivateJwk }: StoredSigningKey) => {
    try {
      return open(key, sealedPrivateJwk ?? '', { kid })
    } catch (error) {
      if (!(error instanceof SealingError)) throw error
      if (error.reason === 'damaged') {
        const advice = 'Restore the database from your backup, or take the key out: countersign keys revoke'
        throw new SigningKeyError(`${error.message} ${advice} ${kid}`, { cause: error })
      }
      throw new SealingKeyError(
        `The sealing key in ${sealingKey.source} is not the one that the signing keys in the database were sealed ` +
          'with. Restore the right one. Nothing was changed.',
        { cause: error },
      )
    }
  }
}
