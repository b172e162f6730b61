/** Remembered consents in the database. */
import type { Consent, ConsentStore } from '../storage.ts'
import { columns, names, optional, text, whole } from './columns.ts'
import type { Database } from './database.ts'
import type { Statements } from './statement.ts'

export const consentColumns = columns<Consent>({
  accountId: text('account_id'),
  clientId: text('client_id'),
  scopes: names('scopes'),
  claims: names('claims'),
  resources: optional(names('resources')),
  shownHash: optional(text('shown_hash')),
  consentedAt: whole('consented_at'),
})

export function consentStore(
  statements: Statements,
  { consent: consentRows }: Pick<Database, 'consent'>,
): ConsentStore {
  const lookUp = statements.lookup({
    asked: ['account_id', 'client_id'],
    select: consentColumns.select('c'),
    joins: 'JOIN consents AS c ON c.account_id = asked.account_id AND c.client_id = asked.client_id',
  })
  const insert = statements.execute(`
    INSERT INTO consents (${consentColumns.names.join(', ')}) VALUES (${consentColumns.placeholders})
    ON CONFLICT (account_id, client_id) DO NOTHING`)
  const replace = statements.execute(`
    UPDATE consents SET scopes = ?, claims = ?, resources = ?, shown_hash = ?, consented_at = ?
    WHERE account_id = ? AND client_id = ? AND scopes = ? AND claims = ? AND COALESCE(resources, '') = ?
      AND COALESCE(shown_hash, '') = ?`)

  async function find(accountId: string, clientId: string): Promise<Consent | undefined> {
    const row = await lookUp(accountId, clientId)
    return row && consentColumns.read(row, 0)
  }

  return {
    find,
    async add(consent) {
      const { accountId, clientId } = consent
      // Each lost race is another's progress, so this ends.
      for (;;) {
        const before = await find(accountId, clientId)
        const after = union(before, consent)
        const changed =
          before === undefined
            ? await insert(...consentColumns.values(after))
            : await replace(...allowedIn(after), after.consentedAt, accountId, clientId, ...comparable(before))
        if (changed === 1) return
      }
    },
    async ofAccount(accountId, { after, limit }) {
      const where = { accountId, ...(after !== undefined && { clientId: { gt: after } }) }
      const rows = await consentRows.findMany({ where, orderBy: { clientId: 'asc' }, take: limit })
      return rows.map(consentColumns.ofModel)
    },
    async remove(accountId, clientId) {
      const { count } = await consentRows.deleteMany({ where: { accountId, clientId } })
      return count === 1
    },
  }
}

/** What was allowed when the client showed itself otherwise was allowed to another. */
function union(before: Consent | undefined, consent: Consent): Consent {
  if (before === undefined || before.shownHash !== consent.shownHash) return consent
  const both = (one: readonly string[], other: readonly string[]) => [...new Set([...one, ...other])]
  const resources = before.resources && both(before.resources, consent.resources ?? [])
  return {
    ...consent,
    scopes: both(before.scopes, consent.scopes),
    claims: both(before.claims, consent.claims),
    resources: resources ?? consent.resources,
  }
}

const allowedIn = ({ scopes, claims, resources, shownHash }: Consent) => [
  ...[scopes.join(' '), claims.join(' ')],
  ...[resources?.join(' ') ?? null, shownHash ?? null],
]

/** NULL equals nothing. */
const comparable = (consent: Consent) => allowedIn(consent).map((value) => value ?? '')
