/** Recovery codes in the database. */
import type { RecoveryCodeStore } from '../storage.ts'
import type { Database } from './database.ts'
import type { Statements } from './statement.ts'

export function recoveryCodeStore(database: Database, statements: Statements): RecoveryCodeStore {
  const { recoveryCode } = database
  const use = statements.execute(
    'UPDATE recovery_codes SET used_at = ? WHERE account_id = ? AND code_hash = ? AND used_at IS NULL',
  )
  return {
    async count(accountId) {
      const rows = await recoveryCode.findMany({ where: { accountId }, select: { usedAt: true } })
      return { made: rows.length, left: rows.filter(({ usedAt }) => usedAt === null).length }
    },
    async replace(accountId, codeHashes, now) {
      const data = codeHashes.map((codeHash) => ({ accountId, codeHash, createdAt: BigInt(now) }))
      await database.$transaction([
        recoveryCode.deleteMany({ where: { accountId } }),
        recoveryCode.createMany({ data }),
      ])
    },
    use: async (accountId, codeHash, now) => (await use(now, accountId, codeHash)) === 1,
  }
}
