/** Fills a database as months of use would: accounts with four sessions each or so, and four grants to a session. */
import Database from 'better-sqlite3'
import { Client } from 'pg'

const GRANTS_PER_SESSION = 4
const SESSIONS_PER_ACCOUNT = 5
/** How long ago the oldest row was made, in milliseconds: less than what any of them lives. */
const AGE = 8 * 3_600_000
const ALIVE = 12 * 3_600_000

/** How each database makes random texts, identifiers and rows. */
interface Dialect {
  /** A table with a column `i`, 0 to count - 1. */
  rows(count: number): string
  /** The 32 bits of a number in hexadecimal, `digits` of them. */
  hex(number: string, digits: number): string
  random(below: number): string
}

const sqlite: Dialect = {
  rows: (count) =>
    `(WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${count - 1}) SELECT i FROM n) AS n`,
  hex: (number, digits) => `printf('%0${digits}x', ${number})`,
  random: (below) => `(abs(random()) % ${below})`,
}

const postgresql: Dialect = {
  rows: (count) => `generate_series(0, ${count - 1}) AS n(i)`,
  hex: (number, digits) => `lpad(to_hex(${number}), ${digits}, '0')`,
  random: (below) => `floor(random() * ${below})::bigint`,
}

/** Statements that store `grants` grants, and the sessions and accounts that they belong to; `now` in milliseconds. */
function statements(
  dialect: Dialect,
  grants: number,
  { now, isExpired }: { now: number; isExpired: boolean },
): string[] {
  const sessions = Math.ceil(grants / GRANTS_PER_SESSION)
  const accounts = Math.ceil(sessions / SESSIONS_PER_ACCOUNT)
  const { hex, random, rows } = dialect
  // UUIDv7s as ours are, made in order; the kind and the number make up the part that is random in ours.
  const id = (kind: number, at: string, number: string): string => {
    const time = `(${now - AGE} + ${at})`
    return `${hex(`${time} / 65536`, 8)} || '-' || ${hex(`${time} % 65536`, 4)} || '-7000-8${kind}00-' || ${hex(number, 12)}`
  }
  const spread = (number: string, count: number): string => `(${number} * ${Math.floor(AGE / count) || 1})`
  const text = Array.from({ length: 5 }, () => hex(random(2 ** 31), 8)).join(' || ')
  const sessionOf = `(n.i / ${GRANTS_PER_SESSION})`
  const accountOf = (session: string): string => `(${session} % ${accounts})`
  const accountId = (number: string): string => id(1, spread(number, accounts), number)
  const sessionId = (number: string): string => id(2, spread(number, sessions), number)
  const end = isExpired ? now - 48 * 3_600_000 : now + ALIVE
  return [
    `INSERT INTO accounts (id, username, username_key, email_key, password_hash, claims, created_at, updated_at)
      SELECT ${accountId('n.i')}, 'stored-' || n.i, 'stored-' || n.i, 'stored-' || n.i || '@example.com', NULL,
        '{"name":"Stored Person","email":"stored-' || n.i || '@example.com","email_verified":true}', ${now}, ${now} FROM ${rows(accounts)}`,
    `INSERT INTO sessions (id, secret_hash, account_id, authenticated_at, amr, created_at, last_seen_at, expires_at)
      SELECT ${sessionId('n.i')}, ${text}, ${accountId(accountOf('n.i'))}, ${now - AGE}, 'pwd', ${now - AGE}, ${now - AGE},
        ${end} + n.i FROM ${rows(sessions)}`,
    `INSERT INTO grants (id, client_id, account_id, session_id, scopes, nonce, authenticated_at, amr, redirect_uri, code_challenge,
        code_hash, code_expires_at, code_consumed_at, refresh_salt, refresh_generation, refresh_expires_at, expires_at, created_at)
      SELECT ${id(3, spread('n.i', grants), 'n.i')}, 'app-rs256', ${accountId(accountOf(sessionOf))}, ${sessionId(sessionOf)},
        'openid profile email', 'nonce-' || n.i, ${now - AGE}, 'pwd', 'https://app.example.com/callback', ${text}, ${text}, ${now - AGE},
        ${now - AGE}, ${hex(random(2 ** 31), 22)}, 1, ${end} + n.i, ${end} + n.i, ${now - AGE} FROM ${rows(grants)}`,
  ]
}

export interface Fill {
  readonly grants: number
  /** Everything is past its time, for the sweep. */
  readonly isExpired?: boolean
}

/** Stores them in the SQLite file at `path`, which has its tables. */
export function fillSqlite(path: string, { grants, isExpired = false }: Fill): void {
  const database = new Database(path)
  try {
    database.pragma('synchronous = OFF')
    for (const statement of statements(sqlite, grants, { now: Date.now(), isExpired })) database.exec(statement)
    database.pragma('wal_checkpoint(TRUNCATE)')
  } finally {
    database.close()
  }
}

/** Stores them in the PostgreSQL database at `url`, which has its tables. */
export async function fillPostgresql(url: string, { grants, isExpired = false }: Fill): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('SET synchronous_commit = off')
    for (const statement of statements(postgresql, grants, { now: Date.now(), isExpired }))
      await client.query(statement)
    await client.query('VACUUM ANALYZE')
  } finally {
    await client.end()
  }
}
