/** Reads what is in force, and what hangs on it, on a connection that cannot write: no server need run. */
import { existsSync } from 'node:fs'
import type { Timestamp } from '../../base/clock.ts'
import { DAY, HOUR } from '../../base/duration.ts'
import type { DatabaseConfig } from '../../config/config.ts'
import type { Row } from '../archive.ts'
import type { ConfigEntry } from '../config-entries.ts'
import type { Held, InForce, InForceReader } from '../in-force.ts'
import type { ClientUse, StoredSigningKey } from '../storage.ts'
import { connect } from './archive.ts'
import type { ArchiveConnection } from './archive-connection.ts'
import { parseDatabaseUrl } from './database-url.ts'
import { translated } from './unavailable.ts'

/** Undefined: there is no database yet, or nothing in it. Throws `StorageError`. */
export async function openInForce(config: DatabaseConfig): Promise<InForceReader | undefined> {
  const url = parseDatabaseUrl(config.url)
  if (url.kind === 'sqlite' && !existsSync(url.path)) return undefined
  const connection = await connect(url, config, { readOnly: true })
  try {
    await connection.beginReading()
    if (await hasTable(connection, 'grants')) {
      return { read: (asked) => read(connection, asked).catch(refuse), close: () => connection.close() }
    }
  } catch (error) {
    await connection.close()
    throw translated(error)
  }
  await connection.close()
  return undefined
}

function refuse(error: unknown): never {
  throw translated(error)
}

type Asker = Pick<ArchiveConnection, 'all' | 'columnsOf'>

const hasTable = async (connection: Asker, table: string): Promise<boolean> =>
  (await connection.columnsOf(table)).length > 0

async function read(connection: Asker, { now, usesSince }: { now: Timestamp; usesSince: Timestamp }): Promise<InForce> {
  // An older version's database lacks these.
  const all = async (table: string, sql: string) => ((await hasTable(connection, table)) ? connection.all(sql) : [])
  const consents = new Map((await connection.all(CONSENTS)).map((row) => [text(row, 0), number(row, 1)]))
  const held = (await connection.all(HELD(now))).map(heldOf)
  const [first] = await all('client_uses', 'SELECT MIN(day) FROM client_uses')
  return {
    entries: (await all('config_entries', ENTRIES)).map(entryOf),
    held: withConsents(held, consents),
    refreshTokens: (await connection.all(REFRESH_TOKENS(now))).map((row) => ({
      ...{ clientId: text(row, 0), day: number(row, 1) * DAY, count: number(row, 2) },
    })),
    idleSessions: (await connection.all(IDLE_SESSIONS(now))).map((row) => ({
      ...{ hours: Math.max(0, number(row, 0)), count: number(row, 1) },
    })),
    uses: (await all('client_uses', USES(usesSince))).map(useOf),
    countedSince: first?.[0] === null || first?.[0] === undefined ? undefined : number(first, 0),
    keys: (await connection.all(KEYS)).map(keyOf),
    linked: (await all('upstream_identities', LINKED)).map((row) => ({
      ...{ issuer: text(row, 0), people: number(row, 1), only: number(row, 2) },
    })),
  }
}

const text = (row: Row, at: number): string => String(row[at])
const number = (row: Row, at: number): number => Number(row[at])
const optionalNumber = (row: Row, at: number): number | undefined => (row[at] === null ? undefined : Number(row[at]))

/** `protocol/grant.ts`, in SQL; and no code that was never redeemed and can't be any more. One look at each grant. */
const ALIVE = (now: Timestamp): string => `
  FROM grants AS g
  JOIN accounts AS a ON a.id = g.account_id AND a.disabled_at IS NULL
  LEFT JOIN sessions AS s ON s.id = g.session_id AND s.ended_at IS NULL AND s.expires_at > ${now}
  WHERE g.revoked_at IS NULL AND g.expires_at > ${now}
    AND (g.code_consumed_at IS NOT NULL OR g.code_expires_at > ${now})
    AND (s.id IS NOT NULL OR ' ' || g.scopes || ' ' LIKE '% offline\\_access %' ESCAPE '\\')`

const IS_RENEWABLE = (now: Timestamp): string => `g.refresh_generation > 0 AND g.refresh_expires_at > ${now}`

