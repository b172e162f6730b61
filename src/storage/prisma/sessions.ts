/** Sessions in the database. */
import type { Session, SessionStore } from '../storage.ts'
import { accountOf, accountSelection } from './accounts.ts'
import type { Database } from './database.ts'
import type { Session as SessionRow } from './generated/sqlite/client.ts'
import { joinNames, optionalTimestamp, type RawRow, selection, splitNames, timestamp } from './rows.ts'

const sessionSelection = selection<SessionRow>('s', {
  id: 'id',
  secretHash: 'secret_hash',
  accountId: 'account_id',
  authenticatedAt: 'authenticated_at',
  amr: 'amr',
  createdAt: 'created_at',
  lastSeenAt: 'last_seen_at',
  expiresAt: 'expires_at',
  endedAt: 'ended_at',
})

function sessionOf(row: SessionRow): Session {
  return {
    id: row.id,
    secretHash: row.secretHash,
    accountId: row.accountId,
    authenticatedAt: timestamp(row.authenticatedAt),
    amr: splitNames(row.amr),
    createdAt: timestamp(row.createdAt),
    lastSeenAt: timestamp(row.lastSeenAt),
    expiresAt: timestamp(row.expiresAt),
    endedAt: optionalTimestamp(row.endedAt),
  }
}

export function sessionStore(database: Database): SessionStore {
  return {
    insert: (session) => insert(database, session),
    async find(id) {
      const [row] = await database.$queryRaw<RawRow[]>`
        SELECT ${sessionSelection.sql}, ${accountSelection.sql}
        FROM sessions AS s JOIN accounts AS a ON a.id = s.account_id
        WHERE s.id = ${id}`
      const session = row && sessionSelection.read(row)
      const account = row && accountSelection.read(row)
      return session && account ? { session: sessionOf(session), account: accountOf(account) } : undefined
    },
    async renew(id, renewed) {
      const updated = await database.$executeRaw`
        UPDATE sessions
        SET secret_hash = ${renewed.secretHash}, authenticated_at = ${renewed.authenticatedAt},
          amr = ${joinNames(renewed.amr)}, last_seen_at = ${renewed.lastSeenAt}, expires_at = ${renewed.expiresAt}
        WHERE id = ${id} AND ended_at IS NULL`
      return updated === 1
    },
    async touch(id, lastSeenAt) {
      // Requests of one browser finish in any order: the time never goes back.
      await database.$executeRaw`
        UPDATE sessions SET last_seen_at = ${lastSeenAt}
        WHERE id = ${id} AND ended_at IS NULL AND last_seen_at < ${lastSeenAt}`
    },
    async end(id, now) {
      const ended = await database.$executeRaw`
        UPDATE sessions SET ended_at = ${now} WHERE id = ${id} AND ended_at IS NULL`
      return ended === 1
    },
    endByAccount: (accountId, now) => database.$executeRaw`
      UPDATE sessions SET ended_at = ${now} WHERE account_id = ${accountId} AND ended_at IS NULL`,
  }
}

async function insert(database: Database, session: Session): Promise<void> {
  await database.$executeRaw`
    INSERT INTO sessions (id, secret_hash, account_id, authenticated_at, amr, created_at, last_seen_at, expires_at, ended_at)
    VALUES (${session.id}, ${session.secretHash}, ${session.accountId}, ${session.authenticatedAt},
      ${joinNames(session.amr)}, ${session.createdAt}, ${session.lastSeenAt}, ${session.expiresAt},
      ${session.endedAt ?? null})`
}
