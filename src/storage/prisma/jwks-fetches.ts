/** Who fetched the published keys, in the database: one row for each, moved on by upserts that are right in any order. */
import { HOUR } from '../../base/duration.ts'
import type { ClientAddress, JwksFetch, JwksFetchStore } from '../storage.ts'
import { columns, names, text, whole } from './columns.ts'
import type { Database } from './database.ts'

const fetchColumns = columns<JwksFetch>({
  id: text('id'),
  address: text('address'),
  userAgent: text('user_agent'),
  origin: text('origin'),
  firstSeenAt: whole('first_seen_at'),
  lastSeenAt: whole('last_seen_at'),
  kids: names('kids'),
})

const addressColumns = columns<ClientAddress>({
  clientId: text('client_id'),
  address: text('address'),
  firstSeenAt: whole('first_seen_at'),
  lastSeenAt: whole('last_seen_at'),
})

/** Who came back after this long fetches regularly. */
const CAME_BACK = HOUR

export function jwksFetchStore(database: Database): JwksFetchStore {
  return {
    async note({ id, address, userAgent, origin, firstSeenAt, lastSeenAt, kids }) {
      await database.$executeRaw`
        INSERT INTO jwks_fetches (id, address, user_agent, origin, first_seen_at, last_seen_at, kids)
        VALUES (${id}, ${address}, ${userAgent}, ${origin}, ${firstSeenAt}, ${lastSeenAt}, ${kids.join(' ')})
        ON CONFLICT (id) DO UPDATE SET
          first_seen_at = CASE WHEN excluded.first_seen_at < jwks_fetches.first_seen_at
            THEN excluded.first_seen_at ELSE jwks_fetches.first_seen_at END,
          kids = CASE WHEN excluded.last_seen_at >= jwks_fetches.last_seen_at
            THEN excluded.kids ELSE jwks_fetches.kids END,
          last_seen_at = CASE WHEN excluded.last_seen_at >= jwks_fetches.last_seen_at
            THEN excluded.last_seen_at ELSE jwks_fetches.last_seen_at END`
    },
    async noteAddress({ clientId, address, firstSeenAt, lastSeenAt }) {
      await database.$executeRaw`
        INSERT INTO client_addresses (client_id, address, first_seen_at, last_seen_at)
        VALUES (${clientId}, ${address}, ${firstSeenAt}, ${lastSeenAt})
        ON CONFLICT (client_id, address) DO UPDATE SET
          first_seen_at = CASE WHEN excluded.first_seen_at < client_addresses.first_seen_at
            THEN excluded.first_seen_at ELSE client_addresses.first_seen_at END,
          last_seen_at = CASE WHEN excluded.last_seen_at >= client_addresses.last_seen_at
            THEN excluded.last_seen_at ELSE client_addresses.last_seen_at END`
    },
    async trim(most) {
      // As in sweep.ts: what is read first cannot move on while it is deleted.
      await database.$executeRaw`
        DELETE FROM jwks_fetches WHERE id IN (
          SELECT id FROM jwks_fetches AS f
          ORDER BY CASE WHEN last_seen_at - first_seen_at >= ${CAME_BACK}
              OR EXISTS (SELECT 1 FROM client_addresses AS c WHERE c.address = f.address) THEN 0 ELSE 1 END,
            last_seen_at DESC, id
          LIMIT 1000000 OFFSET CAST(${most} AS INTEGER))`
      await database.$executeRaw`
        DELETE FROM client_addresses WHERE last_seen_at < (
          SELECT last_seen_at FROM client_addresses ORDER BY last_seen_at DESC
          LIMIT 1 OFFSET CAST(${most - 1} AS INTEGER))`
    },
    async list(since) {
      const rows = await database.jwksFetch.findMany({
        where: { lastSeenAt: { gte: BigInt(since) } },
        orderBy: [{ lastSeenAt: 'desc' }, { id: 'asc' }],
      })
      return rows.map(fetchColumns.ofModel)
    },
    async addresses() {
      const rows = await database.clientAddress.findMany({ orderBy: [{ clientId: 'asc' }, { address: 'asc' }] })
      return rows.map(addressColumns.ofModel)
    },
  }
}
