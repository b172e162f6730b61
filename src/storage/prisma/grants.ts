/** Grants in the database: every change is one conditional statement, so that of many callers exactly one wins. */
import { type Sql, sqltag as sql } from '@prisma/client/runtime/client'
import type { Timestamp } from '../../base/clock.ts'
import type { AppGrants, Grant, GrantFacts, GrantStore, Session } from '../storage.ts'
import { accountColumns } from './accounts.ts'
import { columns, json, names, oneOf, optional, text, whole } from './columns.ts'
import type { Database } from './database.ts'
import type { Row, Statements } from './statement.ts'

const grantColumns = columns<Grant>({
  id: text('id'),
  clientId: text('client_id'),
  accountId: text('account_id'),
  sessionId: text('session_id'),
  scopes: names('scopes'),
  resources: optional(names('resources')),
  nonce: optional(text('nonce')),
  authenticatedAt: whole('authenticated_at'),
  amr: names('amr'),
  acr: optional(text('acr')),
  claims: optional(json('claims')),
  redirectUri: text('redirect_uri'),
  codeChallenge: optional(text('code_challenge')),
  codeHash: text('code_hash'),
  codeExpiresAt: whole('code_expires_at'),
  codeConsumedAt: optional(whole('code_consumed_at')),
  refreshSalt: text('refresh_salt'),
  refreshGeneration: whole('refresh_generation'),
  refreshRotatedAt: optional(whole('refresh_rotated_at')),
  refreshExpiresAt: optional(whole('refresh_expires_at')),
  expiresAt: whole('expires_at'),
  createdAt: whole('created_at'),
  revokedAt: optional(whole('revoked_at')),
  revokedBecause: optional(oneOf('revoked_because')),
})

/** The part of a session that decides about its grants. */
const sessionColumns = columns<Pick<Session, 'expiresAt' | 'endedAt'>>({
  expiresAt: whole('expires_at'),
  endedAt: optional(whole('ended_at')),
})

/** Where each part of a row of facts begins. */
const ACCOUNT = grantColumns.count
const SESSION = ACCOUNT + accountColumns.count
const REVOKED = SESSION + sessionColumns.count

function factsOf(row: Row): GrantFacts | undefined {
  const grant = grantColumns.read(row, 0)
  return grant && { grant, account: accountColumns.read(row, ACCOUNT), session: sessionColumns.read(row, SESSION) }
}

export function grantStore(statements: Statements, database: Pick<Database, '$queryRaw'>): GrantStore {
  return {
    ...reading(statements),
    ...changing(statements),
    async countLive({ since, now }) {
      const rows = await database.$queryRaw<{ id: string; count: number | bigint }[]>`
        SELECT client_id AS id, COUNT(*) AS count FROM grants
        WHERE revoked_at IS NULL AND expires_at > ${now}
          AND (code_consumed_at >= ${since} OR refresh_rotated_at >= ${since} OR refresh_expires_at > ${now})
        GROUP BY client_id ORDER BY client_id`
      return rows.map(({ id, count }) => ({ clientId: id, count: Number(count) }))
    },
    async countNewest({ now, newest }) {
      // Identifiers begin with their time, so the newest are at the end of the primary key.
      const rows = await database.$queryRaw<Counted[]>`
        SELECT g.client_id AS id, COUNT(*) AS count, MAX(g.created_at) AS last,
          SUM(CASE WHEN ${isLive(now)} THEN 1 ELSE 0 END) AS live
        FROM (SELECT client_id, session_id, scopes, created_at, revoked_at, expires_at FROM grants
          ORDER BY id DESC LIMIT ${newest}) AS g LEFT JOIN sessions AS s ON s.id = g.session_id
        GROUP BY g.client_id ORDER BY g.client_id`
      return rows.map(({ id, count, live, last }) => ({
        ...{ clientId: id, count: Number(count), live: Number(live), lastAt: Number(last) },
      }))
    },
    async signOnsOf(accountId, { now, limit }) {
      const rows = await database.$queryRaw<(Omit<Counted, 'live'> & { session: string })[]>`
        SELECT g.session_id AS session, g.client_id AS id, COUNT(*) AS count, MAX(g.created_at) AS last
        FROM (SELECT session_id, client_id, scopes, created_at, revoked_at, expires_at FROM grants
          WHERE account_id = ${accountId} ORDER BY id DESC LIMIT ${MOST_OF_ACCOUNT}) AS g
          LEFT JOIN sessions AS s ON s.id = g.session_id
        WHERE ${isLive(now)}
        GROUP BY g.session_id, g.client_id ORDER BY MAX(g.created_at) DESC, g.session_id, g.client_id LIMIT ${limit}`
      return rows.map(({ session, id, count, last }) => ({
        ...{ sessionId: session, clientId: id, count: Number(count), lastAt: Number(last) },
      }))
    },
    async appsOf(accountId, { now, limit }) {
      const rows = await database.$queryRaw<PartOfApp[]>`
        SELECT g.client_id AS id, g.scopes AS scopes, MIN(g.created_at) AS first,
          MAX(COALESCE(g.refresh_rotated_at, g.created_at)) AS last
        FROM (SELECT session_id, client_id, scopes, created_at, refresh_rotated_at, revoked_at, expires_at FROM grants
          WHERE account_id = ${accountId} ORDER BY id DESC LIMIT ${MOST_OF_ACCOUNT}) AS g
          LEFT JOIN sessions AS s ON s.id = g.session_id
        WHERE ${isLive(now)} GROUP BY g.client_id, g.scopes ORDER BY g.client_id, g.scopes`
      return wholeApps(rows).slice(0, limit)
    },
  }
}

