/** What people are shown of a passkey. */
import type { Passkey } from '../../storage/storage.ts'
import { type Message, message } from '../../words/message.ts'

/** Where it lives, as far as it tells. */
function kindOf({ isBackupEligible, transports }: Passkey): Message {
  if (isBackupEligible) return message('passkeys.synced')
  return message(transports.includes('internal') ? 'passkeys.on_device' : 'passkeys.security_key')
}

export const passkeyView = (passkey: Passkey) => ({
  name: passkey.name,
  kind: kindOf(passkey),
  createdAt: new Date(passkey.createdAt),
  lastUsedAt: passkey.lastUsedAt === undefined ? undefined : new Date(passkey.lastUsedAt),
})
