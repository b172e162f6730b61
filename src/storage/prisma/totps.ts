/** Authenticator apps in the database. */
import type { Totp, TotpSetup, TotpStore } from '../storage.ts'
import { columns, text, whole } from './columns.ts'
import type { Database } from './database.ts'
import type { Statements } from './statement.ts'

const totpColumns = columns<Totp>({
  accountId: text('account_id'),
  sealedSecret: text('sealed_secret'),
  lastStep: whole('last_step'),
  createdAt: whole('created_at'),
  lastUsedAt: whole('last_used_at'),
})

const setupColumns = columns<TotpSetup>({
  id: text('id'),
  accountId: text('account_id'),
  sealedSecret: text('sealed_secret'),
  expiresAt: whole('expires_at'),
})

export function totpStore(database: Database, statements: Statements): TotpStore {
  const { totp, totpSetup } = database
  const add = statements.execute(
    `INSERT INTO totps (${totpColumns.names.join(', ')}) VALUES (${totpColumns.placeholders}) ON CONFLICT (account_id) DO NOTHING`,
  )
  const useStep = statements.execute(
    `UPDATE totps SET last_step = ?, last_used_at = ?
     WHERE account_id = ? AND sealed_secret = ? AND (last_step < ? OR last_step > ?)`,
  )
  return {
    async find(accountId) {
      const row = await totp.findUnique({ where: { accountId } })
      return row ? totpColumns.ofModel(row) : undefined
    },
    add: async (one) => (await add(...totpColumns.values(one))) === 1,
    useStep: async ({ accountId, sealedSecret, step, possible, now }) =>
      (await useStep(step, now, accountId, sealedSecret, step, possible)) === 1,
    async remove(accountId) {
      const where = { accountId }
      const [removed] = await database.$transaction([totp.deleteMany({ where }), totpSetup.deleteMany({ where })])
      return removed.count === 1
    },
    async findSetup(id) {
      const row = await totpSetup.findUnique({ where: { id } })
      return row ? setupColumns.ofModel(row) : undefined
    },
    async putSetup({ id, accountId, sealedSecret, expiresAt }) {
      const data = { accountId, sealedSecret, expiresAt: BigInt(expiresAt) }
      await totpSetup.upsert({ where: { id }, create: { id, ...data }, update: data })
    },
  }
}
