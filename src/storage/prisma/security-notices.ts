/** Notices of thefts in the database, each in one transaction with what it tells of. */
import { sqltag as sql } from '@prisma/client/runtime/client'
import { HOUR } from '../../base/duration.ts'
import type { SecurityNotice, SecurityNoticeStore } from '../storage.ts'
import { columns, oneOf, optional, text, whole } from './columns.ts'
import type { Database } from './database.ts'

const noticeColumns = columns<SecurityNotice>({
  id: text('id'),
  accountId: text('account_id'),
  clientId: text('client_id'),
  kind: oneOf('kind'),
  createdAt: whole('created_at'),
  dismissedAt: optional(whole('dismissed_at')),
})

/** Whoever has a code twice can make thefts at will, and each would be a message. */
const TOLD_AGAIN_AFTER = HOUR

export function securityNoticeStore(database: Database): SecurityNoticeStore {
  const { securityNotice } = database
  return {
    async revokeStolen(grantId, { because, now, isSent }) {
      const deliveryId = `security_notice/${grantId}`
      const payload = JSON.stringify({ notice: grantId })
      const statements = [
        // One theft at a time for each account: its row is locked, so that the next one sees this one's notice.
        sql`UPDATE accounts SET updated_at = updated_at WHERE id = (SELECT account_id FROM grants WHERE id = ${grantId})`,
        sql`UPDATE grants SET revoked_at = ${now}, revoked_because = ${because}
          WHERE id = ${grantId} AND revoked_at IS NULL`,
        // One that was revoked before, for another reason, is no news.
        sql`INSERT INTO security_notices (id, account_id, client_id, kind, created_at)
          SELECT g.id, g.account_id, g.client_id, g.revoked_because, g.revoked_at FROM grants AS g
          WHERE g.id = ${grantId} AND g.revoked_because = ${because} AND g.revoked_at = ${now}
            AND NOT EXISTS (SELECT 1 FROM security_notices AS n WHERE n.account_id = g.account_id
              AND n.client_id = g.client_id AND n.created_at > ${now - TOLD_AGAIN_AFTER})
          ON CONFLICT (id) DO NOTHING`,
        ...(isSent
          ? [
              sql`INSERT INTO deliveries (id, kind, account_id, payload, created_at, next_attempt_at, attempts)
                SELECT CAST(${deliveryId} AS text), 'security_notice', n.account_id, CAST(${payload} AS text),
                  n.created_at, n.created_at, 0
                FROM security_notices AS n WHERE n.id = ${grantId}
                ON CONFLICT (id) DO NOTHING`,
            ]
          : []),
      ]
      const [, revoked] = await database.$transaction(statements.map((statement) => database.$executeRaw(statement)))
      return revoked === 1
    },
    async find(id) {
      const row = await securityNotice.findUnique({ where: { id } })
      return row ? noticeColumns.ofModel(row) : undefined
    },
    async ofAccount(accountId, limit) {
      const rows = await securityNotice.findMany({
        where: { accountId, dismissedAt: null },
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        take: limit,
      })
      return rows.map(noticeColumns.ofModel)
    },
    async dismiss(id, accountId, now) {
      const where = { id, accountId, dismissedAt: null }
      const { count } = await securityNotice.updateMany({ where, data: { dismissedAt: BigInt(now) } })
      return count === 1
    },
  }
}
