/** Sessions in the database. */
import type { Session, SessionStore } from '../storage.ts'
import { accountColumns } from './accounts.ts'
import { columns, names, optional, text, whole } from './columns.ts'
import { consentColumns } from './consents.ts'
import type { Row, Statements } from './statement.ts'

const sessionColumns = columns<Session>({
  id: text('id'),
  secretHash: text('secret_hash'),
  accountId: text('account_id'),
  authenticatedAt: whole('authenticated_at'),
  amr: names('amr'),
  createdAt: whole('created_at'),
  lastSeenAt: whole('last_seen_at'),
  expiresAt: whole('expires_at'),
  endedAt: optional(whole('ended_at')),
})

/** Where each part of a found row begins. */
const ACCOUNT = sessionColumns.count
const CONSENT = ACCOUNT + accountColumns.count

export function sessionStore(statements: Statements): SessionStore {
  return { ...reading(statements), ...changing(statements) }
}

function reading(statements: Statements): Pick<SessionStore, 'find' | 'findForClient'> {
  const find = statements.lookup({
    asked: ['id', 'client_id'],
    select: `${sessionColumns.select('s')}, ${accountColumns.select('a')}, ${consentColumns.select('c')}`,
    joins: `JOIN sessions AS s ON s.id = asked.id
      JOIN accounts AS a ON a.id = s.account_id
      LEFT JOIN consents AS c ON c.account_id = s.account_id AND c.client_id = asked.client_id`,
  })
  return {
    findForClient: async (id, clientId) => foundIn(await find(id, clientId)),
    async find(id) {
      const found = foundIn(await find(id, null))
      return found && { session: found.session, account: found.account }
    },
  }
}

function foundIn(row: Row | undefined): Awaited<ReturnType<SessionStore['findForClient']>> {
  const session = row && sessionColumns.read(row, 0)
  const account = row && accountColumns.read(row, ACCOUNT)
  return session && account && { session, account, consent: consentColumns.read(row, CONSENT) }
}

function changing(statements: Statements): Omit<SessionStore, 'find' | 'findForClient'> {
  const insert = statements.change(
    `INSERT INTO sessions (${sessionColumns.names}) VALUES (${sessionColumns.placeholders})`,
  )
  const renew = statements.change(`
    UPDATE sessions SET secret_hash = ?, authenticated_at = ?, amr = ?, last_seen_at = ?, expires_at = ?
    WHERE id = ? AND ended_at IS NULL`)
  // Requests of one browser finish in any order: the time never goes back.
  const touch = statements.change(`
    UPDATE sessions SET last_seen_at = ? WHERE id = ? AND ended_at IS NULL AND last_seen_at < ?`)
  const end = statements.change(`UPDATE sessions SET ended_at = ? WHERE id = ? AND ended_at IS NULL`)
  const endByAccount = statements.change(`
    UPDATE sessions SET ended_at = ? WHERE account_id = ? AND ended_at IS NULL`)
  return {
    async insert(session) {
      await insert(...sessionColumns.values(session))
    },
    async renew(id, { secretHash, authenticatedAt, amr, lastSeenAt, expiresAt }) {
      return (await renew(secretHash, authenticatedAt, amr.join(' '), lastSeenAt, expiresAt, id)) === 1
    },
    async touch(id, lastSeenAt) {
      await touch(lastSeenAt, id, lastSeenAt)
    },
    end: async (id, now) => (await end(now, id)) === 1,
    endByAccount: (accountId, now) => endByAccount(now, accountId),
  }
}
