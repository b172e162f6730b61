/** Refusals in the database: written some at a time, read when somebody asks why. */
import { join, raw, sqltag as sql } from '@prisma/client/runtime/client'
import type { Refusal, RefusalStore } from '../storage.ts'
import { columns, json, oneOf, optional, text, whole } from './columns.ts'
import type { Database } from './database.ts'

const refusalColumns = columns<Refusal>({
  id: text('id'),
  errorId: text('error_id'),
  flowId: optional(text('flow_id')),
  at: whole('at'),
  endpoint: text('endpoint'),
  status: whole('status'),
  clientId: optional(text('client_id')),
  accountId: optional(text('account_id')),
  code: optional(text('code')),
  description: text('description'),
  check: oneOf('failed_check'),
  expected: optional(text('expected')),
  came: optional(text('came')),
  facts: json('facts'),
  more: whole('more'),
  expiresAt: whole('expires_at'),
})

/** Rows of one statement: few enough parameters for every database. */
const AT_ONCE = 50
/** An error id has 40 bits: more than a few that share one are somebody's play. */
const MOST_ALIKE = 20
const MOST_OF_FLOW = 200

export function refusalStore(database: Database): RefusalStore {
  const { refusal } = database
  return {
    async insert(refusals) {
      for (let from = 0; from < refusals.length; from += AT_ONCE) {
        const rows = refusals.slice(from, from + AT_ONCE).map((one) => sql`(${join(refusalColumns.values(one))})`)
        await database.$executeRaw`INSERT INTO refusals (${raw(refusalColumns.names.join(', '))})
          VALUES ${join(rows)} ON CONFLICT (id) DO NOTHING`
      }
    },
    async addMore(id, count) {
      await database.$executeRaw`UPDATE refusals SET more = more + ${count} WHERE id = ${id}`
    },
    async findByErrorId(errorId) {
      const rows = await refusal.findMany({ where: { errorId }, orderBy: NEWEST_FIRST, take: MOST_ALIKE })
      return rows.map(refusalColumns.ofModel)
    },
    async ofFlow(flowId) {
      const orderBy = [{ at: 'asc' as const }, { id: 'asc' as const }]
      const rows = await refusal.findMany({ where: { flowId }, orderBy, take: MOST_OF_FLOW })
      return rows.map(refusalColumns.ofModel)
    },
    async find(id) {
      const row = await refusal.findUnique({ where: { id } })
      return row ? refusalColumns.ofModel(row) : undefined
    },
    async list({ clientId, check, before, limit }) {
      const where = {
        ...(clientId !== undefined && { clientId }),
        ...(check !== undefined && { check }),
        ...(before !== undefined && {
          at: { lte: BigInt(before.at) },
          OR: [{ at: { lt: BigInt(before.at) } }, { id: { lt: before.id } }],
        }),
      }
      const rows = await refusal.findMany({ where, orderBy: NEWEST_FIRST, take: limit })
      return rows.map(refusalColumns.ofModel)
    },
    async countByCheck(since, newest) {
      const rows = await database.$queryRaw<{ check: string; count: number | bigint }[]>`
        SELECT failed_check AS "check", CAST(SUM(1 + more) AS bigint) AS count FROM (
          SELECT failed_check, more FROM refusals WHERE at >= ${since} ORDER BY at DESC LIMIT ${newest}) AS newest
        GROUP BY failed_check ORDER BY 2 DESC, 1`
      return rows.map(({ check, count }) => ({ check: check as Refusal['check'], count: Number(count) }))
    },
  }
}

const NEWEST_FIRST = [{ at: 'desc' as const }, { id: 'desc' as const }]
