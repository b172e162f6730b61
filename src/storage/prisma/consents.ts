/** Remembered consents in the database. */
import type { Consent, ConsentStore } from '../storage.ts'
import type { Database } from './database.ts'
import type { Consent as ConsentRow } from './generated/sqlite/client.ts'
import { joinNames, splitNames, timestamp } from './rows.ts'

export function consentStore(database: Database): ConsentStore {
  async function find(accountId: string, clientId: string): Promise<Consent | undefined> {
    const [row] = await database.$queryRaw<Pick<ConsentRow, 'scopes' | 'consentedAt'>[]>`
      SELECT scopes, consented_at AS "consentedAt"
      FROM consents WHERE account_id = ${accountId} AND client_id = ${clientId}`
    if (row === undefined) return undefined
    return { accountId, clientId, scopes: splitNames(row.scopes), consentedAt: timestamp(row.consentedAt) }
  }

  return {
    find,
    async add({ accountId, clientId, scopes, consentedAt }) {
      // What stands there only grows, so each lost race is another's progress, and this ends.
      for (;;) {
        const before = await find(accountId, clientId)
        const all = joinNames([...new Set([...(before?.scopes ?? []), ...scopes])])
        const changed =
          before === undefined
            ? await database.$executeRaw`
                INSERT INTO consents (account_id, client_id, scopes, consented_at)
                VALUES (${accountId}, ${clientId}, ${all}, ${consentedAt})
                ON CONFLICT (account_id, client_id) DO NOTHING`
            : await database.$executeRaw`
                UPDATE consents SET scopes = ${all}, consented_at = ${consentedAt}
                WHERE account_id = ${accountId} AND client_id = ${clientId} AND scopes = ${joinNames(before.scopes)}`
        if (changed === 1) return
      }
    },
  }
}
