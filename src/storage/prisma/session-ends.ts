/** How sessions end: in one transaction with the deliveries to the clients that took part in them. */
import { join, raw, type Sql, sqltag as sql } from '@prisma/client/runtime/client'
import type { Timestamp } from '../../base/clock.ts'
import type { SessionStore } from '../storage.ts'
import type { Database } from './database.ts'

export interface SessionEnds extends Pick<SessionStore, 'end' | 'endByAccount'> {
  tell(sessionIds: readonly string[], now: Timestamp): Promise<void>
  tellClient(of: { accountId: string; clientId: string }, now: Timestamp): Promise<number>
}

export interface SessionEndsTarget {
  readonly database: Database
  /** How the database calls the function that makes a JSON object of names and values. */
  readonly jsonObject: 'json_object' | 'json_build_object'
}

/**
 * A session and a client name one delivery, so each statement may be repeated, by anybody: what is there is not made
 * again. And a client goes only when its delivery is there, so none that joined in between is lost.
 */
export function sessionEnds({ database, jsonObject }: SessionEndsTarget): SessionEnds {
  /** @param which of the rows `c` */
  const insertion = (id: Sql, which: Sql, now: Timestamp): Sql =>
    sql`INSERT INTO deliveries (id, kind, client_id, account_id, payload, created_at, next_attempt_at, attempts)
      SELECT ${id}, 'logout', c.client_id, c.account_id,
        CAST(${raw(jsonObject)}('sub', c.subject, 'sid', c.session_id) AS text),
        CAST(${now} AS bigint), CAST(${now} AS bigint), 0
      FROM session_clients AS c WHERE c.has_back_channel = 1 AND ${which}
      ON CONFLICT (id) DO NOTHING`

  /** @param which a condition that says which sessions: `IN (…)` */
  const telling = (which: Sql, now: Timestamp): readonly [Sql, Sql] => [
    insertion(DELIVERY_ID, sql`c.session_id ${which}`, now),
    sql`DELETE FROM session_clients AS c WHERE c.session_id ${which}
      AND (c.has_back_channel = 0 OR EXISTS (SELECT 1 FROM deliveries AS d WHERE d.id = ${DELIVERY_ID}))`,
  ]

  /** Gives what the first one changed. */
  async function together(first: Sql, rest: readonly Sql[]): Promise<number> {
    const [changed = 0] = await database.$transaction(
      [first, ...rest].map((statement) => database.$executeRaw(statement)),
    )
    return changed
  }

  return {
    async end(id, now) {
      const ending = sql`UPDATE sessions SET ended_at = ${now} WHERE id = ${id} AND ended_at IS NULL`
      return (await together(ending, telling(sql`= ${id}`, now))) === 1
    },
    endByAccount(accountId, now, except = '') {
      const ending = sql`UPDATE sessions SET ended_at = ${now}
        WHERE account_id = ${accountId} AND ended_at IS NULL AND id <> ${except}`
      const ended = sql`IN (SELECT id FROM sessions WHERE account_id = ${accountId} AND ended_at IS NOT NULL)`
      return together(ending, telling(ended, now))
    },
    async tell(sessionIds, now) {
      if (sessionIds.length === 0) return
      const [insert, remove] = telling(sql`IN (${join([...sessionIds])})`, now)
      await together(insert, [remove])
    },
    tellClient({ accountId, clientId }, now) {
      // Another name than that of the end of the session, which the client may hear of later, too: it may be signed on to again.
      const id = sql`${DELIVERY_ID} || CAST(${`/${now}`} AS text)`
      const which = sql`c.client_id = ${clientId}
        AND c.session_id IN (SELECT s.id FROM sessions AS s WHERE s.account_id = ${accountId} AND s.ended_at IS NULL)`
      // Where it has a page to be opened at the sign-out, that stays to be done.
      const forget = sql`DELETE FROM session_clients AS c WHERE ${which} AND c.has_front_channel = 0
        AND (c.has_back_channel = 0 OR EXISTS (SELECT 1 FROM deliveries AS d WHERE d.id = ${id}))`
      return together(insertion(id, which, now), [forget])
    },
  }
}

/** Of the row `c` of session_clients. */
const DELIVERY_ID = raw(`'logout/' || c.session_id || '/' || c.client_id`)
