/** Deletes what is past its time, in batches small enough to hold nobody up. */
import { empty, type Sql, sqltag as sql } from '@prisma/client/runtime/client'
import type { Timestamp } from '../../base/clock.ts'
import { DAY, HOUR } from '../../base/duration.ts'
import type { Database } from './database.ts'

/** How long a session is kept after its absolute end: long enough to answer questions about yesterday. */
const SESSION_KEPT = DAY
/** How long a parked request is kept after it expired: a tab left open over night still finds its way back. */
const INTERACTION_KEPT = DAY
/** How long a pushed request is kept after it expired: reloading the page where its sign-in began leads on until then. */
const PUSHED_KEPT = HOUR
/** How long a revocation is kept after its token expired: a clock that ran ahead and is set right brings no token back. */
const REVOCATION_KEPT = DAY
/** How long after it was made a delivery that has arrived or was given up can still be looked up. */
const DELIVERY_KEPT = 7 * DAY

/** How long a notice is kept, dismissed or not: whoever comes once a year still sees it. */
const NOTICE_KEPT = 400 * DAY

/** How long a process that went without a word is remembered. */
const INSTANCE_KEPT = HOUR
/** How long who fetched the keys is remembered: about from one rotation to the next. */
const FETCHER_KEPT = 90 * DAY
/** How long it is known how often a client was used on a day. */
const CLIENT_USE_KEPT = 90 * DAY

/** How long a code that was mailed is kept after its end: whoever opens the mail too late is told so. */
const CODE_KEPT = DAY

/** How long it is known after its time that somebody was at an upstream provider: who comes back late is told so. */
const UPSTREAM_KEPT = HOUR

/** How long a use is kept after the token expired: processes whose clocks differ agree on it. */
const USE_KEPT = HOUR

/** How long a bucket is kept after it has run empty: clocks differ. */
const THROTTLE_KEPT = HOUR

/** What the sweep needs to know of the database beside its client. */
export interface SweepTarget {
  readonly database: Database
  /** PostgreSQL: leave rows alone that another process works on, so that no two wait for each other. */
  readonly skipsLocked: boolean
}

/** Deletes at most `limit` rows of each kind; gives how many went. */
export async function sweep(target: SweepTarget, now: Timestamp, limit: number): Promise<number> {
  const { database } = target
  const lock = target.skipsLocked ? sql`FOR UPDATE SKIP LOCKED` : empty
  let swept = 0
  for (const statement of statements(now, limit, lock)) swept += await database.$executeRaw(statement)
  return swept
}

