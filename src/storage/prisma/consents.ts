/** Remembered consents in the database. */
import type { Consent, ConsentStore } from '../storage.ts'
import { columns, names, text, whole } from './columns.ts'
import type { Statements } from './statement.ts'

export const consentColumns = columns<Consent>({
  accountId: text('account_id'),
  clientId: text('client_id'),
  scopes: names('scopes'),
  claims: names('claims'),
  consentedAt: whole('consented_at'),
})

export function consentStore(statements: Statements): ConsentStore {
  const lookUp = statements.lookup({
    asked: ['account_id', 'client_id'],
    select: consentColumns.select('c'),
    joins: 'JOIN consents AS c ON c.account_id = asked.account_id AND c.client_id = asked.client_id',
  })
  const insert = statements.execute(`
    INSERT INTO consents (${consentColumns.names.join(', ')}) VALUES (${consentColumns.placeholders})
    ON CONFLICT (account_id, client_id) DO NOTHING`)
  const replace = statements.execute(`
    UPDATE consents SET scopes = ?, claims = ?, consented_at = ?
    WHERE account_id = ? AND client_id = ? AND scopes = ? AND claims = ?`)

  async function find(accountId: string, clientId: string): Promise<Consent | undefined> {
    const row = await lookUp(accountId, clientId)
    return row && consentColumns.read(row, 0)
  }

  return {
    find,
    async add(consent) {
      const { accountId, clientId, consentedAt } = consent
      // What stands there only grows, so each lost race is another's progress, and this ends.
      for (;;) {
        const before = await find(accountId, clientId)
        const scopes = [...new Set([...(before?.scopes ?? []), ...consent.scopes])]
        const claims = [...new Set([...(before?.claims ?? []), ...consent.claims])]
        const changed =
          before === undefined
            ? await insert(...consentColumns.values({ ...consent, scopes, claims }))
            : await replace(
                ...[scopes.join(' '), claims.join(' '), consentedAt],
                ...[accountId, clientId, before.scopes.join(' '), before.claims.join(' ')],
              )
        if (changed === 1) return
      }
    },
  }
}
