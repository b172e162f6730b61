/** The chain of audit events in the database: a batch is one statement, which counts only where the chain still ends. */
import type { AuditChain, AuditEventStore, AuditFilter, ChainedEvent } from '../storage.ts'
import { columns, optional, text, whole } from './columns.ts'
import type { Database } from './database.ts'
import type { DatabaseUrl } from './database-url.ts'
import type { Statements } from './statement.ts'

const eventColumns = columns<ChainedEvent>({
  number: whole('number'),
  at: whole('at'),
  kind: text('kind'),
  accountId: optional(text('account_id')),
  clientId: optional(text('client_id')),
  flowId: optional(text('flow_id')),
  fields: text('fields'),
  previousHash: text('previous_hash'),
  hash: text('hash'),
  seal: optional(text('seal')),
})

/** There is one; its row is made with the first batch. */
const ID = 'events'

const NAMES = eventColumns.names.join(', ')

/** The batch comes as one JSON text. On SQLite a trigger moves the head; PostgreSQL does both in this statement. */
const APPEND: Readonly<Record<DatabaseUrl['kind'], string>> = {
  sqlite: `INSERT INTO audit_events (${NAMES})
    SELECT ${eventColumns.names.map((_, i) => `json_extract(value, '$[${i}]')`).join(', ')} FROM json_each(?)
    WHERE EXISTS (SELECT 1 FROM audit_chains WHERE id = '${ID}' AND head_number = ? AND head_hash = ?) ORDER BY key`,
  postgresql: `WITH given AS (
      SELECT ${eventColumns.names.map((name, i) => `(value->>${i})::${eventColumns.types[i]} AS ${name}`).join(', ')}
      FROM json_array_elements(?::json) AS each (value)),
    moved AS (
      UPDATE audit_chains SET head_number = last.number, head_hash = last.hash, head_seal = last.seal
      FROM (SELECT number, hash, seal FROM given ORDER BY number DESC LIMIT 1) AS last
      WHERE id = '${ID}' AND head_number = ?::bigint AND head_hash = ? RETURNING 1)
    INSERT INTO audit_events (${NAMES}) SELECT ${NAMES} FROM given WHERE EXISTS (SELECT 1 FROM moved) ORDER BY number`,
}

export function auditEventStore(
  database: Database,
  statements: Statements,
  kind: DatabaseUrl['kind'],
): AuditEventStore {
  const { auditEvent } = database
  const append = statements.execute(APPEND[kind])
  const begin = statements.execute(
    `INSERT INTO audit_chains (id, head_number, head_hash, head_seal, anchor_number, anchor_hash, anchor_seal)
      VALUES ('${ID}', 0, '', '', 0, '', '') ON CONFLICT (id) DO NOTHING`,
  )
  const findChain = statements.lookup({
    asked: ['id'],
    select: 'c.head_number, c.head_hash, c.head_seal, c.anchor_number, c.anchor_hash, c.anchor_seal',
    joins: 'JOIN audit_chains AS c ON c.id = asked.id',
  })
  return {
    async chain(): Promise<AuditChain | undefined> {
      const row = await findChain(ID)
      if (row === undefined) return undefined
      const place = (from: number) => ({
        number: Number(row[from]),
        hash: String(row[from + 1]),
        seal: String(row[from + 2]),
      })
      return { head: place(0), anchor: place(3) }
    },
    async append(events, from) {
      const rows = JSON.stringify(events.map((event) => eventColumns.values(event)))
      if (from.number === 0) await begin()
      return (await append(rows, from.number, from.hash)) === events.length
    },
    async find(number) {
      const row = await auditEvent.findUnique({ where: { number: BigInt(number) } })
      return row ? eventColumns.ofModel(row) : undefined
    },
    async page({ after, limit, ...filter }) {
      const where = { ...whereOf(filter), number: { gt: BigInt(after) } }
      const rows = await auditEvent.findMany({ where, orderBy: { number: 'asc' }, take: limit })
      return rows.map(eventColumns.ofModel)
    },
    async newest(filter, limit) {
      const rows = await auditEvent.findMany({ where: whereOf(filter), orderBy: { number: 'desc' }, take: limit })
      return rows.map(eventColumns.ofModel)
    },
    async ofAccount(accountId, { skip = 0, limit, ...filter }) {
      // As the index has them.
      const orderBy = [{ at: 'desc' as const }, { number: 'desc' as const }]
      const where = whereOf({ ...filter, accountId })
      const rows = await auditEvent.findMany({ where, orderBy, skip, take: limit })
      return rows.map(eventColumns.ofModel)
    },
    async letGo({ number, hash, seal }, from) {
      const [moved] = await database.$transaction([
        database.$executeRaw`
          UPDATE audit_chains SET anchor_number = ${number}, anchor_hash = ${hash}, anchor_seal = ${seal}
          WHERE id = ${ID} AND anchor_number = ${from.number}`,
        database.$executeRaw`
          DELETE FROM audit_events WHERE number <= (SELECT anchor_number FROM audit_chains WHERE id = ${ID})`,
      ])
      return moved === 1
    },
  }
}

const whereOf = ({ since, until, accountId, clientId, flowId, kinds }: AuditFilter) => ({
  ...((since !== undefined || until !== undefined) && {
    at: { ...(since !== undefined && { gte: BigInt(since) }), ...(until !== undefined && { lt: BigInt(until) }) },
  }),
  ...(accountId !== undefined && { accountId }),
  ...(clientId !== undefined && { clientId }),
  ...(flowId !== undefined && { flowId }),
  ...(kinds !== undefined && { kind: { in: [...kinds] } }),
})
