/** Remembered consents in the database. */
import type { Consent, ConsentStore } from '../storage.ts'
import { columns, names, text, whole } from './columns.ts'
import type { Statements } from './statement.ts'

export const consentColumns = columns<Consent>({
  accountId: text('account_id'),
  clientId: text('client_id'),
  scopes: names('scopes'),
  consentedAt: whole('consented_at'),
})

export function consentStore(statements: Statements): ConsentStore {
  const find = statements.lookup({
    asked: ['account_id', 'client_id'],
    select: consentColumns.select('c'),
    joins: 'JOIN consents AS c ON c.account_id = asked.account_id AND c.client_id = asked.client_id',
  })
  const save = statements.change(`
    INSERT INTO consents (${consentColumns.names}) VALUES (${consentColumns.placeholders})
    ON CONFLICT (account_id, client_id) DO UPDATE SET scopes = excluded.scopes, consented_at = excluded.consented_at`)
  return {
    async find(accountId, clientId) {
      const row = await find(accountId, clientId)
      return row && consentColumns.read(row, 0)
    },
    async save(consent) {
      await save(...consentColumns.values(consent))
    },
  }
}
