/** Who took part in which session, in the database. */
import { type Sql, sqltag as sql } from '@prisma/client/runtime/client'
import type { Timestamp } from '../../base/clock.ts'
import type { SessionClient, SessionClientStore, SessionState } from '../storage.ts'
import { type Column, columns, text, whole } from './columns.ts'
import type { Database } from './database.ts'
import type { SessionEnds } from './session-ends.ts'
import type { Statements } from './statement.ts'

const flag = (name: string): Column<boolean> => ({
  name,
  type: 'bigint',
  read: (value) => Number(value) === 1,
  write: (field) => (field ? 1 : 0),
})

const sessionClientColumns = columns<SessionClient>({
  sessionId: text('session_id'),
  clientId: text('client_id'),
  accountId: text('account_id'),
  subject: text('subject'),
  hasBackChannel: flag('has_back_channel'),
  hasFrontChannel: flag('has_front_channel'),
  expiresAt: whole('expires_at'),
})

interface StateRow {
  readonly id: string
  readonly over: number | bigint
  readonly expires: number | bigint | null
}

export function sessionClientStore(
  database: Database,
  statements: Statements,
  ends: Pick<SessionEnds, 'tell' | 'tellClient'>,
): SessionClientStore {
  // Part of a sign-on, beside the grant: past Prisma, as that is (docs/decisions/0008).
  const remember = statements.execute(`
    INSERT INTO session_clients (${sessionClientColumns.names.join(', ')}) VALUES (${sessionClientColumns.placeholders})
    ON CONFLICT (session_id, client_id) DO NOTHING`)

  async function states(page: Sql, now: Timestamp): Promise<readonly SessionState[]> {
    const rows = await database.$queryRaw<StateRow[]>(sql`
      WITH page AS MATERIALIZED (${page})
      SELECT page.session_id AS id, s.expires_at AS expires, CASE
        WHEN s.ended_at IS NULL AND s.expires_at > ${now} AND a.id IS NOT NULL AND a.disabled_at IS NULL THEN 0
        ELSE 1 END AS over
      FROM page LEFT JOIN sessions AS s ON s.id = page.session_id LEFT JOIN accounts AS a ON a.id = s.account_id
      ORDER BY page.session_id`)
    return rows.map(({ id, over, expires }) => ({
      sessionId: id,
      isOver: Number(over) === 1,
      expiresAt: expires === null ? undefined : Number(expires),
    }))
  }

  return {
    async remember(client) {
      await remember(...sessionClientColumns.values(client))
    },
    async ofSession(sessionId) {
      const rows = await database.sessionClient.findMany({ where: { sessionId }, orderBy: { clientId: 'asc' } })
      return rows.map(sessionClientColumns.ofModel)
    },
    findExpired: (now, limit) =>
      states(sql`SELECT DISTINCT session_id FROM session_clients WHERE expires_at <= ${now} LIMIT ${limit}`, now),
    walk: ({ after, limit }, now) =>
      states(
        sql`SELECT DISTINCT session_id FROM session_clients WHERE session_id > ${after} ORDER BY session_id LIMIT ${limit}`,
        now,
      ),
    async postpone(sessionId, expiresAt) {
      await database.sessionClient.updateMany({ where: { sessionId }, data: { expiresAt: BigInt(expiresAt) } })
    },
    tell: ends.tell,
    tellClient: ends.tellClient,
  }
}