/** A monitor that signs in every minute has made as many within half a week. */
const MOST_OF_ACCOUNT = 5000

/** As `liveGrant` has it, of a grant `g` and its session `s`. */
const isLive = (now: Timestamp): Sql => sql`(g.revoked_at IS NULL AND g.expires_at > ${now} AND
  ((' ' || g.scopes || ' ') LIKE '% offline!_access %' ESCAPE '!' OR (s.ended_at IS NULL AND s.expires_at > ${now})))`

/** What a client was granted with the same scopes. */
interface PartOfApp {
  readonly id: string
  readonly scopes: string
  readonly first: number | bigint
  readonly last: number | bigint
}

function wholeApps(parts: readonly PartOfApp[]): AppGrants[] {
  const apps = new Map<string, AppGrants>()
  for (const { id, scopes, first, last } of parts) {
    const known = apps.get(id)
    apps.set(id, {
      clientId: id,
      scopes: [...new Set([...(known?.scopes ?? []), ...scopes.split(' ').filter((scope) => scope !== '')])],
      firstAt: Math.min(known?.firstAt ?? Number(first), Number(first)),
      lastAt: Math.max(known?.lastAt ?? 0, Number(last)),
    })
  }
  return [...apps.values()].sort((one, other) => other.lastAt - one.lastAt || (one.clientId < other.clientId ? -1 : 1))
}

interface Counted {
  readonly id: string
  readonly count: number | bigint
  readonly live: number | bigint
  readonly last: number | bigint
}

function reading(statements: Statements): Pick<GrantStore, 'find' | 'findForAccessToken'> {
  const find = statements.lookup({
    asked: ['id', 'jti'],
    select: `${grantColumns.select('g')}, ${accountColumns.select('a')}, ${sessionColumns.select('s')}, r.jti`,
    joins: `JOIN grants AS g ON g.id = asked.id
      LEFT JOIN accounts AS a ON a.id = g.account_id
      LEFT JOIN sessions AS s ON s.id = g.session_id
      LEFT JOIN revoked_tokens AS r ON r.jti = asked.jti`,
  })
  return {
    async find(id) {
      const row = await find(id, null)
      return row && factsOf(row)
    },
    async findForAccessToken(id, jti) {
      const row = await find(id, jti)
      const facts = row && factsOf(row)
      return facts && { ...facts, isTokenRevoked: row[REVOKED] !== null }
    },
  }
}

function changing(
  statements: Statements,
): Omit<GrantStore, 'find' | 'findForAccessToken' | 'countLive' | 'countNewest' | 'signOnsOf' | 'appsOf'> {
  const consumeCode = statements.update({
    table: 'grants',
    given: { id: 'text', now: 'bigint', generation: 'bigint', expires: 'bigint' },
    set: 'code_consumed_at = given.now, refresh_generation = given.generation, refresh_expires_at = given.expires',
    where: 'grants.id = given.id AND code_consumed_at IS NULL AND revoked_at IS NULL',
  })
  const rotate = statements.update({
    table: 'grants',
    given: { id: 'text', generation: 'bigint', now: 'bigint', expires: 'bigint' },
    set: 'refresh_generation = refresh_generation + 1, refresh_rotated_at = given.now, refresh_expires_at = given.expires',
    where:
      'grants.id = given.id AND refresh_generation = given.generation AND refresh_generation > 0 AND revoked_at IS NULL',
  })
  const extend = statements.update({
    table: 'grants',
    given: { id: 'text', expires: 'bigint' },
    set: 'refresh_expires_at = given.expires',
    where: 'grants.id = given.id AND refresh_generation > 0 AND revoked_at IS NULL',
  })
  const revoke = statements.update({
    table: 'grants',
    given: { id: 'text', now: 'bigint', because: 'text' },
    set: 'revoked_at = given.now, revoked_because = given.because',
    where: 'grants.id = given.id AND revoked_at IS NULL',
  })
  const revokeByAccount = statements.execute(`
    UPDATE grants SET revoked_at = ?, revoked_because = ?
    WHERE account_id = ? AND revoked_at IS NULL AND session_id <> ?`)
  const revokeByClient = statements.execute(`
    UPDATE grants SET revoked_at = ?, revoked_because = ? WHERE account_id = ? AND client_id = ? AND revoked_at IS NULL`)
  return {
    insert: statements.insert('grants', grantColumns),
    consumeCode: (id, now, refresh) =>
      consumeCode({ id, now, generation: refresh ? 1 : 0, expires: refresh?.expiresAt ?? null }),
    rotateRefreshToken: (id, { from, now, expiresAt }) => rotate({ id, generation: from, now, expires: expiresAt }),
    extendRefreshToken: (id, expiresAt) => extend({ id, expires: expiresAt }),
    revoke: (id, now, because) => revoke({ id, now, because }),
    revokeByAccount: (accountId, now, because, exceptSession = '') =>
      revokeByAccount(now, because, accountId, exceptSession),
    revokeByClient: ({ accountId, clientId }, now, because) => revokeByClient(now, because, accountId, clientId),
  }
}
