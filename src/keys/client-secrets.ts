/** The secrets of registered clients, sealed for the database: they are the keys of HS256. */
import type { Random } from '../base/random.ts'
import { deriveKey, open, seal } from './sealing.ts'

/** @param sealingKey its 32 bytes */
export function clientSecrets(sealingKey: Uint8Array, random: Random) {
  const key = deriveKey(sealingKey, 'client-secrets')
  return {
    seal: (clientId: string, secret: string): string => seal(key, secret, { kid: clientId, random }),
    open: (clientId: string, sealed: string): string => open(key, sealed, { kid: clientId }),
  }
}