const HELD = (now: Timestamp): string => `
  SELECT g.client_id, COUNT(DISTINCT g.account_id), COUNT(DISTINCT s.id), COUNT(*),
    COUNT(CASE WHEN ${IS_RENEWABLE(now)} THEN 1 END), COUNT(CASE WHEN g.code_challenge IS NULL THEN 1 END)
  ${ALIVE(now)} GROUP BY g.client_id ORDER BY g.client_id`

const heldOf = (row: Row): Held => ({
  ...{ clientId: text(row, 0), people: number(row, 1), sessions: number(row, 2), grants: number(row, 3) },
  ...{ refreshTokens: number(row, 4), withoutPkce: number(row, 5), consents: 0 },
})

const CONSENTS = 'SELECT client_id, COUNT(*) FROM consents GROUP BY client_id'

function withConsents(held: readonly Held[], consents: ReadonlyMap<string, number>): readonly Held[] {
  const known = new Set(held.map(({ clientId }) => clientId))
  const nothing = { people: 0, sessions: 0, grants: 0, refreshTokens: 0, withoutPkce: 0 }
  const others = [...consents].filter(([clientId]) => !known.has(clientId))
  return [
    ...held.map((each) => ({ ...each, consents: consents.get(each.clientId) ?? 0 })),
    ...others.map(([clientId, count]) => ({ clientId, ...nothing, consents: count })),
  ]
}

const REFRESH_TOKENS = (now: Timestamp): string => `
  SELECT g.client_id, g.created_at / ${DAY}, COUNT(*) ${ALIVE(now)} AND ${IS_RENEWABLE(now)}
  GROUP BY g.client_id, g.created_at / ${DAY} ORDER BY g.client_id, g.created_at / ${DAY}`

const IDLE_SESSIONS = (now: Timestamp): string => `
  SELECT (${now} - s.last_seen_at) / ${HOUR}, COUNT(*) FROM sessions AS s
  JOIN accounts AS a ON a.id = s.account_id AND a.disabled_at IS NULL
  WHERE s.ended_at IS NULL AND s.expires_at > ${now}
  GROUP BY (${now} - s.last_seen_at) / ${HOUR} ORDER BY 1`

const ENTRIES = 'SELECT kind, id, entry, digest, since, removed_at, ends_before FROM config_entries ORDER BY kind, id'

const entryOf = (row: Row): ConfigEntry => ({
  // Only these are ever written.
  kind: text(row, 0) as ConfigEntry['kind'],
  ...{ id: text(row, 1), entry: JSON.parse(text(row, 2)), digest: text(row, 3), since: number(row, 4) },
  ...{ removedAt: optionalNumber(row, 5), endsBefore: optionalNumber(row, 6) },
})

const USES = (since: Timestamp): string => `
  SELECT client_id, kind, redirect_uri, CAST(SUM(count) AS BIGINT), MAX(last_at) FROM client_uses
  WHERE day >= ${since} GROUP BY client_id, kind, redirect_uri ORDER BY client_id, kind, redirect_uri`

const useOf = (row: Row): ClientUse => ({
  clientId: text(row, 0),
  kind: text(row, 1) as ClientUse['kind'],
  ...{ redirectUri: text(row, 2), count: number(row, 3), lastAt: number(row, 4) },
})

const LINKED = `
  SELECT i.issuer, COUNT(DISTINCT a.id), COUNT(DISTINCT CASE WHEN COALESCE(a.password_hash, '') = '' AND NOT EXISTS (
    SELECT 1 FROM upstream_identities AS o WHERE o.account_id = a.id AND o.issuer <> i.issuer)
    AND NOT EXISTS (SELECT 1 FROM passkeys AS p WHERE p.account_id = a.id) THEN a.id END)
  FROM upstream_identities AS i JOIN accounts AS a ON a.id = i.account_id AND a.disabled_at IS NULL
  GROUP BY i.issuer ORDER BY i.issuer`

const KEYS = 'SELECT kid, algorithm, state, published_at, revoked_at FROM signing_keys ORDER BY published_at, kid'

const keyOf = (row: Row): InForce['keys'][number] => ({
  kid: text(row, 0),
  algorithm: text(row, 1) as StoredSigningKey['algorithm'],
  state: text(row, 2) as StoredSigningKey['state'],
  ...{ publishedAt: number(row, 3), revokedAt: optionalNumber(row, 4) },
})
