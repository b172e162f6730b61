/** Grants in the database: every change is one conditional statement, so that of many callers exactly one wins. */
import type { Grant, GrantStore, RevocationReason } from '../storage.ts'
import { accountOf, accountSelection } from './accounts.ts'
import type { Database } from './database.ts'
import type { Grant as GrantRow, Session as SessionRow } from './generated/sqlite/client.ts'
import { joinNames, optional, optionalTimestamp, type RawRow, selection, splitNames, timestamp } from './rows.ts'

const grantSelection = selection<GrantRow>('g', {
  id: 'id',
  clientId: 'client_id',
  accountId: 'account_id',
  sessionId: 'session_id',
  scopes: 'scopes',
  nonce: 'nonce',
  authenticatedAt: 'authenticated_at',
  amr: 'amr',
  redirectUri: 'redirect_uri',
  codeChallenge: 'code_challenge',
  codeHash: 'code_hash',
  codeExpiresAt: 'code_expires_at',
  codeConsumedAt: 'code_consumed_at',
  refreshSalt: 'refresh_salt',
  refreshGeneration: 'refresh_generation',
  refreshRotatedAt: 'refresh_rotated_at',
  refreshExpiresAt: 'refresh_expires_at',
  expiresAt: 'expires_at',
  createdAt: 'created_at',
  revokedAt: 'revoked_at',
  revokedBecause: 'revoked_because',
})

/** The part of a session that decides about its grants. */
const sessionSelection = selection<Pick<SessionRow, 'id' | 'expiresAt' | 'endedAt'>>('s', {
  id: 'id',
  expiresAt: 'expires_at',
  endedAt: 'ended_at',
})

function grantOf(row: GrantRow): Grant {
  return {
    id: row.id,
    clientId: row.clientId,
    accountId: row.accountId,
    sessionId: row.sessionId,
    scopes: splitNames(row.scopes),
    nonce: optional(row.nonce),
    authenticatedAt: timestamp(row.authenticatedAt),
    amr: splitNames(row.amr),
    redirectUri: row.redirectUri,
    codeChallenge: optional(row.codeChallenge),
    codeHash: row.codeHash,
    codeExpiresAt: timestamp(row.codeExpiresAt),
    codeConsumedAt: optionalTimestamp(row.codeConsumedAt),
    refreshSalt: row.refreshSalt,
    refreshGeneration: row.refreshGeneration,
    refreshRotatedAt: optionalTimestamp(row.refreshRotatedAt),
    refreshExpiresAt: optionalTimestamp(row.refreshExpiresAt),
    expiresAt: timestamp(row.expiresAt),
    createdAt: timestamp(row.createdAt),
    revokedAt: optionalTimestamp(row.revokedAt),
    // The parse border: only what has this type is written here.
    revokedBecause: optional(row.revokedBecause as RevocationReason | null),
  }
}

export function grantStore(database: Database): GrantStore {
  return {
    insert: (grant) => insert(database, grant),
    async find(id) {
      const [row] = await database.$queryRaw<RawRow[]>`
        SELECT ${grantSelection.sql}, ${accountSelection.sql}, ${sessionSelection.sql}
        FROM grants AS g
          LEFT JOIN accounts AS a ON a.id = g.account_id
          LEFT JOIN sessions AS s ON s.id = g.session_id
        WHERE g.id = ${id}`
      const grant = row && grantSelection.read(row)
      if (row === undefined || grant === undefined) return undefined
      const account = accountSelection.read(row)
      const session = sessionSelection.read(row)
      return {
        grant: grantOf(grant),
        account: account && accountOf(account),
        session: session && {
          endedAt: optionalTimestamp(session.endedAt),
          expiresAt: timestamp(session.expiresAt),
        },
      }
    },
    async consumeCode(id, now, refresh) {
      const consumed = await database.$executeRaw`
        UPDATE grants
        SET code_consumed_at = ${now}, refresh_generation = ${refresh ? 1 : 0},
          refresh_expires_at = ${refresh?.expiresAt ?? null}
        WHERE id = ${id} AND code_consumed_at IS NULL AND revoked_at IS NULL`
      return consumed === 1
    },
    async rotateRefreshToken(id, { from, now, expiresAt }) {
      const rotated = await database.$executeRaw`
        UPDATE grants
        SET refresh_generation = ${from + 1}, refresh_rotated_at = ${now}, refresh_expires_at = ${expiresAt}
        WHERE id = ${id} AND refresh_generation = ${from} AND refresh_generation > 0 AND revoked_at IS NULL`
      return rotated === 1
    },
    async extendRefreshToken(id, expiresAt) {
      const extended = await database.$executeRaw`
        UPDATE grants SET refresh_expires_at = ${expiresAt}
        WHERE id = ${id} AND refresh_generation > 0 AND revoked_at IS NULL`
      return extended === 1
    },
    async revoke(id, now, because) {
      const revoked = await database.$executeRaw`
        UPDATE grants SET revoked_at = ${now}, revoked_because = ${because}
        WHERE id = ${id} AND revoked_at IS NULL`
      return revoked === 1
    },
    revokeByAccount: (accountId, now, because) => database.$executeRaw`
      UPDATE grants SET revoked_at = ${now}, revoked_because = ${because}
      WHERE account_id = ${accountId} AND revoked_at IS NULL`,
  }
}

async function insert(database: Database, grant: Grant): Promise<void> {
  await database.$executeRaw`
    INSERT INTO grants (id, client_id, account_id, session_id, scopes, nonce, authenticated_at, amr, redirect_uri,
      code_challenge, code_hash, code_expires_at, code_consumed_at, refresh_salt, refresh_generation,
      refresh_rotated_at, refresh_expires_at, expires_at, created_at, revoked_at, revoked_because)
    VALUES (${grant.id}, ${grant.clientId}, ${grant.accountId}, ${grant.sessionId}, ${joinNames(grant.scopes)},
      ${grant.nonce ?? null}, ${grant.authenticatedAt}, ${joinNames(grant.amr)}, ${grant.redirectUri},
      ${grant.codeChallenge ?? null}, ${grant.codeHash}, ${grant.codeExpiresAt}, ${grant.codeConsumedAt ?? null},
      ${grant.refreshSalt}, ${grant.refreshGeneration}, ${grant.refreshRotatedAt ?? null},
      ${grant.refreshExpiresAt ?? null}, ${grant.expiresAt}, ${grant.createdAt}, ${grant.revokedAt ?? null},
      ${grant.revokedBecause ?? null})`
}
