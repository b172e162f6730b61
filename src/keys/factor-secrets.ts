/** What second factors are made of: useless to whoever has the database and not the sealing key. */
import { createHmac, createSecretKey } from 'node:crypto'
import type { Random } from '../base/random.ts'
import { deriveKey, open, seal } from './sealing.ts'

/** @param sealingKey its 32 bytes */
export function factorSecrets(sealingKey: Uint8Array, random: Random) {
  const totpKey = deriveKey(sealingKey, 'totp')
  const recoveryKey = createSecretKey(deriveKey(sealingKey, 'recovery-codes'))
  const challengeKey = createSecretKey(deriveKey(sealingKey, 'passkey-challenges'))
  const handleKey = createSecretKey(deriveKey(sealingKey, 'passkey-user-handles'))
  return {
    sealTotp: (accountId: string, secret: Uint8Array): string =>
      seal(totpKey, Buffer.from(secret).toString('base64url'), { kid: accountId, random }),
    openTotp: (accountId: string, sealed: string): Buffer =>
      Buffer.from(open(totpKey, sealed, { kid: accountId }), 'base64url'),
    recoveryHash: (accountId: string, code: string): string =>
      createHmac('sha256', recoveryKey).update(`${accountId}\0${code}`).digest('base64url'),
    sealChallenge: (place: string, rest: string): string =>
      createHmac('sha256', challengeKey).update(`${rest}\0${place}`).digest('base64url'),
    userHandle: (accountId: string): string => createHmac('sha256', handleKey).update(accountId).digest('base64url'),
  }
}
