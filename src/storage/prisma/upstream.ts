/** Upstream identities, and who is at a provider just now, in the database. */
import type { UpstreamIdentity, UpstreamIdentityStore, UpstreamRequest, UpstreamRequestStore } from '../storage.ts'
import { insertAccount, provenInsertion, whyNotProven } from './accounts.ts'
import { columns, optional, text, whole } from './columns.ts'
import type { Database } from './database.ts'
import type { Statements } from './statement.ts'

const identityColumns = columns<UpstreamIdentity>({
  id: text('id'),
  issuer: text('issuer'),
  subject: text('subject'),
  accountId: text('account_id'),
  label: text('label'),
  linkedAt: whole('linked_at'),
  lastUsedAt: whole('last_used_at'),
})

export function upstreamIdentityStore(database: Database, statements: Statements): UpstreamIdentityStore {
  const { upstreamIdentity } = database
  const link = statements.execute(
    `INSERT INTO upstream_identities (${identityColumns.names.join(', ')}) VALUES (${identityColumns.placeholders})
     ON CONFLICT (issuer, subject) DO NOTHING`,
  )
  return {
    async find(issuer, subject) {
      const row = await upstreamIdentity.findUnique({ where: { issuer_subject: { issuer, subject } } })
      return row ? identityColumns.ofModel(row) : undefined
    },
    async ofAccount(accountId) {
      const orderBy = [{ linkedAt: 'asc' as const }, { id: 'asc' as const }]
      const rows = await upstreamIdentity.findMany({ where: { accountId }, orderBy })
      return rows.map(identityColumns.ofModel)
    },
    link: async (identity) => (await link(...identityColumns.values(identity))) === 1,
    async signUp(account, identity) {
      const { id, issuer, subject, accountId, label, linkedAt, lastUsedAt } = identity
      const isProven = account.claims.email_verified === true
      const insertion = isProven ? provenInsertion(database, account) : [insertAccount(database, account)]
      const counts = await database.$transaction([
        ...insertion,
        database.$executeRaw`
          INSERT INTO upstream_identities (id, issuer, subject, account_id, label, linked_at, last_used_at)
          SELECT CAST(${id} AS TEXT), CAST(${issuer} AS TEXT), CAST(${subject} AS TEXT), a.id, CAST(${label} AS TEXT),
            CAST(${linkedAt} AS BIGINT), CAST(${lastUsedAt} AS BIGINT)
          FROM accounts AS a WHERE a.id = ${accountId}
          ON CONFLICT (issuer, subject) DO NOTHING`,
        // Another request was first: who it made is who signs in.
        database.$executeRaw`
          DELETE FROM accounts WHERE id = ${accountId}
            AND NOT EXISTS (SELECT 1 FROM upstream_identities WHERE account_id = ${accountId})`,
      ])
      const inserted = counts[isProven ? 1 : 0]
      if (inserted === 0) return isProven ? whyNotProven(database, account) : 'username_taken'
      return counts[insertion.length] === 0 ? 'identity_taken' : 'made'
    },
    async use(id, { label, now }) {
      await upstreamIdentity.updateMany({ where: { id }, data: { label, lastUsedAt: BigInt(now) } })
    },
    unlink: async (id, accountId) => (await upstreamIdentity.deleteMany({ where: { id, accountId } })).count === 1,
  }
}

const requestColumns = columns<UpstreamRequest>({
  id: text('id'),
  provider: text('provider'),
  issuer: text('issuer'),
  interactionId: optional(text('interaction_id')),
  sessionId: optional(text('session_id')),
  browserHash: text('browser_hash'),
  freshSince: optional(whole('fresh_since')),
  createdAt: whole('created_at'),
  expiresAt: whole('expires_at'),
  usedAt: optional(whole('used_at')),
})

export function upstreamRequestStore({ upstreamRequest }: Database, statements: Statements): UpstreamRequestStore {
  const use = statements.execute('UPDATE upstream_requests SET used_at = ? WHERE id = ? AND used_at IS NULL')
  return {
    insert: statements.insert('upstream_requests', requestColumns),
    async find(id) {
      const row = await upstreamRequest.findUnique({ where: { id } })
      return row ? requestColumns.ofModel(row) : undefined
    },
    use: async (id, now) => (await use(now, id)) === 1,
  }
}
