/** Sessions in the database. */
import type { Session, SessionStore, SessionUse } from '../storage.ts'
import { accountColumns } from './accounts.ts'
import { columns, names, optional, text, whole } from './columns.ts'
import { consentColumns } from './consents.ts'
import type { Database } from './database.ts'
import type { Row, Statements, Value } from './statement.ts'

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
  userAgent: optional(text('user_agent')),
  address: optional(text('address')),
})

/** Where each part of a found row begins. */
const ACCOUNT = sessionColumns.count
const CONSENT = ACCOUNT + accountColumns.count

/** @param ends how a session ends: with it the promise to tell its clients begins to be kept (`session-ends.ts`) */
export function sessionStore(
  statements: Statements,
  ends: Pick<SessionStore, 'end' | 'endByAccount'>,
  { session }: Pick<Database, 'session'>,
): SessionStore {
  return {
    ...reading(statements),
    ...changing(statements),
    ...choosing(statements),
    async ofAccount(accountId, { now, limit }) {
      const rows = await session.findMany({
        where: { accountId, endedAt: null, expiresAt: { gt: BigInt(now) } },
        orderBy: [{ lastSeenAt: 'desc' }, { id: 'desc' }],
        take: limit,
      })
      return rows.map(sessionColumns.ofModel)
    },
    end: ends.end,
    endByAccount: ends.endByAccount,
  }
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

function changing(statements: Statements): Pick<SessionStore, 'insert' | 'renew' | 'touch'> {
  const renew = statements.update({
    table: 'sessions',
    given: {
      ...{ id: 'text', hash: 'text', authenticated: 'bigint', amr: 'text', seen: 'bigint', expires: 'bigint' },
      ...{ agent: 'text', address: 'text' },
    },
    set: `secret_hash = given.hash, authenticated_at = given.authenticated, amr = given.amr, last_seen_at = given.seen,
      expires_at = given.expires, user_agent = given.agent, address = given.address`,
    where: 'sessions.id = given.id AND ended_at IS NULL',
  })
  const touch = statements.update({
    table: 'sessions',
    given: { id: 'text', seen: 'bigint' },
    set: 'last_seen_at = given.seen',
    // Requests of one browser finish in any order: the time never goes back.
    where: 'sessions.id = given.id AND ended_at IS NULL AND last_seen_at < given.seen',
  })
  return {
    insert: statements.insert('sessions', sessionColumns),
    renew: (id, { secretHash, authenticatedAt, amr, lastSeenAt, expiresAt, userAgent, address }) =>
      renew({
        ...{ id, hash: secretHash, authenticated: authenticatedAt, amr: amr.join(' ') },
        ...{ seen: lastSeenAt, expires: expiresAt, agent: userAgent ?? null, address: address ?? null },
      }),
    async touch(id, lastSeenAt) {
      await touch({ id, seen: lastSeenAt })
    },
  }
}

/** Which of the accounts of one browser is preferred; asked where there are several. */
function choosing(statements: Statements): Pick<SessionStore, 'choose' | 'uses'> {
  const choose = statements.execute('UPDATE sessions SET chosen_at = ? WHERE id = ?')
  const find = statements.lookup({
    asked: ['id', 'client_id'],
    // By the index of a grant's account: one for its session would be written at each sign-on, for what few ask.
    select: `s.id, s.chosen_at, (SELECT MAX(g.created_at) FROM grants AS g
      WHERE g.account_id = s.account_id AND g.session_id = s.id AND g.client_id = asked.client_id)`,
    joins: 'JOIN sessions AS s ON s.id = asked.id',
  })
  return {
    async choose(id, now) {
      await choose(now, id)
    },
    async uses(ids, clientId) {
      const rows = await Promise.all(ids.map((id) => find(id, clientId)))
      return rows.flatMap((row) => (row === undefined ? [] : [useIn(row)]))
    },
  }
}

const useIn = ([id, chosen, used]: Row): SessionUse => ({
  sessionId: String(id),
  usedAt: moment(used),
  chosenAt: moment(chosen),
})
const moment = (kept: Value | undefined): number | undefined =>
  kept === null || kept === undefined ? undefined : Number(kept)
