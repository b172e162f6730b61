/** Passkeys in the database. */
import type { Passkey, PasskeyStore } from '../storage.ts'
import { columns, flag, names, optional, text, whole } from './columns.ts'
import type { Database } from './database.ts'
import type { Statements } from './statement.ts'

const passkeyColumns = columns<Passkey>({
  id: text('id'),
  accountId: text('account_id'),
  userHandle: text('user_handle'),
  publicKey: text('public_key'),
  signCount: whole('sign_count'),
  transports: names('transports'),
  isBackupEligible: flag('is_backup_eligible'),
  isBackedUp: flag('is_backed_up'),
  aaguid: text('aaguid'),
  name: text('name'),
  createdAt: whole('created_at'),
  lastUsedAt: optional(whole('last_used_at')),
})

export function passkeyStore(database: Database, statements: Statements): PasskeyStore {
  const { passkey } = database
  const add = statements.execute(
    `INSERT INTO passkeys (${passkeyColumns.names.join(', ')}) VALUES (${passkeyColumns.placeholders}) ON CONFLICT (id) DO NOTHING`,
  )
  const use = statements.execute(
    `UPDATE passkeys SET sign_count = ?, is_backed_up = ?, last_used_at = ?
     WHERE id = ? AND (sign_count < ? OR (sign_count = 0 AND ? = 0))`,
  )
  const rename = statements.execute('UPDATE passkeys SET name = ? WHERE id = ? AND account_id = ?')
  return {
    async find(id) {
      const row = await passkey.findUnique({ where: { id } })
      return row ? passkeyColumns.ofModel(row) : undefined
    },
    async ofAccount(accountId) {
      const rows = await passkey.findMany({ where: { accountId }, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] })
      return rows.map(passkeyColumns.ofModel)
    },
    add: async (one) => (await add(...passkeyColumns.values(one))) === 1,
    use: async ({ id, signCount, isBackedUp, now }) =>
      (await use(signCount, isBackedUp ? 1 : 0, now, id, signCount, signCount)) === 1,
    rename: async ({ id, accountId, name }) => (await rename(name, id, accountId)) === 1,
    async remove({ id, accountId }, { keepsOne }) {
      if (!keepsOne) return (await passkey.deleteMany({ where: { id, accountId } })).count === 1
      // The account's row is written first, so that of two at once the second one sees what the first has left.
      const [, removed] = await database.$transaction([
        database.$executeRaw`UPDATE accounts SET updated_at = updated_at WHERE id = ${accountId}`,
        database.$executeRaw`
          DELETE FROM passkeys WHERE id = ${id} AND account_id = ${accountId}
            AND EXISTS (SELECT 1 FROM passkeys AS other WHERE other.account_id = ${accountId} AND other.id <> ${id})`,
      ])
      return removed === 1
    },
  }
}