function statements(now: Timestamp, limit: number, lock: Sql): readonly Sql[] {
  return [
    // A family of refresh tokens may outlive its session, and asks it whether it was ended: it stays until they are gone.
    sql`WITH past AS MATERIALIZED (
        SELECT s.id FROM sessions AS s
        WHERE s.expires_at < ${now - SESSION_KEPT} AND NOT EXISTS (
          SELECT 1 FROM grants AS g
          WHERE g.account_id = s.account_id AND g.session_id = s.id AND g.revoked_at IS NULL AND g.expires_at >= ${now})
        LIMIT ${limit} ${lock})
      DELETE FROM sessions WHERE id IN (SELECT id FROM past)`,
    sql`WITH past AS MATERIALIZED (
        SELECT id FROM interactions WHERE expires_at < ${now - INTERACTION_KEPT} LIMIT ${limit} ${lock})
      DELETE FROM interactions WHERE id IN (SELECT id FROM past)`,
    sql`WITH past AS MATERIALIZED (
        SELECT id FROM pushed_requests WHERE expires_at < ${now - PUSHED_KEPT} LIMIT ${limit} ${lock})
      DELETE FROM pushed_requests WHERE id IN (SELECT id FROM past)`,
    sql`WITH past AS MATERIALIZED (
        SELECT id FROM grants WHERE expires_at < ${now} LIMIT ${limit} ${lock})
      DELETE FROM grants WHERE id IN (SELECT id FROM past)`,
    sql`WITH past AS MATERIALIZED (
        SELECT jti FROM revoked_tokens WHERE expires_at < ${now - REVOCATION_KEPT} LIMIT ${limit} ${lock})
      DELETE FROM revoked_tokens WHERE jti IN (SELECT jti FROM past)`,
    sql`WITH past AS MATERIALIZED (
        SELECT id FROM used_tokens WHERE expires_at < ${now - USE_KEPT} LIMIT ${limit} ${lock})
      DELETE FROM used_tokens WHERE id IN (SELECT id FROM past)`,
    sql`DELETE FROM instances WHERE seen_at < ${now - INSTANCE_KEPT}`,
    sql`WITH past AS MATERIALIZED (
        SELECT id FROM deliveries
        WHERE created_at < ${now - DELIVERY_KEPT} AND next_attempt_at IS NULL LIMIT ${limit} ${lock})
      DELETE FROM deliveries WHERE id IN (SELECT id FROM past)`,
    sql`WITH past AS MATERIALIZED (
        SELECT id FROM throttles WHERE empty_at < ${now - THROTTLE_KEPT} LIMIT ${limit} ${lock})
      DELETE FROM throttles WHERE id IN (SELECT id FROM past)`,
    sql`WITH past AS MATERIALIZED (
        SELECT id FROM one_time_codes WHERE expires_at < ${now - CODE_KEPT} LIMIT ${limit} ${lock})
      DELETE FROM one_time_codes WHERE id IN (SELECT id FROM past)`,
    sql`WITH past AS MATERIALIZED (
        SELECT id FROM security_notices WHERE created_at < ${now - NOTICE_KEPT} LIMIT ${limit} ${lock})
      DELETE FROM security_notices WHERE id IN (SELECT id FROM past)`,
    sql`WITH past AS MATERIALIZED (
        SELECT id FROM refusals WHERE expires_at < ${now} LIMIT ${limit} ${lock})
      DELETE FROM refusals WHERE id IN (SELECT id FROM past)`,
    sql`WITH past AS MATERIALIZED (
        SELECT id FROM jwks_fetches WHERE last_seen_at < ${now - FETCHER_KEPT} LIMIT ${limit} ${lock})
      DELETE FROM jwks_fetches WHERE id IN (SELECT id FROM past)`,
    sql`WITH past AS MATERIALIZED (
        SELECT client_id, address FROM client_addresses
        WHERE last_seen_at < ${now - FETCHER_KEPT} LIMIT ${limit} ${lock})
      DELETE FROM client_addresses WHERE (client_id, address) IN (SELECT client_id, address FROM past)`,
    sql`WITH past AS MATERIALIZED (
        SELECT client_id, kind, redirect_uri, day FROM client_uses WHERE day < ${now - CLIENT_USE_KEPT} LIMIT ${limit} ${lock})
      DELETE FROM client_uses AS u WHERE EXISTS (
        SELECT 1 FROM past AS p
        WHERE p.client_id = u.client_id AND p.kind = u.kind AND p.redirect_uri = u.redirect_uri AND p.day = u.day)`,
    sql`WITH past AS MATERIALIZED (
        SELECT id FROM totp_setups WHERE expires_at < ${now} LIMIT ${limit} ${lock})
      DELETE FROM totp_setups WHERE id IN (SELECT id FROM past)`,
    sql`WITH past AS MATERIALIZED (
        SELECT id FROM remembered_devices WHERE expires_at < ${now} LIMIT ${limit} ${lock})
      DELETE FROM remembered_devices WHERE id IN (SELECT id FROM past)`,
    sql`WITH past AS MATERIALIZED (
        SELECT id FROM upstream_requests WHERE expires_at < ${now - UPSTREAM_KEPT} LIMIT ${limit} ${lock})
      DELETE FROM upstream_requests WHERE id IN (SELECT id FROM past)`,
    // Before the clients themselves: what is left of a consent names its client.
    sql`DELETE FROM consents WHERE client_id IN (SELECT id FROM clients WHERE expires_at < ${now} LIMIT ${limit})`,
    sql`WITH past AS MATERIALIZED (
        SELECT id FROM clients AS c
        WHERE expires_at < ${now} AND NOT EXISTS (SELECT 1 FROM consents WHERE client_id = c.id) LIMIT ${limit} ${lock})
      DELETE FROM clients WHERE id IN (SELECT id FROM past)`,
  ]
}
