/** Use counts in the database. */
import { join, sqltag as sql } from '@prisma/client/runtime/client'
import type { ClientUse, ClientUseStore, DailyUse } from '../storage.ts'
import type { Database } from './database.ts'

/** Of one statement. */
const AT_ONCE = 100

interface Row {
  readonly client_id: string
  readonly kind: string
  readonly redirect_uri: string
  readonly count: bigint | number | string
  readonly last_at: bigint | number
}

export function clientUseStore(database: Pick<Database, '$queryRaw' | '$executeRaw'>): ClientUseStore {
  return {
    async add(uses) {
      // Always in the same order, so that no two processes wait for each other.
      const sorted = uses.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
      for (let from = 0; from < sorted.length; from += AT_ONCE) {
        await addSome(database, sorted.slice(from, from + AT_ONCE))
      }
    },
    async since(day) {
      const rows = await database.$queryRaw<Row[]>`
        SELECT client_id, kind, redirect_uri, CAST(SUM(count) AS BIGINT) AS count, MAX(last_at) AS last_at
        FROM client_uses WHERE day >= CAST(${day} AS BIGINT)
        GROUP BY client_id, kind, redirect_uri ORDER BY client_id, kind, redirect_uri`
      return rows.map(useOf)
    },
    async countedSince() {
      const [row] = await database.$queryRaw<{ day: bigint | number | null }[]>`
        SELECT MIN(day) AS day FROM client_uses`
      return row?.day === null || row === undefined ? undefined : Number(row.day)
    },
  }
}

const useOf = ({ client_id: clientId, kind, redirect_uri: redirectUri, count, last_at: lastAt }: Row): ClientUse => ({
  clientId,
  // Only these are ever written.
  kind: kind as ClientUse['kind'],
  redirectUri,
  count: Number(count),
  lastAt: Number(lastAt),
})

const keyOf = ({ clientId, kind, redirectUri, day }: DailyUse): string => [clientId, kind, redirectUri, day].join('\n')

async function addSome(database: Pick<Database, '$executeRaw'>, uses: readonly DailyUse[]): Promise<void> {
  const rows = uses.map(
    ({ clientId, kind, redirectUri, day, count, lastAt }) =>
      sql`(${clientId}, ${kind}, ${redirectUri}, CAST(${day} AS BIGINT), CAST(${count} AS BIGINT), CAST(${lastAt} AS BIGINT))`,
  )
  await database.$executeRaw`
    INSERT INTO client_uses (client_id, kind, redirect_uri, day, count, last_at) VALUES ${join(rows)}
    ON CONFLICT (client_id, kind, redirect_uri, day) DO UPDATE SET count = client_uses.count + excluded.count,
      last_at = CASE WHEN excluded.last_at > client_uses.last_at THEN excluded.last_at ELSE client_uses.last_at END`
}
