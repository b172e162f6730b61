/** Some accounts have no password: their owner signs in with a passkey, or by another provider. */
import type { Account } from '../storage/storage.ts'

/** An empty hash is none as well: nothing hashes to it. */
export const hasPassword = ({ passwordHash }: Pick<Account, 'passwordHash'>): boolean =>
  passwordHash !== undefined && passwordHash !== ''
