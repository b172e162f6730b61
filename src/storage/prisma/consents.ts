/** Remembered consents in the database. */
import type { ConsentStore } from '../storage.ts'
import type { Database } from './database.ts'
import type { Consent as ConsentRow } from './generated/sqlite/client.ts'
import { joinNames, splitNames, timestamp } from './rows.ts'

export function consentStore(database: Database): ConsentStore {
  return {
    async find(accountId, clientId) {
      const [row] = await database.$queryRaw<Pick<ConsentRow, 'scopes' | 'consentedAt'>[]>`
        SELECT scopes, consented_at AS "consentedAt"
        FROM consents WHERE account_id = ${accountId} AND client_id = ${clientId}`
      if (row === undefined) return undefined
      return { accountId, clientId, scopes: splitNames(row.scopes), consentedAt: timestamp(row.consentedAt) }
    },
    async save(consent) {
      await database.$executeRaw`
        INSERT INTO consents (account_id, client_id, scopes, consented_at)
        VALUES (${consent.accountId}, ${consent.clientId}, ${joinNames(consent.scopes)}, ${consent.consentedAt})
        ON CONFLICT (account_id, client_id)
        DO UPDATE SET scopes = excluded.scopes, consented_at = excluded.consented_at`
    },
  }
}
